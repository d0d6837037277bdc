/** `/ready` says no where every call is refused for want of room to record it, as on a full disk, and yes again when there is room. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Store } from "../packages/gateway/src/store/store.ts";
import { until } from "../packages/gateway/src/store/testing/until.ts";
import { chatPath, question } from "./support/asking.ts";
import { gatewayKey } from "./support/house.ts";
import { KillableGateways } from "./support/gateway-process.ts";

let gateways: KillableGateways;
beforeEach(async () => {
  gateways = await KillableGateways.open();
});
afterEach(() => gateways.close());

test("neither the journal nor the database takes records: the gateway is not ready until one does", async () => {
  const { url } = await gateways.serve(undefined);
  const ready = async () => (await fetch(`${url}/ready`)).status;
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` },
      body: JSON.stringify(body),
    });
    await response.text();
    return response.status;
  };
  const call = () => post(chatPath, question("Good morning"));
  // Calls of models behind doors of the control API.
  const tryConnection = () =>
    post("/v1/connectors/check_connection", { connection_spec: { model_id: "amazon.nova-lite-v1:0" } });
  const testKey = (body: object) => post("/v1/virtual-keys/chain/test", body);
  await until(async () => (await ready()) === 200);
  await post("/v1/virtual-keys", { name: "chain", slug: "chain", kind: "server_chain" });
  expect(await tryConnection()).toBe(200);
  const store = await Store.open({ file: join(gateways.dataDir, "adit.db") }, { hears: false });
  await rm(join(gateways.dataDir, "journal"), { recursive: true });
  let release = (): void => {};
  const held = store.write(() => new Promise<void>((resolve) => (release = resolve)));
  const callUntilRefused = async (): Promise<void> => {
    while ((await call()) === 200);
  };
  await Promise.all(Array.from({ length: 16 }, callUntilRefused));
  expect([await call(), await ready()]).toEqual([503, 503]);
  expect([await tryConnection(), await testKey({ model: "amazon.nova-lite-v1:0" })]).toEqual([503, 503]);
  expect(await post("/v1/logs/req_1/replay", { body: question("Good morning") })).toBe(503);
  release();
  await held;
  await until(async () => (await ready()) === 200);
  expect(await call()).toBe(200);
  await store.close();
}, 120_000);
