/** Prompts: each change of what one says is a version; one version is published, and labels point to others. */
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
import { isReferenced, isTaken } from "../store/store-faults.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import { checkLine } from "../terms/check-line.ts";
import { checkContent } from "./check-content.ts";
import { checkPromptUnused } from "./check-config.ts";
import { checkPartials, checkVirtualKey } from "./check-references.ts";
import {
  isSameContent,
  type Prompt,
  type PromptContent,
  type PromptInput,
  type PromptPatch,
  type PromptVersion,
} from "./prompt.ts";
import { addVersion, labelsOf, pointLabel, versionBy, versionFromRow, versionsOf } from "./prompt-versions.ts";
import { readyPrompt, type ReadyPrompt } from "./ready-prompt.ts";
import { checkPromptSlug, mostReady, newSlug, readReference, referenceKey, type Selector } from "./reference.ts";

/** A version with the prompt that it is of, ready to be filled. */
export interface FoundPrompt extends ReadyPrompt {
  readonly id: string;
  readonly projectId: string;
  readonly slug: string;
  readonly version: number;
  readonly versionId: string;
}

/** What a list of prompts may be narrowed to. */
export interface PromptFilter extends ListFilter {
  collectionId?: string | undefined;
}

export type PromptPage = ListPage & PromptFilter;

const searched = ["prompts.name", "prompts.slug"] as const;

export class Prompts {
  readonly #store: StoreAccess;
  readonly #ready: StoreCache<FoundPrompt>;

  constructor(store: StoreAccess) {
    this.#store = store;
    const common = { store, kind: "prompt", idOf: ({ id }: FoundPrompt) => id, size: mostReady } as const;
    this.#ready = new StoreCache<FoundPrompt>({ ...common, load: (place) => this.#load(place) });
  }

  /** The same prompts, seen and changed as parts of a transaction: see `store/within.ts`. */
  within(store: StoreAccess): Prompts {
    return new Prompts(store);
  }

  /**
   * The version that a reference such as `pp-welcome@staging` names, ready to be filled; undefined where the project has none. From memory,
   * where it was asked for before.
   */
  async findReady(reference: string, projectId: string): Promise<FoundPrompt | undefined> {
    const key = referenceKey(reference);
    return key === undefined ? undefined : this.#ready.get(`${projectId}/${key}`);
  }

  /** By its slug or id. */
  async find(projectId: string, slugOrId: string): Promise<Prompt | undefined> {
    const row = await this.#store.read((db) => rowBy(db, projectId, slugOrId));
    return row === undefined ? undefined : fromRow(row);
  }

