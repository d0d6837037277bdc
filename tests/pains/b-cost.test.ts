/** What is kept in a cache, what was counted, what it costs, and whose it was. */
import { costOf, shippedPrices, type BillableUsage, type PricePlace } from "@adit/bedrock";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf, ask, chatPath, claude, droppedOf, nova, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, modelCalls } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(() => house.emulator.clearRequests());

const mark = { cache_control: { type: "ephemeral", ttl: "1h" } };
const cachePoint = { cachePoint: { type: "default", ttl: "1h" } };
const schema = { type: "object", properties: { city: { type: "string" } } };
/** Long enough to be kept, and unlike in each test. */
const long = (name: string): string => `${name}: ${"a sentence that is worth keeping. ".repeat(400)}`;

describe("B13 cache_control reaches AWS from every dialect, in system prompt, tools and messages", () => {
  const model = claude.sonnet45;

  test("B13 chat completions", async () => {
    const response = await house.post(chatPath, {
      model,
      messages: [
        { role: "system", content: [{ type: "text", text: "System", ...mark }] },
        { role: "user", content: [{ type: "text", text: "Hello", ...mark }] },
      ],
      tools: [{ type: "function", function: { name: "weather", parameters: schema }, ...mark }],
    });
    await answerOf(response);
    expect(droppedOf(response)).toEqual([]);
    const sent = bodyOf(modelCalls(house.emulator)[0]!);
    expect(sent.system?.[1]).toEqual(cachePoint);
    expect(sent.toolConfig?.tools[1]).toEqual(cachePoint);
    expect(sent.messages?.[0]?.content[1]).toEqual(cachePoint);
  });

  test("B13 Responses", async () => {
    const response = await house.post("/v1/responses", {
      model,
      input: [
        { role: "developer", content: [{ type: "input_text", text: "System", ...mark }] },
        { role: "user", content: [{ type: "input_text", text: "Hello", ...mark }] },
      ],
      tools: [{ type: "function", name: "weather", parameters: schema, ...mark }],
    });
    expect(response.status).toBe(200);
    expect(droppedOf(response)).toEqual([]);
    const sent = bodyOf(modelCalls(house.emulator)[0]!);
    expect(sent.system?.[1]).toEqual(cachePoint);
    expect(sent.toolConfig?.tools[1]).toEqual(cachePoint);
    expect(sent.messages?.[0]?.content[1]).toEqual(cachePoint);
  });

  const messagesBody = (of: string): object => ({
    model: of,
    max_tokens: 50,
    system: [{ type: "text", text: "System", ...mark }],
    tools: [{ name: "weather", input_schema: schema, ...mark }],
    messages: [{ role: "user", content: [{ type: "text", text: "Hello", ...mark }] }],
  });

  test("B13 Anthropic's messages to Claude: as they came", async () => {
    const response = await house.post("/v1/messages", messagesBody(model));
    expect(response.status).toBe(200);
    const { model: _model, ...asItCame } = messagesBody(model) as Record<string, unknown>;
    const [sent] = callsOf(house.emulator, "InvokeModel");
    expect(JSON.parse(sent!.body.toString())).toEqual({ ...asItCame, anthropic_version: "bedrock-2023-05-31" });
  });

  test("B13 Anthropic's messages to another family that caches: what it has no place for is named", async () => {
    const response = await house.post("/v1/messages", messagesBody(nova));
    expect(response.status).toBe(200);
    const sent = bodyOf(modelCalls(house.emulator)[0]!);
    expect(sent.system?.[1]?.cachePoint?.type).toBe("default");
    expect(droppedOf(response)).toContain("tools[0].cache_control");
  });
});

