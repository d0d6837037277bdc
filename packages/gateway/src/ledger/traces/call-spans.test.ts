import { expect, test } from "vitest";
import type { AttemptOfCall, CallRecord } from "../record/call-record.ts";
import { recordWith } from "../testing/records.ts";
import { spansOfCall } from "./call-spans.ts";
import type { Span } from "./span.ts";
import { treeOf } from "./trace-tree.ts";

const at = Date.parse("2026-11-26T08:00:00Z");
const traceparent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", parentSpanId: "00f067aa0ba902b7" };

function attemptWith(changes: Partial<AttemptOfCall>): AttemptOfCall {
  return {
    target: "config.targets[0]",
    provider: "bedrock",
    route: "converse",
    region: "us-east-1",
    model: "us.amazon.nova-lite-v1:0",
    credential: "virtual key prod",
    startedAt: at + 5,
    durationMs: 40,
    credentialsMs: 0,
    signMs: 1,
    connectMs: 2,
    statusLineMs: 30,
    status: 200,
    awsRequestId: "aws-1",
    error: undefined,
    ...changes,
  };
}

/** A stream whose first target was throttled. */
const stream: CallRecord = recordWith({
  ...traceparent,
  at,
  stream: true,
  attempts: [
    attemptWith({ status: 429, error: "throttled" }),
    attemptWith({
      target: "config.targets[1]",
      region: "eu-west-1",
      startedAt: at + 60,
      durationMs: 100,
      credentialsMs: 8,
    }),
  ],
  timings: {
    auth: 1,
    read: 2,
    plan: 2,
    limits: 4,
    queue: 5,
    firstByte: 160,
    firstToken: 170,
    total: 400,
    upstream: 300,
    settle: 3,
  },
  cacheLookups: [{ startedAt: at + 4, durationMs: 1, status: "MISS" }],
  units: { input: 100, output: 50, cacheRead: 20, cacheWrite: 3, total: 173 },
});

function childrenOf(spans: readonly Span[], parent: Span | undefined): string[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId).map(({ name }) => name);
}

function times(spans: readonly Span[]): unknown[] {
  return spans.map(({ name, kind, startedAt, endedAt }) => [name, kind, startedAt - at, endedAt - at]);
}

test("a call's spans have the times that its record knows, under the caller's span", () => {
  const spans = spansOfCall(stream);
  expect(times(spans)).toEqual([
    ["POST /v1/chat/completions", "server", 0, 400],
    ["prepare", "internal", 0, 5],
    ["auth", "internal", 0, 1],
    ["read", "internal", 1, 2],
    ["plan", "internal", 2, 2],
    ["limits", "internal", 2, 4],
    ["cache", "internal", 4, 5],
    ["chat us.amazon.nova-lite-v1:0", "client", 5, 45],
    ["sign", "internal", 5, 6],
    ["connect", "internal", 6, 8],
    ["credentials", "internal", 52, 60],
    ["chat us.amazon.nova-lite-v1:0", "client", 60, 400],
    ["sign", "internal", 60, 61],
    ["connect", "internal", 61, 63],
    ["first frame", "internal", 60, 160],
    ["stream", "internal", 160, 400],
    ["settle", "internal", 397, 400],
  ]);
  const request = spans[0];
  expect(request).toMatchObject({ traceId: traceparent.traceId, parentSpanId: traceparent.parentSpanId });
  expect(childrenOf(spans, request)).toEqual([
    "prepare",
    "cache",
    "chat us.amazon.nova-lite-v1:0",
    "credentials",
    "chat us.amazon.nova-lite-v1:0",
    "settle",
  ]);
  expect(childrenOf(spans, spans[1])).toEqual(["auth", "read", "plan", "limits"]);
  const [first, second] = spans.filter(({ kind }) => kind === "client");
  expect(childrenOf(spans, first)).toEqual(["sign", "connect"]);
  expect(childrenOf(spans, second)).toEqual(["sign", "connect", "first frame", "stream"]);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  expect(second?.events).toEqual([{ name: "first token", at: at + 170 }]);
  expect(spansOfCall(stream)).toEqual(spans);
});

