/** Virtual keys in the store: made, changed, found, listed, taken away. */
import { isDeepStrictEqual } from "node:util";
import { checkRegion } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { newId } from "../store/new-id.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import { followIntegrations } from "../store/followed-keys.ts";
import { objectFault } from "../store/store-faults.ts";
import { countOf, pageOf, type ListPage } from "../store/list-page.ts";
import type { Database, Writing } from "../store/store.ts";
import { checkStillServes, checkVirtualKeyUnused } from "../store/uses.ts";
import type { StoreAccess } from "../store/within.ts";
import type { NewRow } from "../store/tables/tables.ts";
import { keptAttribution } from "./kept-attribution.ts";
import { checkKeptSecret } from "./kept-secret.ts";
import { servedBy, checkTerms } from "./check-virtual-key.ts";
import {
  freeSlug,
  integrationSlug,
  keyInStore,
  keysOf,
  lockedKey,
  rowById,
  rowBySlug,
  sourceIdOf,
  type VirtualKeyFilter,
} from "./find-virtual-key.ts";
import { bringAlong, checkEndsBefore, checkFollowed, checkOwnTerms, placeOf, stillOff } from "./follow.ts";
import { checkSlug, isSlug, slugFromName } from "../terms/slug.ts";
import { checkRole, readCredential, withRegionAlone, type ReadCredential } from "./read-credential.ts";
import type { Vault } from "./vault.ts";
import { columnsOf, virtualKeyFromRow, type VirtualKeyRow } from "./virtual-key-row.ts";
import { forgetTests } from "./virtual-key-tests.ts";
import type { ShownCredential, VirtualKey, VirtualKeyInput, VirtualKeyKind, VirtualKeyPatch } from "./virtual-key.ts";

export interface VirtualKeysOptions {
  store: StoreAccess;
  vault: Vault;
  /** `ADIT_CUSTOM_HOSTS`. */
  customHosts: ReadonlySet<string>;
}

/** What was saved, and what its owner should know. */
export interface SavedVirtualKey {
  virtualKey: VirtualKey;
  /** True: the role's external id was chosen by who filled the credential in, and not by Adit. */
  isExternalIdGiven: boolean;
  warnings: readonly string[];
}

/** What of a key that follows another is its own. */
export type FollowingTerms = Pick<VirtualKeyPatch, "note" | "expiresAt"> & { name: string; slug?: string };

/** A credential as it is given anew. */
export interface GivenCredential extends Pick<VirtualKeyInput, "credential"> {
  kind?: VirtualKeyKind | undefined;
  region?: string | undefined;
}

export class VirtualKeys {
  readonly #options: VirtualKeysOptions;
  readonly #bySlug: StoreCache<VirtualKey>;
  readonly #byId: StoreCache<VirtualKey>;

