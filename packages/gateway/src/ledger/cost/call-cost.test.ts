/** What calls cost that did not end as they should: what is not known is not free. */
import { parsePriceTable, shippedPrices } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { pricedCall, tierOf } from "./call-cost.ts";
import type { AttemptOfCall } from "../record/call-record.ts";
import { newFacts, throwAway, type RequestFacts } from "../record/request-facts.ts";

const prices = shippedPrices();
/** Dollars per million: 3 in, 15 out, 0.30 read from the cache. */
const claude = "anthropic.claude-sonnet-4-6";

function attempt(changes: Partial<AttemptOfCall>): AttemptOfCall {
  return {
    target: "config",
    provider: "bedrock",
    route: "converse",
    region: "us-east-1",
    model: claude,
    credential: "test",
    startedAt: 0,
    durationMs: 1,
    credentialsMs: 0,
    signMs: 0,
    connectMs: 0,
    statusLineMs: undefined,
    status: undefined,
    awsRequestId: undefined,
    error: undefined,
    ...changes,
  };
}

function factsWith(changes: Partial<RequestFacts>): RequestFacts {
  const place = { modelAsked: claude, modelUsed: claude, region: "us-east-1", route: "converse" } as const;
  return Object.assign(newFacts("openai-chat"), place, { requestBytes: 4_000 }, changes);
}

function costOfFacts(changes: Partial<RequestFacts>): unknown {
  const { totalNano, cost } = pricedCall(factsWith(changes), prices);
  return { totalNano, missing: cost.missing, isEstimate: cost.isEstimate };
}

test("a tool of the caller's own that is called as Nova's search is costs nothing but its tokens", () => {
  const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
  const plain = costOfFacts({ usage, firstByteMs: 1 });
  expect(costOfFacts({ usage: { ...usage, queries: 2 }, firstByteMs: 1 })).toEqual(plain);
  expect(plain).toMatchObject({ totalNano: 4_500_000n, missing: [] });
  const nova = "us.amazon.nova-2-lite-v1:0";
  const searched = { usage: { ...usage, queries: 2 }, firstByteMs: 1, modelAsked: nova, modelUsed: nova };
  expect(costOfFacts(searched)).toMatchObject({ missing: ["query"] });
});

test("a chat at a model that an operator prices by the second, too, costs its tokens", () => {
  const row = { tier: "standard", input: 3_000_000_000, output: 15_000_000_000, second: 700_000 };
  const own = { version: "own", date: "2027-01-01", sources: {}, guardrails: [], quirks: [] };
  const parsed = parsePriceTable({ ...own, models: { [claude]: { rows: [row] } } });
  if ("fault" in parsed) throw new Error(parsed.fault.message);
  const { table } = parsed;
  const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
  const costOfCall = (changes: Partial<RequestFacts>): unknown => {
    const { totalNano, cost } = pricedCall(factsWith({ firstByteMs: 1, ...changes }), table);
    return { totalNano, missing: cost.missing };
  };
  const known = { totalNano: 4_500_000n, missing: [] };
  expect(costOfCall({ usage })).toEqual(known);
  expect(costOfCall({ usage, dialect: "bedrock" })).toEqual(known);
  // In its own format a model may be given a video, and nobody tells how long it was.
  expect(costOfCall({ usage, dialect: "bedrock", route: "invoke" })).toMatchObject({ missing: ["usage.seconds"] });
  const broken = { stream: true, streamError: "truncated_stream", outputBytes: 400 };
  expect(costOfCall(broken)).toEqual(known);
});

