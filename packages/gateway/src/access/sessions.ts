/** Sessions of people who have signed in. The token is the browser's alone: what is kept is its hash. */
import { hash, randomBytes } from "node:crypto";
import { Secret } from "@adit/bedrock";
import { recordChange, type Actor } from "../store/audit.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import type { Database, Store, Writing } from "../store/store.ts";
import type { Role } from "../store/tables/tables.ts";
import type { Person } from "./principal.ts";

/** From the sign-in on, whatever is done meanwhile. */
const sessionMs = 12 * 3_600_000;
/** `seen_at` is this much behind at the most. */
const seenMs = 5 * 60_000;

/** Where somebody signs in. */
export interface SignInPlace {
  address: string | undefined;
  userAgent: string | undefined;
}

export interface NewSession {
  token: Secret;
  expiresAt: number;
}

/** A session, as long as it lasts. */
export interface LiveSession {
  person: Person;
  sessionId: string;
  expiresAt: number;
}

interface Held extends LiveSession {
  seenAt: number;
}

export class Sessions {
  readonly #store: Store;
  readonly #held: StoreCache<Held>;

  constructor(store: Store) {
    this.#store = store;
    this.#held = new StoreCache({
      store,
      kind: "person",
      idOf: ({ person }) => person.id,
      load: (tokenHash) => store.read((db) => sessionInStore(db, tokenHash)),
    });
  }

  /** Part of the change that lets the person in. */
  async create({ db }: Writing, personId: string, place: SignInPlace): Promise<NewSession> {
    const now = this.#store.clock.now();
    const token = new Secret(randomBytes(32).toString("base64url"));
    const expiresAt = now + sessionMs;
    await db.deleteFrom("sessions").where("personId", "=", personId).where("expiresAt", "<=", now).execute();
    await db
      .insertInto("sessions")
      .values({
        tokenHash: hashOf(token),
        personId,
        createdAt: now,
        expiresAt,
        seenAt: now,
        address: place.address ?? null,
        userAgent: place.userAgent?.slice(0, 256) ?? null,
      })
      .execute();
    return { token, expiresAt };
  }

  /** Whose session this is; undefined for a token that is unknown or past its time, and where the person is switched off. From memory. */
  async find(token: Secret): Promise<LiveSession | undefined> {
    const held = await this.#held.get(hashOf(token));
    const now = this.#store.clock.now();
    if (held === undefined || held.expiresAt <= now) return undefined;
    if (held.seenAt + seenMs < now) this.#noteSeen(held, now);
    return held;
  }

  /** Signs the person out of this session. */
  async end({ sessionId, person }: Pick<LiveSession, "sessionId" | "person">, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      await writing.db.deleteFrom("sessions").where("tokenHash", "=", sessionId).execute();
      await recordChange(writing, { actor, action: "person.sign_out", object: { id: person.id } }, this.#store.clock);
      writing.changed("person", person.id);
    });
  }

  /** Nobody waits for it, and nobody is told: what others hold is as good as before. */
  #noteSeen(held: Held, now: number): void {
    held.seenAt = now;
    void this.#store
      .write(({ db }) =>
        db.updateTable("sessions").set({ seenAt: now }).where("tokenHash", "=", held.sessionId).execute(),
      )
      .catch(() => {});
  }
}

/** The token is random and long: a plain hash of it tells nothing. */
function hashOf(token: Secret): string {
  return hash("sha256", token.reveal(), "base64url");
}

/** Whose session this is, by its own id; undefined where it has ended, or the person is switched off. */
export async function personOfSession(
  store: Pick<Store, "read" | "clock">,
  sessionId: string,
): Promise<Person | undefined> {
  const session = await store.read((db) => sessionInStore(db, sessionId));
  return session === undefined || session.expiresAt <= store.clock.now() ? undefined : session.person;
}

async function sessionInStore(db: Database, tokenHash: string): Promise<Held | undefined> {
  const row = await db
    .selectFrom("sessions")
    .innerJoin("people", "people.id", "sessions.personId")
    .select(["people.id", "people.email", "people.name", "people.role", "sessions.expiresAt", "sessions.seenAt"])
    .where("sessions.tokenHash", "=", tokenHash)
    .where("people.disabled", "=", 0)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id, email, name, role, expiresAt, seenAt } = row;
  const projects = await projectsOf(db, id);
  return { person: { id, email, name, role, projects }, sessionId: tokenHash, expiresAt, seenAt };
}

/** What a person is in which project. */
export async function projectsOf(db: Database, personId: string): Promise<Record<string, Role>> {
  const members = await db
    .selectFrom("projectMembers")
    .select(["projectId", "role"])
    .where("personId", "=", personId)
    .execute();
  return Object.fromEntries(members.map(({ projectId, role }) => [projectId, role]));
}
