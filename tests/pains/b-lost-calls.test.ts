/**
 * A tool's arguments in a block that never began as a call: whose they are cannot be told. The stream ends with an error in every dialect, by
 * Converse and by InvokeModel: passed over, the answer would look whole, with no call in it.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

const nova = "us.amazon.nova-lite-v1:0";
const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

const begin = eventFrame("messageStart", { role: "assistant" });
const text = [
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "I look it up." } }),
  eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
];
const lost = [
  eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '{"a":1}' } } }),
  eventFrame("contentBlockStop", { contentBlockIndex: 1 }),
  eventFrame("messageStop", { stopReason: "tool_use" }),
  eventFrame("metadata", { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 1 } }),
];
const chunk = (value: object): Buffer =>
  eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(value)).toString("base64") });
const native = [
  { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [], usage: {} } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "I look it up." } },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"a":1}' } },
  { type: "content_block_stop", index: 1 },
  { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 2 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 3, outputTokenCount: 2 } },
].map(chunk);

let upstream: TestUpstream;
let house: House;
let frames: readonly Buffer[] = [];

beforeAll(async () => {
  upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-1" });
    response.end(Buffer.concat(frames));
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

const messages = [{ role: "user", content: "Hello" }];
const doors: [path: string, body: object, came: readonly Buffer[], endMark: string][] = [
  ["/v1/chat/completions", { model: nova, messages }, [begin, ...text, ...lost], "[DONE]"],
  ["/v1/messages", { model: nova, messages, max_tokens: 64 }, [begin, ...text, ...lost], "message_stop"],
  ["/v1/responses", { model: nova, input: "Hello" }, [begin, ...text, ...lost], "response.completed"],
  ["/v1/chat/completions", { model: claude, messages, max_tokens: 64, use_converse: false }, native, "[DONE]"],
];

describe("arguments of a tool that nobody called", () => {
  test.each(doors)("%s ends with an error behind the text: %j", async (path, body, came, endMark) => {
    frames = came;
    const response = await house.post(path, { ...body, stream: true });
    const sse = await response.text();
    expect(response.status).toBe(200);
    expect(sse).toContain("I look it up.");
    expect(sse).toContain("where no call of a tool has begun");
    expect(sse).toContain("event: error");
    expect(sse).not.toContain(endMark);
    expect(sse).not.toContain('"finish_reason":"');
  });

  test("before anything else was said it is a real status, tried again", async () => {
    frames = [begin, ...lost];
    const response = await house.post("/v1/chat/completions", { model: nova, messages, stream: true });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "corrupt_stream" } });
    expect(upstream.seen.length).toBeGreaterThan(1);
  });
});
