import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from "node:fs/promises";
import { webcrypto } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, type AditError } from "@adit/bedrock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../store/store.ts";
import { onBothEnginesAlone } from "../store/testing/engines.ts";
import { exportLines } from "../store/transfer.ts";
import { Keyring } from "./keyring.ts";
import { MasterKey, newMasterKeyText } from "./master-key.ts";
import { Vault, type RecordPlace } from "./vault.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-vault-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const keyringOf = (masterKey?: string, oldMasterKey?: string): Promise<Keyring> =>
  Keyring.load({
    masterKey: masterKey === undefined ? undefined : new Secret(masterKey),
    oldMasterKey: oldMasterKey === undefined ? undefined : new Secret(oldMasterKey),
    dataDir,
  });

const place: RecordPlace = { kind: "virtual_key", id: "vk_1" };
const canary = "CANARYvaultxQ7vR2mK9pL4wT8zB3nH6";

async function keep(store: Store, vault: Vault, at: RecordPlace, secret = canary): Promise<void> {
  await store.write((writing) => vault.seal(writing, at, { secretAccessKey: new Secret(secret) }));
}

async function secretIn(vault: Vault, at: RecordPlace): Promise<string | undefined> {
  return (await vault.unseal(at))?.["secretAccessKey"]?.reveal();
}

/** Every file below the folder, as one text of bytes. SQLite takes some away meanwhile, when the last who reads lets go. */
async function bytesBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1").catch(emptyWhereGone)))).join("\n");
}

function emptyWhereGone(error: NodeJS.ErrnoException): string {
  if (error.code !== "ENOENT") throw error;
  return "";
}

/** The vault's format, opened by Web Crypto from the master key's text alone. */
async function openByHand(masterKey: string, row: { wrappedKey: Uint8Array; sealed: Uint8Array }): Promise<string> {
  const { subtle } = webcrypto;
  const text = (words: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(words);
  const base = await subtle.importKey("raw", Buffer.from(masterKey, "base64"), "HKDF", false, ["deriveKey"]);
  const wrapping = await subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: text("adit wrapping of data keys") },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["decrypt"],
  );
  const opened = (
    key: webcrypto.CryptoKey,
    sealed: Uint8Array,
    additionalData: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer> => {
    const [iv, tag, body] = [sealed.slice(1, 13), sealed.slice(13, 29), sealed.slice(29)];
    return subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, Buffer.concat([body, tag]));
  };
  const dataKey = await opened(wrapping, row.wrappedKey, text('["data key","virtual_key","vk_1"]'));
  const key = await subtle.importKey("raw", dataKey, "AES-GCM", false, ["decrypt"]);
  return new TextDecoder().decode(await opened(key, row.sealed, text('["virtual_key","vk_1"]')));
}

describe("the master key", () => {
  test("is 32 bytes in base64 or hexadecimal, and nothing else", () => {
    const bytes = Buffer.alloc(32, 7);
    const forms = [
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      ` ${bytes.toString("hex").toUpperCase()}\n`,
    ];
    const ids = forms.map((form) => MasterKey.fromText(new Secret(form), "ADIT_MASTER_KEY").id);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^mk_[0-9a-f]{16}$/);
    for (const text of [
      "",
      "a pass phrase",
      bytes.toString("base64").slice(1),
      `${bytes.toString("hex")}0`,
      "CANARY".repeat(9),
    ]) {
      let fault: unknown;
      try {
        MasterKey.fromText(new Secret(text), "ADIT_MASTER_KEY");
      } catch (error) {
        fault = error;
      }
      expect(fault).toMatchObject({ code: "invalid_request", param: "ADIT_MASTER_KEY" });
      expect((fault as AditError).describe()).not.toMatch(/CANARY|phrase/);
    }
  });

  test("prints as nothing of itself", () => {
    const key = MasterKey.fromText(new Secret(newMasterKeyText()), "ADIT_MASTER_KEY");
    expect(JSON.stringify(key)).toBe(JSON.stringify({ id: key.id }));
  });
});

