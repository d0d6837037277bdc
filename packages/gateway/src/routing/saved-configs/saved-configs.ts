/** Saved configs: each change is a version, and a slug leads to the newest. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { SealedVersions, type Written } from "../../guardrails/saved/sealed-versions.ts";
import { guardrailsIn } from "../../guardrails/saved/used-guardrails.ts";
import { configSecrets, withoutHeaders } from "../../guardrails/saved/webhook-secrets.ts";
import { checkPromptsOfConfig } from "../../prompts/check-config.ts";
import type { Actor } from "../../store/audit.ts";
import { countOf, pageOfVersions, type ListFilter, type ListPage, type VersionPage } from "../../store/list-page.ts";
import { newestConfigs, nextConfigVersion } from "../../store/newest-versions.ts";
import { newId } from "../../store/new-id.ts";
import { StoreCache } from "../../store/changes/store-cache.ts";
import { objectFault } from "../../store/store-faults.ts";
import type { Database, Writing } from "../../store/store.ts";
import type { Row } from "../../store/tables/tables.ts";
import { checkSlugsStored } from "../../store/stored-slugs.ts";
import { checkConfigUnused } from "../../store/uses.ts";
import { VersionedRecords } from "../../store/versioned-records.ts";
import type { StoreAccess } from "../../store/within.ts";
import { checkLine } from "../../terms/check-line.ts";
import { checkSize } from "../../terms/check-size.ts";
import { newSlugFromName } from "../../terms/slug.ts";
import type { Vault } from "../../vault/vault.ts";
import { isConfigName, isConfigSlug } from "../config/config-name.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import { readConfig } from "../config/config.ts";
import type { IdentifiedConfig } from "../dependencies.ts";
import { checkNoSecrets } from "./saved-secrets.ts";
import { checkServable, virtualKeysIn } from "./servable.ts";

export interface SavedConfig {
  id: string;
  projectId: string;
  /** Unique in the project, and begins with `pc-`: Portkey's clients tell it from a config's JSON by that. */
  slug: string;
  name: string;
  /** Of a project's configs one may be marked so. A request that names none has the one of its gateway key. */
  isDefault: boolean;
  disabled: boolean;
  version: number;
  versionId: string;
  /** As it was written, but for the addresses and headers of webhooks: of those what may be shown. */
  config: JsonObject;
  createdAt: number;
  updatedAt: number;
}

export interface ConfigVersion {
  id: string;
  version: number;
  config: JsonObject;
  /** Who wrote it, as the audit log names them. */
  authorId: string | undefined;
  createdAt: number;
}

export interface ConfigInput {
  name: string;
  /** Made from the name where it is absent. */
  slug?: string | undefined;
  config: JsonObject;
  isDefault?: boolean | undefined;
}

export interface ConfigPatch {
  name?: string | undefined;
  config?: JsonObject | undefined;
  isDefault?: boolean | undefined;
  disabled?: boolean | undefined;
}

/** What was saved, and the paths of what in it has no effect here. */
export interface SavedConfigAnswer {
  saved: SavedConfig;
  dropped: readonly string[];
}

/** A config that is ready to steer calls. */
interface Ready {
  /** Undefined where a secret of its webhooks is missing. */
  config: IdentifiedConfig | undefined;
  configId: string;
}

interface ConfigDependencies {
  store: StoreAccess;
  vault: Vault;
  /** `ADIT_CUSTOM_HOSTS`. */
  customHosts: ReadonlySet<string>;
}

export class SavedConfigs {
  readonly #store: StoreAccess;
  readonly #vault: Vault;
  readonly #customHosts: ReadonlySet<string>;
  readonly #records: ReturnType<typeof recordsOf>;
  readonly #sealed: SealedVersions<JsonObject>;
  readonly #ready: StoreCache<Ready>;

  constructor({ store, vault, customHosts }: ConfigDependencies) {
    this.#store = store;
    this.#vault = vault;
    this.#customHosts = customHosts;
    this.#records = recordsOf(store);
    this.#sealed = new SealedVersions(vault, { kind: "config_version", secrets: configSecrets });
    const common = { store, kind: "config", idOf: ({ configId }: Ready) => configId } as const;
    this.#ready = new StoreCache<Ready>({ ...common, load: (place) => this.#load(place) });
  }

  /**
   * The config of this slug or id, ready to steer calls; undefined where the project has none, or it is switched off. From memory, where it
   * was asked for before. Its `id` is another for each version.
   * @throws AditError `not_stored` where a secret of its webhooks is missing.
   */
  async findConfig(name: string, projectId: string): Promise<IdentifiedConfig | undefined> {
    const found = isConfigName(name) ? await this.#ready.get(`${projectId}/${name}`) : undefined;
    if (found === undefined || found.config !== undefined) return found?.config;
    throw new AditError("not_stored", `The config ${name} lacks the addresses or the headers of its webhooks.`, {
      param: "config",
      remedy: "Enter them again: an import brings no secrets.",
    });
  }

