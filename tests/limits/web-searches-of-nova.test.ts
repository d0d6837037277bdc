/**
 * Nova searches the web itself (`nova_grounding`), and AWS bills that beside the tokens: at every door such a call costs what the operator's
 * own price says, and without one nobody knows what.
 */
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";

const own = { version: "own-1", date: "2026-11-28", sources: { ours: "ours" }, quirks: [], guardrails: [] };
/** The same model by another name: the table prices its searches there alone. */
const priced = "us.amazon.nova-2-lite-v1:0";
const unpriced = "global.amazon.nova-2-lite-v1:0";

let emulator: Emulator;
let house: House;
beforeAll(async () => {
  emulator = await startEmulator();
  house = await openHouse({ emulator });
  const rows = [{ tier: "standard", input: 300_000_000, output: 2_500_000_000, query: 30_000_000 }];
  const answer = await fetch(`${house.gateway.url}/v1/prices`, {
    method: "PUT",
    headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ ...own, models: { [priced]: { rows } } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  for (const stream of [false, true])
    await house.parts.connectors.create(defaultProjectId, connector(stream), operator);
});
afterAll(async () => {
  await house.close();
  await emulator.close();
});

const tools = [{ systemTool: { name: "nova_grounding" } }];
const spoken = [{ role: "user", content: "Which is the newest release?" }];
const blocks = [{ role: "user", content: [{ text: "Which is the newest release?" }] }];

function connector(stream: boolean) {
  const request = { messages: blocks, toolConfig: { tools } };
  return {
    name: `Search ${String(stream)}`,
    slug: `search-${String(stream)}`,
    connection_spec: { region: "us-east-1", model_id: priced, request_format: JSON.stringify(request) },
  };
}

interface Ask {
  name: string;
  path: (model: string) => string;
  body: (model: string) => object;
}

const native = (action: string) => (model: string) => `/model/${encodeURIComponent(model)}/${action}`;
const asks: Ask[] = [false, true].flatMap((stream) => [
  {
    name: `chat, stream ${String(stream)}`,
    path: () => "/v1/chat/completions",
    body: (model) => ({ model, stream, messages: spoken, tools }),
  },
  {
    name: `chat by Nova's own format, stream ${String(stream)}`,
    path: () => "/v1/chat/completions",
    body: (model) => ({ model, stream, messages: spoken, tools, use_converse: false }),
  },
  {
    name: `Converse, stream ${String(stream)}`,
    path: native(stream ? "converse-stream" : "converse"),
    body: () => ({ messages: blocks, toolConfig: { tools } }),
  },
  {
    name: `InvokeModel, stream ${String(stream)}`,
    path: native(stream ? "invoke-with-response-stream" : "invoke"),
    body: () => ({ messages: blocks, toolConfig: { tools } }),
  },
]);
const connectors: Ask[] = [false, true].map((stream) => ({
  name: `a connector, stream ${String(stream)}`,
  path: () => `/v1/connectors/search-${String(stream)}/invoke`,
  body: () => ({ stream }),
}));

interface LogEntry {
  cost: string | null;
  cost_parts: Record<string, string>;
  cost_missing: string[];
}

async function recordOf(response: Response): Promise<LogEntry> {
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  const url = `${house.gateway.url}/v1/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
  const headers = { authorization: `Bearer ${adminKey}` };
  let entry: LogEntry | undefined;
  await until(async () => {
    const found = await fetch(url, { headers });
    entry = (await found.json()) as LogEntry;
    return found.status === 200;
  });
  if (entry === undefined) throw new TypeError("The record has not come.");
  return entry;
}

async function keyWithBudget(unknownPrice: "allow" | "block") {
  const { gatewayKeys, limitSettings } = house.parts;
  const { secret, gatewayKey } = await gatewayKeys.create(
    defaultProjectId,
    { name: "counted", scopes: ["completions.write"] },
    operator,
  );
  const scope = { scope: "gateway_key", scopeId: gatewayKey.id } as const;
  const limit = { name: "dollars", unit: "cost", amount: 1_000_000_000_000n, period: "total", unknownPrice } as const;
  const budget = await limitSettings.createBudget(defaultProjectId, { ...limit, ...scope }, operator);
  return { headers: { authorization: `Bearer ${secret.reveal()}` }, budget };
}

test.concurrent.each([...asks, ...connectors])("$name: a search has the operator's price", async ({ path, body }) => {
  const { headers, budget } = await keyWithBudget("allow");
  const record = await recordOf(await house.post(path(priced), body(priced), headers));
  expect(record.cost_parts).toMatchObject({ query: "0.03" });
  expect(Number(record.cost)).toBeGreaterThan(0.03);
  const settled = async () => (await usesOf(house.parts.store, budget, { now: Date.now() }))[0]?.settled ?? 0n;
  await until(async () => (await settled()) > 0n);
  expect(await settled()).toBe(BigInt(Math.round(Number(record.cost) * 1e9)));
});

test.concurrent.each(asks)("$name: without a price nobody knows what a search cost", async ({ path, body }) => {
  const { headers } = await keyWithBudget("allow");
  const record = await recordOf(await house.post(path(unpriced), body(unpriced), headers));
  expect(record).toMatchObject({ cost: null, cost_missing: ["query"] });
});

test("a budget that blocks what has no price lets no search through, and Nova's interpreter of code", async () => {
  const { headers } = await keyWithBudget("block");
  const asked = { model: priced, messages: spoken };
  const refused = await house.post("/v1/chat/completions", { ...asked, tools }, headers);
  expect({ status: refused.status, text: await refused.text() }).toMatchObject({
    status: 412,
    text: expect.stringContaining("unknown_price") as string,
  });
  const interpreter = [{ systemTool: { name: "nova_code_interpreter" } }];
  const allowed = await house.post("/v1/chat/completions", { ...asked, tools: interpreter }, headers);
  expect(await recordOf(allowed)).toMatchObject({ cost_missing: [] });
});
