/** At every door, whole and streamed, by every route: what a budget is charged is what the ledger says that the call cost. */
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { doors } from "../attacks/doors.ts";
import { claude, nova } from "../support/asking.ts";

let emulator: Emulator;
let house: House;
beforeAll(async () => {
  emulator = await startEmulator();
  house = await openHouse({ emulator, variables: { ADIT_ENDPOINT_URL_MANTLE: emulator.url } });
  await house.parts.connectors.create(
    defaultProjectId,
    {
      name: "Titan",
      slug: "titan",
      connection_spec: {
        region: "us-east-1",
        model_id: "amazon.titan-text-express-v1",
        request_format: '{"inputText":"Good morning","textGenerationConfig":{"maxTokenCount":50}}',
      },
    },
    operator,
  );
});
afterAll(async () => {
  await house.close();
  await emulator.close();
});

interface Ask {
  name: string;
  path: string;
  body: object;
  headers?: Record<string, string>;
  isManyAnswers?: boolean;
}

/** Has prices for `flex`. */
const llama = "us.meta.llama4-scout-17b-instruct-v1:0";
const question = [{ role: "user", content: "hello" }];
const cached = (text: string) => ({ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } });
const native = (model: string, action: string): string => `/model/${encodeURIComponent(model)}/${action}`;

const asks: Ask[] = [
  ...doors
    .filter(({ path }) => !/(?:count|input).tokens/.test(path))
    .flatMap(({ name, path, body, stream }) => [
      { name, path, body: body("hello") },
      ...(stream === undefined
        ? []
        : [{ name: `${name}, streamed`, path: stream.path, body: { ...body("hello"), ...stream.more } }]),
    ]),
  ...[false, true].flatMap((stream) => [
    {
      name: `chat by the family's own format, ${stream ? "streamed" : "whole"}`,
      path: "/v1/chat/completions",
      body: { model: nova, messages: question, use_converse: false, stream },
    },
    {
      name: `chat of AWS's own endpoint, ${stream ? "streamed" : "whole"}`,
      path: "/v1/chat/completions",
      body: {
        model: "openai.gpt-5.5",
        messages: question,
        stream,
        ...(stream && { stream_options: { include_usage: true } }),
      },
    },
    {
      name: `responses of AWS's own endpoint, ${stream ? "streamed" : "whole"}`,
      path: "/v1/responses",
      body: { model: "openai.gpt-5.5", input: "hello", stream },
    },
    {
      name: `messages of AWS's own endpoint, ${stream ? "streamed" : "whole"}`,
      path: "/v1/messages",
      body: { model: "anthropic.claude-haiku-4-5", max_tokens: 64, messages: question, stream },
    },
    {
      name: `what a cache of an hour keeps, ${stream ? "streamed" : "whole"}`,
      path: "/v1/messages",
      body: {
        model: claude.sonnet45,
        max_tokens: 64,
        system: [cached("word ".repeat(6_000))],
        messages: question,
        stream,
      },
    },
    {
      name: `another tier, ${stream ? "streamed" : "whole"}`,
      path: "/v1/chat/completions",
      body: { model: llama, messages: question, service_tier: "flex", stream },
    },
    {
      name: `another tier by InvokeModel, ${stream ? "streamed" : "whole"}`,
      path: native(llama, stream ? "invoke-with-response-stream" : "invoke"),
      body: { prompt: "Hi", max_gen_len: 50 },
      headers: { "x-amzn-bedrock-service-tier": "flex" },
    },
    { name: "a connector", path: "/v1/connectors/titan/invoke", body: { stream } },
  ]),
  {
    name: "answers that guardrails threw away",
    isManyAnswers: true,
    path: "/v1/chat/completions",
    body: { model: nova, messages: question },
    headers: {
      "x-adit-config": JSON.stringify({
        retry: { attempts: 2, on_status_codes: [246] },
        output_guardrails: [{ "default.wordCount": { maxWords: 1 }, deny: false }],
      }),
    },
  },
  {
    name: "embeddings of Titan",
    path: "/v1/embeddings",
    body: { model: "amazon.titan-embed-text-v2:0", input: ["a", "b"] },
  },
  {
    name: "embeddings at the native door",
    path: native("amazon.titan-embed-text-v2:0", "invoke"),
    body: { inputText: "hello" },
  },
];