  constructor(options: VirtualKeysOptions) {
    this.#options = options;
    const common = { store: options.store, kind: "virtual_key", idOf: (key: VirtualKey) => key.id } as const;
    this.#byId = new StoreCache({ ...common, load: (id) => this.#load((db) => rowById(db, id)) });
    this.#bySlug = new StoreCache({
      ...common,
      load: (place) => {
        const [projectId = "", slug = ""] = place.split("/");
        return this.#load((db) => rowBySlug(db, { projectId, slug }));
      },
    });
  }

  /** From memory, where it was asked for before. */
  async bySlug(projectId: string, slug: string): Promise<VirtualKey | undefined> {
    return isSlug(slug) ? this.#bySlug.get(`${projectId}/${slug}`) : undefined;
  }

  /** From memory, where it was asked for before. */
  async byId(id: string): Promise<VirtualKey | undefined> {
    return this.#byId.get(id);
  }

  /** The same keys, seen and changed as parts of a transaction: see {@link within}. */
  within(store: StoreAccess): VirtualKeys {
    return new VirtualKeys({ ...this.#options, store });
  }

  /** The project's keys by age. */
  async list(projectId: string, page: ListPage & VirtualKeyFilter): Promise<VirtualKey[]> {
    const rows = await this.#options.store.read((db) =>
      pageOf(keysOf(db, projectId, page, this.#options.store).selectAll().select(integrationSlug), page).execute(),
    );
    return rows.map((row) => virtualKeyFromRow(row));
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: VirtualKeyFilter = {}): Promise<number> {
    return this.#options.store.read((db) => countOf(keysOf(db, projectId, filter, this.#options.store)));
  }

  /** @throws AditError that names the field at fault; `already_exists` where the slug is taken; `not_found` for the project. */
  async create(projectId: string, input: VirtualKeyInput, actor: Actor): Promise<SavedVirtualKey> {
    const { store } = this.#options;
    const now = store.clock.now();
    const { kind, credential, region } = input;
    const read = this.#read({ kind, credential, region }, undefined);
    const terms = checkTerms(
      {
        name: input.name,
        note: input.note,
        allowedModels: input.allowedModels,
        allowedRegions: input.allowedRegions,
        endpoint: input.endpoint,
        attribution: input.attribution,
        expiresAt: input.expiresAt,
      },
      this.#terms(read, now),
    );
    const slug = input.slug === undefined ? undefined : checkSlug(input.slug);
    const id = newId("vk", now);
    return this.#write(async (writing) => {
      const row: NewRow<"virtualKeys"> = {
        id,
        projectId,
        slug: slug ?? (await freeSlug(writing.db, { projectId, slug: slugFromName(terms.name) })),
        ...columnsOf({
          ...terms,
          attribution: await keptAttribution(writing.db, projectId, terms.attribution),
          region: read.region,
          credential: read.shown,
        }),
        sourceId: (await sourceIdOf(writing.db, { projectId, slug: read.sourceSlug, ownId: id })) ?? null,
        createdAt: now,
        updatedAt: now,
      };
      await writing.db.insertInto("virtualKeys").values(row).execute();
      await this.#sealSecrets(writing, id, read);
      return this.#saved(writing, { id, actor, action: "virtual_key.create", read });
    });
  }

  /**
   * Changes what the patch names.
   * @throws AditError as {@link create}; `not_found`.
   */
  async update(id: string, patch: VirtualKeyPatch, actor: Actor): Promise<SavedVirtualKey> {
    return this.#write(async (writing) => {
      const before = await lockedKey(writing.db, id);
      const integration = before.follows && (await keyInStore(writing.db, before.follows.id));
      const { read, terms } = this.#changed(before, patch, integration);
      await checkStillServes(writing.db, before, servedBy(terms.credential.kind));
      const attribution = await keptAttribution(writing.db, before.projectId, terms.attribution);
      const sourceId =
        read === undefined
          ? before.sourceId
          : await sourceIdOf(writing.db, { projectId: before.projectId, slug: read.sourceSlug, ownId: id });
      await writing.db
        .updateTable("virtualKeys")
        .set({
          ...columnsOf({ ...terms, attribution }),
          disabled: terms.disabled ? 1 : 0,
          ...(integration !== undefined && ownEndOf(terms)),
          updatedAt: this.#options.store.clock.now(),
          sourceId: sourceId ?? null,
        })
        .where("id", "=", id)
        .execute();
      if (integration !== undefined) await followIntegrations(writing.db, { column: "id", value: id });
      if (read !== undefined) await this.#sealSecrets(writing, id, read);
      const saved = await this.#saved(writing, {
        id,
        actor,
        action: "virtual_key.update",
        before,
        ...(read !== undefined && { read }),
      });
      const { clock } = this.#options.store;
      await bringAlong(writing, saved.virtualKey, { isGivenAnew: read !== undefined, actor, clock });
      return { ...saved, warnings: [...saved.warnings, ...stillOff(integration, patch)] };
    });
  }

  /**
   * True where the virtual key has this very credential: nothing would change if it were given again.
   * @throws AditError as {@link create}; `not_found`.
   */
  async hasCredential(id: string, given: GivenCredential): Promise<boolean> {
    const { store, vault } = this.#options;
    const { key, sourceId, read } = await store.read(async (db) => {
      const before = await keyInStore(db, id);
      const fresh = this.#read(
        { credential: given.credential, kind: given.kind, region: given.region ?? before.region },
        before,
      );
      const place = { projectId: before.projectId, slug: fresh.sourceSlug, ownId: id };
      return { key: before, read: fresh, sourceId: await sourceIdOf(db, place) };
    });
    if (!isDeepStrictEqual(read.shown, key.credential) || sourceId !== key.sourceId) return false;
    return vault.holds(placeOf(key), read.secrets);
  }

  /**
   * A virtual key that follows another: its credential and bounds are what that has, now and later.
   * @throws AditError as {@link create}; `invalid_request` for one that cannot be followed.
   */
  async createFollowing(id: string, terms: FollowingTerms, actor: Actor): Promise<SavedVirtualKey> {
    const { clock } = this.#options.store;
    const now = clock.now();
    return this.#write(async (writing) => {
      // Who changes it waits: this one is brought along by then.
      const from = await lockedKey(writing.db, id);
      checkFollowed(from, now);
      const { slug, ...spoken } = terms;
      const own = { ...from, note: undefined, expiresAt: undefined, ...withoutNulls(spoken) };
      checkEndsBefore(from, own.expiresAt);
      const checked = checkTerms(own, this.#terms({ shown: from.credential, region: from.region }, now));
      const ownSlug = slug === undefined ? undefined : checkSlug(slug);
      const { projectId, attribution, sourceId, region, credential } = from;
      const row: NewRow<"virtualKeys"> = {
        id: newId("vk", now),
        projectId,
        slug: ownSlug ?? (await freeSlug(writing.db, { projectId, slug: slugFromName(checked.name) })),
        ...columnsOf({ ...checked, attribution, region, credential }),
        ...ownEndOf({ disabled: false, expiresAt: checked.expiresAt }),
        sourceId: sourceId ?? null,
        integrationId: id,
        createdAt: now,
        updatedAt: now,
      };
      await writing.db.insertInto("virtualKeys").values(row).execute();
      await followIntegrations(writing.db, { column: "id", value: row.id });
      return this.#saved(writing, { id: row.id, actor, action: "virtual_key.create" });
    });
  }

  #changed(before: VirtualKey, patch: VirtualKeyPatch, integration: VirtualKey | undefined) {
    const now = this.#options.store.clock.now();
    const { disabled: isOff, expiresAt: end } = before.follows ?? before;
    const next = { ...before, disabled: isOff, expiresAt: end, ...withoutNulls(patch) };
    checkOwnTerms(before, patch);
    if (integration !== undefined && patch.expiresAt !== undefined) checkEndsBefore(integration, next.expiresAt);
    const { kind, credential, region: to } = withRegionAlone(patch, before);
    const given = typeof to === "string" ? checkRegion(to) : undefined;
    const read = credential === undefined ? undefined : this.#read({ kind, credential, region: given }, before);
    const region = read?.region ?? given ?? (to === null ? undefined : before.region);
    const shown = read?.shown ?? before.credential;
    const kept = keptEndpoint(before, patch, read);
    const spoken = { ...next, ...spokenTerms(next, patch, kept) };
    if (shown.kind === "assumed_role") checkRole(shown, region);
    const terms = checkTerms(spoken, this.#terms({ shown, region }, now));
    if (read === undefined) checkKeptSecret(before, terms.endpoint);
    const { expiresAt, disabled } = next;
    return {
      read,
      terms: { ...terms, endpoint: kept ?? terms.endpoint, expiresAt, disabled, region, credential: shown },
    };
  }

  /** @throws AditError `not_found`; `in_use` where a gateway key, a config, a connector or another virtual key names it. */
  async remove(id: string, actor: Actor): Promise<void> {
    const { store, vault } = this.#options;
    await store.write(async (writing) => {
      const before = await lockedKey(writing.db, id);
      await checkVirtualKeyUnused(writing.db, before);
      await writing.db.deleteFrom("virtualKeys").where("id", "=", id).execute();
      await vault.remove(writing, placeOf({ id, follows: undefined }));
      await recordChange(writing, { actor, action: "virtual_key.delete", object: before, before }, store.clock);
      writing.changed("virtual_key", id);
    });
  }

  #read(
    input: Pick<VirtualKeyInput, "credential"> & { kind: VirtualKeyKind | undefined; region: string | undefined },
    before: VirtualKey | undefined,
  ): ReadCredential {
    const kept = before?.credential.kind === "assumed_role" ? before.credential.externalId : undefined;
    return readCredential(input.credential, {
      kind: input.kind,
      region: input.region,
      customHosts: this.#options.customHosts,
      externalId: kept,
      nowMs: this.#options.store.clock.now(),
    });
  }

  #terms(read: { shown: ShownCredential; region: string | undefined }, nowMs: number) {
    const { shown, region } = read;
    const tags = shown.kind === "assumed_role" ? shown.tags : undefined;
    return { kind: shown.kind, tags, region, customHosts: this.#options.customHosts, nowMs };
  }

  async #sealSecrets(writing: Writing, id: string, read: ReadCredential): Promise<void> {
    const { vault } = this.#options;
    if (Object.keys(read.secrets).length === 0) await vault.remove(writing, placeOf({ id, follows: undefined }));
    else await vault.seal(writing, placeOf({ id, follows: undefined }), read.secrets);
  }

  async #saved(
    writing: Writing,
    change: {
      id: string;
      actor: Actor;
      action: AuditedChange["action"];
      before?: VirtualKey;
      read?: Pick<ReadCredential, "warnings" | "isExternalIdGiven">;
    },
  ): Promise<SavedVirtualKey> {
    const { id, actor, action, before, read } = change;
    const after = await keyInStore(writing.db, id);
    if (before !== undefined) await forgetTests(writing.db, { before, after, isGivenAnew: read !== undefined });
    await recordChange(writing, { actor, action, object: after, before, after }, this.#options.store.clock);
    writing.changed("virtual_key", id);
    const { isExternalIdGiven = false, warnings = [] } = read ?? {};
    return { virtualKey: after, isExternalIdGiven, warnings };
  }

  async #write(change: (writing: Writing) => Promise<SavedVirtualKey>): Promise<SavedVirtualKey> {
    try {
      return await this.#options.store.write(change);
    } catch (error) {
      throw objectFault(error, "virtual key");
    }
  }

  async #load(find: (db: Database) => Promise<VirtualKeyRow | undefined>): Promise<VirtualKey | undefined> {
    const row = await this.#options.store.read(find);
    return row === undefined ? undefined : virtualKeyFromRow(row);
  }
}

