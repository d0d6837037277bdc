/** Key pairs in the store: made and shown once, found by their access key id, taken away. */
import { randomBytes } from "node:crypto";
import { AditError, Secret } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../store/audit.ts";
import { newId } from "../store/new-id.ts";
import { StoreCache } from "../store/changes/store-cache.ts";
import type { Database, Writing } from "../store/store.ts";
import type { Row } from "../store/tables/tables.ts";
import type { StoreAccess } from "../store/within.ts";
import type { Vault } from "../vault/vault.ts";
import { pairPlace, type KeyPair } from "./key-pair.ts";

/** A pair that was made just now: the only time that its secret can be seen. */
export interface NewKeyPair {
  keyPair: KeyPair;
  secretAccessKey: Secret;
}

/** A pair with what its signatures are checked with. */
export interface OpenedKeyPair {
  keyPair: KeyPair;
  secretAccessKey: Secret;
}

/** RFC 4648's letters and digits, as AWS's own access key ids have them. */
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const accessKeyForm = /^ADIT[A-Z2-7]{16}$/;

export class KeyPairs {
  readonly #store: StoreAccess;
  readonly #vault: Vault;
  readonly #opened: StoreCache<OpenedKeyPair>;

  constructor(store: StoreAccess, vault: Vault) {
    this.#store = store;
    this.#vault = vault;
    this.#opened = new StoreCache({
      store,
      kind: "access_key_pair",
      idOf: ({ keyPair }) => keyPair.id,
      load: (accessKeyId) => this.#open(accessKeyId),
    });
  }

  /** True for an id that may be of one of these pairs: any other is AWS's, or somebody else's. */
  static isAccessKeyId(text: string): boolean {
    return accessKeyForm.test(text);
  }

  /** The pair of an access key id, for who checks a signature. From memory, where it was asked for before. */
  async opened(accessKeyId: string): Promise<OpenedKeyPair | undefined> {
    return KeyPairs.isAccessKeyId(accessKeyId) ? this.#opened.get(accessKeyId) : undefined;
  }

  /** @throws AditError `not_found` where there is no such gateway key. */
  async create(gatewayKeyId: string, actor: Actor): Promise<NewKeyPair> {
    const now = this.#store.clock.now();
    const secretAccessKey = new Secret(randomBytes(30).toString("base64"));
    const id = newId("akp", now);
    return this.#store.write(async (writing) => {
      const projectId = await projectOfKey(writing.db, gatewayKeyId);
      const keyPair: KeyPair = {
        id,
        gatewayKeyId,
        accessKeyId: newAccessKeyId(),
        disabled: false,
        createdAt: now,
        updatedAt: now,
      };
      await writing.db
        .insertInto("accessKeyPairs")
        .values({ ...keyPair, disabled: 0 })
        .execute();
      await this.#vault.seal(writing, pairPlace(id), { secretAccessKey });
      await this.#record(writing, { id, projectId }, { actor, action: "access_key_pair.create", after: keyPair });
      return { keyPair, secretAccessKey };
    });
  }

  /** @throws AditError `not_found`. */
  async setDisabled(id: string, disabled: boolean, actor: Actor): Promise<KeyPair> {
    return this.#store.write(async (writing) => {
      const before = await pairInStore(writing.db, id);
      const after: KeyPair = { ...before, disabled, updatedAt: this.#store.clock.now() };
      await writing.db
        .updateTable("accessKeyPairs")
        .set({ disabled: disabled ? 1 : 0, updatedAt: after.updatedAt })
        .where("id", "=", id)
        .execute();
      const projectId = await projectOfKey(writing.db, before.gatewayKeyId);
      await this.#record(writing, { id, projectId }, { actor, action: "access_key_pair.update", before, after });
      return after;
    });
  }

  /** @throws AditError `not_found`. */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await pairInStore(writing.db, id);
      const projectId = await projectOfKey(writing.db, before.gatewayKeyId);
      await writing.db.deleteFrom("accessKeyPairs").where("id", "=", id).execute();
      await this.#vault.remove(writing, pairPlace(id));
      await this.#record(writing, { id, projectId }, { actor, action: "access_key_pair.delete", before });
    });
  }

  /** @throws AditError `not_found`. */
  get(id: string): Promise<KeyPair> {
    return this.#store.read((db) => pairInStore(db, id));
  }

  /** The pairs of a gateway key, oldest first. */
  async list(gatewayKeyId: string): Promise<KeyPair[]> {
    const rows = await this.#store.read((db) =>
      db.selectFrom("accessKeyPairs").selectAll().where("gatewayKeyId", "=", gatewayKeyId).orderBy("id").execute(),
    );
    return rows.map(pairFromRow);
  }

  async #record(
    writing: Writing,
    object: { id: string; projectId: string },
    change: Omit<AuditedChange, "object">,
  ): Promise<void> {
    await recordChange(writing, { object, ...change }, this.#store.clock);
    writing.changed("access_key_pair", object.id);
  }

  async #open(accessKeyId: string): Promise<OpenedKeyPair | undefined> {
    const row = await this.#store.read((db) =>
      db.selectFrom("accessKeyPairs").selectAll().where("accessKeyId", "=", accessKeyId).executeTakeFirst(),
    );
    if (row === undefined) return undefined;
    const secretAccessKey = (await this.#vault.unseal(pairPlace(row.id)))?.["secretAccessKey"];
    // An import brings pairs without their secrets: nothing can be signed with them.
    return secretAccessKey === undefined ? undefined : { keyPair: pairFromRow(row), secretAccessKey };
  }
}

function newAccessKeyId(): string {
  return `ADIT${Array.from(randomBytes(16), (byte) => base32[byte % 32]).join("")}`;
}

function pairFromRow(row: Row<"accessKeyPairs">): KeyPair {
  const { id, gatewayKeyId, accessKeyId, createdAt, updatedAt } = row;
  return { id, gatewayKeyId, accessKeyId, disabled: row.disabled !== 0, createdAt, updatedAt };
}

async function pairInStore(db: Database, id: string): Promise<KeyPair> {
  const row = await db.selectFrom("accessKeyPairs").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return pairFromRow(row);
  throw new AditError("not_found", `There is no key pair ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}

async function projectOfKey(db: Database, gatewayKeyId: string): Promise<string> {
  const row = await db.selectFrom("gatewayKeys").select("projectId").where("id", "=", gatewayKeyId).executeTakeFirst();
  if (row !== undefined) return row.projectId;
  throw new AditError("not_found", `There is no gateway key ${JSON.stringify(gatewayKeyId.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}