  /** The same configs, seen and changed as parts of a transaction: see {@link within}. */
  within(store: StoreAccess): SavedConfigs {
    return new SavedConfigs({ store, vault: this.#vault, customHosts: this.#customHosts });
  }

  /** By its slug, or by its id, which older clients of Portkey's send. */
  find(projectId: string, slugOrId: string): Promise<SavedConfig | undefined> {
    return this.#records.find(projectId, slugOrId);
  }

  /** The project's configs by age. */
  list(projectId: string, page: ListPage): Promise<SavedConfig[]> {
    return this.#records.list(projectId, page);
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: ListFilter = {}): Promise<number> {
    return this.#records.count(projectId, filter);
  }

  /** The versions of a config, the newest first. */
  async versions(configId: string, page?: VersionPage): Promise<ConfigVersion[]> {
    const found = await this.#store.read((db) =>
      pageOfVersions(versionsOf(db, configId).selectAll(), "configVersions", page).execute(),
    );
    return found.map(({ id, version, config, authorId, createdAt }) => ({
      id,
      version,
      config: JSON.parse(config) as JsonObject,
      authorId: authorId ?? undefined,
      createdAt,
    }));
  }

  countVersions(configId: string): Promise<number> {
    return this.#store.read((db) => countOf(versionsOf(db, configId)));
  }

  /**
   * @throws AditError `invalid_config`, `custom_host_not_allowed`, `invalid_region`, `no_target` with the path, `already_exists` where the
   * slug is taken, `not_found` for the project.
   */
  async create(projectId: string, input: ConfigInput, actor: Actor): Promise<SavedConfigAnswer> {
    const now = this.#store.clock.now();
    const name = checkLine(input.name, "name");
    const slug = input.slug === undefined ? `pc-${newSlugFromName(name)}` : checkConfigSlug(input.slug);
    checkSize(input.config, "config");
    checkNoSecrets(withoutHeaders(input.config));
    const checked = readConfig(input.config);
    checkServable(checked.root, this.#customHosts);
    const written = configSecrets.split(input.config);
    configSecrets.checkWhole(written.shown, written.secrets, "invalid_config");
    const id = newId("pc", now);
    try {
      return await this.#store.write(async (writing) => {
        await checkNamed(writing.db, projectId, checked.root);
        await checkPromptsOfConfig(writing.db, projectId, checked.root);
        const times = { createdAt: now, updatedAt: now };
        const flags = { isDefault: 0, disabled: 0, currentVersion: 1 };
        await writing.db
          .insertInto("configs")
          .values({ id, projectId, slug, name, ...flags, ...times })
          .execute();
        await this.#addVersion(writing, { configId: id, version: 1, ...written, actor, now });
        if (input.isDefault === true) await makeDefault(writing, { id, projectId });
        const saved = await this.#records.record(writing, { id, actor, verb: "create" });
        return { saved, dropped: checked.dropped };
      });
    } catch (error) {
      throw objectFault(error, "config");
    }
  }

