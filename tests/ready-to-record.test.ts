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
  const call = async () => {
    const response = await fetch(`${url}${chatPath}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` },
      body: JSON.stringify(question("Good morning")),
    });
    await response.text();
    return response.status;
  };
  await until(async () => (await ready()) === 200);
  const store = await Store.open({ file: join(gateways.dataDir, "adit.db") }, { hears: false });
  await rm(join(gateways.dataDir, "journal"), { recursive: true });
  let release = (): void => {};
  const held = store.write(() => new Promise<void>((resolve) => (release = resolve)));
  const callUntilRefused = async (): Promise<void> => {
    while ((await call()) === 200);
  };
  await Promise.all(Array.from({ length: 16 }, callUntilRefused));
  expect([await call(), await ready()]).toEqual([503, 503]);
  release();
  await held;
  await until(async () => (await ready()) === 200);
  expect(await call()).toBe(200);
  await store.close();
}, 120_000);