describe("B15 what is kept in a cache is read again", () => {
  test("B15 the requests of a conversation go to one region under one model, and read what the first one wrote", async () => {
    const messages = [
      { role: "system", content: [{ type: "text", text: long("B15"), ...mark }] },
      { role: "user", content: "Hello" },
    ];
    const config = JSON.stringify({
      strategy: { mode: "fallback" },
      targets: [{ aws_region: "us-east-1" }, { aws_region: "us-west-2" }],
    });
    const cached: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const response = await ask(house, "", { model: claude.sonnet45, messages }, { "x-adit-config": config });
      const usage = (await answerOf(response)).usage as unknown as { prompt_tokens_details: { cached_tokens: number } };
      cached.push(usage.prompt_tokens_details.cached_tokens);
    }
    expect(cached[0]).toBe(0);
    expect(Math.min(...cached.slice(1))).toBeGreaterThan(1024);
    expect(new Set(modelCalls(house.emulator).map(({ region }) => region))).toEqual(new Set(["us-east-1"]));
  });

  test("B15 stickiness that is asked of a load balancer, and that it does not have yet, is named", async () => {
    const config = JSON.stringify({
      strategy: { mode: "loadbalance" },
      sticky: { enabled: true },
      targets: [{ aws_region: "us-east-1" }, { aws_region: "us-west-2" }],
    });
    const response = await ask(house, "Hello", {}, { "x-adit-config": config });
    await answerOf(response);
    expect(droppedOf(response).join()).toContain("sticky");
  });
});

/** Nano-dollars a million tokens, as AWS's page lists Claude Sonnet 4.5 in US dollars: 3, 15, 0.30, 3.75 and 6. */
const listed = { input: 3n, output: 15n, read: 300n, write5m: 3750n, write1h: 6n };

describe("B16 cached tokens are counted and priced for what they are", () => {
  const place: PricePlace = { model: claude.sonnet45, region: "us-east-1" };

  test("B16 input, reads, and writes for five minutes and for an hour each at their own price, none twice, none negative", () => {
    const usage: BillableUsage = {
      inputTokens: 1_000,
      outputTokens: 2_000,
      cacheReadInputTokens: 30_000,
      cacheWriteInputTokens: 5_000,
      cacheDetails: [
        { ttl: "1h", inputTokens: 4_000 },
        { ttl: "5m", inputTokens: 1_000 },
      ],
    };
    const parts = {
      input: 1_000n * listed.input * 1_000n,
      output: 2_000n * listed.output * 1_000n,
      cacheRead: 30_000n * listed.read,
      cacheWrite5m: 1_000n * listed.write5m,
      cacheWrite1h: 4_000n * listed.write1h * 1_000n,
    };
    const total = Object.values(parts).reduce((sum, part) => sum + part, 0n);
    expect(costOf(usage, place, shippedPrices())).toMatchObject({ known: true, parts, total });
  });

  test("B16 a model without a price costs an unknown amount, not 0", () => {
    const unknown = costOf({ inputTokens: 1, outputTokens: 1 }, { ...place, model: "no.such-model" }, shippedPrices());
    expect(unknown).toMatchObject({ known: false });
    expect(unknown).not.toHaveProperty("total");
  });

  test("B16 each dialect counts the cache as its users expect: OpenAI's within the prompt, Anthropic's beside it", async () => {
    const text = long("B16");
    const chat = async (): Promise<Record<string, number>> =>
      (
        await answerOf(
          await ask(house, "", {
            model: claude.sonnet45,
            messages: [
              { role: "system", content: [{ type: "text", text, ...mark }] },
              { role: "user", content: "Hello" },
            ],
          }),
        )
      ).usage;
    const written = await chat();
    const read = await chat();
    const reply = await house.post("/v1/messages", {
      model: claude.sonnet45,
      max_tokens: 50,
      system: [{ type: "text", text, ...mark }],
      messages: [{ role: "user", content: "Hello" }],
    });
    const { usage } = (await reply.json()) as { usage: Record<string, number> };
    const cached = (usage["cache_read_input_tokens"] ?? 0) + (usage["cache_creation_input_tokens"] ?? 0);
    expect(cached).toBeGreaterThan(1024);
    expect(usage["input_tokens"]).toBeLessThan(100);
    expect(read["prompt_tokens"]).toBe(written["prompt_tokens"]);
    expect(read["prompt_tokens"]).toBeGreaterThan(cached);
    expect(read["total_tokens"]).toBe((read["prompt_tokens"] ?? 0) + (read["completion_tokens"] ?? 0));
  });
});

