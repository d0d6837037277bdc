/** A gateway that starts while its database is away knows no prices: what it serves by then has an unknown cost, not the package's. */
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGateway } from "../../packages/gateway/src/gateway.ts";
import { writeOwnPrices } from "../../packages/gateway/src/ledger/cost/prices.ts";
import { RequestLog } from "../../packages/gateway/src/ledger/request-log/request-log.ts";
import { readSettings } from "../../packages/gateway/src/settings.ts";
import { onPostgresAlone } from "../../packages/gateway/src/store/testing/engines.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, messages, model } from "../../packages/gateway/src/testing/house.ts";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

/** A dollar for each token. */
const dear = 1e15;
const own = {
  version: "ours",
  date: "2027-01-01",
  sources: {},
  guardrails: [],
  quirks: [],
  models: { "amazon.nova-lite-v1:0": { rows: [{ tier: "standard", input: dear, output: dear }] } },
};

onPostgresAlone((engine) => {
  test("until the database is there", async () => {
    const location = await engine.newLocation();
    if (!("databaseUrl" in location)) throw new Error("It is on a server.");
    const store = await engine.open(location);
    await writeOwnPrices(store, own);
    await engine.server().kill();
    const { accessKeyId, secretAccessKey } = emulator.credential;
    const settings = readSettings({
      ADIT_PORT: "0",
      ADIT_ADMIN_KEY: adminKey,
      ADIT_DATA_DIR: engine.folder(),
      DATABASE_URL: location.databaseUrl,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
    });
    const gateway = await startGateway({ settings, log: new RequestLog("silent", { write: () => {} }) });
    const headers = { "content-type": "application/json", authorization: `Bearer ${adminKey}` };
    const called = async (): Promise<{ id: string; cost: string | null; tokens: number }> => {
      const body = JSON.stringify({ model, messages });
      const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", headers, body });
      const { usage } = (await response.json()) as { usage: { total_tokens: number } };
      const told = (name: string): string | null => response.headers.get(name);
      return { id: told("x-adit-request-id") ?? "", cost: told("x-adit-cost"), tokens: usage.total_tokens };
    };
    const read = async (path: string): Promise<unknown> => {
      let answer: Response | undefined;
      await until(async () => (answer = await fetch(`${gateway.url}/v1/logs/${path}`, { headers })).status === 200);
      return answer?.json();
    };
    try {
      const early = await called();
      expect(early.cost).toBeNull();
      await engine.server().run();
      await gateway.opened;
      expect(await read(early.id)).toMatchObject({ cost: null, cost_missing: ["input", "output"], prices: "unread" });
      expect(JSON.stringify(await read(`${early.id}/explain`))).toContain("had not read its prices");
      const late = await called();
      expect(Number(late.cost)).toBe(late.tokens);
    } finally {
      await gateway.stop();
    }
  });
});
