/** Under InvokeModel: a stream without any chunk, or one that begins with the model's own error, is a real status, is tried again and falls back. */
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const other = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const metrics = { inputTokenCount: 3, outputTokenCount: 2, invocationLatency: 300, firstByteLatency: 90 };

const start = {
  type: "message_start",
  message: { id: "m", type: "message", role: "assistant", content: [], usage: { input_tokens: 3, output_tokens: 1 } },
};
const good = [
  start,
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Good morning" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": metrics },
];
const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

let upstream: TestUpstream;
let house: House;
/** What the upstream streams, a list of chunks for each call; the last for all that follow. */
let streams: readonly (readonly object[])[] = [];

beforeAll(async () => {
  upstream = await TestUpstream.start((response) => {
    const chunks = streams[Math.min(upstream.seen.length, streams.length) - 1] ?? [];
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-1" });
    response.end(Buffer.concat(chunks.map(frameOf)));
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

function frameOf(chunk: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64"), p: "abcdef" });
}

const question = { model: claude, max_tokens: 64, stream: true, messages: [{ role: "user", content: "Hello" }] };

/** Both ways to Claude's own format: as it is, and by its family. */
const doors: [path: string, body: object, end: string][] = [
  ["/v1/messages", question, "message_stop"],
  ["/v1/chat/completions", { ...question, use_converse: false }, "[DONE]"],
];
const beginnings: [name: string, chunks: readonly object[], status: number, words: string][] = [
  ["no chunk", [], 502, "before its first chunk"],
  ["the model's error as the first chunk", [overloaded], 503, "Overloaded"],
  ["the model's error behind a start that says nothing", [start, overloaded], 503, "Overloaded"],
];

describe.each(doors)("%s", (path, body, end) => {
  describe.each(beginnings)("%s", (_name, chunks, status, words) => {
    test("B2 the next try answers, and the caller sees nothing of the first", async () => {
      streams = [chunks, good];
      const reply = await house.post(path, body);
      const text = await reply.text();
      expect([reply.status, upstream.seen.length]).toEqual([200, 2]);
      expect(text).toContain("Good morning");
      expect(text).toContain(end);
      expect(text).not.toContain("error");
    });

    test("B2 where no try answers, it is a status with the words, and no stream", async () => {
      streams = [chunks];
      const reply = await house.post(path, body);
      const text = await reply.text();
      expect([reply.status, upstream.seen.length]).toEqual([status, 3]);
      expect(reply.headers.get("content-type")).toContain("application/json");
      expect(text).toContain(words);
    });

    test("B2 another target answers at once", async () => {
      streams = [chunks, good];
      const config = {
        strategy: { mode: "fallback" },
        targets: [{ override_params: { model: claude } }, { override_params: { model: other } }],
      };
      const reply = await house.post(path, body, { "x-portkey-config": JSON.stringify(config) });
      expect(reply.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
      expect(await reply.text()).toContain("Good morning");
      expect(upstream.seen.map((seen) => decodeURIComponent(seen.path).split("/")[2])).toEqual([claude, other]);
    });
  });

  test("B1 the model's error once it has spoken is an error event, and nothing is tried again", async () => {
    streams = [[...good.slice(0, 3), overloaded]];
    const reply = await house.post(path, body);
    const text = await reply.text();
    expect([reply.status, upstream.seen.length]).toEqual([200, 1]);
    expect(text).toContain("Good morning");
    expect(text).toContain("event: error");
    expect(text).not.toContain(end);
  });
});

/** The status that the same error has as a refusal; only what another try may mend is tried again. */
describe.each(doors)("%s, the first chunk is the model's error by name", (path, body) => {
  test.each<[type: string, status: number, tries: number]>([
    ["invalid_request_error", 400, 1],
    ["request_too_large", 413, 1],
    ["permission_error", 403, 1],
    ["not_found_error", 404, 1],
    ["rate_limit_error", 429, 3],
    ["api_error", 500, 3],
    ["overloaded_error", 503, 3],
    ["timeout_error", 504, 3],
    ["ThrottlingException", 429, 3],
    ["ValidationException", 400, 1],
  ])("%s", async (type, status, tries) => {
    streams = [[{ type: "error", error: { type, message: "Said so." } }]];
    const reply = await house.post(path, body);
    expect([reply.status, upstream.seen.length]).toEqual([status, tries]);
    const { error } = (await reply.json()) as { error: { type: string; message: string } };
    expect(error.message).toContain("Said so.");
    expect(error.type).toMatch(status < 429 ? /_error$|too_large$/ : /rate_limit|server|api|overloaded|timeout/);
    const config = { strategy: { mode: "fallback", on_status_codes: [status] }, targets: [{}, {}] };
    upstream.seen.length = 0;
    streams = [...streams, good];
    const next = await house.post(path, body, { "x-portkey-config": JSON.stringify(config) });
    expect([next.status, await next.text()]).toEqual([200, expect.stringContaining("Good morning")]);
    expect(upstream.seen).toHaveLength(2);
  });
});

test("Anthropic's client gets its own class of an overload, by status and type", async () => {
  streams = [[overloaded]];
  const client = new Anthropic({ baseURL: house.gateway.url, apiKey: house.key, maxRetries: 0 });
  const refused = client.messages.create({ ...question, stream: true, messages: [{ role: "user", content: "Hello" }] });
  await expect(refused).rejects.toMatchObject({
    status: 503,
    error: { type: "error", error: { type: "overloaded_error" } },
  });
});
