import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Secret } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store, StoreLocation } from "../store/store.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { Keyring } from "./keyring.ts";
import { newMasterKeyText } from "./master-key.ts";
import { rotateMasterKey } from "./rotation.ts";
import { Vault } from "./vault.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-rotation-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** As `npm test` builds it: Node 20 runs no TypeScript. */
const program = resolve(import.meta.dirname, "../../dist/vault/testing/rotating.js");

const keyringOf = (masterKey?: string, oldMasterKey?: string): Promise<Keyring> =>
  Keyring.load({
    masterKey: masterKey === undefined ? undefined : new Secret(masterKey),
    oldMasterKey: oldMasterKey === undefined ? undefined : new Secret(oldMasterKey),
    dataDir,
  });

const nameOf = (number: number): string => `vk_${String(number).padStart(4, "0")}`;

async function keepMany(store: Store, vault: Vault, count: number): Promise<void> {
  await store.write(async (writing) => {
    for (let number = 0; number < count; number += 1) {
      await vault.seal(writing, { kind: "virtual_key", id: nameOf(number) }, { key: new Secret(`secret ${number}`) });
    }
  });
}

async function expectAll(vault: Vault, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const fields = await vault.unseal({ kind: "virtual_key", id: nameOf(number) });
    expect(fields?.["key"]?.reveal()).toBe(`secret ${number}`);
  }
}

/** How many records each master key has wrapped. */
async function wrappedBy(store: Store): Promise<Record<string, number>> {
  const rows = await store.read((db) =>
    db
      .selectFrom("sealedRecords")
      .select(({ fn }) => ["masterKeyId", fn.countAll<number>().as("count")])
      .groupBy("masterKeyId")
      .execute(),
  );
  return Object.fromEntries(rows.map((row) => [row.masterKeyId, row.count]));
}

async function runUntil(location: StoreLocation, form: RegExp | undefined): Promise<string> {
  const child = spawn(process.execPath, [program, JSON.stringify(location), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const ended = new Promise((settle) => child.on("close", settle));
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (form?.test(said) === true) child.kill("SIGKILL");
  });
  await ended;
  return said;
}