  /** Undefined where there is no such version, or no version has the label. */
  async version(promptId: string, selector: Selector): Promise<PromptVersion | undefined> {
    return this.#store.read(async (db) => {
      const row = await versionBy(db, promptId, selector);
      return row === undefined ? undefined : versionFromRow(row, await labelsOf(db, promptId));
    });
  }

  /** By its id. */
  async versionById(promptId: string, id: string): Promise<PromptVersion | undefined> {
    return this.#store.read(async (db) => {
      const row = await versionsOf(db, promptId).selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : versionFromRow(row, await labelsOf(db, promptId));
    });
  }

  /** The newest first. */
  async versions(promptId: string, page?: VersionPage): Promise<PromptVersion[]> {
    return this.#store.read(async (db) => {
      const labels = await labelsOf(db, promptId);
      const found = await pageOfVersions(versionsOf(db, promptId).selectAll(), "promptVersions", page).execute();
      return found.map((row) => versionFromRow(row, labels));
    });
  }

  countVersions(promptId: string): Promise<number> {
    return this.#store.read((db) => countOf(versionsOf(db, promptId)));
  }

  /** By age, each with what its published version says. */
  async list(projectId: string, page: PromptPage): Promise<(Prompt & { content: PromptContent })[]> {
    const found = await this.#store.read((db) =>
      pageOf(
        narrowed(db, projectId, page)
          .innerJoin("promptVersions", (join) =>
            join
              .onRef("promptVersions.promptId", "=", "prompts.id")
              .onRef("promptVersions.version", "=", "prompts.publishedVersion"),
          )
          .selectAll("prompts")
          .select("promptVersions.content"),
        page,
        "prompts.id",
      ).execute(),
    );
    return found.map((row) => ({ ...fromRow(row), content: JSON.parse(row.content) as PromptContent }));
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: PromptFilter): Promise<number> {
    return this.#store.read((db) => countOf(narrowed(db, projectId, filter)));
  }

  /**
   * Its first version is published.
   * @throws AditError of status 400 with the path of what would fail at a call; `already_exists` where the slug is taken, `not_found` for the
   * project.
   */
  async create(projectId: string, input: PromptInput, actor: Actor): Promise<Prompt> {
    const now = this.#store.clock.now();
    const name = checkLine(input.name, "name");
    const slug = input.slug === undefined ? newSlug(name) : checkPromptSlug(input.slug);
    const ready = checkContent(input.content);
    const id = newId("pp", now);
    const { content, description, collectionId = null } = input;
    try {
      return await this.#store.write(async (writing) => {
        await checkPartials(writing.db, projectId, ready.template);
        await checkVirtualKey(writing.db, projectId, content);
        const numbers = { currentVersion: 1, publishedVersion: 1, createdAt: now, updatedAt: now };
        await writing.db
          .insertInto("prompts")
          .values({ id, projectId, slug, name, collectionId, ...numbers })
          .execute();
        await addVersion(writing, { promptId: id, version: 1, content, description, actor, now });
        return this.#record(writing, { id, actor, action: "prompt.create" });
      });
    } catch (error) {
      throw ownWords(error);
    }
  }

  /**
   * Changes what the patch names; another content makes another version, which is not published yet.
   * @throws AditError as {@link create}; `not_found`.
   */
  async update(id: string, patch: PromptPatch, actor: Actor): Promise<Prompt> {
    try {
      return await this.#store.write((writing) => this.#change(writing, { id, patch, actor }));
    } catch (error) {
      throw ownWords(error);
    }
  }

  /** From now on this version counts where a call names none. @throws AditError `not_found` */
  async publish(id: string, version: number, actor: Actor): Promise<Prompt> {
    return this.#store.write(async (writing) => {
      const before = await promptInStore(writing.db, id);
      if ((await versionBy(writing.db, id, { kind: "version", version })) === undefined)
        throw noVersion(before, version);
      await writing.db
        .updateTable("prompts")
        .set({ publishedVersion: version, updatedAt: this.#store.clock.now() })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "prompt.publish", before });
    });
  }

  /** Has the label point to this version, and to no other of the prompt; null takes all labels from the version. */
  async label(version: PromptVersion, labelId: string | null, actor: Actor): Promise<void> {
    const now = this.#store.clock.now();
    await this.#store.write(async (writing) => {
      const { promptId } = version;
      await pointLabel(writing.db, { promptId, version: version.version, labelId, now });
      await writing.db.updateTable("prompts").set({ updatedAt: now }).where("id", "=", promptId).execute();
      const prompt = await promptInStore(writing.db, promptId);
      const after = {
        version: version.version,
        labels: (await labelsOf(writing.db, promptId)).get(version.version) ?? [],
      };
      const labels = { before: { version: version.version, labels: version.labels }, after };
      await recordChange(writing, { actor, action: "prompt.label", object: prompt, ...labels }, this.#store.clock);
      writing.changed("prompt", promptId);
    });
  }

  /** Takes it away with all its versions. @throws AditError `not_found`; `in_use` where a config calls it. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await promptInStore(writing.db, id);
      await checkPromptUnused(writing.db, before);
      await writing.db.deleteFrom("prompts").where("id", "=", id).execute();
      await recordChange(writing, { actor, action: "prompt.delete", object: before, before }, this.#store.clock);
      writing.changed("prompt", id);
    });
  }

  async #change(
    writing: Writing,
    { id, patch, actor }: { id: string; patch: PromptPatch; actor: Actor },
  ): Promise<Prompt> {
    const now = this.#store.clock.now();
    const before = await promptInStore(writing.db, id);
    const newest = await versionBy(writing.db, id, { kind: "latest" });
    const old = JSON.parse(newest?.content ?? "{}") as PromptContent;
    const content: PromptContent = { ...old, ...patch.content };
    const isNew = !isSameContent(content, old);
    if (isNew) {
      await checkPartials(writing.db, before.projectId, checkContent(content).template);
      await checkVirtualKey(writing.db, before.projectId, content);
    }
    const version = (newest?.version ?? before.currentVersion) + (isNew ? 1 : 0);
    await writing.db
      .updateTable("prompts")
      .set({
        name: patch.name === undefined ? before.name : checkLine(patch.name, "name"),
        collectionId: patch.collectionId === undefined ? (before.collectionId ?? null) : patch.collectionId,
        currentVersion: version,
        updatedAt: now,
      })
      .where("id", "=", id)
      .execute();
    if (isNew)
      await addVersion(writing, { promptId: id, version, content, description: patch.description, actor, now });
    return this.#record(writing, { id, actor, action: "prompt.update", before });
  }

  /** The audit log has the version's words too. */
  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: Prompt },
  ): Promise<Prompt> {
    const { id, actor, action, before } = change;
    const after = await promptInStore(writing.db, id);
    const isNew = after.currentVersion !== before?.currentVersion;
    const row = isNew ? await versionBy(writing.db, id, { kind: "latest" }) : undefined;
    const shown = row === undefined ? after : { ...after, content: JSON.parse(row.content) as PromptContent };
    await recordChange(writing, { actor, action, object: after, before, after: shown }, this.#store.clock);
    writing.changed("prompt", id);
    return after;
  }

  /** `place`: `PROJECT/REFERENCE`. */
  async #load(place: string): Promise<FoundPrompt | undefined> {
    const [project = "", text = ""] = place.split("/");
    const { name, selector } = readReference(text);
    return this.#store.read(async (db) => {
      const prompt = await rowBy(db, project, name);
      const version = prompt === undefined ? undefined : await versionBy(db, prompt.id, selector);
      if (prompt === undefined || version === undefined) return undefined;
      const { id, projectId, slug } = prompt;
      const ready = readyPrompt(JSON.parse(version.content) as PromptContent);
      return { ...ready, id, projectId, slug, version: version.version, versionId: version.id };
    });
  }
}

