/**
 * Secrets at rest. A record's fields are sealed under a data key of their own, with the record's kind and id as associated data;
 * the data key is wrapped by the master key. A secret that was written is given to nobody but who signs or sends with it.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { AditError, Secret } from "@adit/bedrock";
import { isTaken } from "../store/store-faults.ts";
import type { Store, Writing } from "../store/store.ts";
import type { NewRow, Row } from "../store/tables/tables.ts";
import { seal, unseal } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import type { MasterKey } from "./master-key.ts";
import { rotateMasterKey, type RotationReport } from "./rotation.ts";

/** What a sealed record belongs to. */
export interface RecordPlace {
  kind: "virtual_key" | "access_key_pair" | "guardrail_version" | "config_version" | "budget" | "hash_key";
  id: string;
}

export type SecretFields = Readonly<Record<string, Secret>>;

/** The master keys by name, for whoever looks after them. */
export interface VaultState {
  /** Where this gateway's own master key is. */
  keysFrom: "environment" | "file";
  masterKeys: readonly { id: string; state: "current" | "retiring"; createdAt: number; sealedRecords: number }[];
}

const dataKeyBytes = 32;
/** Key files are read anew at most this often where a key is missing. */
const reloadPauseMs = 1_000;

export class Vault {
  readonly #store: Store;
  readonly #keyring: Keyring;
  #reloadedAt = Number.NEGATIVE_INFINITY;

  private constructor(store: Store, keyring: Keyring) {
    this.#store = store;
    this.#keyring = keyring;
  }

  /**
   * @throws AditError `vault_key_missing` where the database's secrets were sealed under a key that this gateway does not hold.
   */
  static async open(store: Store, keyring: Keyring): Promise<Vault> {
    const vault = new Vault(store, keyring);
    const registered = await vault.#registeredKeys();
    if (registered.length === 0) {
      await vault.#register(await keyring.first());
      return Vault.open(store, keyring);
    }
    const isMissing = ({ id }: { id: string }): boolean => keyring.get(id) === undefined;
    // Another gateway that started just now may have made the key file after this one looked for it.
    if (registered.some(isMissing)) await keyring.reload();
    const missing = registered.find(isMissing);
    if (missing !== undefined) throw keyMissing(missing.id);
    return vault;
  }

  /** Seals the fields of a record, in place of what it held before. Part of the change that writes the record itself. */
  async seal({ db }: Writing, place: RecordPlace, fields: SecretFields): Promise<void> {
    const row = await this.#sealedRow(db, place, fields);
    await db
      .insertInto("sealedRecords")
      .values(row)
      .onConflict((conflict) => conflict.columns(["kind", "recordId"]).doUpdateSet(row))
      .execute();
  }

  async remove({ db }: Writing, place: RecordPlace): Promise<void> {
    await db.deleteFrom("sealedRecords").where("kind", "=", place.kind).where("recordId", "=", place.id).execute();
  }

  /**
   * The fields of a record, for who signs or sends with them; undefined where nothing is sealed for it.
   * @throws AditError `vault_key_missing`; `internal` where the record was tampered with.
   */
  async unseal(place: RecordPlace): Promise<SecretFields | undefined> {
    const row = await this.#store.read((db) =>
      db
        .selectFrom("sealedRecords")
        .selectAll()
        .where("kind", "=", place.kind)
        .where("recordId", "=", place.id)
        .executeTakeFirst(),
    );
    if (row === undefined) return undefined;
    return fieldsOf(row, await this.#keyOf(row.masterKeyId));
  }

  /** True where these and no other fields are sealed for the record: what a file says is compared with what is kept, and nothing is given out. */
  async holds(place: RecordPlace, fields: SecretFields): Promise<boolean> {
    const kept = (await this.unseal(place)) ?? {};
    const names = new Set([...Object.keys(kept), ...Object.keys(fields)]);
    return [...names].every((name) => {
      const [one, other] = [kept[name]?.reveal(), fields[name]?.reveal()].map((text) => Buffer.from(text ?? ""));
      return one !== undefined && other !== undefined && one.length === other.length && timingSafeEqual(one, other);
    });
  }