function ownEndOf({ disabled, expiresAt }: Pick<VirtualKey, "disabled" | "expiresAt">) {
  return { ownDisabled: disabled ? 1 : 0, ownExpiresAt: expiresAt ?? null };
}

/** The endpoint that a change leaves as it was, beside the credential that it is for. */
function keptEndpoint(
  before: VirtualKey,
  patch: VirtualKeyPatch,
  read: ReadCredential | undefined,
): string | undefined {
  const isLeft = read === undefined && (patch.endpoint === undefined || patch.endpoint === before.endpoint);
  return isLeft ? before.endpoint : undefined;
}

/** An expiry that has passed, and a host that is not listed any more, are no fault of a change that does not speak of them. */
function spokenTerms(
  next: Pick<VirtualKey, "expiresAt" | "endpoint">,
  patch: VirtualKeyPatch,
  kept: string | undefined,
) {
  return {
    expiresAt: patch.expiresAt === undefined ? undefined : next.expiresAt,
    endpoint: kept === undefined ? next.endpoint : undefined,
  };
}

type WithoutNulls<Type> = { [Key in keyof Type]: Exclude<Type[Key], null> };

/** Null takes a value away, absent leaves it. */
function withoutNulls(patch: VirtualKeyPatch): Omit<WithoutNulls<VirtualKeyPatch>, "kind" | "credential" | "region"> {
  const { kind: _kind, credential: _credential, region: _region, ...rest } = patch;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
}