describe("a whole answer that did not come", () => {
  test("costs nothing where AWS refused it, or where nothing went out", () => {
    const free = { totalNano: 0n, missing: [], isEstimate: false };
    expect(costOfFacts({})).toEqual(free);
    expect(costOfFacts({ tries: [attempt({ status: 429, error: "ThrottlingException" })] })).toEqual(free);
    expect(costOfFacts({ tries: [attempt({ error: "client_closed", connectMs: undefined })] })).toEqual(free);
  });

  test.each(["upstream_reset", "client_closed", "request_timeout"])("costs nobody knows what after %s", (error) => {
    const unknown = { totalNano: undefined, missing: ["usage"], isEstimate: false };
    expect(costOfFacts({ tries: [attempt({ error })] })).toEqual(unknown);
  });

  test("costs nobody knows what though the cache answers behind it; nothing where the emulator stood in", () => {
    const tries = [attempt({ error: "upstream_reset" })];
    const unknown = { totalNano: undefined, missing: ["usage"], isEstimate: false };
    expect(costOfFacts({ tries, cacheStatus: "HIT" })).toEqual(unknown);
    const free = { totalNano: 0n, missing: [], isEstimate: false };
    expect(
      costOfFacts({ tries: [attempt({ error: "upstream_reset", route: "emulator" })], cacheStatus: "HIT" }),
    ).toEqual(free);
    expect(
      costOfFacts({ tries: [attempt({ status: 429, error: "ThrottlingException" })], cacheStatus: "HIT" }),
    ).toEqual(free);
  });

  test("costs nobody knows what where it was ended by another's refusal, whatever that was", () => {
    const tries = [attempt({ status: 429, error: "ThrottlingException" }), attempt({ error: "ThrottlingException" })];
    expect(costOfFacts({ tries })).toEqual({ totalNano: undefined, missing: ["usage"], isEstimate: false });
  });

  test("makes the cost of the answer that came after it a part of what is not known", () => {
    const tries = [attempt({ error: "upstream_reset" }), attempt({ status: 200 })];
    const facts = factsWith({
      tries,
      firstByteMs: 1,
      usage: { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 },
    });
    expect(pricedCall(facts, prices).cost).toMatchObject({
      totalNano: undefined,
      missing: ["usage"],
      partsNano: { input: "3000000", output: "1500000" },
    });
  });
});

test("GPT counts its cache within the input of streams, and beside it in whole answers", () => {
  // $5.50 in and $0.55 read a million, $33 out.
  const usage = { inputTokens: 5_000, outputTokens: 10, cacheReadInputTokens: 3_000, totalTokens: 8_010 };
  const costOfGpt = (stream: boolean) => {
    const model = "openai.gpt-5.6-sol";
    return pricedCall(factsWith({ modelAsked: model, modelUsed: model, firstByteMs: 1, usage, stream }), prices)
      .totalNano;
  };
  expect(costOfGpt(true)).toBe(2_000n * 5_500n + 3_000n * 550n + 330_000n);
  expect(costOfGpt(false)).toBe(5_000n * 5_500n + 3_000n * 550n + 330_000n);
});

test("what was told of the cache counts, 0 too; what was not is unknown, and not 0", () => {
  const unitsOf = (told: object): unknown =>
    pricedCall(
      factsWith({ firstByteMs: 1, usage: { inputTokens: 4, outputTokens: 1, totalTokens: 5, ...told } }),
      prices,
    ).units;
  const known = { input: 4, output: 1 };
  expect(unitsOf({})).toEqual({ ...known, cacheRead: undefined, cacheWrite: undefined, total: 5 });
  const none = { cacheReadInputTokens: 0, cacheWriteInputTokens: 0 };
  expect(unitsOf(none)).toEqual({ ...known, cacheRead: 0, cacheWrite: 0, total: 5 });
  const cacheDetails = [
    { ttl: "5m", inputTokens: 2 },
    { ttl: "1h", inputTokens: 3 },
  ];
  const written = { cacheReadInputTokens: 7, cacheWriteInputTokens: 5, cacheDetails };
  expect(unitsOf(written)).toEqual({ ...known, cacheRead: 7, cacheWrite: 5, total: 17 });
});

