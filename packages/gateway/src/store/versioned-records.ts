/** Objects of a project that change by versions, and that a slug leads to: what is alike in how they are found, listed and changed. */
import { AditError } from "@adit/bedrock";
import { sql, type SelectQueryBuilder, type Simplify, type SqlBool } from "kysely";
import { recordChange, type Actor } from "./audit.ts";
import { countOf, isListed, pageOf, switchStatuses, type ListFilter, type ListPage } from "./list-page.ts";
import type { Database, Writing } from "./store.ts";
import type { StoreAccess } from "./within.ts";

export interface VersionedTerms<DB, Tables extends keyof DB, Row, Saved> {
  kind: "config" | "guardrail";
  /** The table's name, for its columns'. */
  table: string;
  /** What an object is that is switched off. */
  off: string;
  /** All of them, each with its newest version. */
  rows: (db: Database) => SelectQueryBuilder<DB, Tables, Row>;
  fromRow: (row: Simplify<Row>) => Saved;
}

interface Change<Saved> {
  id: string;
  actor: Actor;
  /** Such as `create`. */
  verb: string;
  before?: Saved;
}

export class VersionedRecords<DB, Tables extends keyof DB, Row, Saved extends { id: string; projectId: string }> {
  readonly #store: StoreAccess;
  readonly #terms: VersionedTerms<DB, Tables, Row, Saved>;

  constructor(store: StoreAccess, terms: VersionedTerms<DB, Tables, Row, Saved>) {
    this.#store = store;
    this.#terms = terms;
  }

  /** By its slug, or by its id. */
  find(projectId: string, slugOrId: string): Promise<Saved | undefined> {
    const isNamed = sql<SqlBool>`(${this.#column("slug")} = ${slugOrId} or ${this.#column("id")} = ${slugOrId})`;
    return this.#store.read(async (db) => {
      const row = await this.#ofProject(db, projectId).where(isNamed).executeTakeFirst();
      return row === undefined ? undefined : this.#terms.fromRow(row);
    });
  }

  /** The project's by age. */
  async list(projectId: string, page: ListPage): Promise<Saved[]> {
    const rows = await this.#store.read((db) =>
      pageOf(this.#listed(db, projectId, page), page, `${this.#terms.table}.id`).execute(),
    );
    return rows.map((row) => this.#terms.fromRow(row));
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: ListFilter): Promise<number> {
    return this.#store.read((db) => countOf(this.#listed(db, projectId, filter).clearSelect()));
  }

  /** @throws AditError `not_found` */
  async get(db: Database, id: string): Promise<Saved> {
    const { rows, fromRow, kind } = this.#terms;
    const row = await rows(db)
      .where(sql<SqlBool>`${this.#column("id")} = ${id}`)
      .executeTakeFirst();
    if (row !== undefined) return fromRow(row);
    throw new AditError("not_found", `There is no ${kind} ${JSON.stringify(id.slice(0, 64))}.`, {
      remedy: "Check its slug.",
    });
  }

  /** Writes a change down, and tells of it. Gives the object as it is now. */
  async record(writing: Writing, { id, actor, verb, before }: Change<Saved>): Promise<Saved> {
    const after = await this.get(writing.db, id);
    const { kind } = this.#terms;
    await recordChange(writing, { actor, action: `${kind}.${verb}`, object: after, before, after }, this.#store.clock);
    writing.changed(kind, id);
    return after;
  }

  /** The same of an object that is taken away. */
  async recordRemoval(writing: Writing, before: Saved, actor: Actor): Promise<void> {
    const { kind } = this.#terms;
    await recordChange(writing, { actor, action: `${kind}.delete`, object: before, before }, this.#store.clock);
    writing.changed(kind, before.id);
  }

  #ofProject(db: Database, projectId: string): SelectQueryBuilder<DB, Tables, Row> {
    return this.#terms.rows(db).where(sql<SqlBool>`${this.#column("projectId")} = ${projectId}`);
  }

  #listed(db: Database, projectId: string, filter: ListFilter): SelectQueryBuilder<DB, Tables, Row> {
    const columns = {
      search: [this.#column<string>("name"), this.#column<string>("slug")],
      createdAt: `${this.#terms.table}.createdAt`,
      statuses: switchStatuses(this.#terms.off),
    };
    return this.#ofProject(db, projectId).where((where) => isListed(where, filter, columns));
  }

  #column<Value>(name: string) {
    return sql.ref<Value>(`${this.#terms.table}.${name}`);
  }
}