  /**
   * Changes what the patch names; another config makes another version.
   * @throws AditError as {@link create}; `not_found`.
   */
  async update(id: string, patch: ConfigPatch, actor: Actor): Promise<SavedConfigAnswer> {
    const now = this.#store.clock.now();
    return this.#store.write(async (writing) => {
      const before = await this.#records.get(writing.db, id);
      const config = patch.config ?? before.config;
      const checked = readConfig(config);
      const written =
        patch.config === undefined ? undefined : await this.#sealed.compared(newestOf(before), patch.config);
      const isNew = written?.isNew === true;
      if (isNew) {
        checkSize(config, "config");
        checkNoSecrets(withoutHeaders(config));
        checkServable(checked.root, this.#customHosts);
        configSecrets.checkWhole(written.shown, written.secrets, "invalid_config");
        await checkNamed(writing.db, before.projectId, checked.root);
        await checkPromptsOfConfig(writing.db, before.projectId, checked.root);
      }
      const version = isNew ? await nextConfigVersion(writing.db, id) : before.version;
      await writing.db
        .updateTable("configs")
        .set({
          name: patch.name === undefined ? before.name : checkLine(patch.name, "name"),
          disabled: (patch.disabled ?? before.disabled) ? 1 : 0,
          isDefault: (patch.isDefault ?? before.isDefault) ? 1 : 0,
          currentVersion: version,
          updatedAt: now,
        })
        .where("id", "=", id)
        .execute();
      if (isNew) await this.#addVersion(writing, { configId: id, version, ...written, actor, now });
      if (patch.isDefault === true) await makeDefault(writing, before);
      const saved = await this.#records.record(writing, { id, actor, verb: "update", before });
      return { saved, dropped: checked.dropped };
    });
  }

  /** Takes it away with all its versions. @throws AditError `not_found`; `in_use` where it is a gateway key's default. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await this.#records.get(writing.db, id);
      await checkConfigUnused(writing.db, before);
      const versions = await writing.db.selectFrom("configVersions").select("id").where("configId", "=", id).execute();
      await this.#sealed.remove(writing, versions);
      await writing.db.deleteFrom("configs").where("id", "=", id).execute();
      await this.#records.recordRemoval(writing, before, actor);
    });
  }

  /** True where a config of this text would be another version: what is sealed is compared, and not given out. */
  async differs(saved: SavedConfig, config: JsonObject): Promise<boolean> {
    return (await this.#sealed.compared(newestOf(saved), config)).isNew;
  }

  async #addVersion(writing: Writing, added: NewVersion): Promise<void> {
    const { configId, version, shown, secrets, actor, now } = added;
    const id = newId("pcv", now);
    const row = { id, configId, version, config: JSON.stringify(shown), authorId: actor.id ?? null, createdAt: now };
    await writing.db.insertInto("configVersions").values(row).execute();
    await this.#sealed.seal(writing, id, secrets);
  }

  /** `place`: `PROJECT/NAME`. */
  async #load(place: string): Promise<Ready | undefined> {
    const [projectId = "", name = ""] = place.split("/");
    const row = await this.#store.read((db) => rowByName(db, projectId, name));
    if (row === undefined || row.disabled !== 0) return undefined;
    const written = await this.#sealed.open(row.versionId, JSON.parse(row.config) as JsonObject);
    if (written === undefined) return { config: undefined, configId: row.id };
    const { root, dropped, unknown } = readConfig(written);
    return { config: { root, dropped, unknown, id: row.versionId }, configId: row.id };
  }
}

type ConfigRow = Row<"configs"> & { config: string; versionId: string };

/** Configs with their newest version. */
function rows(db: Database) {
  return newestConfigs(db).selectAll("configs").select(["configVersions.config", "configVersions.id as versionId"]);
}

function rowByName(db: Database, projectId: string, name: string): Promise<ConfigRow | undefined> {
  return rows(db)
    .where("projectId", "=", projectId)
    .where((where) => where.or([where("slug", "=", name), where("configs.id", "=", name)]))
    .executeTakeFirst();
}

function recordsOf(store: StoreAccess) {
  return new VersionedRecords(store, { kind: "config", table: "configs", off: "inactive", rows, fromRow });
}

function fromRow(row: ConfigRow): SavedConfig {
  const { id, projectId, slug, name, versionId, createdAt, updatedAt } = row;
  return {
    id,
    projectId,
    slug,
    name,
    isDefault: row.isDefault !== 0,
    disabled: row.disabled !== 0,
    version: row.currentVersion,
    versionId,
    config: JSON.parse(row.config) as JsonObject,
    createdAt,
    updatedAt,
  };
}

/** The version that a config has now. */
function newestOf({ versionId, config }: SavedConfig): { id: string; shown: JsonObject } {
  return { id: versionId, shown: config };
}

interface NewVersion extends Written<JsonObject> {
  configId: string;
  version: number;
  actor: Actor;
  now: number;
}

/** A project has one default: the one before is it no longer. */
async function makeDefault(writing: Writing, config: { id: string; projectId: string }): Promise<void> {
  const others = await writing.db
    .updateTable("configs")
    .set({ isDefault: 0 })
    .where("projectId", "=", config.projectId)
    .where("isDefault", "=", 1)
    .where("id", "!=", config.id)
    .returning("id")
    .execute();
  for (const { id } of others) writing.changed("config", id);
  await writing.db.updateTable("configs").set({ isDefault: 1 }).where("id", "=", config.id).execute();
}

/** Of what is stored a config names virtual keys and guardrails. @throws AditError `invalid_config` with the place of one that is not there. */
async function checkNamed(db: Database, projectId: string, root: ConfigNode): Promise<void> {
  const common = { projectId, code: "invalid_config" } as const;
  await checkSlugsStored(db, "virtualKeys", { ...common, named: virtualKeysIn(root) });
  await checkSlugsStored(db, "guardrails", { ...common, named: guardrailsIn(root) });
}

/** @throws AditError `invalid_request` */
function checkConfigSlug(given: string): string {
  if (isConfigSlug(given)) return given;
  throw new AditError("invalid_request", "slug must be pc- and 1 to 60 lower-case letters, digits, - and _.", {
    param: "slug",
    remedy: "Write it as pc-main, or leave it out.",
  });
}

function versionsOf(db: Database, configId: string) {
  return db.selectFrom("configVersions").where("configId", "=", configId);
}
