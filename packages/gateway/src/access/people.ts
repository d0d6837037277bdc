/** People in the store: made, found, given a password. */
import { AditError, type Secret } from "@adit/bedrock";
import { recordChange, type Actor } from "../store/audit.ts";
import { newId } from "../store/new-id.ts";
import { isTaken } from "../store/store-faults.ts";
import type { Database, Store, Writing } from "../store/store.ts";
import type { Role, Row } from "../store/tables.ts";
import { checkPassword, hashPassword } from "./password.ts";

/** A person as the API shows one: nothing of the password is in it. */
export interface PersonRecord {
  id: string;
  email: string;
  name: string;
  role: Role;
  hasPassword: boolean;
  disabled: boolean;
  lastSignInAt: number | undefined;
  createdAt: number;
  updatedAt: number;
}

export interface PersonInput {
  email: string;
  name: string;
  role: Role;
  /** Without one nobody can sign in as this person. */
  password?: Secret;
}

const longestEmail = 254;
const longestName = 200;

export class People {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws AditError that names the field at fault; `already_exists` where the e-mail address is taken. */
  async create(input: PersonInput, actor: Actor): Promise<PersonRecord> {
    const now = this.#store.clock.now();
    const id = newId("psn", now);
    const row = {
      id,
      email: checkEmail(input.email),
      name: checkName(input.name),
      role: input.role,
      passwordHash: input.password === undefined ? null : await hashPassword(checkPassword(input.password)),
      createdAt: now,
      updatedAt: now,
    };
    try {
      return await this.#store.write(async (writing) => {
        await writing.db.insertInto("people").values(row).execute();
        return this.#record(writing, { id, actor, action: "person.create" });
      });
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw new AditError("already_exists", "Another person has this e-mail address.", { param: "email" });
    }
  }

  /**
   * Sets a new password: every session of the person ends, and a lock-out too.
   * @throws AditError `not_found`; `invalid_request` for a password that is too short.
   */
  async setPassword(id: string, password: Secret, actor: Actor): Promise<PersonRecord> {
    const passwordHash = await hashPassword(checkPassword(password));
    return this.#store.write(async (writing) => {
      const before = await personInStore(writing.db, id);
      await writing.db
        .updateTable("people")
        .set({ passwordHash, failedSignIns: 0, lockedUntil: null, updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .execute();
      await writing.db.deleteFrom("sessions").where("personId", "=", id).execute();
      return this.#record(writing, { id, actor, action: "person.set_password", before });
    });
  }

  /** @throws AditError `not_found`. */
  get(id: string): Promise<PersonRecord> {
    return this.#store.read((db) => personInStore(db, id));
  }

  async byEmail(email: string): Promise<PersonRecord | undefined> {
    const row = await this.#store.read((db) =>
      db.selectFrom("people").selectAll().where("email", "=", plainEmail(email)).executeTakeFirst(),
    );
    return row === undefined ? undefined : personFromRow(row);
  }

  async #record(
    writing: Writing,
    change: { id: string; actor: Actor; action: string; before?: PersonRecord },
  ): Promise<PersonRecord> {
    const { id, ...told } = change;
    const after = await personInStore(writing.db, id);
    const object = { projectId: undefined, objectKind: "person", objectId: id };
    await recordChange(writing, { ...object, ...told, after }, this.#store.clock);
    writing.changed("person", id);
    return after;
  }
}

/** As e-mail addresses are kept and compared. */
export function plainEmail(text: string): string {
  return text.trim().toLowerCase();
}

function checkEmail(given: string): string {
  const email = plainEmail(given);
  if (email.length <= longestEmail && /^[^\s@"<>]+@[^\s@"<>]+$/.test(email)) return email;
  throw new AditError("invalid_request", "email must be an e-mail address.", {
    param: "email",
    remedy: "Change email.",
  });
}

function checkName(given: string): string {
  const name = given.trim();
  // oxlint-disable-next-line no-control-regex -- these are what a name may not hold
  if (name !== "" && name.length <= longestName && !/[\u0000-\u001f\u007f]/.test(name)) return name;
  throw new AditError("invalid_request", `name must be 1 to ${longestName} characters on one line.`, {
    param: "name",
    remedy: "Change name.",
  });
}

export function personFromRow(row: Row<"people">): PersonRecord {
  const { id, email, name, role, createdAt, updatedAt } = row;
  return {
    id,
    email,
    name,
    role,
    hasPassword: row.passwordHash !== null,
    disabled: row.disabled !== 0,
    lastSignInAt: row.lastSignInAt ?? undefined,
    createdAt,
    updatedAt,
  };
}

async function personInStore(db: Database, id: string): Promise<PersonRecord> {
  const row = await db.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return personFromRow(row);
  throw new AditError("not_found", `There is no person ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check the id.",
  });
}
