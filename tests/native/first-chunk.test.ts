/** At Bedrock's own door: what a model writes as an error in the first chunk's place is tried again and falls back where that may help, is recorded as a failure, and else arrives as it came. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventFrame, exceptionFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const other = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const path = (model: string): string => `/model/${encodeURIComponent(model)}/invoke-with-response-stream`;
const question = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 64,
  messages: [{ role: "user", content: "Hi" }],
};

function chunk(json: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(json)).toString("base64"), p: "abcdef" });
}

function failed(type: string): Buffer {
  return chunk({ type: "error", error: { type, message: "Said so." } });
}

const start = chunk({ type: "message_start", message: { usage: { input_tokens: 3, output_tokens: 1 } } });
const delta = chunk({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Good morning" } });
const end = chunk({
  type: "message_stop",
  "amazon-bedrock-invocationMetrics": { inputTokenCount: 3, outputTokenCount: 2 },
});
const good = Buffer.concat([start, delta, end]);

let upstream: TestUpstream;
let house: House;
/** What the upstream streams, bytes for each call; the last for all that follow. */
let streams: readonly Buffer[] = [];

beforeAll(async () => {
  upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "aws-1" });
    response.end(streams[Math.min(upstream.seen.length, streams.length) - 1]);
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

async function ask(headers: Record<string, string> = {}): Promise<{ reply: Response; bytes: Buffer }> {
  const reply = await house.post(path(claude), question, headers);
  return { reply, bytes: Buffer.from(await reply.arrayBuffer()) };
}

/** The request log's line of a call. */
async function lineOf({ headers }: Response): Promise<Record<string, unknown> | undefined> {
  const find = (): Record<string, unknown> | undefined =>
    house.logLines().find((line) => line["id"] === headers.get("x-adit-request-id"));
  await until(() => find() !== undefined);
  return find();
}

describe.each([
  ["first", (type: string) => failed(type)],
  ["behind a start that says nothing", (type: string) => Buffer.concat([start, failed(type)])],
])("%s", (_name, beginning) => {
  test.each([
    ["overloaded_error", 503, "ServiceUnavailableException"],
    ["rate_limit_error", 429, "ThrottlingException"],
    ["of_tomorrow", 424, "ModelStreamErrorException"],
  ])("%s is tried again, falls back, and is a status where nothing answers", async (type, status, code) => {
    streams = [beginning(type), good];
    const again = await ask();
    expect([again.reply.status, upstream.seen.length]).toEqual([200, 2]);
    expect(again.bytes.equals(good)).toBe(true);

    upstream.seen.length = 0;
    const targets = [{ override_params: { model: claude } }, { override_params: { model: other } }];
    const config = JSON.stringify({ strategy: { mode: "fallback" }, targets });
    const next = await ask({ "x-adit-config": config });
    expect([next.reply.status, next.reply.headers.get("x-adit-model")]).toEqual([200, other]);
    expect(next.bytes.equals(good)).toBe(true);

    upstream.seen.length = 0;
    streams = [beginning(type)];
    const refused = await ask();
    expect([refused.reply.status, upstream.seen.length]).toEqual([status, 3]);
    expect(JSON.parse(refused.bytes.toString())).toEqual({ message: "Said so." });
    expect(await lineOf(refused.reply)).toMatchObject({ status, error: code });
  });

  test("what no other try mends arrives as it came, and is recorded as a failure", async () => {
    const bytes = beginning("invalid_request_error");
    streams = [bytes];
    const passed = await ask();
    expect([passed.reply.status, upstream.seen.length]).toEqual([200, 1]);
    expect(passed.bytes.equals(bytes)).toBe(true);
    expect(await lineOf(passed.reply)).toMatchObject({ status: 200, streamError: "ValidationException" });
  });
});

test("an exception in the first chunk's place keeps all that AWS's clients read of it", async () => {
  const said = { message: "Said so.", originalStatusCode: 503, originalMessage: "The model is gone." };
  streams = [exceptionFrame("modelStreamErrorException", said)];
  const { reply, bytes } = await ask();
  expect([reply.status, reply.headers.get("x-amzn-errortype")]).toEqual([424, "ModelStreamErrorException"]);
  expect(JSON.parse(bytes.toString())).toEqual(said);
});

test("once the model has spoken its error arrives as it came, and is recorded as a failure", async () => {
  streams = [Buffer.concat([start, delta, failed("overloaded_error")])];
  const passed = await ask();
  expect([passed.reply.status, upstream.seen.length]).toEqual([200, 1]);
  expect(passed.bytes.equals(streams[0]!)).toBe(true);
  expect(await lineOf(passed.reply)).toMatchObject({ status: 200, streamError: "ServiceUnavailableException" });
});