function rowBy(db: Database, projectId: string, slugOrId: string): Promise<Row<"prompts"> | undefined> {
  return db
    .selectFrom("prompts")
    .selectAll()
    .where("projectId", "=", projectId)
    .where((where) => where.or([where("slug", "=", slugOrId), where("id", "=", slugOrId)]))
    .executeTakeFirst();
}

function narrowed(db: Database, projectId: string, filter: PromptFilter) {
  const { collectionId } = filter;
  const columns = { search: searched, createdAt: "prompts.createdAt" } as const;
  return db
    .selectFrom("prompts")
    .where("projectId", "=", projectId)
    .$if(collectionId !== undefined, (query) => query.where("collectionId", "=", collectionId ?? ""))
    .where((where) => isListed(where, filter, columns));
}

function fromRow(row: Row<"prompts">): Prompt {
  const { id, projectId, slug, name, collectionId, currentVersion, publishedVersion, createdAt, updatedAt } = row;
  const numbers = { currentVersion, publishedVersion, createdAt, updatedAt };
  return { id, projectId, slug, name, collectionId: collectionId ?? undefined, ...numbers };
}

async function promptInStore(db: Database, id: string): Promise<Prompt> {
  const row = await db.selectFrom("prompts").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return fromRow(row);
  throw new AditError("not_found", `There is no prompt ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its slug.",
  });
}

function noVersion({ slug, currentVersion }: Prompt, version: number): AditError {
  return new AditError("not_found", `The prompt ${slug} has no version ${version}: its newest is ${currentVersion}.`, {
    param: "version",
    remedy: "Name a version that it has.",
  });
}

function ownWords(error: unknown): unknown {
  if (isTaken(error))
    return new AditError("already_exists", "Another prompt of the project has this slug.", { param: "slug" });
  if (isReferenced(error)) {
    return new AditError("not_found", "There is no such project, or no such collection.", { remedy: "Check the ids." });
  }
  return error;
}
