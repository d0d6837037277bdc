/** Saved guardrails: each change of what they check is a version, and a slug leads to the newest. */
import { AditError, type JsonObject } from "@adit/bedrock";
import type { Actor } from "../../store/audit.ts";
import { countOf, pageOfVersions, type ListFilter, type ListPage, type VersionPage } from "../../store/list-page.ts";
import { newestGuardrails, nextGuardrailVersion } from "../../store/newest-versions.ts";
import { newId } from "../../store/new-id.ts";
import { StoreCache } from "../../store/changes/store-cache.ts";
import { objectFault } from "../../store/store-faults.ts";
import type { Database, Writing } from "../../store/store.ts";
import type { Row } from "../../store/tables/tables.ts";
import { VersionedRecords } from "../../store/versioned-records.ts";
import type { StoreAccess } from "../../store/within.ts";
import type { Vault } from "../../vault/vault.ts";
import { checkLine } from "../../terms/check-line.ts";
import { checkSize } from "../../terms/check-size.ts";
import { newSlugFromName } from "../../terms/slug.ts";
import { checkSlugsStored } from "../../store/stored-slugs.ts";
import type { Hook } from "../hook.ts";
import { readSaved, type WrittenGuardrail } from "./read-saved.ts";
import { guardrailSlug } from "../read-hooks.ts";
import { SealedVersions, type Written } from "./sealed-versions.ts";
import { slugsOfHook } from "./saved-calls.ts";
import { checkGuardrailUnused } from "./used-guardrails.ts";
import { guardrailSecrets } from "./webhook-secrets.ts";

export interface SavedGuardrail extends WrittenGuardrail {
  id: string;
  projectId: string;
  /** Unique in the project; begins with `pg-`. */
  slug: string;
  name: string;
  disabled: boolean;
  version: number;
  versionId: string;
  /** As the audit log names them. */
  authorId: string | undefined;
  editorId: string | undefined;
  createdAt: number;
  updatedAt: number;
}

export interface GuardrailVersion extends WrittenGuardrail {
  id: string;
  version: number;
  authorId: string | undefined;
  createdAt: number;
}

export interface GuardrailInput extends WrittenGuardrail {
  name: string;
  /** Made from the name where it is absent. */
  slug?: string | undefined;
}

export interface GuardrailPatch {
  name?: string | undefined;
  checks?: JsonObject[] | undefined;
  actions?: JsonObject | undefined;
  disabled?: boolean | undefined;
}

interface GuardrailDependencies {
  store: StoreAccess;
  vault: Vault;
  /** Origins that webhooks may be at. */
  customHosts: ReadonlySet<string>;
}

/** A guardrail that is ready to run. */
interface Ready {
  /** Undefined where a secret of it is missing. */
  hook: Hook | undefined;
  guardrailId: string;
}

export class SavedGuardrails {
  readonly #store: StoreAccess;
  readonly #records: ReturnType<typeof recordsOf>;
  readonly #sealed: SealedVersions<WrittenGuardrail>;
  readonly #vault: Vault;
  readonly #customHosts: ReadonlySet<string>;
  readonly #ready: StoreCache<Ready>;

  constructor({ store, vault, customHosts }: GuardrailDependencies) {
    this.#store = store;
    this.#records = recordsOf(store);
    this.#sealed = new SealedVersions(vault, { kind: "guardrail_version", secrets: guardrailSecrets });
    this.#vault = vault;
    this.#customHosts = customHosts;
    const common = { store, kind: "guardrail", idOf: ({ guardrailId }: Ready) => guardrailId } as const;
    this.#ready = new StoreCache<Ready>({ ...common, load: (place) => this.#load(place) });
  }

