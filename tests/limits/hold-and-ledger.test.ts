/** What a budget is charged for a call is what the ledger's record of it costs, to the nano-dollar and the token, however the usage was told. */
import { AditError, shippedPrices, type AttemptRecord } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { exchangesOf } from "../../packages/bedrock/src/wire/testing/recordings.ts";
import { pricedCall } from "../../packages/gateway/src/ledger/cost/call-cost.ts";
import type { AttemptOfCall } from "../../packages/gateway/src/ledger/record/call-record.ts";
import { newFacts, type RequestFacts } from "../../packages/gateway/src/ledger/record/request-facts.ts";
import type { LimitCharge } from "../../packages/gateway/src/limits/limit.ts";
import type { Limits } from "../../packages/gateway/src/limits/limits.ts";
import type { Target } from "../../packages/gateway/src/routing/plan/plan.ts";
import type { HeldCall } from "../../packages/gateway/src/calls/bounds/call-bounds.ts";
import { CallHold } from "../../packages/gateway/src/calls/bounds/call-hold.ts";

const prices = shippedPrices();
const claude = "us.anthropic.claude-sonnet-4-6";

type Made = Pick<AttemptRecord, "number" | "errorCode" | "connectMs">;

/** What the hold of a call with these facts settles with its limits. */
async function chargedFor(
  facts: RequestFacts,
  made: Made = { number: 1, connectMs: 1 },
): Promise<LimitCharge | undefined> {
  let charged: LimitCharge | undefined;
  const reservation = {
    isRefused: false,
    settle: (used: LimitCharge) => {
      charged = used;
      return { flags: [], done: Promise.resolve() };
    },
    release: () => Promise.resolve(),
  };
  const limits = { reserve: () => Promise.resolve(reservation), isFree: () => true, now: () => 0 } as unknown as Limits;
  const target = { kind: "target", provider: facts.provider, model: facts.modelUsed ?? "/guardrail", region: "" };
  const call = {
    incoming: { path: "/v1/x", headers: { raw: () => undefined } },
    principal: { kind: "person" },
    asked: { plan: { ...target, overrideParams: {} }, body: {}, metadata: {}, anthropicBeta: [] },
    facts,
    text: "{}",
  } as unknown as HeldCall;
  const hooksOf = () => ({ before: [], after: [] });
  const hold = new CallHold(
    { limits, prices, defaultMaxTokens: undefined, modelBehind: () => undefined, hooksOf },
    call,
  );
  await hold.begin();
  await hold.enter(call.asked.plan as Target);
  hold.noteAttempt(made);
  if (made.errorCode !== undefined) hold.fail(new AditError("request_timeout", "It took too long."));
  await hold.settle();
  return charged;
}

interface Told extends Partial<RequestFacts> {
  usage: Record<string, unknown>;
}

function factsOf(told: Told): RequestFacts {
  return Object.assign(newFacts(told.dialect ?? "openai-chat"), {
    provider: "bedrock",
    modelAsked: claude,
    modelUsed: claude,
    region: "us-east-1",
    route: "converse",
    stream: false,
    stopReason: "end_turn",
    firstByteMs: 1,
    ...told,
  });
}

/** What the two say differently of a call; nothing where they agree. */
async function differenceOf(told: Told): Promise<object[]> {
  const charged = await chargedFor(factsOf(told));
  const { totalNano, units } = pricedCall(factsOf(told), prices);
  // A count that is not known is no sum in either.
  const isOneCount = charged?.tokens === undefined || charged.tokens === (units.total ?? 0);
  return charged?.costNano === totalNano && isOneCount ? [] : [{ told, charged, totalNano, units }];
}

async function differencesOf(calls: readonly Told[]): Promise<object[]> {
  const found: object[] = [];
  for (const told of calls) found.push(...(await differenceOf(told)));
  return found;
}

