/** Gateway keys in the store: made, shown once, found by their hash, rotated. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { AditError, Secret } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { newId } from "../store/new-id.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import { countOf, isListed, pageOf, keyStatuses, type KeyFilter, type ListPage } from "../store/list-page.ts";
import { isReferenced } from "../store/store-faults.ts";
import type { Database, Store, Writing } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";
import { KeyedHash } from "../vault/keyed-hash.ts";
import type { Vault } from "../vault/vault.ts";
import { admittable, checkOwner, keysWithOwners, type Admittable } from "./admittable-key.ts";
import { checkDefaultAllowed, checkGatewayKey } from "./check-gateway-key.ts";
import { columnsOf, gatewayKeyFromRow } from "./gateway-key-row.ts";
import {
  type AdmittedKey,
  withoutBounds,
  type GatewayKey,
  type GatewayKeyInput,
  type GatewayKeyPatch,
  type GatewayKeyPrefix,
} from "./gateway-key.ts";
import { pairPlace } from "./key-pair.ts";
import { LastUses } from "./last-uses.ts";

/** A key that was made just now: the only time that it can be seen. */
export interface NewGatewayKey {
  secret: Secret;
  gatewayKey: GatewayKey;
}

interface Found extends Admittable {
  hash: string;
  validUntil: number | undefined;
}

/** `adit_sk_` and 32 random bytes. */
const keyForm = /^adit_sk_[\w-]{43}$/;
const keyLength = 51;
const prefixLength = 12;

export class GatewayKeys {
  readonly #store: StoreAccess;
  readonly #hash: KeyedHash;
  readonly #vault: Vault;
  readonly #found: StoreCache<Found>;
  readonly #byId: StoreCache<Admittable>;
  readonly #lastUses: LastUses;

  private constructor(store: StoreAccess, opened: { vault: Vault; hash: KeyedHash; lastUses: LastUses }) {
    const { vault, hash, lastUses } = opened;
    this.#store = store;
    this.#vault = vault;
    this.#hash = hash;
    this.#lastUses = lastUses;
    const common = {
      store,
      kind: "gateway_key",
      idOf: (found: Admittable) => found.key.id,
      related: { kind: "person", idOf: (found: Admittable) => found.key.ownerId },
    } as const;
    this.#found = new StoreCache<Found>({ ...common, load: (keyHash) => this.#load(keyHash) });
    this.#byId = new StoreCache<Admittable>({ ...common, load: (id) => this.#loadById(id) });
  }

  static async open(store: Store, vault: Vault): Promise<GatewayKeys> {
    const hash = await KeyedHash.open(vault, "gateway keys");
    return new GatewayKeys(store, { vault, hash, lastUses: new LastUses(store) });
  }

  /** True for a text that may be one of these keys: anything else needs no look-up. */
  static isKey(text: string): boolean {
    return text.length === keyLength && keyForm.test(text);
  }

  /**
   * Whose key this is. From memory, and at once, where it was asked for before; the whole key counts, by its keyed hash.
   * @throws AditError `invalid_gateway_key` (401) for one that is unknown, switched off or expired, or whose owner is switched off or not in
   * its project any more; `forbidden` for a caller's address
   * that it does not allow; `store_unavailable` where it is not in memory and the store does not answer.
   */
  authenticate(text: string, address: string | undefined): AdmittedKey | Promise<AdmittedKey> {
    if (!GatewayKeys.isKey(text)) throw refused("is not known here");
    const hash = this.#hash.of(text);
    const held = this.#found.held(hash);
    if (held !== undefined) return this.#proved(held, hash, address);
    return this.#found.get(hash).then((found) => this.#proved(found, hash, address));
  }