onBothEnginesAlone((house) => {
  test("what is sealed comes back as a secret that prints as none", async () => {
    const store = await house.open();
    const vault = await Vault.open(store, await keyringOf());
    await keep(store, vault, place);
    expect(await secretIn(vault, place)).toBe(canary);
    expect(JSON.stringify(await vault.unseal(place))).toBe('{"secretAccessKey":"[secret]"}');
    await keep(store, vault, place, "another");
    expect(await secretIn(vault, place)).toBe("another");
    await store.write((writing) => vault.remove(writing, place));
    expect(await vault.unseal(place)).toBeUndefined();
  });

  test("stands nowhere in the database's files, nor in an export", async () => {
    const location = await house.newLocation();
    const store = await house.open(location);
    const vault = await Vault.open(store, await keyringOf());
    await keep(store, vault, place);
    // A record that may be read shows that the search finds what is there.
    await store.write(({ db }) =>
      db.insertInto("settings").values({ name: "marker", value: "MARKERstands", updatedAt: 0 }).execute(),
    );
    if (house.engine === "postgres") await house.server().ask("checkpoint");
    const bytes = await bytesBelow(house.engine === "postgres" ? house.server().dataFolder : house.folder());
    expect(bytes).toContain("MARKERstands");
    for (const form of [
      canary,
      canary.slice(0, 16),
      Buffer.from(canary).toString("base64").slice(0, 20),
      Buffer.from(canary).toString("hex"),
    ]) {
      expect(bytes).not.toContain(form);
    }
    expect(bytes).not.toContain((await readFile(join(dataDir, "master-key"), "utf8")).trim());
    for await (const line of exportLines(store)) expect(line).not.toContain("CANARY");
  });

  test("is AES-256-GCM under a data key of its own, as Web Crypto opens it", async () => {
    const store = await house.open();
    const masterKey = newMasterKeyText();
    const vault = await Vault.open(store, await keyringOf(masterKey));
    await keep(store, vault, place);
    await keep(store, vault, { kind: "virtual_key", id: "vk_2" });
    const rows = await store.read((db) => db.selectFrom("sealedRecords").selectAll().orderBy("recordId").execute());
    expect(await openByHand(masterKey, rows[0]!)).toBe(JSON.stringify({ secretAccessKey: canary }));
    // The same secret is sealed under another key elsewhere.
    await expect(openByHand(masterKey, rows[1]!)).rejects.toThrow(/./);
  });

  test("a record that was changed, or put in another's place, does not open, and says no secret", async () => {
    const store = await house.open();
    const vault = await Vault.open(store, await keyringOf());
    const other: RecordPlace = { kind: "access_key_pair", id: "vk_1" };
    await keep(store, vault, place);
    await keep(store, vault, other, "CANARYother");
    const [one, two] = await Promise.all(
      [place, other].map((at) =>
        store.read((db) =>
          db.selectFrom("sealedRecords").selectAll().where("kind", "=", at.kind).executeTakeFirstOrThrow(),
        ),
      ),
    );
    const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      copy[at]! ^= 1;
      return copy;
    };
    const tampered = [
      { sealed: two!.sealed },
      { wrappedKey: two!.wrappedKey },
      { sealed: two!.sealed, wrappedKey: two!.wrappedKey },
      { sealed: one!.sealed.slice(0, 20) },
      { sealed: new Uint8Array(0) },
      ...[0, 1, 13, 29].map((at) => ({ sealed: flipped(one!.sealed, at) })),
      ...[0, 1, 13, 29].map((at) => ({ wrappedKey: flipped(one!.wrappedKey, at) })),
    ];
    for (const change of tampered) {
      const set = { wrappedKey: one!.wrappedKey, sealed: one!.sealed, ...change };
      await store.write(({ db }) => db.updateTable("sealedRecords").set(set).where("kind", "=", place.kind).execute());
      const error = (await vault.unseal(place).catch((fault: unknown) => fault)) as AditError;
      expect(error).toMatchObject({ code: "internal" });
      expect(`${error.describe()} ${String(error.cause)}`).not.toContain("CANARY");
    }
    expect(await secretIn(vault, other)).toBe("CANARYother");
  });

  test("a key file is made for an empty database alone, and gateways that start at once agree on one", async () => {
    const location = await house.newLocation();
    const stores = await Promise.all([1, 2, 3].map(() => house.open(location)));
    const vaults = await Promise.all(stores.map(async (store) => Vault.open(store, await keyringOf())));
    expect((await stat(join(dataDir, "master-key"))).mode & 0o777).toBe(0o600);
    await keep(stores[0]!, vaults[0]!, place);
    for (const vault of vaults) expect(await secretIn(vault, place)).toBe(canary);

    await rm(join(dataDir, "master-key"));
    await expect(Vault.open(stores[0]!, await keyringOf())).rejects.toMatchObject({
      code: "vault_key_missing",
      status: 503,
    });
    await expect(stat(join(dataDir, "master-key"))).rejects.toThrow("ENOENT");
  });

  test("a gateway with another master key does not start", async () => {
    const store = await house.open();
    await Vault.open(store, await keyringOf(newMasterKeyText()));
    await expect(Vault.open(store, await keyringOf(newMasterKeyText()))).rejects.toMatchObject({
      code: "vault_key_missing",
    });
  });

  test("what is made at its first use is made once", async () => {
    const location = await house.newLocation();
    const stores = await Promise.all([1, 2, 3].map(() => house.open(location)));
    const masterKey = newMasterKeyText();
    const vaults = [];
    for (const store of stores) vaults.push(await Vault.open(store, await keyringOf(masterKey)));
    const made = await Promise.all(
      vaults.map((vault, number) =>
        vault.unsealOrMake({ kind: "hash_key", id: "h" }, () => ({ key: new Secret(`of ${number}`) })),
      ),
    );
    expect(new Set(made.map((fields) => fields["key"]?.reveal())).size).toBe(1);
  });
});

describe("the key file", () => {
  test.each([0o644, 0o640, 0o604])("that others may read (mode %o) is refused", async (mode) => {
    const file = join(dataDir, "master-key");
    const text = newMasterKeyText();
    await writeFile(file, text);
    await chmod(file, mode);
    const error = (await keyringOf().catch((fault: unknown) => fault)) as AditError;
    expect(error).toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining(`mode 0${mode.toString(8)}`),
    });
    expect(error.remedy).toContain(`chmod 600 ${file}`);
    expect(error.describe()).not.toContain(text);
  });

  test("that cannot be read is named, with what to do", async () => {
    const file = join(dataDir, "master-key");
    await mkdir(file);
    const error = (await keyringOf().catch((fault: unknown) => fault)) as AditError;
    expect(error.describe()).toMatch(/^The master key in \S+master-key cannot be read: EISDIR.* Give the file to /);
  });

  test("that holds no key is said, and not replaced", async () => {
    const file = join(dataDir, "master-key");
    await writeFile(file, "\n", { mode: 0o600 });
    await expect(keyringOf()).rejects.toThrow(`${file} holds no master key`);
    expect(await readFile(file, "utf8")).toBe("\n");
  });
});
