/** People in the store: made, found, given a password. */
import { AditError, type Secret } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { sql, type SqlBool } from "kysely";
import { countOf, isListed, pageOf, type ListFilter, type ListPage } from "../store/list-page.ts";
import { newId } from "../store/new-id.ts";
import { isTaken } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Role, Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { checkLine } from "../terms/check-line.ts";
import { termFault } from "../terms/term-fault.ts";
import { projectsOf } from "./sessions.ts";
import { checkPassword, hashPassword } from "./password.ts";

/** A person as the API shows one: nothing of the password is in it. */
export interface PersonRecord {
  id: string;
  email: string;
  name: string;
  role: Role;
  hasPassword: boolean;
  disabled: boolean;
  /** After too many wrong passwords, in milliseconds since 1970. */
  lockedUntil: number | undefined;
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

export interface PersonPatch {
  name?: string | undefined;
  role?: Role | undefined;
  disabled?: boolean | undefined;
}

const longestEmail = 254;

export class People {
  readonly #store: StoreAccess;

  constructor(store: StoreAccess) {
    this.#store = store;
  }

  /** @throws AditError that names the field at fault; `already_exists` where the e-mail address is taken. */
  async create(input: PersonInput, actor: Actor): Promise<PersonRecord> {
    const now = this.#store.clock.now();
    const id = newId("psn", now);
    const row = {
      id,
      email: checkEmail(input.email),
      name: checkLine(input.name, "name"),
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
   * Sets a new password: every session of the person ends, and a lock-out too. `proven`: what was kept of the present one when the person
   * showed that they know it. While that was looked at somebody may have given them another, or switched them off.
   * @throws AditError `not_found`; `invalid_request` for a password that is too short; `invalid_sign_in` where what was proven counts no more.
   */
  async setPassword(id: string, password: Secret, actor: Actor, proven?: string): Promise<PersonRecord> {
    const passwordHash = await hashPassword(checkPassword(password));
    return this.#store.write(async (writing) => {
      const before = await personInStore(writing.db, id);
      const { numUpdatedRows } = await writing.db
        .updateTable("people")
        .set({ passwordHash, failedSignIns: 0, lockedUntil: null, updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .$if(proven !== undefined, (own) => own.where("passwordHash", "=", proven ?? "").where("disabled", "=", 0))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw new AditError("invalid_sign_in", "The password was changed meanwhile.");
      await writing.db.deleteFrom("sessions").where("personId", "=", id).execute();
      return this.#record(writing, { id, actor, action: "person.set_password", before });
    });
  }

  /**
   * Changes what the patch names. Whoever is switched off is signed out everywhere.
   * @throws AditError `not_found`; `forbidden` where the last admin takes their own right away.
   */
  async update(id: string, patch: PersonPatch, actor: Actor): Promise<PersonRecord> {
    return this.#store.write(async (writing) => {
      const before = await personInStore(writing.db, id);
      const staysAdmin = (patch.role ?? before.role) === "admin" && !(patch.disabled ?? before.disabled);
      if (!staysAdmin) await checkNotLastAdmin(writing.db, before, actor);
      await writing.db
        .updateTable("people")
        .set({
          name: patch.name === undefined ? before.name : checkLine(patch.name, "name"),
          role: patch.role ?? before.role,
          disabled: (patch.disabled ?? before.disabled) ? 1 : 0,
          updatedAt: this.#store.clock.now(),
        })
        .where("id", "=", id)
        .execute();
      if (patch.disabled === true) await writing.db.deleteFrom("sessions").where("personId", "=", id).execute();
      return this.#record(writing, { id, actor, action: "person.update", before });
    });
  }

  /**
   * Takes a person away, with their sessions, roles and gateway keys.
   * @throws AditError `not_found`; `forbidden` where the last admin would take themselves away.
   */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await personInStore(writing.db, id);
      await checkNotLastAdmin(writing.db, before, actor);
      const keys = await writing.db.selectFrom("gatewayKeys").select("id").where("ownerId", "=", id).execute();
      await writing.db.deleteFrom("people").where("id", "=", id).execute();
      await recordChange(writing, { actor, action: "person.delete", object: { id }, before }, this.#store.clock);
      for (const key of keys) writing.changed("gateway_key", key.id);
      writing.changed("person", id);
    });
  }

  /** By age; the search looks at names and e-mail addresses. */
  async list(page: ListPage): Promise<PersonRecord[]> {
    const rows = await this.#store.read((db) =>
      pageOf(peopleIn(db, page, this.#store.clock.now()).selectAll(), page).execute(),
    );
    return rows.map(personFromRow);
  }

  /** How many a list without pages would have. */
  count(filter: ListFilter = {}): Promise<number> {
    return this.#store.read((db) => countOf(peopleIn(db, filter, this.#store.clock.now())));
  }

  /** The person's roles, by the projects' ids. */
  projectsOf(id: string): Promise<Record<string, Role>> {
    return this.#store.read((db) => projectsOf(db, id));
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
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: PersonRecord },
  ): Promise<PersonRecord> {
    const { id, ...told } = change;
    const after = await personInStore(writing.db, id);
    await recordChange(writing, { object: { id }, ...told, after }, this.#store.clock);
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
  throw termFault("email", "must be an e-mail address.");
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
    lockedUntil: row.lockedUntil ?? undefined,
    lastSignInAt: row.lastSignInAt ?? undefined,
    createdAt,
    updatedAt,
  };
}

function peopleIn(db: Database, filter: ListFilter, now: number) {
  const isLocked = sql<SqlBool>`(${sql.ref("lockedUntil")} is not null and ${sql.ref("lockedUntil")} > ${now})`;
  const statuses = {
    active: sql<SqlBool>`(disabled = 0 and not ${isLocked})`,
    locked: sql<SqlBool>`(disabled = 0 and ${isLocked})`,
    disabled: sql<SqlBool>`disabled <> 0`,
  };
  return db.selectFrom("people").where((where) => isListed(where, filter, { search: ["name", "email"], statuses }));
}

async function personInStore(db: Database, id: string): Promise<PersonRecord> {
  const row = await db.selectFrom("people").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return personFromRow(row);
  throw new AditError("not_found", `There is no person ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check the id.",
  });
}

/**
 * Of people one at least stays who may give rights: whoever is the last of them cannot take them from themselves. The operator's own key can.
 * @throws AditError `forbidden`
 */
async function checkNotLastAdmin(db: Database, person: PersonRecord, actor: Actor): Promise<void> {
  if (actor.kind !== "person" || person.role !== "admin" || person.disabled) return;
  const other = await db
    .selectFrom("people")
    .select("id")
    .where("role", "=", "admin")
    .where("disabled", "=", 0)
    .where("passwordHash", "is not", null)
    .where("id", "!=", person.id)
    .executeTakeFirst();
  if (other !== undefined) return;
  throw new AditError("forbidden", `${person.email} is the last admin who can sign in.`, {
    remedy: "Make somebody else an admin with a password first, or use the admin key.",
  });
}
