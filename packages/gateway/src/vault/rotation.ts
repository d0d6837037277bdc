/** Rotation of the master key while gateways run: data keys are wrapped anew, record by record; the secrets themselves stay as they are sealed. */
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor } from "../store/audit.ts";
import { databaseTime } from "../store/database-time.ts";
import { isReferenced } from "../store/store-faults.ts";
import type { Store } from "../store/store.ts";
import type { StoreAccess } from "../store/within.ts";
import { promoteKeyFile, readKeyFile, readOrMakeKeyFile } from "./key-file.ts";
import type { Keyring } from "./keyring.ts";
import type { MasterKey } from "./master-key.ts";
import { awaitReady, checkReady } from "./ready-gateways.ts";

const batchRecords = 100;
/** How long gateways that share the data folder may take to find a new key file. */
const keyFilePatienceMs = 5_000;

export interface RotationReport {
  from: string;
  to: string;
  /** Data keys that were wrapped anew in this run. */
  rewrapped: number;
}

export interface RotationOptions {
  store: Store;
  keyring: Keyring;
  /** Called after each batch is kept. */
  onProgress?: (rewrapped: number) => void;
  /** True: without a look at the gateways that run. */
  isForced?: boolean;
}

/**
 * Goes from the key that seals now to `ADIT_MASTER_KEY`, or, where keys are in files, to a new file. Every gateway that runs on the
 * database must hold both keys before: by `ADIT_MASTER_KEY_OLD`, or by sharing the data folder. Killed at any point, it goes on where it
 * was when it is started again; until it is done, both keys are needed.
 * @throws AditError `invalid_request` where there is no key to go to, `vault_key_missing` where one is not held, `in_use` that names the
 * gateways that lack the new key: nothing is changed then.
 */
export async function rotateMasterKey(options: RotationOptions): Promise<RotationReport> {
  const { store, keyring } = options;
  const { current, retiring } = await stateOf(store, keyring);
  const target = retiring === undefined ? await newKey(keyring, current) : current;
  const old = retiring ?? current;
  const isNew = retiring === undefined && old.id !== target.id;
  if (old.id !== target.id && options.isForced !== true) {
    // What stands in a gateway's variables it holds from its start.
    const patienceMs = keyring.fromEnvironment === undefined ? keyFilePatienceMs : 0;
    await awaitReady(store, target.id, patienceMs);
  }
  // Another rotation that began just now has named its own key: this one goes on from there.
  if (isNew && !(await hand(options, { from: old, to: target }))) return rotateMasterKey(options);
  const rewrapped = old.id === target.id ? 0 : await rewrapAll(options, { from: old, to: target });
  await settleFiles(options, target);
  return { from: old.id, to: target.id, rewrapped };
}

/** Writes into the audit log who rotated. */
export async function recordRotation(store: StoreAccess, report: RotationReport, actor: Actor): Promise<void> {
  const change = { actor, action: "vault.rotate", object: { id: report.to }, after: report } as const;
  await store.write((writing) => recordChange(writing, change, store.clock));
}

/** The keys that the database names. Another rotation may end between a look at it and one at the files: then both are looked at again. */
async function stateOf(
  store: Store,
  keyring: Keyring,
): Promise<{ current: MasterKey; retiring: MasterKey | undefined }> {
  for (let tries = 1; ; tries += 1) {
    const rows = await store.read((db) => db.selectFrom("masterKeys").select(["id", "state"]).execute());
    if (rows.length === 0) {
      throw new AditError("invalid_request", "Nothing was sealed yet: there is no key to rotate.");
    }
    await keyring.reload();
    const held = rows.map((row) => ({ state: row.state, key: keyring.get(row.id) }));
    const current = held.find((row) => row.state === "current")?.key;
    const retiring = held.find((row) => row.state === "retiring")?.key;
    if (current !== undefined && held.every((row) => row.key !== undefined)) return { current, retiring };
    if (tries === 3) {
      const missing = rows.find((row) => keyring.get(row.id) === undefined);
      throw new AditError("vault_key_missing", `The master key ${missing?.id ?? ""} is not held here.`);
    }
  }
}