describe("a stream that broke", () => {
  const broken = { stream: true, streamError: "upstream_reset", firstByteMs: 1 } as const;

  test("is estimated by what it told, and by what was written where that is more", () => {
    const usage = { inputTokens: 4, outputTokens: 1, cacheReadInputTokens: 10_000, totalTokens: 10_005 };
    // 4 in, 10,000 read, 20 written (80 characters).
    expect(costOfFacts({ ...broken, usage, outputBytes: 80 })).toEqual({
      totalNano: 12_000n + 3_000_000n + 300_000n,
      missing: [],
      isEstimate: true,
    });
  });

  test("what it read is not estimated by the bytes of an image, and not at all where they are a document's", () => {
    const data = "A".repeat(2_000_000);
    const withBlock = (block: object): Partial<RequestFacts> => ({
      ...broken,
      outputBytes: 80,
      requestBytes: 2_000_200,
      requestBody: { messages: [{ role: "user", content: [{ text: "Sum it up." }, block] }] } as never,
    });
    const image = withBlock({ image: { format: "png", source: { bytes: data } } });
    // 50 for the text's 200 bytes, 1,500 for the image, 20 written.
    expect(costOfFacts(image)).toEqual({ totalNano: 4_650_000n + 300_000n, missing: [], isEstimate: true });
    const document = withBlock({ document: { format: "pdf", name: "a", source: { bytes: data } } });
    expect(costOfFacts(document)).toEqual({
      totalNano: undefined,
      missing: ["usage.inputTokens"],
      isEstimate: true,
    });
  });

  test("what it read is not estimated where more was read than its body, as what a search of the web found", () => {
    const unknown = { totalNano: undefined, missing: ["usage.inputTokens"], isEstimate: true };
    const gpt = "openai.gpt-5.4";
    const response = (body: object): Partial<RequestFacts> => ({
      ...broken,
      dialect: "openai-responses",
      route: "openai",
      provider: "bedrock",
      modelAsked: gpt,
      modelUsed: gpt,
      outputBytes: 80,
      requestBody: { input: "Who won?", ...body },
    });
    expect(costOfFacts(response({ tools: [{ type: "web_search" }] }))).toEqual(unknown);
    expect(costOfFacts(response({ previous_response_id: "resp_1" }))).toEqual(unknown);
    const ownTools = { tools: [{ type: "function", name: "f", parameters: {} }] };
    // 1,000 in at $2.75 a million, 20 written at $16.50.
    expect(costOfFacts(response(ownTools))).toEqual({
      totalNano: 2_750_000n + 330_000n,
      missing: [],
      isEstimate: true,
    });
    const grounded = { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } };
    expect(costOfFacts({ ...broken, outputBytes: 80, requestBody: grounded })).toEqual(unknown);
  });

  test("behind the reason of its stop it is estimated too", () => {
    const cost = costOfFacts({ ...broken, stopReason: "end_turn", outputBytes: 400 });
    expect(cost).toEqual({ totalNano: 3_000_000n + 1_500_000n, missing: [], isEstimate: true });
  });

  test("one of which nothing had come is not estimated: nobody knows that it was read", () => {
    const tries = [attempt({ error: "request_timeout" })];
    const facts = factsWith({ stream: true, streamError: "request_timeout", tries });
    const { cost, units } = pricedCall(facts, prices);
    expect(cost).toMatchObject({ totalNano: undefined, partsNano: {}, missing: ["usage"], isEstimate: false });
    expect(units.total).toBeUndefined();
  });

  test("one that ended whole and told its output is none, whatever its stop reason", () => {
    const usage = { inputTokens: 5, outputTokens: 12, totalTokens: 17 };
    const whole = { stream: true, firstByteMs: 1, usage, outputBytes: 4_000 } as const;
    expect(costOfFacts(whole)).toEqual({ totalNano: 15_000n + 180_000n, missing: [], isEstimate: false });
  });
});