const routes = ["converse", "invoke", "openai", "anthropic", "emulator"] as const;
const dialects = [
  "openai-chat",
  "openai-responses",
  "openai-completions",
  "anthropic-messages",
  "bedrock",
  "connector",
] as const;
const models = [claude, "us.amazon.nova-lite-v1:0", "openai.gpt-5.5", "acme.model-v9", "arn:aws:bedrock:us-east-1:1:x"];

const shapes: Record<string, unknown>[] = [
  { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
  { inputTokens: 11, outputTokens: 7, cacheReadInputTokens: 5, cacheWriteInputTokens: 3 },
  { inputTokens: 11, outputTokens: 7, cacheWriteInputTokens: 9, cacheDetails: [{ ttl: "1h", inputTokens: 4 }] },
  { inputTokens: 11 },
  { outputTokens: 7 },
  { prompt_tokens: 20, completion_tokens: 7, total_tokens: 27 },
  {
    prompt_tokens: 20,
    completion_tokens: 7,
    total_tokens: 27,
    prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 4 },
  },
  { prompt_tokens: 20, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 50 } },
  { prompt_tokens: 20, completion_tokens: 7, prompt_tokens_details: { cached_tokens: -5 } },
  { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
  {
    input_tokens: 20,
    output_tokens: 7,
    total_tokens: 27,
    input_tokens_details: { cached_tokens: 5, cache_write_tokens: 2 },
  },
  { input_tokens: 20, output_tokens: 7 },
  {
    input_tokens: 20,
    output_tokens: 7,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 9,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 4 },
  },
  { input_tokens: -1, output_tokens: 7 },
  { anything: "else" },
];