  #proved(found: Found | undefined, hash: string, address: string | undefined): AdmittedKey {
    // Both are hashes under the vault's key, of one length: no time tells how much of a guess was right.
    if (found === undefined || !timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash))) {
      throw refused("is not known here");
    }
    return this.#admit(found, address, found.validUntil);
  }

  /**
   * The key of this id, for who has proved by other means that it is the caller's. From memory where it was asked for before.
   * @throws AditError as {@link authenticate}.
   */
  async admit(id: string, address: string | undefined): Promise<AdmittedKey> {
    const found = await this.#byId.get(id);
    if (found === undefined) throw refused("is not known here");
    return this.#admit(found, address, undefined);
  }

  /** Why the key of this id does not count now, from wherever it is used; undefined where it counts. */
  async faultOf(id: string): Promise<string | undefined> {
    const found = await this.#byId.get(id);
    return found === undefined ? "is not known here" : faultAt(found, this.#store.clock.now(), undefined);
  }

  #admit(found: Admittable, address: string | undefined, validUntil: number | undefined): AdmittedKey {
    const { key, addresses } = found;
    const now = this.#store.clock.now();
    const fault = faultAt(found, now, validUntil);
    if (fault !== undefined) throw refused(fault);
    if (addresses !== undefined && !(address !== undefined && addresses.has(address))) {
      throw new AditError("forbidden", "The gateway key may not be used from this address.", {
        remedy: "Call from an address that the key allows, or use another key.",
      });
    }
    this.#lastUses.note(key.id, now);
    return key;
  }

  /** @throws AditError that names the field at fault; `not_found` for the project or the owner. */
  async create(projectId: string, input: GatewayKeyInput, actor: Actor): Promise<NewGatewayKey> {
    const now = this.#store.clock.now();
    const { ownerId, ...terms } = input;
    const checked = checkGatewayKey({ ...withoutBounds, ...terms }, { spokenExpiry: input.expiresAt, nowMs: now });
    checkDefaultAllowed(checked);
    const id = newId("gk", now);
    const secret = newKey();
    try {
      return await this.#store.write(async (writing) => {
        await checkVirtualKey(writing.db, projectId, checked.defaultVirtualKey);
        if (ownerId !== undefined) await checkOwner(writing.db, projectId, ownerId);
        await writing.db
          .insertInto("gatewayKeys")
          .values({ id, projectId, ownerId: ownerId ?? null, ...columnsOf(checked), createdAt: now, updatedAt: now })
          .execute();
        await this.#addHash(writing, id, secret);
        const gatewayKey = await this.#record(writing, { id, actor, action: "gateway_key.create" });
        return { secret, gatewayKey };
      });
    } catch (error) {
      if (!isReferenced(error)) throw error;
      throw new AditError("not_found", "There is no such project or owner.", { remedy: "Check their ids." });
    }
  }

  /** @throws AditError as {@link create}; `not_found`. */
  async update(id: string, patch: GatewayKeyPatch, actor: Actor): Promise<GatewayKey> {
    return this.#store.write(async (writing) => {
      const before = await lockedKey(writing.db, id);
      const nowMs = this.#store.clock.now();
      const given = Object.entries(patch).filter(([, value]) => value !== undefined);
      const next: GatewayKey = {
        ...before,
        ...Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined])),
      };
      const checked = checkGatewayKey(next, { spokenExpiry: patch.expiresAt ?? undefined, nowMs });
      if (patch.defaultVirtualKey !== undefined || patch.allowedVirtualKeys !== undefined) checkDefaultAllowed(checked);
      if (typeof patch.defaultVirtualKey === "string") {
        await checkVirtualKey(writing.db, before.projectId, checked.defaultVirtualKey);
      }
      await writing.db
        .updateTable("gatewayKeys")
        .set({ ...columnsOf(checked), updatedAt: nowMs })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "gateway_key.update", before });
    });
  }

  /**
   * Makes another key for the same rights. The ones before count for `overlapMs` more.
   * @throws AditError `not_found`.
   */
  async rotate(id: string, overlapMs: number, actor: Actor): Promise<NewGatewayKey> {
    const secret = newKey();
    return this.#store.write(async (writing) => {
      const before = await lockedKey(writing.db, id);
      const now = this.#store.clock.now();
      await writing.db.deleteFrom("gatewayKeyHashes").where("keyId", "=", id).where("validUntil", "<=", now).execute();
      await writing.db
        .updateTable("gatewayKeyHashes")
        .set({ validUntil: now + overlapMs })
        .where("keyId", "=", id)
        .where((where) => where.or([where("validUntil", "is", null), where("validUntil", ">", now + overlapMs)]))
        .execute();
      await this.#addHash(writing, id, secret);
      const gatewayKey = await this.#record(writing, { id, actor, action: "gateway_key.rotate", before });
      return { secret, gatewayKey };
    });
  }

  /** @throws AditError `not_found`. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await lockedKey(writing.db, id);
      const change = { actor, action: "gateway_key.delete", object: before, before } as const;
      await recordChange(writing, change, this.#store.clock);
      const pairs = await writing.db.selectFrom("accessKeyPairs").select("id").where("gatewayKeyId", "=", id).execute();
      for (const pair of pairs) await this.#vault.remove(writing, pairPlace(pair.id));
      await writing.db.deleteFrom("gatewayKeys").where("id", "=", id).execute();
      writing.changed("gateway_key", id);
    });
  }

  /** The keys of a person, in whichever projects. */
  async idsOfOwner(ownerId: string): Promise<string[]> {
    const keys = await this.#store.read((db) =>
      db.selectFrom("gatewayKeys").select("id").where("ownerId", "=", ownerId).execute(),
    );
    return keys.map(({ id }) => id);
  }

  /** @throws AditError `not_found`. */
  get(id: string): Promise<GatewayKey> {
    return this.#store.read((db) => keyInStore(db, id));
  }

  /** The beginnings of the keys that count now, newest first. */
  async prefixesOf(id: string): Promise<GatewayKeyPrefix[]> {
    const now = this.#store.clock.now();
    const rows = await this.#store.read((db) =>
      db
        .selectFrom("gatewayKeyHashes")
        .select(["prefix", "createdAt", "validUntil"])
        .where("keyId", "=", id)
        .orderBy("createdAt", "desc")
        .execute(),
    );
    const live = rows.filter((row) => row.validUntil === null || row.validUntil > now);
    return live.map((row) => ({ ...row, validUntil: row.validUntil ?? undefined }));
  }

  /** The same keys, seen and changed as parts of a transaction: see {@link within}. */
  within(store: StoreAccess): GatewayKeys {
    return new GatewayKeys(store, { vault: this.#vault, hash: this.#hash, lastUses: this.#lastUses });
  }

  /** The project's keys by age. */
  async list(projectId: string, page: ListPage & KeyFilter): Promise<GatewayKey[]> {
    const rows = await this.#store.read((db) =>
      pageOf(keysOf(db, projectId, page, this.#store).selectAll(), page).execute(),
    );
    return rows.map((row) => gatewayKeyFromRow(row));
  }

  /** How many a list without pages would have. */
  count(projectId: string, filter: KeyFilter = {}): Promise<number> {
    return this.#store.read((db) => countOf(keysOf(db, projectId, filter, this.#store)));
  }

  /** Writes what is known of last uses. */
  async close(): Promise<void> {
    await this.#lastUses.close();
  }

  async #addHash({ db }: Writing, keyId: string, secret: Secret): Promise<void> {
    const text = secret.reveal();
    await db
      .insertInto("gatewayKeyHashes")
      .values({
        keyHash: this.#hash.of(text),
        keyId,
        prefix: text.slice(0, prefixLength),
        createdAt: this.#store.clock.now(),
        validUntil: null,
      })
      .execute();
  }

  async #record(
    writing: Writing,
    change: Pick<AuditedChange, "actor" | "action"> & { id: string; before?: GatewayKey },
  ): Promise<GatewayKey> {
    const after = await keyInStore(writing.db, change.id);
    const { actor, action, before } = change;
    await recordChange(writing, { actor, action, object: after, before, after }, this.#store.clock);
    writing.changed("gateway_key", change.id);
    return after;
  }

  async #load(keyHash: string): Promise<Found | undefined> {
    const row = await this.#store.read((db) =>
      keysWithOwners(db)
        .innerJoin("gatewayKeyHashes", "gatewayKeyHashes.keyId", "gatewayKeys.id")
        .select(["gatewayKeyHashes.keyHash", "gatewayKeyHashes.validUntil"])
        .where("gatewayKeyHashes.keyHash", "=", keyHash)
        .executeTakeFirst(),
    );
    if (row === undefined) return undefined;
    return { ...admittable(row), hash: row.keyHash, validUntil: row.validUntil ?? undefined };
  }

  async #loadById(id: string): Promise<Admittable | undefined> {
    const row = await this.#store.read((db) => keysWithOwners(db).where("gatewayKeys.id", "=", id).executeTakeFirst());
    return row === undefined ? undefined : admittable(row);
  }
}