describe("an answer that was thrown away without a word of what it used", () => {
  test("makes the cost of the call unknown, also where another came in its place", () => {
    const facts = factsWith({ tries: [attempt({ status: 200 })] });
    throwAway(facts);
    expect(pricedCall(facts, prices).cost).toMatchObject({ totalNano: undefined, missing: ["usage"] });
    facts.tries?.push(attempt({ status: 200 }));
    facts.usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
    facts.firstByteMs = 1;
    expect(pricedCall(facts, prices)).toMatchObject({
      totalNano: undefined,
      cost: { missing: ["usage"], partsNano: { input: "3000000", output: "1500000" } },
    });
  });

  test("is none where nothing was answered: AWS refused it, or a guardrail did before it was sent", () => {
    const refused = factsWith({ tries: [attempt({ status: 429, error: "ThrottlingException" })] });
    throwAway(refused);
    expect(pricedCall(refused, prices).totalNano).toBe(0n);
    const unsent = factsWith({});
    throwAway(unsent);
    expect(pricedCall(unsent, prices).totalNano).toBe(0n);
  });

  test("counts though the cache answers in its place", () => {
    const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
    const facts = factsWith({ tries: [attempt({ status: 200 })], usage, firstByteMs: 1 });
    throwAway(facts);
    facts.cacheStatus = "HIT";
    expect(pricedCall(facts, prices)).toMatchObject({ totalNano: 4_500_000n, cost: { missing: [] } });
  });

  test("is not known where AWS's guardrail judged it and did not tell, and the one that came in its place had none", () => {
    const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
    const facts = factsWith({ tries: [attempt({ status: 200 })], usage, firstByteMs: 1, guardrailInCall: "untold" });
    throwAway(facts);
    facts.tries?.push(attempt({ status: 200 }));
    facts.usage = usage;
    expect(pricedCall(facts, prices).cost).toMatchObject({
      totalNano: undefined,
      missing: ["usage.guardrailUnits"],
      partsNano: { input: "6000000", output: "3000000" },
    });
  });

  test("counts once, though another target fails behind it before anything is sent", () => {
    const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
    const facts = factsWith({ tries: [attempt({ status: 200 })], usage });
    throwAway(facts);
    throwAway(facts);
    expect(pricedCall(facts, prices)).toMatchObject({ totalNano: 4_500_000n, cost: { missing: [] } });
  });
});

test("answers that were thrown away are a part of the call's cost, each at its own model's price", () => {
  const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
  const facts = factsWith({ tries: [attempt({ status: 200 })], firstByteMs: 1, usage });
  throwAway(facts);
  expect(facts.usage).toBeUndefined();
  // Dollars per million: 0.06 in, 0.24 out.
  facts.modelUsed = "amazon.nova-lite-v1:0";
  facts.tries?.push(attempt({ status: 200 }));
  facts.usage = usage;
  expect(pricedCall(facts, prices)).toMatchObject({
    totalNano: 4_500_000n + 84_000n,
    units: { input: 2_000, output: 200, total: 2_200 },
    cost: { missing: [], isEstimate: false },
  });
  // The one that came in its place broke: 1,000 in by the request's size, 100 written.
  Object.assign(facts, { stream: true, streamError: "upstream_reset", usage: undefined, outputBytes: 400 });
  expect(pricedCall(facts, prices)).toMatchObject({ totalNano: 4_500_000n + 84_000n, cost: { isEstimate: true } });
});

test("an answer that was thrown away is priced at the tier that its own target asked for", () => {
  const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
  // Dollars per million: 0.15 in and 0.60 out, at flex a half of that.
  const model = "qwen.qwen3-32b-v1:0";
  const facts = factsWith({
    modelAsked: model,
    modelUsed: model,
    tries: [attempt({ status: 200 })],
    usage,
    firstByteMs: 1,
  });
  Object.assign(facts, { requestBody: {}, overrideParams: { service_tier: "flex" } });
  throwAway(facts);
  facts.tries?.push(attempt({ status: 200 }));
  Object.assign(facts, { overrideParams: {}, usage });
  expect(pricedCall(facts, prices).totalNano).toBe(75_000n + 30_000n + 150_000n + 60_000n);
});

test("the tier that AWS says served the call counts before the one that was asked for", () => {
  const asked = { requestBody: { service_tier: "priority" } as never };
  expect(tierOf(factsWith(asked))).toBe("priority");
  expect(tierOf(factsWith({ ...asked, tier: "standard" }))).toBe("standard");
  // A config's goes before the caller's.
  expect(tierOf(factsWith({ ...asked, overrideParams: { service_tier: "flex" } }))).toBe("flex");
});