  /** The same guardrails, seen and changed as parts of a transaction. */
  within(store: StoreAccess): SavedGuardrails {
    return new SavedGuardrails({ store, vault: this.#vault, customHosts: this.#customHosts });
  }

  /**
   * The guardrail of this slug, ready to run; undefined where the project has none, or it is switched off. From memory, where it was asked
   * for before. @throws AditError `not_stored` where a secret of it is missing, `invalid_config` where what was taken once is no longer.
   */
  async findHook(slug: string, projectId: string): Promise<Hook | undefined> {
    const found = guardrailSlug.test(slug) ? await this.#ready.get(`${projectId}/${slug}`) : undefined;
    if (found === undefined || found.hook !== undefined) return found?.hook;
    throw new AditError("not_stored", `The guardrail ${slug} lacks the addresses or the headers of its webhooks.`, {
      param: "config",
      remedy: "Enter them again: an import brings no secrets.",
    });
  }

  /** By its slug, or by its id. */
  find(projectId: string, slugOrId: string): Promise<SavedGuardrail | undefined> {
    return this.#records.find(projectId, slugOrId);
  }

  /** The project's guardrails by age. */
  list(projectId: string, page: ListPage): Promise<SavedGuardrail[]> {
    return this.#records.list(projectId, page);
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#records.count(projectId, filter);
  }

  /** The versions of a guardrail, the newest first. */
  async versions(guardrailId: string, page?: VersionPage): Promise<GuardrailVersion[]> {
    const found = await this.#store.read((db) =>
      pageOfVersions(versionsOf(db, guardrailId).selectAll(), "guardrailVersions", page).execute(),
    );
    return found.map(({ id, version, guardrail, authorId, createdAt }) => ({
      ...(JSON.parse(guardrail) as WrittenGuardrail),
      id,
      version,
      authorId: authorId ?? undefined,
      createdAt,
    }));
  }

  countVersions(guardrailId: string): Promise<number> {
    return this.#store.read((db) => countOf(versionsOf(db, guardrailId)));
  }

  /** @throws AditError `invalid_request` with the path, `custom_host_not_allowed`, `already_exists` where the slug is taken, `not_found` for the project. */
  async create(projectId: string, input: GuardrailInput, actor: Actor): Promise<SavedGuardrail> {
    const now = this.#store.clock.now();
    const name = checkLine(input.name, "name");
    const slug = input.slug === undefined ? `pg-${newSlugFromName(name)}` : checkSlug(input.slug);
    checkSize([input.checks, input.actions], "checks");
    const hook = readSaved(input, slug, this.#customHosts);
    const { shown, secrets } = guardrailSecrets.split(input);
    guardrailSecrets.checkWhole(shown, secrets, "invalid_request");
    const id = newId("pg", now);
    const by = actor.id ?? null;
    try {
      return await this.#store.write(async (writing) => {
        await checkVirtualKeys(writing.db, projectId, hook);
        const times = { createdAt: now, updatedAt: now };
        const rest = { disabled: 0, currentVersion: 1, authorId: by, editorId: by };
        await writing.db
          .insertInto("guardrails")
          .values({ id, projectId, slug, name, ...rest, ...times })
          .execute();
        await this.#addVersion(writing, { guardrailId: id, version: 1, shown, secrets, actor, now });
        return await this.#records.record(writing, { id, actor, verb: "create" });
      });
    } catch (error) {
      throw objectFault(error, "guardrail");
    }
  }

