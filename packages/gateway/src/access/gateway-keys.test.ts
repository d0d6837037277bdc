/** Gateway keys: shown once, found by a keyed hash (pains C5, C6, C8), seen by every gateway. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AditError } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actor } from "../store/audit.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Store, StoreLocation } from "../store/store.ts";
import { onBothEnginesAlone, type House } from "../store/testing/engines.ts";
import { HandClock } from "../store/testing/hand-clock.ts";
import { until } from "../store/testing/until.ts";
import { exportLines } from "../store/transfer.ts";
import { Keyring } from "../vault/keyring.ts";
import { Vault } from "../vault/vault.ts";
import { VirtualKeys } from "../vault/virtual-keys.ts";
import { GatewayKeys } from "./gateway-keys.ts";
import { People } from "./people.ts";
import { Projects } from "./projects.ts";
import type { GatewayKeyInput } from "./gateway-key.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-gateway-keys-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const actor: Actor = { kind: "admin_key" };

interface Shop {
  store: Store;
  vault: Vault;
  keys: GatewayKeys;
  clock: HandClock;
}

async function open(house: House, location?: StoreLocation, clock = new HandClock()): Promise<Shop> {
  const store = await house.open(location, { clock });
  const vault = await Vault.open(store, await Keyring.load({ masterKey: undefined, oldMasterKey: undefined, dataDir }));
  return { store, vault, keys: await GatewayKeys.open(store, vault), clock };
}

async function create(shop: Shop, input: Partial<GatewayKeyInput> = {}) {
  const made = await shop.keys.create(
    defaultProjectId,
    { name: "app", scopes: ["completions.write"], ...input },
    actor,
  );
  return { text: made.secret.reveal(), key: made.gatewayKey, made };
}

async function outcome(shop: Shop, text: string, address?: string): Promise<string> {
  try {
    return (await shop.keys.authenticate(text, address)).name;
  } catch (error) {
    return `${(error as AditError).status} ${(error as AditError).message}`;
  }
}

onBothEnginesAlone((house) => {
  test("a key is shown once, and found again by the whole of it", async () => {
    const shop = await open(house);
    const { text, key, made } = await create(shop);
    expect(text).toMatch(/^adit_sk_[\w-]{43}$/);
    expect(JSON.stringify(made)).not.toContain(text);
    expect(await shop.keys.authenticate(text, undefined)).toEqual(key);
    expect(await shop.keys.prefixesOf(key.id)).toEqual([
      { prefix: text.slice(0, 12), createdAt: shop.clock.now(), validUntil: undefined },
    ]);
    expect(
      JSON.stringify([key, await shop.keys.list(defaultProjectId, { limit: 9 }), await shop.keys.get(key.id)]),
    ).not.toContain(text.slice(12));
  });

  test("they are listed by status, however many are used up", async () => {
    const shop = await open(house);
    const [spent, left] = [await create(shop), await create(shop)];
    const exhausted = [...Array.from({ length: 70_000 }, (_, index) => `key_${index}`), spent.key.id];
    const listed = async (status: string) => {
      const filter = { status, exhausted };
      const entries = await shop.keys.list(defaultProjectId, { ...filter, limit: 10 });
      return [entries.map(({ id }) => id), await shop.keys.count(defaultProjectId, filter)];
    };
    expect(await listed("exhausted")).toEqual([[spent.key.id], 1]);
    expect(await listed("active")).toEqual([[left.key.id], 1]);
  });

  test("C5, C6: nothing else is a key: not its beginning, not another's end, not odd texts", async () => {
    const shop = await open(house);
    const { text } = await create(shop);
    const other = await create(shop);
    const unknown = "401 The gateway key is not known here.";
    for (const wrong of [
      "",
      text.slice(0, -1),
      `${text}x`,
      text.slice(0, 30) + other.text.slice(30),
      text.toUpperCase(),
      ` ${text}`,
      `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`,
      "adit_sk_' or '1'='1",
      `adit_sk_${"'".repeat(43)}`,
      "\0".repeat(51),
      "ключ",
      "x".repeat(1_000_000),
    ]) {
      expect(await outcome(shop, wrong)).toBe(unknown);
    }
    expect(await outcome(shop, text)).toBe("app");
  });

  test("C8: neither the key, nor a hash that can be tried without the vault, stands in the database", async () => {
    const shop = await open(house);
    const { text, key } = await create(shop);
    await shop.keys.rotate(key.id, 1_000, actor);
    if (house.engine === "postgres") await house.server().ask("checkpoint");
    const folder = house.engine === "postgres" ? house.server().dataFolder : house.folder();
    const forms = [
      text.slice(12),
      ...(["hex", "base64", "base64url"] as const).map((form) => createHash("sha256").update(text).digest(form)),
    ];
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      // The files beside an earlier test's database go when the last of its statements does.
      const bytes = await readFile(join(file.parentPath, file.name), "latin1").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" && /-(?:shm|wal)$/.test(file.name)) return "";
        throw error;
      });
      expect(
        forms.filter((form) => bytes.includes(form)),
        file.name,
      ).toEqual([]);
    }
    for await (const line of exportLines(shop.store)) expect(forms.filter((form) => line.includes(form))).toEqual([]);
    // Another vault's hashes are others.
    const one = await shop.store.read((db) => db.selectFrom("gatewayKeyHashes").select("keyHash").execute());
    await rm(join(dataDir, "master-key"));
    const elsewhere = await open(house);
    expect(await outcome(elsewhere, text)).toContain("not known");
    expect(one.every((row) => /^[\w-]{43}$/.test(row.keyHash))).toBe(true);
  });

  test("switched off, expired, removed: each is refused with its reason, by every gateway", async () => {
    const location = await house.newLocation();
    const clock = new HandClock();
    const shop = await open(house, location, clock);
    const other = await open(house, location, clock);
    const { text, key } = await create(shop, { expiresAt: clock.now() + 10_000 });
    expect(await outcome(other, text)).toBe("app");
    await shop.keys.update(key.id, { disabled: true }, actor);
    expect(await outcome(shop, text)).toBe("401 The gateway key is switched off.");
    await until(async () => (await outcome(other, text)) === "401 The gateway key is switched off.");
    await shop.keys.update(key.id, { disabled: false }, actor);
    await until(async () => (await outcome(other, text)) === "app");
    clock.time += 10_000;
    expect(await outcome(shop, text)).toBe("401 The gateway key expired at 2026-01-02T03:04:15.000Z.");
    await shop.keys.update(key.id, { expiresAt: null }, actor);
    expect(await outcome(shop, text)).toBe("app");
    await shop.keys.remove(key.id, actor);
    expect(await outcome(shop, text)).toContain("401 The gateway key is not known");
    await until(async () => (await outcome(other, text)).includes("not known"));
  });

  test("rotation: both keys count for the overlap, then the new one alone", async () => {
    const shop = await open(house);
    const { text, key } = await create(shop);
    const { secret, gatewayKey } = await shop.keys.rotate(key.id, 60_000, actor);
    expect(gatewayKey.id).toBe(key.id);
    const next = secret.reveal();
    expect(next).not.toBe(text);
    expect([await outcome(shop, text), await outcome(shop, next)]).toEqual(["app", "app"]);
    // A second rotation does not lengthen the first one's time.
    shop.clock.time += 30_000;
    const third = (await shop.keys.rotate(key.id, 3_600_000, actor)).secret.reveal();
    shop.clock.time += 30_000;
    expect(await outcome(shop, text)).toContain("401 The gateway key expired at");
    expect([await outcome(shop, next), await outcome(shop, third)]).toEqual(["app", "app"]);
    expect((await shop.keys.prefixesOf(key.id)).map(({ prefix }) => prefix)).toEqual([
      third.slice(0, 12),
      next.slice(0, 12),
    ]);
    // Without an overlap, the old ones end at once.
    const last = (await shop.keys.rotate(key.id, 0, actor)).secret.reveal();
    expect(await outcome(shop, third)).toContain("401");
    expect(await outcome(shop, last)).toBe("app");
  });

  test("a key asks the store once; where the store is away, it counts on", async () => {
    const shop = await open(house);
    const { text } = await create(shop);
    await outcome(shop, text);
    let asked = 0;
    const read = shop.store.read.bind(shop.store);
    shop.store.read = (query) => {
      asked += 1;
      return read(query);
    };
    for (let times = 0; times < 50; times += 1) expect(await outcome(shop, text)).toBe("app");
    expect(asked).toBe(0);
    await shop.store.close();
    expect(await outcome(shop, text)).toBe("app");
    expect(await outcome(shop, `adit_sk_${"A".repeat(43)}`)).toContain("503 The gateway's store does not answer");
  });

  test("last use is written later, and by no request", async () => {
    const shop = await open(house);
    const { text, key } = await create(shop);
    await outcome(shop, text);
    expect((await shop.keys.get(key.id)).lastUsedAt).toBeUndefined();
    const used = shop.clock.now();
    shop.clock.time += 5_000;
    await shop.keys.close();
    expect((await shop.keys.get(key.id)).lastUsedAt).toBe(used);
  });

  test("addresses: only those allowed, IPv4 in IPv6's form too", async () => {
    const shop = await open(house);
    const { text } = await create(shop, { allowedAddresses: ["10.1.0.0/16", "2001:db8::/32", "192.0.2.7"] });
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "192.0.2.7"])
      expect(await outcome(shop, text, address)).toBe("app");
    for (const address of ["10.2.0.1", "2001:db9::1", "192.0.2.8", "", "nonsense", undefined]) {
      expect(await outcome(shop, text, address)).toBe("403 The gateway key may not be used from this address.");
    }
  });

  test("all terms are kept, and changed one by one", async () => {
    const shop = await open(house);
    const virtualKeys = new VirtualKeys({ store: shop.store, vault: shop.vault, customHosts: new Set() });
    await virtualKeys.create(defaultProjectId, { name: "Prod", kind: "server_chain", credential: {} }, actor);
    const terms = {
      scopes: ["completions.write", "virtual_keys.*"],
      allowedModels: ["amazon.*"],
      allowedVirtualKeys: ["prod"],
      allowedRegions: ["us-east-1"],
      allowedAddresses: ["10.0.0.0/8"],
      defaultMetadata: { team: "a" },
      defaultConfig: "pc-abc",
      mayOverrideConfig: false,
      defaultVirtualKey: "prod",
      mayOverrideCredential: false,
      expiresAt: shop.clock.now() + 1,
    };
    const { key } = await create(shop, terms);
    expect(key).toMatchObject(terms);
    const changed = await shop.keys.update(
      key.id,
      { defaultMetadata: null, allowedModels: ["anthropic.*"], mayOverrideConfig: true },
      actor,
    );
    expect(changed).toEqual({
      ...key,
      defaultMetadata: undefined,
      allowedModels: ["anthropic.*"],
      mayOverrideConfig: true,
    });
    const audit = await shop.store.read((db) =>
      db.selectFrom("auditLog").select("action").where("objectKind", "=", "gateway_key").orderBy("action").execute(),
    );
    expect(audit.map((row) => row.action)).toEqual(["gateway_key.create", "gateway_key.update"]);
    await expect(shop.keys.update("gk_none", {}, actor)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a default that the key itself may not use is refused, by whichever of the two it comes to", async () => {
    const shop = await open(house);
    const virtualKeys = new VirtualKeys({ store: shop.store, vault: shop.vault, customHosts: new Set() });
    for (const name of ["Prod", "Other"]) {
      await virtualKeys.create(defaultProjectId, { name, kind: "server_chain", credential: {} }, actor);
    }
    const refusal = { code: "invalid_request", param: "defaults.virtual_key" };
    const apart = { allowedVirtualKeys: ["other"], defaultVirtualKey: "prod" };
    await expect(create(shop, apart)).rejects.toMatchObject(refusal);
    const { key } = await create(shop, { defaultVirtualKey: "prod" });
    await expect(shop.keys.update(key.id, { allowedVirtualKeys: ["other"] }, actor)).rejects.toMatchObject(refusal);
    await shop.keys.update(key.id, { allowedVirtualKeys: ["other", "prod"] }, actor);
    await shop.keys.update(key.id, { allowedVirtualKeys: ["other"], defaultVirtualKey: "other" }, actor);
    await expect(shop.keys.update(key.id, { defaultVirtualKey: "prod" }, actor)).rejects.toMatchObject(refusal);
    await shop.keys.update(key.id, { allowedVirtualKeys: [], defaultVirtualKey: null }, actor);
  });

  test("changes of one key at the same time are all kept", async () => {
    const location = await house.newLocation();
    const shops = [await open(house, location), await open(house, location)];
    const { key } = await create(shops[0]!);
    await Promise.all([
      shops[0]!.keys.update(key.id, { name: "renamed" }, actor),
      shops[1]!.keys.update(key.id, { allowedRegions: ["us-east-1"] }, actor),
      shops[0]!.keys.update(key.id, { defaultConfig: "pc-a" }, actor),
      shops[1]!.keys.update(key.id, { mayOverrideConfig: false }, actor),
    ]);
    const changed = { name: "renamed", allowedRegions: ["us-east-1"], defaultConfig: "pc-a", mayOverrideConfig: false };
    expect(await shops[0]!.keys.get(key.id)).toMatchObject(changed);
  });

  test("a key of a project or a person that is not there is refused", async () => {
    const shop = await open(house);
    const input = { name: "app", scopes: ["completions.write"] };
    await expect(shop.keys.create("prj_none", input, actor)).rejects.toMatchObject({ code: "not_found" });
    await expect(create(shop, { ownerId: "psn_none" })).rejects.toMatchObject({ code: "not_found" });
  });

  test.each<[field: string, input: Partial<GatewayKeyInput>]>([
    ["name", { name: "" }],
    ["scopes", { scopes: [] }],
    ["scopes[1]", { scopes: ["a.b", "everything"] }],
    ["allowed_models[0]", { allowedModels: ["a b"] }],
    ["allowed_regions[0]", { allowedRegions: ["us-west-2a"] }],
    ["allowed_addresses[1]", { allowedAddresses: ["10.0.0.0/8", "10.0.0.0/33"] }],
    ["allowed_addresses[0]", { allowedAddresses: ["localhost"] }],
    ["defaults.metadata.team", { defaultMetadata: { team: "x".repeat(129) } }],
    [
      "defaults.metadata",
      { defaultMetadata: Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`${at}`, "x"])) },
    ],
    ["defaults.virtual_key", { defaultVirtualKey: "nowhere" }],
    ["expires_at", { expiresAt: 5 }],
  ])("a fault in %s is named, and nothing is saved", async (param, input) => {
    const shop = await open(house);
    await expect(create(shop, input)).rejects.toMatchObject({ status: 400, param });
    expect(await shop.keys.list(defaultProjectId, { limit: 9 })).toEqual([]);
  });

  test("a person's key counts while they are active and in its project, on every gateway", async () => {
    const location = await house.newLocation();
    const [one, other] = [await open(house, location), await open(house, location)];
    const [people, projects] = [new People(one.store), new Projects(one.store)];
    const ada = await people.create({ email: "ada@example.com", name: "Ada", role: "member" }, actor);
    const place = { projectId: defaultProjectId, personId: ada.id };
    await expect(create(one, { ownerId: ada.id })).rejects.toMatchObject({ param: "user_id" });
    await projects.setRole(place, "viewer", actor);
    const { text, key } = await create(one, { ownerId: ada.id });
    const service = await create(one, { name: "service" });
    // By a signature too, which asks for the key by its id.
    const byId = (shop: Shop): Promise<string> =>
      shop.keys.admit(key.id, undefined).then(
        ({ name }) => name,
        (error: AditError) => `${error.status} ${error.message}`,
      );
    const everywhere = async (told: string): Promise<void> => {
      for (const shop of [one, other]) {
        await until(async () => (await outcome(shop, text)) === told && (await byId(shop)) === told);
      }
      expect(await outcome(other, service.text)).toBe("service");
    };
    const away = "401 The gateway key belongs to a person who is not in its project.";
    const off = "401 The gateway key belongs to a person who is switched off.";
    await everywhere("app");
    await projects.setRole(place, undefined, actor);
    await everywhere(away);
    // An admin of the gateway is in every project.
    await people.update(ada.id, { role: "admin" }, actor);
    await everywhere("app");
    await people.update(ada.id, { disabled: true }, actor);
    await everywhere(off);
    await people.update(ada.id, { disabled: false, role: "member" }, actor);
    await everywhere(away);
    await projects.setRole(place, "member", actor);
    await everywhere("app");
  });
});
