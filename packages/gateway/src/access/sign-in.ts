/** Signing in with e-mail address and password. Who fails too often waits: for each person, and for each address of the network. */
import { hash } from "node:crypto";
import { AditError, type Secret } from "@adit/bedrock";
import { sql } from "kysely";
import { recordChange, type AuditedChange } from "../store/audit.ts";
import type { Database, Store, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import { BackOff, waitAfter, type BackOffRule } from "./back-off.ts";
import { isPassword } from "./password.ts";
import { personFromRow, plainEmail, type PersonRecord } from "./people.ts";
import type { NewSession, Sessions, SignInPlace } from "./sessions.ts";

/** For one person; it is kept in the store, so that all gateways count together. */
const personRule: BackOffRule = { free: 5, firstMs: 30_000, longestMs: 15 * 60_000 };
/** Since the last try as somebody who is not there. */
const strangerMs = 24 * 3_600_000;
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
   * @returns what is kept of the password, by which it can be told later whether it is still the same.
   * @throws AditError as {@link run}.
   */
  async confirm(request: SignInRequest): Promise<string> {
    const { passwordHash } = await this.#proven(request);
    return passwordHash ?? "";
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
    this.#refuse(await (row === undefined ? this.#countStranger(email, now) : this.#count(row.id, now)));
    return row;
  }

  #count(personId: string, now: number): Promise<number> {
    return this.#store.write(({ db }) => countFailure(db, { table: "people", column: "id", value: personId }, now));
  }

  /** People that are not there wait like those that are, at whichever gateway: else the wait would say which are. */
  #countStranger(email: string, now: number): Promise<number> {
    const emailHash = hash("sha256", email, "base64url");
    return this.#store.write(async ({ db }) => {
      await db
        .deleteFrom("signInStrangers")
        .where("lastAt", "<=", now - strangerMs)
        .execute();
      await db
        .insertInto("signInStrangers")
        .values({ emailHash, failedSignIns: 0, lockedUntil: null, lastAt: now })
        .onConflict((conflict) => conflict.column("emailHash").doUpdateSet({ lastAt: now }))
        .execute();
      return countFailure(db, { table: "signInStrangers", column: "emailHash", value: emailHash }, now);
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
    action: AuditedChange["action"],
    { requestId, address }: SignInRequest,
  ): Promise<void> {
    const actor = { kind: "person" as const, id: personId, requestId, ...(address !== undefined && { address }) };
    await recordChange(writing, { actor, action, object: { id: personId } }, this.#store.clock);
  }

  #refuse(waitMs: number): void {
    if (waitMs <= 0) return;
    throw new AditError("too_many_sign_ins", "Signing in failed too often.", { retryAfterSeconds: waitMs / 1_000 });
  }
}

/** Counts a try where it may be made. @returns how long it has to wait; 0: not at all. */
async function countFailure(
  db: Database,
  row: { table: "people" | "signInStrangers"; column: string; value: string },
  now: number,
): Promise<number> {
  const table = sql.table(row.table);
  const isIt = sql`${sql.ref(row.column)} = ${row.value}`;
  // Nobody is locked out for longer: the clock was set back since.
  const latest = now + personRule.longestMs;
  const { rows: counted } = await sql<{ failedSignIns: number }>`
    update ${table} set failed_sign_ins = failed_sign_ins + 1
    where ${isIt} and (locked_until is null or locked_until <= ${now} or locked_until > ${latest})
    returning failed_sign_ins`.execute(db);
  const failures = counted[0]?.failedSignIns;
  if (failures === undefined) {
    const { rows } = await sql<{ lockedUntil: number | null }>`select locked_until from ${table} where ${isIt}`.execute(
      db,
    );
    return Math.max(1, (rows[0]?.lockedUntil ?? now) - now);
  }
  const waitMs = waitAfter(failures, personRule);
  if (waitMs > 0) await sql`update ${table} set locked_until = ${now + waitMs} where ${isIt}`.execute(db);
  return 0;
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
