/** Collections: folders for prompts, which may lie in one another. */
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { countOf, isListed, pageOf, type ListFilter, type ListPage } from "../store/list-page.ts";
import { newId } from "../store/new-id.ts";
import { isReferenced } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { checkLine } from "../terms/check-line.ts";
import { newSlugFromName } from "../terms/slug.ts";

export interface PromptCollection {
  id: string;
  projectId: string;
  parentId: string | undefined;
  /** Unique in the project. */
  slug: string;
  name: string;
  createdAt: number;
  updatedAt: number;
}

export interface CollectionInput {
  name: string;
  parentId?: string | undefined;
}

export class PromptCollections {
  readonly #store: StoreAccess;

  constructor(store: StoreAccess) {
    this.#store = store;
  }

  /** By its id or slug. */
  async find(projectId: string, idOrSlug: string): Promise<PromptCollection | undefined> {
    const row = await this.#store.read((db) =>
      db
        .selectFrom("promptCollections")
        .selectAll()
        .where("projectId", "=", projectId)
        .where((where) => where.or([where("id", "=", idOrSlug), where("slug", "=", idOrSlug)]))
        .executeTakeFirst(),
    );
    return row === undefined ? undefined : fromRow(row);
  }

  /** By age. */
  async list(projectId: string, page: ListPage): Promise<PromptCollection[]> {
    const found = await this.#store.read((db) => pageOf(narrowed(db, projectId, page).selectAll(), page).execute());
    return found.map(fromRow);
  }

  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#store.read((db) => countOf(narrowed(db, projectId, filter)));
  }

  /** @throws AditError `invalid_request`, `not_found` for the project or the parent. */
  async create(projectId: string, input: CollectionInput, actor: Actor): Promise<PromptCollection> {
    const now = this.#store.clock.now();
    const id = newId("col", now);
    const name = checkLine(input.name, "name");
    const slug = newSlugFromName(name);
    try {
      return await this.#store.write(async (writing) => {
        await writing.db
          .insertInto("promptCollections")
          .values({ id, projectId, parentId: input.parentId ?? null, slug, name, createdAt: now, updatedAt: now })
          .execute();
        return this.#record(writing, { id, actor, action: "prompt_collection.create" });
      });
    } catch (error) {
      if (!isReferenced(error)) throw error;
      throw new AditError("not_found", "There is no such project, or no such collection.", {
        remedy: "Check the ids.",
      });
    }
  }

  /** @throws AditError `invalid_request`, `not_found` */
  async update(id: string, name: string, actor: Actor): Promise<PromptCollection> {
    return this.#store.write(async (writing) => {
      const before = await collectionInStore(writing.db, id);
      await writing.db
        .updateTable("promptCollections")
        .set({ name: checkLine(name, "name"), updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "prompt_collection.update", before });
    });
  }

  /** @throws AditError `not_found`; `in_use` where something is in it. */
  async remove(id: string, actor: Actor): Promise<void> {
    try {
      await this.#store.write(async (writing) => {
        const before = await collectionInStore(writing.db, id);
        await writing.db.deleteFrom("promptCollections").where("id", "=", id).execute();
        const change = { actor, action: "prompt_collection.delete", object: before, before } as const;
        await recordChange(writing, change, this.#store.clock);
      });
    } catch (error) {
      if (!isReferenced(error)) throw error;
      throw new AditError("in_use", "The collection holds prompts or other collections.", {
        remedy: "Move or delete what is in it first.",
      });
    }
  }

  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: PromptCollection },
  ): Promise<PromptCollection> {
    const { id, actor, action, before } = change;
    const after = await collectionInStore(writing.db, id);
    await recordChange(writing, { actor, action, object: after, before, after }, this.#store.clock);
    return after;
  }
}

function narrowed(db: Database, projectId: string, filter: ListFilter) {
  return db
    .selectFrom("promptCollections")
    .where("projectId", "=", projectId)
    .where((where) => isListed(where, filter, { search: ["name", "slug"] }));
}

function fromRow(row: Row<"promptCollections">): PromptCollection {
  const { id, projectId, parentId, slug, name, createdAt, updatedAt } = row;
  return { id, projectId, parentId: parentId ?? undefined, slug, name, createdAt, updatedAt };
}

async function collectionInStore(db: Database, id: string): Promise<PromptCollection> {
  const row = await db.selectFrom("promptCollections").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return fromRow(row);
  throw new AditError("not_found", `There is no collection ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}