function newKey(): Secret {
  return new Secret(`adit_sk_${randomBytes(32).toString("base64url")}`);
}

function keysOf(db: Database, projectId: string, filter: KeyFilter, store: StoreAccess) {
  const columns = { search: ["name"], statuses: keyStatuses(store, filter.exhausted ?? []) } as const;
  return db
    .selectFrom("gatewayKeys")
    .where("projectId", "=", projectId)
    .where((where) => isListed(where, filter, columns));
}

async function keyInStore(db: Database, id: string): Promise<GatewayKey> {
  const row = await db.selectFrom("gatewayKeys").selectAll().where("id", "=", id).executeTakeFirst();
  return gatewayKeyFromRow(row ?? notFound(id));
}

/** As it is when its turn comes: who changes the same key at the same time waits here, in words that both engines know. */
async function lockedKey(db: Database, id: string): Promise<GatewayKey> {
  const row = await db
    .updateTable("gatewayKeys")
    .set((column) => ({ updatedAt: column.ref("updatedAt") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  return gatewayKeyFromRow(row ?? notFound(id));
}

function notFound(id: string): never {
  throw new AditError("not_found", `There is no gateway key ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}

async function checkVirtualKey(db: Database, projectId: string, slug: string | undefined): Promise<void> {
  if (slug === undefined) return;
  const row = await db
    .selectFrom("virtualKeys")
    .select("id")
    .where("projectId", "=", projectId)
    .where("slug", "=", slug)
    .executeTakeFirst();
  if (row !== undefined) return;
  throw new AditError("invalid_request", `The project has no virtual key ${slug}.`, {
    param: "defaults.virtual_key",
    remedy: "Name the slug of a virtual key of the key's own project.",
  });
}

function faultAt({ key, ownerFault }: Admittable, now: number, validUntil: number | undefined): string | undefined {
  if (key.disabled) return "is switched off";
  if (ownerFault !== undefined) return ownerFault;
  const expiry = Math.min(key.expiresAt ?? Infinity, validUntil ?? Infinity);
  return expiry <= now ? `expired at ${new Date(expiry).toISOString()}` : undefined;
}

function refused(words: string): AditError {
  return new AditError("invalid_gateway_key", `The gateway key ${words}.`);
}