  /** Changes what the patch names; other checks or actions make another version. @throws AditError as {@link create}; `not_found`. */
  async update(id: string, patch: GuardrailPatch, actor: Actor): Promise<SavedGuardrail> {
    const now = this.#store.clock.now();
    return this.#store.write(async (writing) => {
      const before = await this.#records.get(writing.db, id);
      const written = { checks: patch.checks ?? before.checks, actions: patch.actions ?? before.actions };
      const { shown, secrets, isNew } = await this.#sealed.compared(newestOf(before), written);
      if (patch.checks !== undefined) guardrailSecrets.checkWhole(shown, secrets, "invalid_request");
      // What was taken once is no fault of a change that leaves it: whether its hosts are listed is asked when they are called.
      if (isNew) {
        checkSize([written.checks, written.actions], "checks");
        const hook = readSaved(guardrailSecrets.join(shown, secrets), before.slug, this.#customHosts);
        await checkVirtualKeys(writing.db, before.projectId, hook);
      }
      const version = isNew ? await nextGuardrailVersion(writing.db, id) : before.version;
      await writing.db
        .updateTable("guardrails")
        .set({
          name: patch.name === undefined ? before.name : checkLine(patch.name, "name"),
          disabled: (patch.disabled ?? before.disabled) ? 1 : 0,
          currentVersion: version,
          editorId: actor.id ?? null,
          updatedAt: now,
        })
        .where("id", "=", id)
        .execute();
      if (isNew) await this.#addVersion(writing, { guardrailId: id, version, shown, secrets, actor, now });
      return this.#records.record(writing, { id, actor, verb: "update", before });
    });
  }

  /** Takes it away with all its versions. @throws AditError `not_found`; `in_use` where a config names it. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await this.#records.get(writing.db, id);
      await checkGuardrailUnused(writing.db, before);
      const versions = await writing.db
        .selectFrom("guardrailVersions")
        .select("id")
        .where("guardrailId", "=", id)
        .execute();
      await this.#sealed.remove(writing, versions);
      await writing.db.deleteFrom("guardrails").where("id", "=", id).execute();
      await this.#records.recordRemoval(writing, before, actor);
    });
  }

  /** True where a guardrail of this text would be another version: what is sealed is compared, and not given out. */
  async differs(saved: SavedGuardrail, written: WrittenGuardrail): Promise<boolean> {
    return (await this.#sealed.compared(newestOf(saved), written)).isNew;
  }

  async #addVersion(writing: Writing, version: NewVersion): Promise<void> {
    const { now, actor, shown, secrets, ...rest } = version;
    const id = newId("pgv", now);
    await writing.db
      .insertInto("guardrailVersions")
      .values({ id, ...rest, guardrail: JSON.stringify(shown), authorId: actor.id ?? null, createdAt: now })
      .execute();
    await this.#sealed.seal(writing, id, secrets);
  }

  /** `place`: `PROJECT/SLUG`. */
  async #load(place: string): Promise<Ready | undefined> {
    const [projectId = "", slug = ""] = place.split("/");
    const row = await this.#store.read((db) =>
      rows(db).where("projectId", "=", projectId).where("slug", "=", slug).executeTakeFirst(),
    );
    if (row === undefined || row.disabled !== 0) return undefined;
    const written = await this.#sealed.open(row.versionId, JSON.parse(row.guardrail) as WrittenGuardrail);
    // The hosts are looked at when they are called: what the operator lists may change.
    const hook = written === undefined ? undefined : readKept(written, slug);
    return { hook, guardrailId: row.id };
  }
}

/** Callers know its slug alone, and nothing of its fields. */
function readKept(written: WrittenGuardrail, slug: string): Hook {
  try {
    return readSaved(written, slug, undefined);
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    throw new AditError("invalid_config", `The saved guardrail ${slug} cannot be run. ${error.message}`, {
      param: "config",
      remedy: "Save it anew without that: docs/guardrails.md.",
      cause: error,
    });
  }
}

type GuardrailRow = Row<"guardrails"> & { guardrail: string; versionId: string };

/** Guardrails with their newest version. */
function rows(db: Database) {
  return newestGuardrails(db)
    .selectAll("guardrails")
    .select(["guardrailVersions.guardrail", "guardrailVersions.id as versionId"]);
}

function recordsOf(store: StoreAccess) {
  return new VersionedRecords(store, { kind: "guardrail", table: "guardrails", off: "archived", rows, fromRow });
}

function fromRow(row: GuardrailRow): SavedGuardrail {
  const { id, projectId, slug, name, versionId, createdAt, updatedAt } = row;
  return {
    id,
    projectId,
    slug,
    name,
    disabled: row.disabled !== 0,
    version: row.currentVersion,
    versionId,
    authorId: row.authorId ?? undefined,
    editorId: row.editorId ?? undefined,
    ...(JSON.parse(row.guardrail) as WrittenGuardrail),
    createdAt,
    updatedAt,
  };
}

interface NewVersion extends Written<WrittenGuardrail> {
  guardrailId: string;
  version: number;
  actor: Actor;
  now: number;
}

/** The version that a guardrail has now. */
function newestOf({ versionId, checks, actions }: SavedGuardrail): { id: string; shown: WrittenGuardrail } {
  return { id: versionId, shown: { checks, actions } };
}

/** @throws AditError `invalid_request` */
function checkSlug(given: string): string {
  if (guardrailSlug.test(given)) return given;
  throw new AditError("invalid_request", "slug must be pg- and 1 to 60 lower-case letters, digits, - and _.", {
    param: "slug",
    remedy: "Write it as pg-main, or leave it out.",
  });
}

/** Those that its checks call by. @throws AditError `invalid_request` */
function checkVirtualKeys(db: Database, projectId: string, hook: Hook): Promise<void> {
  return checkSlugsStored(db, "virtualKeys", {
    projectId,
    named: slugsOfHook(hook, "checks"),
    code: "invalid_request",
  });
}

function versionsOf(db: Database, guardrailId: string) {
  return db.selectFrom("guardrailVersions").where("guardrailId", "=", guardrailId);
}