describe("a budget's charge is the record's cost", () => {
  test("for every shape of usage, dialect, route and model, whole and streamed", async () => {
    const calls = shapes.flatMap((usage) =>
      routes.flatMap((route) =>
        dialects.flatMap((dialect): Told[] => [
          ...models.map((modelUsed) => ({ usage, route, dialect, modelAsked: modelUsed, modelUsed })),
          { usage, route, dialect, stream: true },
        ]),
      ),
    );
    expect(await differencesOf(calls)).toEqual([]);
  });

  test("nothing where the time was over before there was a connection, and not known behind one", async () => {
    const made = { number: 1, errorCode: "request_timeout" } as const;
    const costs = [];
    for (const connectMs of [undefined, 1]) {
      const tries = [{ error: made.errorCode, connectMs }] as unknown as AttemptOfCall[];
      const facts = { ...factsOf({ usage: {} }), usage: undefined, firstByteMs: undefined, tries };
      const charged = await chargedFor(facts, { ...made, ...(connectMs !== undefined && { connectMs }) });
      costs.push([charged?.costNano === 0n, pricedCall(facts, prices).totalNano]);
    }
    expect(costs).toEqual([
      [true, 0n],
      [false, undefined],
    ]);
  });

  test("of a stream that broke too, where it told of more than was reserved; else the bound counts", async () => {
    const broken = {
      stream: true,
      streamError: "upstream_reset",
      stopReason: undefined,
      outputBytes: 40,
    } as const;
    const told = (inputTokens: number): Told => ({ ...broken, usage: { inputTokens, outputTokens: 1 } });
    // Claude's window is a million tokens, of which two bytes and a preamble are reserved.
    expect(await differencesOf([told(900_000)])).toEqual([]);
    // Less than all that may be written.
    expect(await chargedFor(factsOf(told(4)))).toEqual({ tokens: undefined, costNano: undefined });
  });

  test("at every tier, told or asked for", async () => {
    const usage = shapes[0] ?? {};
    const modelUsed = "us.meta.llama4-scout-17b-instruct-v1:0";
    const tiers = ["standard", "flex", "priority", "latency-optimized"] as const;
    const bodies = [{ service_tier: "flex" }, { serviceTier: { type: "priority" } }];
    const calls = [
      ...tiers.map((tier) => ({ usage, tier, modelUsed })),
      ...bodies.map((requestBody) => ({ usage, requestBody, modelUsed })),
    ];
    expect(await differencesOf(calls)).toEqual([]);
    const costs = calls.map((told) => pricedCall(factsOf(told), prices).totalNano ?? 0n);
    expect([costs[1], costs[2]]).toEqual(costs.slice(4));
    expect(costs[1]).toBeLessThan(costs[0] ?? 0n);
  });

  test("for embeddings, which tell no output, at their own path and at the native door", async () => {
    const titan = { modelAsked: "amazon.titan-embed-text-v2:0", modelUsed: "amazon.titan-embed-text-v2:0" };
    const marks = [{ inputTokens: 100 }, { prompt_tokens: 100, total_tokens: 100 }, { inputTokens: 4, images: 1 }];
    const calls = marks.flatMap((usage) =>
      (["openai-embeddings", "bedrock", "connector"] as const).map((dialect): Told => ({
        usage,
        dialect,
        route: "invoke",
        stopReason: undefined,
        ...titan,
      })),
    );
    expect(await differencesOf(calls)).toEqual([]);
    const { totalNano } = pricedCall(
      factsOf({ usage: { inputTokens: 1_000_000 }, dialect: "bedrock", route: "invoke", ...titan }),
      prices,
    );
    // $0.02 a million.
    expect(totalNano).toBe(20_000_000n);
  });

  test("for guardrails called on their own, whose price is known or not", async () => {
    const guardrailUnits = { contentPolicyUnits: 2, wordPolicyUnits: 0 };
    const told: Told = {
      usage: { guardrailUnits },
      dialect: "bedrock",
      route: "invoke",
      modelAsked: undefined,
      modelUsed: undefined,
    };
    expect(await differencesOf([told])).toEqual([]);
  });

  test("for what the cache or the emulator answered: nothing", async () => {
    const usage = shapes[0] ?? {};
    expect((await chargedFor(factsOf({ usage, route: "emulator" })))?.costNano).toBe(0n);
    expect(pricedCall(factsOf({ usage, route: "emulator" }), prices).totalNano).toBe(0n);
    const facts = factsOf({ usage, cacheStatus: "HIT" });
    expect(await chargedFor(facts)).toEqual({ tokens: 0, costNano: 0n });
    expect(pricedCall(facts, prices).totalNano).toBe(0n);
  });
});

/** Every `usage` in a recorded answer, wherever it stands. */
function usagesIn(value: unknown, found: Record<string, unknown>[] = []): Record<string, unknown>[] {
  if (typeof value === "string" && /^[[{]/.test(value)) {
    try {
      return usagesIn(JSON.parse(value), found);
    } catch {
      return found;
    }
  }
  if (typeof value !== "object" || value === null) return found;
  for (const [name, child] of Object.entries(value)) {
    const isUsage = name === "usage" && typeof child === "object" && child !== null && !Array.isArray(child);
    if (isUsage) found.push(child as Record<string, unknown>);
    usagesIn(child, found);
  }
  return found;
}

const recorded = [
  "Converse",
  "ConverseStream",
  "InvokeModel",
  "InvokeModelWithResponseStream",
  "MantleChatCompletions",
  "MantleResponses",
]
  .flatMap((operation) => exchangesOf(operation))
  .flatMap((exchange) => usagesIn(exchange.response).map((usage) => ({ usage, model: exchange.model_id })));

describe.skipIf(recorded.length === 0)("the same for every usage that was recorded", () => {
  test("by every route", async () => {
    expect(recorded.length).toBeGreaterThan(300);
    const calls = recorded.flatMap(({ usage, model }) =>
      (["converse", "invoke", "openai", "anthropic"] as const).map((route): Told => ({
        usage,
        route,
        modelAsked: model,
        modelUsed: model,
      })),
    );
    expect(await differencesOf(calls)).toEqual([]);
  });
});
