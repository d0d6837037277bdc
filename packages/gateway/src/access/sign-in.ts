/** Signing in with e-mail address and password. Who fails too often waits: for each person, and for each address of the network. */
import { AditError, type Secret } from "@adit/bedrock";
import { recordChange } from "../store/audit.ts";
import type { Store, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import { BackOff, waitAfter, type BackOffRule } from "./back-off.ts";
import { isPassword } from "./password.ts";
import { personFromRow, plainEmail, type PersonRecord } from "./people.ts";
import type { NewSession, Sessions, SignInPlace } from "./sessions.ts";

/** For one person; what is kept of it is in the store, so that all gateways count together. */
const personRule: BackOffRule = { free: 5, firstMs: 30_000, longestMs: 15 * 60_000 };
/** Offices share an address. */
const addressRule: BackOffRule = { free: 20, firstMs: 30_000, longestMs: 15 * 60_000 };
/** Passwords that are checked at a time: each takes memory and a thread. */
const mostAtOnce = 8;
/** Longer than what differs between two refusals, and than most checks of a password. */
const beatMs = 500;

export interface SignInRequest extends SignInPlace {
  email: string;
  password: Secret;
  requestId: string;
}

export interface SignedIn extends NewSession {
  person: PersonRecord;
}

/** Whether a password is the one that was kept; it costs as much where none was. */
export type PasswordCheck = (password: Secret, kept: string | null) => Promise<boolean>;

export class SignIn {
  readonly #store: Store;
  readonly #sessions: Sessions;
  readonly #addresses = new BackOff(addressRule);
  /** People that are not there wait like those that are: else the wait would say which are. */
  readonly #strangers = new BackOff(personRule);
  readonly #check: PasswordCheck;
  #underWay = 0;

  constructor(store: Store, sessions: Sessions, check: PasswordCheck = isPassword) {
    this.#store = store;
    this.#sessions = sessions;
    this.#check = check;
  }

  /**
   * @throws AditError `invalid_sign_in` for a wrong address or password, without saying which; `too_many_sign_ins`; `overloaded`;
   * `store_unavailable`.
   */
  async run(request: SignInRequest): Promise<SignedIn> {
    return this.#letIn(await this.#proven(request), request);
  }

  /**
   * That whoever is signed in knows the password too: a cookie that was stolen does not. Failures count as those of signing in.
   * @throws AditError as {@link run}.
   */
  async confirm(request: SignInRequest): Promise<void> {
    await this.#proven(request);
  }

  /**
   * A refusal comes at a beat: what the store has to write of somebody who is there would else tell a stranger's address from one that is.
   */
  async #proven(request: SignInRequest): Promise<Row<"people">> {
    const { clock } = this.#store;
    const begunAt = clock.now();
    try {
      return await this.#oneOfFew(request);
    } catch (error) {
      await clock.sleep(beatMs - (Math.max(0, clock.now() - begunAt) % beatMs));
      throw error;
    }
  }

  async #oneOfFew(request: SignInRequest): Promise<Row<"people">> {
    // Before anything is counted: whoever is sent away here has not guessed a password, and a crowd must not lock others out.
    if (this.#underWay >= mostAtOnce) {
      throw new AditError("overloaded", "Too many people sign in at this moment.", { retryAfterSeconds: 1 });
    }
    this.#underWay += 1;
    try {
      return await this.#checked(request);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #checked(request: SignInRequest): Promise<Row<"people">> {
    const network = networkOf(request.address);
    this.#refuse(this.#addresses.begin(network, this.#store.clock.now()));
    // PostgreSQL's texts cannot hold a NUL, and no address has one.
    const email = plainEmail(request.email).replaceAll("\0", "\ufffd");
    const row = await this.#begin(email);
    const isRight = await this.#check(request.password, row?.passwordHash ?? null);
    if (row === undefined || !isRight || row.disabled !== 0) {
      if (row !== undefined) await this.#recordFailure(row.id, request);
      throw wrong();
    }
    this.#addresses.undo(network);
    return row;
  }

  /** Counts the try as a failure before it is looked at: many at once count too. */
  async #begin(email: string): Promise<Row<"people"> | undefined> {
    const now = this.#store.clock.now();
    const row = await this.#store.read((db) =>
      db.selectFrom("people").selectAll().where("email", "=", email).executeTakeFirst(),
    );
    if (row === undefined) {
      this.#refuse(this.#strangers.begin(email, now));
      return undefined;
    }
    this.#refuse(await this.#count(row.id, now));
    return row;
  }

  /** @returns how long the person has to wait; 0: not at all. */
  #count(personId: string, now: number): Promise<number> {
    return this.#store.write(async (writing) => {
      const counted = await writing.db
        .updateTable("people")
        .set((set) => ({ failedSignIns: set("failedSignIns", "+", 1) }))
        .where("id", "=", personId)
        .where((where) =>
          where.or([
            where("lockedUntil", "is", null),
            where("lockedUntil", "<=", now),
            // Nobody is locked out for longer: the clock was set back since.
            where("lockedUntil", ">", now + personRule.longestMs),
          ]),
        )
        .returning("failedSignIns")
        .executeTakeFirst();
      if (counted === undefined) {
        const { lockedUntil } = await writing.db
          .selectFrom("people")
          .select("lockedUntil")
          .where("id", "=", personId)
          .executeTakeFirstOrThrow();
        return Math.max(1, (lockedUntil ?? now) - now);
      }
      const waitMs = waitAfter(counted.failedSignIns, personRule);
      if (waitMs > 0) {
        await writing.db
          .updateTable("people")
          .set({ lockedUntil: now + waitMs })
          .where("id", "=", personId)
          .execute();
      }
      return 0;
    });
  }

  #recordFailure(personId: string, request: SignInRequest): Promise<void> {
    return this.#store.write((writing) => this.#record(writing, personId, "person.sign_in_failed", request));
  }

  /**
   * While the password was being checked it may have been changed, or the person switched off or deleted. That ends all sessions, so none
   * may begin here.
   */
  #letIn(row: Row<"people">, request: SignInRequest): Promise<SignedIn> {
    const now = this.#store.clock.now();
    return this.#store.write(async (writing) => {
      const { numUpdatedRows } = await writing.db
        .updateTable("people")
        .set({ failedSignIns: 0, lockedUntil: null, lastSignInAt: now })
        .where("id", "=", row.id)
        .where("passwordHash", "=", row.passwordHash)
        .where("disabled", "=", 0)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw wrong();
      const session = await this.#sessions.create(writing, row.id, request);
      await this.#record(writing, row.id, "person.sign_in", request);
      return { ...session, person: personFromRow({ ...row, lastSignInAt: now }) };
    });
  }

  async #record(
    writing: Writing,
    personId: string,
    action: string,
    { requestId, address }: SignInRequest,
  ): Promise<void> {
    const actor = { kind: "person" as const, id: personId, requestId, ...(address !== undefined && { address }) };
    const object = { projectId: undefined, objectKind: "person", objectId: personId };
    await recordChange(writing, { ...object, actor, action }, this.#store.clock);
  }

  #refuse(waitMs: number): void {
    if (waitMs <= 0) return;
    throw new AditError("too_many_sign_ins", "Signing in failed too often.", { retryAfterSeconds: waitMs / 1_000 });
  }
}

function wrong(): AditError {
  return new AditError("invalid_sign_in", "The e-mail address or the password is wrong.");
}

/** Whoever has one address of IPv6 has the whole of its /64. */
function networkOf(address: string | undefined): string {
  const text = address ?? "";
  if (!text.includes(":") || text.includes(".")) return text;
  const [head = "", tail] = text.split("::");
  const groups = head.split(":");
  // What "::" stands for is zeros; how many does not matter within the first four groups.
  while (tail !== undefined && groups.length < 4) groups.push("0");
  return groups.slice(0, 4).join(":");
}