test("usage stands on the transmission that answered alone, by the GenAI conventions", () => {
  const spans = spansOfCall(stream);
  const request = spans[0];
  const [first, second] = spans.filter(({ kind }) => kind === "client");
  expect(first).toMatchObject({
    isError: true,
    attributes: { "error.type": "throttled", "cloud.region": "us-east-1" },
  });
  expect(second?.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.system": "aws.bedrock",
    "gen_ai.request.model": "us.amazon.nova-lite-v1:0",
    "gen_ai.response.finish_reasons": ["end_turn"],
    "gen_ai.usage.input_tokens": 123,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 20,
    "gen_ai.usage.cache_creation.input_tokens": 3,
    "cloud.region": "eu-west-1",
    "aws.request_id": "aws-1",
  });
  for (const span of [request, first])
    expect(JSON.stringify(Object.keys(span?.attributes ?? {}))).not.toContain("usage");
  expect(request?.attributes).toMatchObject({ "adit.cost.nano_dollars": 18_000n, "http.response.status_code": 200 });
});

test("an answer that was thrown away has its usage at its own transmission, whatever came behind it", () => {
  const units = { input: 5, output: 13, cacheRead: undefined, cacheWrite: 0, total: 18 };
  const thrownAway = attemptWith({ unwanted: { usage: undefined, units, cost: stream.cost } });
  const usageOf = (changes: Partial<CallRecord>): unknown[] =>
    spansOfCall(recordWith(changes))
      .filter(({ kind }) => kind === "client")
      .map(({ attributes }) => [attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]]);
  const failed = attemptWith({ error: "ValidationException", status: 400 });
  expect(usageOf({ units, attempts: [thrownAway, failed] })).toEqual([
    [5, 13],
    [undefined, undefined],
  ]);
  const both = { ...units, input: 12, output: 33, total: 45 };
  expect(usageOf({ units: both, attempts: [thrownAway, attemptWith({})] })).toEqual([
    [5, 13],
    [7, 20],
  ]);
});

test.each<[request: string, transmission: string, changes: Partial<CallRecord>]>([
  [
    "POST /model/{model}/invoke",
    "embeddings amazon.titan-embed-text-v2:0",
    { dialect: "bedrock", path: "/model/amazon.titan-embed-text-v2%3A0/invoke", model: "amazon.titan-embed-text-v2:0" },
  ],
  [
    "POST /guardrail/{guardrail}/version/{version}/apply",
    "apply_guardrail",
    { dialect: "bedrock", path: "/guardrail/gr1/version/1/apply", model: undefined, modelAsked: undefined },
  ],
])("at Bedrock's own door: %s, %s", (request, transmission, changes) => {
  const { model } = changes;
  const spans = spansOfCall(recordWith({ ...changes, attempts: [attemptWith({ model })] }));
  expect([spans[0]?.name, spans.find(({ kind }) => kind === "client")?.name]).toEqual([request, transmission]);
});

test("what is not known is left out: no cost, no usage, no transmission", () => {
  const unknown = recordWith({
    status: 401,
    isSuccess: false,
    error: "unauthorized",
    units: { input: undefined, output: undefined, cacheRead: undefined, cacheWrite: undefined, total: undefined },
    cost: { totalNano: undefined, partsNano: {}, missing: ["input"], isEstimate: false, prices: undefined },
    timings: {
      ...stream.timings,
      limits: undefined,
      queue: undefined,
      firstToken: undefined,
      total: 2,
      settle: undefined,
    },
  });
  const [span, ...others] = spansOfCall(unknown);
  expect(others.map(({ name }) => name)).toEqual(["prepare", "auth", "read", "plan"]);
  // A server's span is no error for what its caller did wrong.
  expect(span).toMatchObject({ isError: false, attributes: { "error.type": "unauthorized" } });
  expect(Object.keys(span?.attributes ?? {})).not.toContain("adit.cost.nano_dollars");
});

test("a stream that broke is an error of the call and of the transmission; one that its caller left is none", () => {
  const broke = spansOfCall({ ...stream, isSuccess: false, error: "upstream_broke" });
  expect(broke.filter(({ isError }) => isError).map(({ name }) => name)).toEqual([
    "POST /v1/chat/completions",
    "chat us.amazon.nova-lite-v1:0",
    "chat us.amazon.nova-lite-v1:0",
  ]);
  expect(broke.findLast(({ kind }) => kind === "client")?.attributes["error.type"]).toBe("upstream_broke");
  const left = spansOfCall({ ...stream, isSuccess: false, error: "client_closed" });
  expect(left[0]?.isError).toBe(false);
  expect(left.findLast(({ kind }) => kind === "client")).toMatchObject({
    isError: false,
    attributes: { "error.type": "client_closed" },
  });
});

