/** Where the emulator stands in for AWS: what is stored here counts as it does there. */
import { Secret, staticSource, systemClock } from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { readSettings, RequestLog, startGateway, type Gateway } from "@adit/gateway";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminKey } from "./control.ts";

let emulator: Emulator;
let dataDir: string;
let gateway: Gateway;

beforeAll(async () => {
  emulator = await startEmulator();
  dataDir = await mkdtemp(join(tmpdir(), "adit-stand-in-"));
  const settings = readSettings({
    ADIT_PORT: "0",
    ADIT_ADMIN_KEY: adminKey,
    ADIT_DATA_DIR: dataDir,
    AWS_EC2_METADATA_DISABLED: "true",
    HOME: dataDir,
  });
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const keys = { kind: "keys", accessKeyId, secretAccessKey: new Secret(secretAccessKey) } as const;
  const standIn = { url: emulator.url, credentials: staticSource(keys, "emulator", systemClock) };
  gateway = await startGateway({
    settings,
    log: new RequestLog("error", { write: () => {} }),
    startStandIn: () => Promise.resolve(standIn),
  });
});
afterAll(async () => {
  await gateway.stop();
  await emulator.close();
  await rm(dataDir, { recursive: true, force: true });
});

function ask(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

test("a virtual key for the server's own chain that is switched off fails its target, and a fallback goes on", async () => {
  await ask("POST", "/v1/virtual-keys", { name: "chain", slug: "chain", kind: "server_chain" });
  const chat = (model: string, more: object = {}) =>
    ask("POST", "/v1/chat/completions", { model, messages: [{ role: "user", content: "hi" }], ...more });
  const model = "amazon.nova-lite-v1:0";
  const served = await chat(`@chain/${model}`);
  expect([served.status, served.headers.get("x-adit-route")]).toEqual([200, "emulator"]);
  await ask("PUT", "/v1/virtual-keys/chain", { disabled: true });
  const refused = await chat(`@chain/${model}`);
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: "virtual_key_inactive" } }]);
  expect((await ask("GET", "/v1/models")).status).toBe(200);
  expect((await chat(`@chain/${model}`, { fallback_models: [model] })).status).toBe(200);
});
