/** Projects, and who works on them: keys, credentials, configs and logs of one are not seen from another. */
import { randomBytes } from "node:crypto";
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { countOf, isListed, pageOf, type ListFilter, type ListPage } from "../store/list-page.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { newId } from "../store/new-id.ts";
import { isTaken } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Role, Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { checkLine } from "../terms/check-line.ts";
import { checkSlug, slugFromName } from "../terms/slug.ts";

export interface Project {
  id: string;
  slug: string;
  name: string;
  description: string | undefined;
  createdAt: number;
  updatedAt: number;
}

export interface ProjectInput {
  name: string;
  /** Made from the name where it is absent. */
  slug?: string | undefined;
  description?: string | undefined;
}

interface ProjectFilter extends ListFilter {
  /** The whole name. */
  name?: string | undefined;
}

export interface ProjectPatch {
  name?: string | undefined;
  description?: string | null | undefined;
}

export interface Member {
  personId: string;
  email: string;
  name: string;
  role: Role;
}

const longestDescription = 2_000;

export class Projects {
  readonly #store: StoreAccess;

  constructor(store: StoreAccess) {
    this.#store = store;
  }

  /** By its id or its slug. */
  async find(idOrSlug: string): Promise<Project | undefined> {
    const row = await this.#store.read((db) =>
      db
        .selectFrom("projects")
        .selectAll()
        .where((where) => where.or([where("id", "=", idOrSlug), where("slug", "=", idOrSlug)]))
        .executeTakeFirst(),
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** By age; `among`: only these ids. */
  async list(page: ListPage & ProjectFilter, among: readonly string[] | undefined): Promise<Project[]> {
    const found = await this.#store.read((db) => pageOf(projectsIn(db, page, among).selectAll(), page).execute());
    return found.map(fromRow);
  }

  /** How many a list without pages would have. */
  count(filter: ProjectFilter, among: readonly string[] | undefined): Promise<number> {
    return this.#store.read((db) => countOf(projectsIn(db, filter, among)));
  }

  /** @throws AditError that names the field at fault; `already_exists` where the slug is taken. */
  async create(input: ProjectInput, actor: Actor): Promise<Project> {
    const now = this.#store.clock.now();
    const name = checkLine(input.name, "name");
    const slug = input.slug === undefined ? undefined : checkSlug(input.slug);
    const description = checkDescription(input.description) ?? null;
    const id = newId("prj", now);
    try {
      return await this.#store.write(async (writing) => {
        const values = { id, slug: slug ?? (await freeSlug(writing.db, name)), name, description };
        await writing.db
          .insertInto("projects")
          .values({ ...values, createdAt: now, updatedAt: now })
          .execute();
        return this.#record(writing, { id, actor, action: "project.create" });
      });
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw new AditError("already_exists", "Another project has this slug.", { param: "slug" });
    }
  }

  /** @throws AditError that names the field at fault; `not_found`. */
  async update(id: string, patch: ProjectPatch, actor: Actor): Promise<Project> {
    return this.#store.write(async (writing) => {
      const before = await projectInStore(writing.db, id);
      const name = patch.name === undefined ? before.name : checkLine(patch.name, "name");
      const description = patch.description === undefined ? before.description : checkDescription(patch.description);
      await writing.db
        .updateTable("projects")
        .set({ name, description: description ?? null, updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "project.update", before });
    });
  }

  /**
   * Takes an empty project away.
   * @throws AditError `not_found`; `in_use` where it has keys, configs, connectors or prompts; `forbidden` for the default one.
   */
  async remove(id: string, actor: Actor): Promise<void> {
    if (id === defaultProjectId)
      throw new AditError("forbidden", "The default project stays.", { remedy: "Rename it." });
    await this.#store.write(async (writing) => {
      const before = await projectInStore(writing.db, id);
      await checkEmpty(writing.db, id);
      // Those of calls stay, for the bill; what nobody can reach any more does not.
      await writing.db.deleteFrom("logViews").where("projectId", "=", id).execute();
      await writing.db.deleteFrom("logExports").where("projectId", "=", id).execute();
      const members = writing.db.selectFrom("projectMembers").select("personId").where("projectId", "=", id);
      // Their roles in it end with it: what was of it is within reach of admins of the gateway alone.
      for (const { personId } of await members.execute()) writing.changed("person", personId);
      await writing.db.deleteFrom("projects").where("id", "=", id).execute();
      const change = { actor, action: "project.delete", object: { id, projectId: id }, before } as const;
      await recordChange(writing, change, this.#store.clock);
      writing.changed("project", id);
    });
  }

  /** The people of a project by name. */
  async members(projectId: string): Promise<Member[]> {
    return this.#store.read((db) =>
      db
        .selectFrom("projectMembers")
        .innerJoin("people", "people.id", "projectMembers.personId")
        .select(["people.id as personId", "people.email", "people.name", "projectMembers.role"])
        .where("projectMembers.projectId", "=", projectId)
        .orderBy("people.email")
        .execute(),
    );
  }

  /** Gives a person a role in the project, or with undefined none. @throws AditError `not_found`. */
  async setRole(place: { projectId: string; personId: string }, role: Role | undefined, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await roleInStore(writing.db, place);
      const { projectId, personId } = place;
      await writing.db
        .deleteFrom("projectMembers")
        .where("projectId", "=", projectId)
        .where("personId", "=", personId)
        .execute();
      if (role !== undefined) {
        await writing.db
          .insertInto("projectMembers")
          .values({ projectId, personId, role, createdAt: this.#store.clock.now() })
          .execute();
      }
      const roles = { before: roleShown(before), after: roleShown(role) };
      const object = { id: personId, projectId };
      await recordChange(writing, { actor, action: "project_member.set", object, ...roles }, this.#store.clock);
      writing.changed("person", personId);
    });
  }

  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: Project },
  ): Promise<Project> {
    const { id, ...told } = change;
    const after = await projectInStore(writing.db, id);
    await recordChange(writing, { object: { id, projectId: id }, ...told, after }, this.#store.clock);
    writing.changed("project", id);
    return after;
  }
}