test("guardrails stand where they were; where only their time is known they say that their place is an estimate", () => {
  const fact = { guardrail: "pg-1", transformed: false, startedAt: undefined, durationMs: 3, error: undefined };
  const guarded = recordWith({
    at,
    attempts: [attemptWith({})],
    guardrails: [
      { ...fact, check: "default.regexMatch", when: "before_request", verdict: true, startedAt: at + 1 },
      { ...fact, check: "bedrock.guard", when: "before_request", verdict: true, startedAt: at + 4 },
      { ...fact, guardrail: "gr1", check: "bedrock.guardrailConfig", when: "after_request", verdict: false },
    ],
  });
  const spans = spansOfCall(guarded);
  const checks = spans.filter(({ name }) => name.startsWith("guardrail"));
  expect(times(checks)).toEqual([
    ["guardrail default.regexMatch", "internal", 1, 4],
    ["guardrail bedrock.guard", "internal", 4, 7],
    ["guardrail bedrock.guardrailConfig", "internal", 117, 120],
  ]);
  expect(checks.map(({ attributes }) => attributes["adit.time_is_estimate"])).toEqual([undefined, undefined, true]);
  // AWS's id, of the guardrail that was in the call: a guardrail of the config's has a name of its own.
  expect(spans.find(({ kind }) => kind === "client")?.attributes["aws.bedrock.guardrail.id"]).toBe("gr1");
});

test("spans that callers name in words find each other; ids of any form become OpenTelemetry's", () => {
  const words = { traceId: "run of the day", at };
  const outer = recordWith({ ...words, spanId: "step 1" });
  const inner = recordWith({ ...words, parentSpanId: "step 1", at: at + 10 });
  const [one, two] = [outer, inner].map((record) => spansOfCall(record)[0]);
  expect(one?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(one?.spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(two).toMatchObject({ traceId: one?.traceId, parentSpanId: one?.spanId });
  const uuid = recordWith({ traceId: "01890A5D-ac96-774b-bcce-b302099a8057" });
  expect(spansOfCall(uuid)[0]?.traceId).toBe("01890a5dac96774bbcceb302099a8057");
  const zero = recordWith({ traceId: "0".repeat(32), spanId: "0".repeat(16) });
  expect(spansOfCall(zero)[0]?.traceId).not.toMatch(/^0+$/);
  expect(spansOfCall(zero)[0]?.spanId).not.toMatch(/^0+$/);
});

test("the tree has every span once, each behind its parent, whatever callers name as parents", () => {
  const trace = { traceId: "t" };
  const records = [
    recordWith({ ...trace, at: at + 2, spanId: "child", parentSpanId: "root" }),
    recordWith({ ...trace, at: at + 1, spanId: "root" }),
    recordWith({ ...trace, at: at + 3, spanId: "itself", parentSpanId: "itself" }),
    recordWith({ ...trace, at: at + 4, spanId: "one", parentSpanId: "other" }),
    recordWith({ ...trace, at: at + 5, spanId: "other", parentSpanId: "one" }),
    recordWith({ ...trace, at: at + 6, spanId: "root" }),
  ];
  const tree = treeOf(records.map((record) => spansOfCall(record)[0]).filter((span) => span !== undefined));
  const shown = tree.map(({ span, depth }) => [span.attributes["adit.span_id"], span.startedAt - at, depth]);
  expect(shown).toEqual([
    ["root", 1, 0],
    ["child", 2, 1],
    ["root", 6, 0],
    ["itself", 3, 0],
    ["one", 4, 0],
    ["other", 5, 1],
  ]);
});

test("keys that callers put in the wrong place are no attribute", () => {
  const key = `sk-${"Ab1".repeat(10)}`;
  const careless = recordWith({
    spanName: `span ${key}`,
    client: key,
    path: `/v1/${key}`,
    modelAsked: key,
    traceId: key,
    spanId: key,
    metadata: { api_key: "hunter2hunter2", note: key },
    attempts: [attemptWith({ model: key })],
  });
  const text = JSON.stringify(spansOfCall(careless), (_name, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  expect(text).not.toContain(key);
  expect(text).not.toContain("hunter2");
});