  /** The fields of a record that is made at its first use; of several gateways, the first one's counts for all. */
  async unsealOrMake(place: RecordPlace, make: () => SecretFields): Promise<SecretFields> {
    const kept = await this.unseal(place);
    if (kept !== undefined) return kept;
    await this.#store.write(async ({ db }) => {
      const row = await this.#sealedRow(db, place, make());
      await db
        .insertInto("sealedRecords")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
    return this.unsealOrMake(place, make);
  }

  async state(): Promise<VaultState> {
    const keys = await this.#registeredKeys();
    const counts = await this.#store.read((db) =>
      db
        .selectFrom("sealedRecords")
        .select(({ fn }) => ["masterKeyId", fn.countAll<number>().as("count")])
        .groupBy("masterKeyId")
        .execute(),
    );
    const sealed = new Map(counts.map(({ masterKeyId, count }) => [masterKeyId, Number(count)]));
    return {
      keysFrom: this.#keyring.fromEnvironment === undefined ? "file" : "environment",
      masterKeys: keys.map(({ id, state, createdAt }) => ({
        id,
        state,
        createdAt: Number(createdAt),
        sealedRecords: sealed.get(id) ?? 0,
      })),
    };
  }

  /** Names of the master keys that this gateway can open with. */
  get heldKeys(): string[] {
    return this.#keyring.ids;
  }

  /** Reads the key files anew: a rotation may have made one. @throws AditError `invalid_request` where one is no key, or is open to others. */
  async refresh(): Promise<void> {
    await this.#keyring.reload();
  }

  /**
   * Goes to the next master key while gateways run.
   * @throws AditError as {@link rotateMasterKey}
   */
  rotate(): Promise<RotationReport> {
    return rotateMasterKey({ store: this.#store, keyring: this.#keyring });
  }

  async #sealedRow(db: Writing["db"], place: RecordPlace, fields: SecretFields): Promise<NewRow<"sealedRecords">> {
    const { id } = await db
      .selectFrom("masterKeys")
      .select("id")
      .where("state", "=", "current")
      .executeTakeFirstOrThrow();
    const masterKey = await this.#keyOf(id);
    const dataKey = randomBytes(dataKeyBytes);
    const plain = Object.fromEntries(Object.entries(fields).map(([name, secret]) => [name, secret.reveal()]));
    const row = {
      kind: place.kind,
      recordId: place.id,
      masterKeyId: masterKey.id,
      wrappedKey: masterKey.wrap(dataKey, [place.kind, place.id]),
      sealed: seal(dataKey, Buffer.from(JSON.stringify(plain)), [place.kind, place.id]),
      updatedAt: this.#store.clock.now(),
    };
    dataKey.fill(0);
    return row;
  }

  async #keyOf(id: string): Promise<MasterKey> {
    const held = this.#keyring.get(id);
    if (held !== undefined) return held;
    const now = this.#store.clock.now();
    if (now - this.#reloadedAt >= reloadPauseMs) {
      this.#reloadedAt = now;
      await this.#keyring.reload();
    }
    const found = this.#keyring.get(id);
    if (found === undefined) throw keyMissing(id);
    return found;
  }

  #registeredKeys(): Promise<Row<"masterKeys">[]> {
    return this.#store.read((db) => db.selectFrom("masterKeys").selectAll().execute());
  }

  /** Of gateways that start at once on an empty database, the first one's key counts for all. */
  async #register(key: MasterKey): Promise<void> {
    try {
      await this.#store.write(({ db }) =>
        db
          .insertInto("masterKeys")
          .values({ id: key.id, state: "current", createdAt: this.#store.clock.now() })
          .execute(),
      );
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

function fieldsOf(row: Row<"sealedRecords">, masterKey: MasterKey): SecretFields {
  const place = [row.kind, row.recordId];
  try {
    const dataKey = masterKey.unwrap(row.wrappedKey, place);
    const plain = JSON.parse(unseal(dataKey, row.sealed, place).toString()) as Record<string, string>;
    dataKey.fill(0);
    return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, new Secret(value)]));
  } catch {
    // Without a cause: the words of whatever failed may hold what was sealed.
    throw new AditError(
      "internal",
      `The secret of ${row.kind} ${row.recordId} was changed in the database, or belongs to another record.`,
      {
        remedy: "Enter the secret again, or restore a backup.",
      },
    );
  }
}

function keyMissing(id: string): AditError {
  return new AditError("vault_key_missing", `The master key ${id} is not held by this gateway.`);
}