function roleShown(role: Role | undefined): { role: Role } | undefined {
  return role === undefined ? undefined : { role };
}

function projectsIn(db: Database, filter: ProjectFilter, among: readonly string[] | undefined) {
  const listed = db.selectFrom("projects").where((where) => isListed(where, filter, { search: ["name", "slug"] }));
  const found = filter.name === undefined ? listed : listed.where("name", "=", filter.name);
  // No database takes an empty list.
  return among === undefined ? found : found.where("id", "in", among.length === 0 ? [""] : [...among]);
}

function fromRow(row: Row<"projects">): Project {
  return { ...row, description: row.description ?? undefined };
}

async function projectInStore(db: Database, id: string): Promise<Project> {
  const row = await db.selectFrom("projects").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return fromRow(row);
  throw new AditError("not_found", `There is no project ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}

async function roleInStore(
  db: Database,
  { projectId, personId }: { projectId: string; personId: string },
): Promise<Role | undefined> {
  await projectInStore(db, projectId);
  const person = await db.selectFrom("people").select("id").where("id", "=", personId).executeTakeFirst();
  if (person === undefined) {
    throw new AditError("not_found", `There is no person ${JSON.stringify(personId.slice(0, 64))}.`, {
      remedy: "Check the id.",
    });
  }
  const row = await db
    .selectFrom("projectMembers")
    .select("role")
    .where("projectId", "=", projectId)
    .where("personId", "=", personId)
    .executeTakeFirst();
  return row?.role;
}

async function checkEmpty(db: Database, projectId: string): Promise<void> {
  const tables = [
    "virtualKeys",
    "gatewayKeys",
    "configs",
    "guardrails",
    "connectors",
    "prompts",
    "promptPartials",
  ] as const;
  for (const table of tables) {
    const row = await db.selectFrom(table).select("id").where("projectId", "=", projectId).executeTakeFirst();
    if (row === undefined) continue;
    throw new AditError(
      "in_use",
      "The project is not empty: keys, configs, guardrails, connectors or prompts are in it.",
      {
        remedy: "Delete them first.",
      },
    );
  }
}

async function freeSlug(db: Database, name: string): Promise<string> {
  const slug = slugFromName(name);
  const other = await db.selectFrom("projects").select("id").where("slug", "=", slug).executeTakeFirst();
  return other === undefined ? slug : `${slug}-${randomBytes(3).toString("hex")}`;
}

function checkDescription(given: string | null | undefined): string | undefined {
  const text = given?.trim();
  if (text === undefined || text === "") return undefined;
  // PostgreSQL keeps no NUL.
  if (text.length <= longestDescription && !text.includes("\0")) return text;
  throw new AditError("invalid_request", `description must be at most ${longestDescription} characters.`, {
    param: "description",
    remedy: "Shorten description.",
  });
}
