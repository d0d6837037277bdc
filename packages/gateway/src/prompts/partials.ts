/** Partials: pieces of templates under a slug of their own, with versions of their own. */
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import {
  countOf,
  isListed,
  pageOf,
  pageOfVersions,
  type ListFilter,
  type ListPage,
  type VersionPage,
} from "../store/list-page.ts";
import { newId } from "../store/new-id.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import { objectFault } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { checkLine } from "../terms/check-line.ts";
import { checkNoLoop, checkPartials, checkPartialUnused } from "./check-references.ts";
import { checkPromptSlug, mostReady, newSlug, readReference, referenceKey, type Selector } from "./reference.ts";
import { readTemplate, type Template } from "./template/template.ts";

export interface PromptPartial {
  id: string;
  projectId: string;
  /** Unique in the project. */
  slug: string;
  name: string;
  currentVersion: number;
  publishedVersion: number;
  createdAt: number;
  updatedAt: number;
}

/** A version is never changed. */
export interface PartialVersion {
  id: string;
  version: number;
  template: string;
  description: string | undefined;
  authorId: string | undefined;
  createdAt: number;
}

export interface PartialInput {
  name: string;
  slug?: string | undefined;
  template: string;
  description?: string | undefined;
}

export interface PartialPatch {
  name?: string | undefined;
  /** Another template is another version. */
  template?: string | undefined;
  description?: string | undefined;
}

interface Ready {
  id: string;
  template: Template;
}

const searched = ["name", "slug"] as const;

export class PromptPartials {
  readonly #store: StoreAccess;
  readonly #ready: StoreCache<Ready>;

  constructor(store: StoreAccess) {
    this.#store = store;
    const common = { store, kind: "prompt_partial", idOf: ({ id }: Ready) => id, size: mostReady } as const;
    this.#ready = new StoreCache<Ready>({ ...common, load: (place) => this.#load(place) });
  }

  within(store: StoreAccess): PromptPartials {
    return new PromptPartials(store);
  }

  /**
   * The template that a reference such as `pp-tone@3` names; undefined where the project has none. From memory, where it was asked for before.
   */
  async findTemplate(reference: string, projectId: string): Promise<Template | undefined> {
    const key = referenceKey(reference);
    return key === undefined ? undefined : (await this.#ready.get(`${projectId}/${key}`))?.template;
  }

  /** By its slug or id. */
  async find(projectId: string, slugOrId: string): Promise<PromptPartial | undefined> {
    return this.#store.read((db) => rowBy(db, projectId, slugOrId));
  }

  async version(partialId: string, selector: Selector): Promise<PartialVersion | undefined> {
    const row = await this.#store.read((db) => versionBy(db, partialId, selector));
    return row === undefined ? undefined : versionFromRow(row);
  }

  /** The newest first. */
  async versions(partialId: string, page?: VersionPage): Promise<PartialVersion[]> {
    const found = await this.#store.read((db) =>
      pageOfVersions(ofPartial(db, partialId).selectAll(), "promptPartialVersions", page).execute(),
    );
    return found.map(versionFromRow);
  }

  countVersions(partialId: string): Promise<number> {
    return this.#store.read((db) => countOf(ofPartial(db, partialId)));
  }