onBothEngines((house) => {
  test("goes to a new key file: every secret opens, and the old key is needed no more", async () => {
    const store = await house.open();
    const keyring = await keyringOf();
    const vault = await Vault.open(store, keyring);
    await keepMany(store, vault, 230);
    const before = await readFile(join(dataDir, "master-key"), "utf8");
    const progress: number[] = [];
    const report = await rotateMasterKey({
      store,
      keyring: await keyringOf(),
      onProgress: (done) => void progress.push(done),
    });
    expect(report).toMatchObject({ rewrapped: 230 });
    expect(progress).toEqual([100, 200, 230]);
    expect(await wrappedBy(store)).toEqual({ [report.to]: 230 });
    expect(await readFile(join(dataDir, "master-key"), "utf8")).not.toBe(before);
    expect((await stat(join(dataDir, "master-key"))).mode & 0o777).toBe(0o600);
    await expect(stat(join(dataDir, "master-key.new"))).rejects.toThrow("ENOENT");
    // A gateway that has run all the while, and one that starts now.
    await expectAll(vault, 230);
    await keepMany(store, vault, 1);
    expect(await wrappedBy(store)).toEqual({ [report.to]: 230 });
    await expectAll(await Vault.open(store, await keyringOf()), 230);
  });

  test("goes from one variable to another", async () => {
    const store = await house.open();
    const [first, second] = [newMasterKeyText(), newMasterKeyText()];
    await keepMany(store, await Vault.open(store, await keyringOf(first)), 3);
    await expect(rotateMasterKey({ store, keyring: await keyringOf(first) })).rejects.toMatchObject({
      code: "invalid_request",
      remedy: expect.stringContaining("ADIT_MASTER_KEY_OLD"),
    });
    await expect(rotateMasterKey({ store, keyring: await keyringOf(second) })).rejects.toMatchObject({
      code: "vault_key_missing",
    });
    await rotateMasterKey({ store, keyring: await keyringOf(second, first) });
    await expectAll(await Vault.open(store, await keyringOf(second)), 3);
    await expect(Vault.open(store, await keyringOf(first))).rejects.toMatchObject({ code: "vault_key_missing" });
  });

  test("goes from a key file to a variable", async () => {
    const store = await house.open();
    await keepMany(store, await Vault.open(store, await keyringOf()), 3);
    const given = newMasterKeyText();
    await rotateMasterKey({ store, keyring: await keyringOf(given) });
    await rm(join(dataDir, "master-key"));
    expect(Object.values(await wrappedBy(store))).toEqual([3]);
    await expectAll(await Vault.open(store, await keyringOf(given)), 3);
  });

  test("lets gateways read and write all the while", async () => {
    const location = await house.newLocation();
    const [store, other] = [await house.open(location), await house.open(location)];
    const [first, second] = [newMasterKeyText(), newMasterKeyText()];
    // The running gateway still prefers the old key.
    const vault = await Vault.open(store, await keyringOf(first, second));
    await keepMany(store, vault, 150);
    let rounds = 0;
    const work = async (): Promise<void> => {
      const number = (rounds * 37) % 150;
      const at = { kind: "virtual_key", id: nameOf(number) } as const;
      expect((await vault.unseal(at))?.["key"]?.reveal()).toBe(`secret ${number}`);
      await store.write((writing) => vault.seal(writing, at, { key: new Secret(`secret ${number}`) }));
      rounds += 1;
    };
    const rotating = rotateMasterKey({ store: other, keyring: await keyringOf(second, first) });
    const hasEnded = { yet: false };
    void rotating.finally(() => (hasEnded.yet = true)).catch(() => {});
    while (!hasEnded.yet || rounds < 20) {
      await work();
      // SQLite answers at once: without this the rotation would have no turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const report = await rotating;
    expect(await wrappedBy(store)).toEqual({ [report.to]: 150 });
    await expectAll(await Vault.open(store, await keyringOf(second)), 150);
  });

  test("a gateway that lacks the new key says so, and keeps what it can open", async () => {
    const store = await house.open();
    const [first, second] = [newMasterKeyText(), newMasterKeyText()];
    const left = await Vault.open(store, await keyringOf(first));
    await keepMany(store, left, 1);
    await rotateMasterKey({ store, keyring: await keyringOf(second, first) });
    const missing = { code: "vault_key_missing", status: 503, remedy: expect.stringContaining("ADIT_MASTER_KEY") };
    await expect(left.unseal({ kind: "virtual_key", id: nameOf(0) })).rejects.toMatchObject(missing);
    await expect(keepMany(store, left, 1)).rejects.toMatchObject(missing);
  });

  test("killed midway, it goes on where it was; meanwhile every secret opens", async () => {
    const location = await house.newLocation();
    const store = await house.open(location);
    const vault = await Vault.open(store, await keyringOf());
    await keepMany(store, vault, 450);
    await runUntil(location, /rewrapped \d+\n/);
    const halves = await wrappedBy(store);
    expect(Object.keys(halves)).toHaveLength(2);
    await expectAll(vault, 450);
    await expectAll(await Vault.open(store, await keyringOf()), 450);
    const said = await runUntil(location, undefined);
    const report = JSON.parse(said.trim().split("\n").at(-1) ?? "") as { to: string; rewrapped: number };
    expect(report.rewrapped).toBeGreaterThan(0);
    expect(report.rewrapped).toBeLessThan(450);
    expect(await wrappedBy(store)).toEqual({ [report.to]: 450 });
    await expectAll(await Vault.open(store, await keyringOf()), 450);
    await expect(stat(join(dataDir, "master-key.new"))).rejects.toThrow("ENOENT");
  });

  test("many at once end with one key, which is in the file", async () => {
    const location = await house.newLocation();
    const stores = await Promise.all([1, 2, 3, 4].map(() => house.open(location)));
    const vault = await Vault.open(stores[0]!, await keyringOf());
    await keepMany(stores[0]!, vault, 150);
    const reports = await Promise.all(
      stores.map(async (store, number) => {
        const keyring = await keyringOf();
        // Some begin while others are in the middle, or have just ended.
        await new Promise((resolve) => setTimeout(resolve, number * 25));
        return rotateMasterKey({ store, keyring });
      }),
    );
    const current = Object.keys(await wrappedBy(stores[0]!));
    expect(current).toHaveLength(1);
    expect(reports.map((report) => report.to)).toContain(current[0]);
    await expectAll(await Vault.open(stores[0]!, await keyringOf()), 150);
    await expect(stat(join(dataDir, "master-key.new"))).rejects.toThrow("ENOENT");
  });

  test("before anything is sealed there is nothing to rotate", async () => {
    const store = await house.open();
    await expect(rotateMasterKey({ store, keyring: await keyringOf() })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