interface Counted {
  key: string;
  budget: Budget;
}

async function newCounted(): Promise<Counted> {
  const { gatewayKeys, limitSettings } = house.parts;
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, input, operator);
  const budget = await limitSettings.createBudget(
    defaultProjectId,
    {
      name: "dollars",
      scope: "gateway_key",
      scopeId: gatewayKey.id,
      unit: "cost",
      amount: 1_000_000_000_000n,
      period: "total",
      unknownPrice: "allow",
    },
    operator,
  );
  return { key: secret.reveal(), budget };
}

interface LogEntry {
  cost: string | null;
  cost_is_estimate: boolean;
  tier: string;
  cost_parts: Record<string, string>;
  cost_missing: string[];
  units: { cache_write: number | null };
  attempts: { thrown_away: { cost: string | null } | null }[];
}

async function recordOf(id: string | null): Promise<LogEntry> {
  let found: Response | undefined;
  await until(async () => {
    found = await fetch(`${house.gateway.url}/v1/logs/${id ?? ""}`, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    return found.status === 200;
  });
  return (await found?.json()) as LogEntry;
}

/** Dollars as the record writes them; null: in no sum. */
async function chargedTo({ budget }: Counted): Promise<string | null> {
  const use = async () => (await usesOf(house.parts.store, budget, { now: Date.now() }))[0];
  await until(async () => ((await use())?.settled ?? 0n) > 0n || ((await use())?.unpricedCalls ?? 0) > 0);
  const { settled = 0n, unpricedCalls = 0 } = (await use()) ?? {};
  return unpricedCalls > 0 ? null : dollars(settled);
}

/** By another way than the gateway's. */
function dollars(nano: bigint): string {
  const text = nano.toString().padStart(10, "0");
  return `${text.slice(0, -9)}.${text.slice(-9)}`.replace(/\.?0+$/, "");
}

/** An image to be embedded, a guardrail and this endpoint's Claude have no price in the table. */
const unpriced = new Set([
  "embeddings",
  "/guardrail/.../apply",
  "messages of AWS's own endpoint, whole",
  "messages of AWS's own endpoint, streamed",
]);

test.concurrent.each(asks)("$name ($path)", async (ask) => {
  const { name, path, body, headers } = ask;
  const counted = await newCounted();
  const response = await house.post(path, body, { authorization: `Bearer ${counted.key}`, ...headers });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  const record = await recordOf(response.headers.get("x-adit-request-id"));
  expect(record.cost_is_estimate).toBe(false);
  // Answers that were thrown away are settled one by one.
  if (ask.isManyAnswers === true) await until(async () => (await chargedTo(counted)) === record.cost);
  const charged = await chargedTo(counted);
  // What is not known is in no sum.
  expect({ charged, isKnown: record.cost !== null }).toEqual({ charged: record.cost, isKnown: !unpriced.has(name) });
});

test("answers that guardrails threw away are in the record, each with its own cost", async () => {
  const ask = asks.find(({ name }) => name === "answers that guardrails threw away");
  const response = await house.post(ask?.path ?? "", ask?.body ?? {}, {
    authorization: `Bearer ${adminKey}`,
    ...ask?.headers,
  });
  await response.text();
  const { cost, attempts } = await recordOf(response.headers.get("x-adit-request-id"));
  const thrownAway = attempts.map(({ thrown_away }) => thrown_away?.cost ?? null);
  const [one] = thrownAway;
  expect(thrownAway).toEqual([one, one, null]);
  // Three answers of the same length.
  expect(Number(cost)).toBeCloseTo(3 * Number(one), 12);
});

test.each(["invoke", "invoke-with-response-stream"])(
  "what an hour's cache keeps has its own price by %s",
  async (action) => {
    const body = {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 64,
      system: [cached(`${action} `.repeat(6_000))],
      messages: question,
    };
    const response = await house.post(native(claude.sonnet45, action), body, { authorization: `Bearer ${adminKey}` });
    await response.arrayBuffer();
    const { cost_parts: parts, units } = await recordOf(response.headers.get("x-adit-request-id"));
    // Six dollars a million.
    expect(Number(parts["cacheWrite1h"])).toBeCloseTo((units.cache_write ?? 0) * 6e-6, 9);
    expect(parts).not.toHaveProperty("cacheWrite5m");
  },
);

/** Claude behind the first, Titan behind the second, as the emulator reads such an ARN. */
const hidden = (model: string): string =>
  `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-${model}`;

test.each<[string, string, object]>([
  [
    "converse",
    native(hidden(claude.sonnet45), "converse"),
    { messages: [{ role: "user", content: [{ text: "Hi" }] }] },
  ],
  [
    "a stream of InvokeModel",
    native(hidden(claude.sonnet45), "invoke-with-response-stream"),
    { anthropic_version: "bedrock-2023-05-31", max_tokens: 64, messages: question },
  ],
  ["embeddings", "/v1/embeddings", { model: hidden("amazon.titan-embed-text-v2:0"), input: ["a", "b"] }],
])(
  "the model behind an application profile is priced though no limit asks what it is: %s",
  async (_name, path, body) => {
    const response = await house.post(path, body, { authorization: `Bearer ${adminKey}` });
    await response.arrayBuffer();
    expect(Number((await recordOf(response.headers.get("x-adit-request-id"))).cost)).toBeGreaterThan(0);
  },
);

test("what AWS tells late of a failed target's profile is not taken for the next one's", async () => {
  emulator.faultNext({ kind: "delay", operation: "GetInferenceProfile", ms: 200 }, 2);
  emulator.faultNext({ kind: "refuse", operation: "Converse", type: "ThrottlingException" });
  const targets = [hidden(claude.opus5), hidden(nova)].map((model) => ({ override_params: { model } }));
  const config = JSON.stringify({ strategy: { mode: "fallback" }, retry: { attempts: 0 }, targets });
  const headers = { authorization: `Bearer ${adminKey}`, "x-portkey-config": config };
  const body = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
  const response = await house.post(native("any", "converse"), body, headers);
  expect(response.status).toBe(200);
  expect(await recordOf(response.headers.get("x-adit-request-id"))).toMatchObject({ model: "amazon.nova-lite-v1:0" });
});

const guard = { guardrailIdentifier: "gr1234567890", guardrailVersion: "1" };
const turn = { messages: [{ role: "user", content: [{ text: "Hi" }] }], guardrailConfig: guard };
const ofClaude = { anthropic_version: "bedrock-2023-05-31", max_tokens: 64, messages: question };
const guarded = {
  "x-amzn-bedrock-guardrailidentifier": guard.guardrailIdentifier,
  "x-amzn-bedrock-guardrailversion": "1",
};

test.each<[string, string, object, Record<string, string>?]>([
  ["chat, streamed", "/v1/chat/completions", { model: nova, messages: question, guardrailConfig: guard, stream: true }],
  ["messages to Claude", "/v1/messages", { ...ofClaude, model: claude.sonnet45, guardrailConfig: guard }],
  ["Converse", native(nova, "converse"), turn],
  ["InvokeModel, streamed", native(claude.sonnet45, "invoke-with-response-stream"), ofClaude, guarded],
])("what a guardrail in the call used is not known without its trace: %s", async (_name, path, body, headers) => {
  const response = await house.post(path, body, { authorization: `Bearer ${adminKey}`, ...headers });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  const record = await recordOf(response.headers.get("x-adit-request-id"));
  expect(record).toMatchObject({ cost: null, cost_missing: ["usage.guardrailUnits"] });
});

test("another tier is told in the record, whoever told it", async () => {
  const tiers = asks.filter(({ name }) => name.startsWith("another tier"));
  expect(tiers.length).toBeGreaterThan(0);
  for (const { path, body, headers } of tiers) {
    const counted = await newCounted();
    const response = await house.post(path, body, { authorization: `Bearer ${counted.key}`, ...headers });
    await response.text();
    const { tier } = await recordOf(response.headers.get("x-adit-request-id"));
    expect(tier).toBe("flex");
  }
});