  /** By age. */
  async list(projectId: string, page: ListPage): Promise<PromptPartial[]> {
    return this.#store.read((db) => pageOf(narrowed(db, projectId, page).selectAll(), page).execute());
  }

  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#store.read((db) => countOf(narrowed(db, projectId, filter)));
  }

  /**
   * Its first version is published.
   * @throws AditError of status 400 with the path; `already_exists` where the slug is taken, `not_found` for the project.
   */
  async create(projectId: string, input: PartialInput, actor: Actor): Promise<PromptPartial> {
    const now = this.#store.clock.now();
    const name = checkLine(input.name, "name");
    const slug = input.slug === undefined ? newSlug(name) : checkPromptSlug(input.slug);
    const template = readTemplate(input.template, "string");
    const id = newId("prt", now);
    try {
      return await this.#store.write(async (writing) => {
        const numbers = { currentVersion: 1, publishedVersion: 1, createdAt: now, updatedAt: now };
        await writing.db
          .insertInto("promptPartials")
          .values({ id, projectId, slug, name, ...numbers })
          .execute();
        await addVersion(writing, { partialId: id, version: 1, ...input, actor, now });
        await checkPartials(writing.db, projectId, template);
        await checkNoLoop(writing.db, { id, slug, projectId, template });
        return this.#record(writing, { id, actor, action: "prompt_partial.create" });
      });
    } catch (error) {
      throw objectFault(error, "partial");
    }
  }

  /** Another template makes another version, which is not published yet. @throws AditError as {@link create}; `not_found`. */
  async update(id: string, patch: PartialPatch, actor: Actor): Promise<PromptPartial> {
    const now = this.#store.clock.now();
    return this.#store.write(async (writing) => {
      const before = await partialInStore(writing.db, id);
      const newest = await versionBy(writing.db, id, { kind: "latest" });
      const { template = newest?.template ?? "", description } = patch;
      const isNew = template !== newest?.template;
      if (isNew) {
        const read = readTemplate(template, "string");
        await checkPartials(writing.db, before.projectId, read);
        await checkNoLoop(writing.db, { ...before, template: read });
      }
      const version = (newest?.version ?? before.currentVersion) + (isNew ? 1 : 0);
      const name = patch.name === undefined ? before.name : checkLine(patch.name, "name");
      await writing.db
        .updateTable("promptPartials")
        .set({ name, currentVersion: version, updatedAt: now })
        .where("id", "=", id)
        .execute();
      if (isNew) await addVersion(writing, { partialId: id, version, template, description, actor, now });
      return this.#record(writing, { id, actor, action: "prompt_partial.update", before });
    });
  }

  /** Every template that names the partial without a version has this one from now on. @throws AditError `not_found` */
  async publish(id: string, version: number, actor: Actor): Promise<PromptPartial> {
    return this.#store.write(async (writing) => {
      const before = await partialInStore(writing.db, id);
      const published = await versionBy(writing.db, id, { kind: "version", version });
      if (published === undefined) {
        const words = `The partial ${before.slug} has no version ${version}: its newest is ${before.currentVersion}.`;
        throw new AditError("not_found", words, { param: "version", remedy: "Name a version that it has." });
      }
      // What it names may have changed since it was saved.
      await checkNoLoop(writing.db, { ...before, template: readTemplate(published.template, "string") });
      await writing.db
        .updateTable("promptPartials")
        .set({ publishedVersion: version, updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "prompt_partial.publish", before });
    });
  }

  /** Takes it away with all its versions. @throws AditError `not_found`; `in_use` where a template has it. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await partialInStore(writing.db, id);
      await checkPartialUnused(writing.db, before);
      await writing.db.deleteFrom("promptPartials").where("id", "=", id).execute();
      const change = { actor, action: "prompt_partial.delete", object: before, before } as const;
      await recordChange(writing, change, this.#store.clock);
      writing.changed("prompt_partial", id);
    });
  }

  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: PromptPartial },
  ): Promise<PromptPartial> {
    const { id, actor, action, before } = change;
    const after = await partialInStore(writing.db, id);
    const isNew = after.currentVersion !== before?.currentVersion;
    const newest = isNew ? await versionBy(writing.db, id, { kind: "latest" }) : undefined;
    const shown = newest === undefined ? after : { ...after, template: newest.template };
    await recordChange(writing, { actor, action, object: after, before, after: shown }, this.#store.clock);
    writing.changed("prompt_partial", id);
    return after;
  }

  /** `place`: `PROJECT/REFERENCE`. */
  async #load(place: string): Promise<Ready | undefined> {
    const [projectId = "", text = ""] = place.split("/");
    const { name, selector } = readReference(text);
    return this.#store.read(async (db) => {
      const partial = await rowBy(db, projectId, name);
      const version = partial === undefined ? undefined : await versionBy(db, partial.id, selector);
      if (partial === undefined || version === undefined) return undefined;
      return { id: partial.id, template: readTemplate(version.template, "string") };
    });
  }
}

function rowBy(db: Database, projectId: string, slugOrId: string): Promise<Row<"promptPartials"> | undefined> {
  return db
    .selectFrom("promptPartials")
    .selectAll()
    .where("projectId", "=", projectId)
    .where((where) => where.or([where("slug", "=", slugOrId), where("id", "=", slugOrId)]))
    .executeTakeFirst();
}

function narrowed(db: Database, projectId: string, filter: ListFilter) {
  return db
    .selectFrom("promptPartials")
    .where("projectId", "=", projectId)
    .where((where) => isListed(where, filter, { search: searched }));
}

function versionsOf(db: Database, partialId: string) {
  return ofPartial(db, partialId).selectAll().orderBy("version", "desc");
}

function ofPartial(db: Database, partialId: string) {
  return db.selectFrom("promptPartialVersions").where("partialId", "=", partialId);
}

/** Labels are not for partials: such a selector finds nothing. */
async function versionBy(
  db: Database,
  partialId: string,
  selector: Selector,
): Promise<Row<"promptPartialVersions"> | undefined> {
  switch (selector.kind) {
    case "latest":
      return versionsOf(db, partialId).limit(1).executeTakeFirst();
    case "version":
      return versionsOf(db, partialId).where("version", "=", selector.version).executeTakeFirst();
    case "published": {
      const { publishedVersion } = await partialInStore(db, partialId);
      return versionsOf(db, partialId).where("version", "=", publishedVersion).executeTakeFirst();
    }
    case "label":
      return undefined;
  }
}

function versionFromRow(row: Row<"promptPartialVersions">): PartialVersion {
  const { id, version, template, description, authorId, createdAt } = row;
  return { id, version, template, description: description ?? undefined, authorId: authorId ?? undefined, createdAt };
}

interface NewVersion {
  partialId: string;
  version: number;
  template: string;
  description?: string | undefined;
  actor: Actor;
  now: number;
}

async function addVersion({ db }: Writing, given: NewVersion): Promise<void> {
  const { partialId, version, template, description = null, actor, now } = given;
  await db
    .insertInto("promptPartialVersions")
    .values({
      id: newId("prtv", now),
      partialId,
      version,
      template,
      description,
      authorId: actor.id ?? null,
      createdAt: now,
    })
    .execute();
}

async function partialInStore(db: Database, id: string): Promise<PromptPartial> {
  const row = await db.selectFrom("promptPartials").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return row;
  throw new AditError("not_found", `There is no partial ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its slug.",
  });
}
