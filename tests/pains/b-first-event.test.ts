/** At AWS's own endpoints in OpenAI's and Anthropic's format: an error as a stream's first event has the status that it has as a refusal, is tried again and falls back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { openHouse, type House } from "../support/house.ts";

let upstream: TestUpstream;
let house: House;
/** What the upstream streams, a text for each call; the last for all that follow. */
let streams: readonly string[] = [];

beforeAll(async () => {
  upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(streams[Math.min(upstream.seen.length, streams.length) - 1]);
  });
  house = await openHouse({ variables: { ADIT_ENDPOINT_URL_MANTLE: upstream.url } });
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

const messages = [{ role: "user", content: "Hello" }];

function event(type: string, data: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

interface Door {
  path: string;
  body: object;
  /** A whole stream that says "Good morning". */
  good: string;
  /** An error as the format writes it in a stream. */
  error: (type: string, code: string | null) => string;
}

const doors: Door[] = [
  {
    path: "/v1/chat/completions",
    body: { model: "openai.gpt-5.5", messages, stream: true },
    good: `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Good morning" }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
    error: (type, code) => `data: ${JSON.stringify({ error: { message: "Said so.", type, code, param: null } })}\n\n`,
  },
  {
    path: "/v1/responses",
    body: { model: "openai.gpt-5.5", input: "Hello", stream: true },
    good:
      event("response.output_text.delta", { delta: "Good morning" }) +
      event("response.completed", { response: { status: "completed", output: [] } }),
    error: (type, code) => event("error", { code: code ?? type, message: "Said so.", param: null }),
  },
  {
    path: "/v1/messages",
    body: { model: "anthropic.claude-haiku-4-5", max_tokens: 64, messages, stream: true },
    good:
      event("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Good morning" } }) +
      event("message_stop"),
    error: (type) => event("error", { error: { type, message: "Said so." } }),
  },
];

describe.each(doors)("$path", ({ path, body, good, error }) => {
  test.each<[type: string, code: string | null, status: number, tries: number]>([
    ["invalid_request_error", null, 400, 1],
    ["authentication_error", null, 401, 1],
    ["rate_limit_error", "rate_limit_exceeded", 429, 3],
    ["api_error", null, 500, 3],
    ["overloaded_error", null, 529, 3],
    ["of_tomorrow", null, 502, 3],
  ])("%s, code %s, first", async (type, code, status, tries) => {
    streams = [error(type, code)];
    const reply = await house.post(path, body);
    const text = await reply.text();
    expect([reply.status, upstream.seen.length]).toEqual([status, tries]);
    expect(reply.headers.get("content-type")).toContain("application/json");
    expect(text).toContain("Said so.");
    upstream.seen.length = 0;
    streams = [...streams, good];
    const config = { strategy: { mode: "fallback", on_status_codes: [status] }, targets: [{}, {}] };
    const next = await house.post(path, body, { "x-adit-config": JSON.stringify(config) });
    expect([next.status, await next.text()]).toEqual([200, good]);
    expect(upstream.seen).toHaveLength(2);
  });
});

test("a response that failed at once for a passing reason is asked for again; for another it comes as it is", async () => {
  const door = doors[1]!;
  const created = event("response.created", { sequence_number: 0, response: { status: "in_progress" } });
  const failed = (code: string): string =>
    created + event("response.failed", { response: { status: "failed", error: { code, message: "Said so." } } });
  streams = [failed("rate_limit_exceeded"), door.good];
  const reply = await house.post(door.path, door.body);
  expect([reply.status, await reply.text(), upstream.seen.length]).toEqual([200, door.good, 2]);
  upstream.seen.length = 0;
  streams = [failed("server_error")];
  expect((await house.post(door.path, door.body)).status).toBe(500);
  expect(upstream.seen).toHaveLength(3);
  upstream.seen.length = 0;
  streams = [failed("invalid_prompt")];
  const whole = await house.post(door.path, door.body);
  expect([whole.status, await whole.text(), upstream.seen.length]).toEqual([200, failed("invalid_prompt"), 1]);
});

test("a response that says that it failed is no success, and no answer for the cache", async () => {
  const { path, body, good } = doors[1]!;
  const error = { code: "invalid_prompt", message: "Said so." };
  const failed =
    event("response.created", { sequence_number: 0, response: { status: "in_progress" } }) +
    event("response.failed", { sequence_number: 1, response: { status: "failed", error } });
  streams = [failed, good];
  const config = { "x-adit-config": JSON.stringify({ cache: { mode: "simple" } }) };
  const first = await house.post(path, body, config);
  expect(await first.text()).toBe(failed);
  const line = (): Record<string, unknown> | undefined =>
    house.logLines().find(({ id }) => id === first.headers.get("x-adit-request-id"));
  await expect.poll(line).toMatchObject({ status: 200, stopReason: "failed", streamError: "provider_error" });
  const second = await house.post(path, body, config);
  expect(await second.text()).toBe(good);
});
