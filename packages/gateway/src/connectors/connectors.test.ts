/** Connectors in the store, on both engines (S02, S04). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Actor } from "../store/audit.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines, type House } from "../store/testing/engines.ts";
import { until } from "../store/testing/until.ts";
import { exportLines } from "../store/transfer.ts";
import { Keyring } from "../vault/keyring.ts";
import { Vault } from "../vault/vault.ts";
import { VirtualKeys } from "../vault/virtual-keys.ts";
import { Connectors } from "./connectors.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-connectors-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const actor: Actor = { kind: "admin_key", requestId: "req_1" };
const secret = "CANARYsecretxQ7vR2mK9pL4wT8zB3nH6wJalrXU";
const pair = { access_key: "AKIAIOSFODNN7EXAMPLE", secret_access_key: secret };
const input = { name: "Nova", connection_spec: { ...pair, model_id: "amazon.nova-lite-v1:0", region: "us-east-1" } };

async function open(house: House, location?: Parameters<House["open"]>[0]) {
  const store = await house.open(location);
  const vault = await Vault.open(store, await Keyring.load({ masterKey: undefined, oldMasterKey: undefined, dataDir }));
  const virtualKeys = new VirtualKeys({ store, vault, customHosts: new Set() });
  return { store, virtualKeys, connectors: new Connectors({ store, virtualKeys }) };
}

onBothEngines((house) => {
  test("its credential is a virtual key of its own, which comes, changes and goes with it", async () => {
    const { connectors, virtualKeys } = await open(house);
    const { connector } = await connectors.create(defaultProjectId, input, actor);
    const keyId = connector.virtualKeyId ?? "";
    expect(await virtualKeys.byId(keyId)).toMatchObject({ credential: { kind: "access_key" } });
    const other = { access_key: "AKIAIOSFODNN7CHANGED", secret_access_key: secret };
    const changed = await connectors.update(connector.id, { connection_spec: other }, actor);
    expect(changed.connector.virtualKeyId).toBe(keyId);
    expect(await connectors.view(changed.connector)).toMatchObject({ connection_spec: { access_key: "AKIA...NGED" } });
    await connectors.remove(connector.id, actor);
    expect(await virtualKeys.byId(keyId)).toBeUndefined();
  });

  test("a credential is taken away whole, and whose credentials sign then is said", async () => {
    const { connectors, virtualKeys } = await open(house);
    const { connector } = await connectors.create(defaultProjectId, input, actor);
    const change = (spec: Parameters<Connectors["update"]>[1]["connection_spec"]) =>
      connectors.update(connector.id, { connection_spec: spec }, actor);
    const apart = change({ access_key: null, secret_access_key: null });
    await expect(apart).rejects.toMatchObject({ code: "invalid_request", param: "connection_spec.access_key" });
    expect((await change({ session_token: null, role_arn: null })).connector.virtualKeyId).toBe(connector.virtualKeyId);
    const { connector: left, warnings } = await change({ virtual_key: null });
    expect([left.virtualKeyId, warnings]).toEqual([undefined, [expect.stringContaining("server's own credentials")]]);
    expect(await virtualKeys.byId(connector.virtualKeyId ?? "")).toBeUndefined();
    expect((await change({ virtual_key: null })).warnings).toEqual([]);
  });

  test("a virtual key that it names takes its own key's place, and stays when the connector goes", async () => {
    const { connectors, virtualKeys } = await open(house);
    const { connector } = await connectors.create(defaultProjectId, input, actor);
    const { virtualKey } = await virtualKeys.create(
      defaultProjectId,
      { name: "Shared", slug: "shared", credential: pair },
      actor,
    );
    const { connector: changed } = await connectors.update(
      connector.id,
      { connection_spec: { virtual_key: "shared" } },
      actor,
    );
    expect([changed.virtualKeyId, changed.ownsVirtualKey]).toEqual([virtualKey.id, false]);
    expect(await virtualKeys.byId(connector.virtualKeyId ?? "")).toBeUndefined();
    await expect(virtualKeys.remove(virtualKey.id, actor)).rejects.toMatchObject({ code: "in_use" });
    await connectors.remove(connector.id, actor);
    expect(await virtualKeys.byId(virtualKey.id)).toMatchObject({ slug: "shared" });
  });

  test("what fails leaves nothing behind, not even the virtual key", async () => {
    const { connectors, virtualKeys } = await open(house);
    await connectors.create(defaultProjectId, { ...input, slug: "nova" }, actor);
    await expect(connectors.create(defaultProjectId, { ...input, slug: "nova" }, actor)).rejects.toMatchObject({
      code: "already_exists",
      param: "slug",
    });
    await expect(connectors.create("no-project", input, actor)).rejects.toMatchObject({ code: "not_found" });
    expect(await virtualKeys.list(defaultProjectId, { limit: 10 })).toHaveLength(1);
    expect(await connectors.list(defaultProjectId, { limit: 10 })).toHaveLength(1);
  });

  test("a field without a place in the request format is refused as it is saved, and not where nothing is said of it", async () => {
    const { connectors, store } = await open(house);
    const field = { name: "messages.9.content", value: "text", value_type: "dynamic" as const };
    const fault = { code: "invalid_request", param: "input_schema[0].name" };
    // By the sample of its model, and by a format of its own.
    const spec = { model_id: "amazon.nova-lite-v1:0" };
    const withField = { ...input, connection_spec: spec, input_schema: [field] };
    await expect(connectors.create(defaultProjectId, withField, actor)).rejects.toMatchObject(fault);
    const format = { messages: Array.from({ length: 9 }, () => ({ role: "user", content: "x" })) };
    const fitting = { ...withField, connection_spec: { ...spec, request_format: format } };
    const { connector } = await connectors.create(defaultProjectId, fitting, actor);
    const shorter = { connection_spec: { request_format: { messages: [] } } };
    await expect(connectors.update(connector.id, shorter, actor)).rejects.toMatchObject(fault);
    // As one of before.
    await store.write(({ db }) =>
      db.updateTable("connectors").set({ requestFormat: '{"messages":[]}' }).where("id", "=", connector.id).execute(),
    );
    expect((await connectors.update(connector.id, { name: "Renamed" }, actor)).connector.name).toBe("Renamed");
    await expect(connectors.update(connector.id, { input_schema: [field] }, actor)).rejects.toMatchObject(fault);
    // With values in it a format is written anew: what would be another number then is sent as it is, or refused.
    const exact = { ...spec, request_format: '{"seed":9007199254740993}' };
    const raw = { ...input, name: "Raw", connection_spec: exact };
    expect((await connectors.create(defaultProjectId, raw, actor)).connector.requestFormat).toBe(exact.request_format);
    await expect(
      connectors.create(defaultProjectId, { ...raw, input_schema: [{ ...field, name: "prompt" }] }, actor),
    ).rejects.toMatchObject({ code: "invalid_request", param: "connection_spec.request_format" });
    // Of a model without a sample nothing is known.
    const unknown = { ...withField, name: "Unknown", connection_spec: { model_id: "nobody.knows-v1:0" } };
    expect((await connectors.create(defaultProjectId, unknown, actor)).connector.inputSchema).toHaveLength(1);
  });

  test("another gateway's change counts, and another project's connectors are not found", async () => {
    const location = await house.newLocation();
    const [one, two] = [await open(house, location), await open(house, location)];
    const { connector } = await one.connectors.create(defaultProjectId, { ...input, slug: "nova" }, actor);
    expect((await two.connectors.bySlug(defaultProjectId, "nova")).modelId).toBe("amazon.nova-lite-v1:0");
    await one.connectors.update(connector.id, { connection_spec: { model_id: "amazon.nova-pro-v1:0" } }, actor);
    await until(async () => (await two.connectors.bySlug(defaultProjectId, "nova")).modelId === "amazon.nova-pro-v1:0");
    await expect(one.connectors.bySlug("another", "nova")).rejects.toMatchObject({ code: "not_found" });
  });

  test("S04 neither the export nor the audit log has the secret", async () => {
    const { connectors, store } = await open(house);
    const { connector } = await connectors.create(defaultProjectId, input, actor);
    await connectors.update(connector.id, { name: "Other" }, actor);
    await connectors.remove(connector.id, actor);
    const lines: string[] = [];
    for await (const line of exportLines(store)) lines.push(line);
    expect(lines.filter((line) => line.includes("connector."))).toHaveLength(3);
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  });
});