test("B17 a model that counts its cached input twice on Converse is charged for it once", () => {
  const table = shippedPrices();
  const gpt = (usage: BillableUsage, route: "converse" | "openai"): unknown =>
    costOf(usage, { model: "openai.gpt-5.5", region: "us-east-1", route }, table);
  const outside = gpt({ inputTokens: 200, cacheReadInputTokens: 800, outputTokens: 10 }, "openai");
  const twice = gpt({ inputTokens: 1_000, cacheReadInputTokens: 800, outputTokens: 10 }, "converse");
  expect(twice).toMatchObject({ known: true });
  expect(twice).toEqual(outside);
});

// What such a stream used, by estimate, is for the ledger to settle; the log tells what AWS told.
describe("B18 a stream that was interrupted: what it used is unknown in the log, and never 0", () => {
  const hello = { max_tokens: 50, stream: true, messages: [{ role: "user", content: "Hello" }] };

  test.each([
    ["Converse", chatPath, { model: nova, ...hello }],
    ["InvokeModel, whose first chunk tells some of it", "/v1/messages", { model: claude.sonnet45, ...hello }],
  ])("B18 by %s", async (_name, path, body) => {
    const before = house.logLines().length;
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const events = await readEvents(await house.post(path, body));
    expect(events.at(-1)?.event).toBe("error");
    await until(() => house.logLines().length > before);
    const line = house.logLines().at(-1)!;
    expect(line).toMatchObject({
      streamError: expect.any(String) as string,
      upstreamRequestId: expect.any(String) as string,
    });
    expect(line).not.toHaveProperty("usage");
  });
});

describe("B20 whose request it was is told to AWS's own logs and bills", () => {
  const requestMetadata = { team: "blue", user: "u-17" };

  test("B20 by Converse, in the body", async () => {
    await readChat(await ask(house, "Hello", { requestMetadata, stream: true }));
    expect(bodyOf(modelCalls(house.emulator)[0]!).requestMetadata).toEqual(requestMetadata);
  });

  test("B20 by InvokeModel, in AWS's header", async () => {
    const body = { model: claude.sonnet45, max_tokens: 50, messages: [{ role: "user", content: "Hello" }] };
    const reply = await house.post("/v1/messages", { ...body, requestMetadata });
    expect(reply.status).toBe(200);
    const [call] = callsOf(house.emulator, "InvokeModel");
    expect(JSON.parse(call?.headers["x-amzn-bedrock-request-metadata"] ?? "{}")).toEqual(requestMetadata);
  });
});

describe("B21 counting tokens", () => {
  const body = (model: string): object => ({ model, messages: [{ role: "user", content: "How many are these?" }] });
  const count = async (model: string): Promise<{ tokens: number; isEstimate: boolean }> => {
    const reply = await house.post("/v1/messages/count_tokens", body(model));
    expect(reply.status, await reply.clone().text()).toBe(200);
    const { input_tokens: tokens } = (await reply.json()) as { input_tokens: number };
    return { tokens, isEstimate: reply.headers.get("x-adit-token-count") === "estimate" };
  };

  test.each([
    ["a profile's id", claude.sonnet45],
    ["a model that profiles alone serve, by its own id", "anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["a global profile's id", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    [
      "a profile's ARN",
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ],
    [
      "an application profile's ARN",
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ],
  ])("B21 %s is counted by AWS under the foundation model's id, which it takes alone", async (_name, model) => {
    expect(await count(model)).toMatchObject({ isEstimate: false });
    const calls = callsOf(house.emulator, "CountTokens");
    expect(calls.map(({ modelId, status }) => [modelId, status])).toEqual([
      ["anthropic.claude-sonnet-4-5-20250929-v1:0", 200],
    ]);
  });

  test.each([nova, claude.opus46])(
    "B21 where AWS does not count for %s, an estimate says that it is one",
    async (model) => {
      const { tokens, isEstimate } = await count(model);
      expect(isEstimate).toBe(true);
      expect(tokens).toBeGreaterThan(0);
    },
  );
});