/** Where the new key comes from. A key file that a killed run left is the one to go to. */
async function newKey(keyring: Keyring, current: MasterKey): Promise<MasterKey> {
  const given = keyring.fromEnvironment;
  if (given === undefined) {
    const key = await readOrMakeKeyFile(keyring.dataDir, "master-key.new");
    await keyring.reload();
    return key;
  }
  if (given.id !== current.id) return given;
  throw new AditError("invalid_request", "ADIT_MASTER_KEY is the key that seals now: there is no other to go to.", {
    remedy:
      "Set ADIT_MASTER_KEY to a new key (openssl rand -base64 32) and ADIT_MASTER_KEY_OLD to the present one, in every gateway; then rotate.",
  });
}

/** From now on, what is new is sealed under the new key. False where the old one is no longer the one that seals. */
async function hand({ store, isForced }: RotationOptions, keys: { from: MasterKey; to: MasterKey }): Promise<boolean> {
  const now = await databaseTime(store);
  return store.write(async ({ db, changed }) => {
    const { numUpdatedRows } = await db
      .updateTable("masterKeys")
      .set({ state: "retiring" })
      .where("id", "=", keys.from.id)
      .where("state", "=", "current")
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    await db
      .insertInto("masterKeys")
      .values({ id: keys.to.id, state: "current", createdAt: store.clock.now() })
      .execute();
    if (isForced !== true) await checkReady(db, { keyId: keys.to.id, now });
    changed("master_key", keys.to.id);
    return true;
  });
}

async function rewrapAll(
  { store, onProgress }: RotationOptions,
  keys: { from: MasterKey; to: MasterKey },
): Promise<number> {
  let rewrapped = 0;
  do {
    for (let batch = -1; batch !== 0;) {
      batch = await rewrapBatch(store, keys);
      rewrapped += batch;
      if (batch !== 0) onProgress?.(rewrapped);
    }
    // A gateway that read the old key's name just before may have sealed one more record under it.
  } while (!(await retire(store, keys.from.id)));
  return rewrapped;
}

async function rewrapBatch(store: Store, keys: { from: MasterKey; to: MasterKey }): Promise<number> {
  return store.write(async ({ db }) => {
    const rows = await db
      .selectFrom("sealedRecords")
      .select(["kind", "recordId", "wrappedKey"])
      .where("masterKeyId", "=", keys.from.id)
      .orderBy("kind")
      .orderBy("recordId")
      .limit(batchRecords)
      .execute();
    for (const row of rows) {
      const place = [row.kind, row.recordId];
      const dataKey = unwrapped(keys.from, row.wrappedKey, place);
      await db
        .updateTable("sealedRecords")
        .set({ masterKeyId: keys.to.id, wrappedKey: keys.to.wrap(dataKey, place) })
        .where("kind", "=", row.kind)
        .where("recordId", "=", row.recordId)
        // Sealed anew meanwhile, it has another data key: that one stays, and comes in a later batch.
        .where("wrappedKey", "=", row.wrappedKey)
        .execute();
      dataKey.fill(0);
    }
    return rows.length;
  });
}

function unwrapped(key: MasterKey, wrappedKey: Uint8Array, place: readonly string[]): Buffer {
  try {
    return key.unwrap(wrappedKey, place);
  } catch {
    throw new AditError("internal", `The secret of ${place.join(" ")} was changed in the database: it does not open.`, {
      remedy: "Enter that secret again or delete its object, then rotate again: it goes on from here.",
    });
  }
}

/** False where records under the key are left: their reference to it makes sure that none is forgotten. */
async function retire(store: Store, id: string): Promise<boolean> {
  try {
    await store.write(async ({ db, changed }) => {
      await db.deleteFrom("masterKeys").where("id", "=", id).execute();
      changed("master_key", id);
    });
    return true;
  } catch (error) {
    if (isReferenced(error)) return false;
    throw error;
  }
}

/** The new file takes the old one's place only when nothing needs the old one, and the database names no other. */
async function settleFiles({ store, keyring }: RotationOptions, target: MasterKey): Promise<void> {
  const made = await readKeyFile(keyring.dataDir, "master-key.new");
  if (keyring.fromEnvironment !== undefined || made?.id !== target.id) return;
  const { current, retiring } = await stateOf(store, keyring);
  if (current.id !== target.id || retiring !== undefined) return;
  await promoteKeyFile(keyring.dataDir);
  await keyring.reload();
}
