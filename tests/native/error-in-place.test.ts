/** Whole answers: what AWS answers with status 200 is none where all that it says is an error, or nothing. It is tried again and falls back where that may help, is recorded as a failure, and at Bedrock's own door else arrives as it came. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestUpstream } from "../../packages/bedrock/src/wire/testing/upstream.ts";
import { nova, refusalOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const other = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const llama = "us.meta.llama3-1-8b-instruct-v1:0";
const path = (model: string, action: string): string => `/model/${encodeURIComponent(model)}/${action}`;
const messages = [{ role: "user", content: "Hi" }];
const question = { anthropic_version: "bedrock-2023-05-31", max_tokens: 64, messages };
const good = {
  type: "message",
  role: "assistant",
  content: [{ type: "text", text: "Good morning" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 3, output_tokens: 2 },
};
const failed = (type: string): object => ({ type: "error", error: { type, message: "Said so." } });
const fallback = JSON.stringify({
  strategy: { mode: "fallback" },
  targets: [{ override_params: { model: claude } }, { override_params: { model: other } }],
});

let upstream: TestUpstream;
let house: House;
/** What the upstream answers, one for each call; the last for all that follow. A text is a page. */
let answers: readonly (object | string)[] = [];

beforeAll(async () => {
  upstream = await TestUpstream.start((response) => {
    const answer = answers[Math.min(upstream.seen.length, answers.length) - 1] ?? "";
    const type = answer === "" || typeof answer === "object" ? "application/json" : "text/html; charset=utf-8";
    response.writeHead(200, { "content-type": type, "x-amzn-requestid": "aws-1" });
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
beforeEach(() => void upstream.seen.splice(0));
afterAll(async () => {
  await house.close();
  await upstream.close();
});

/** The request log's line of a call. */
async function lineOf({ headers }: Response): Promise<Record<string, unknown> | undefined> {
  const find = (): Record<string, unknown> | undefined =>
    house.logLines().find((line) => line["id"] === headers.get("x-adit-request-id"));
  await until(() => find() !== undefined);
  return find();
}

describe("at Bedrock's own door", () => {
  test.each([
    ["overloaded_error", 503, "ServiceUnavailableException"],
    ["rate_limit_error", 429, "ThrottlingException"],
    ["api_error", 500, "InternalServerException"],
  ])("%s is tried again, falls back, and is a status where nothing answers", async (type, status, code) => {
    answers = [failed(type), good];
    const again = await house.post(path(claude, "invoke"), question);
    expect([again.status, await again.json(), upstream.seen.length]).toEqual([200, good, 2]);

    const next = await house.post(path(claude, "invoke"), question, { "x-adit-config": fallback });
    expect([next.status, await next.json()]).toEqual([200, good]);

    upstream.seen.length = 0;
    answers = [failed(type)];
    const refused = await house.post(path(claude, "invoke"), question);
    expect([refused.status, await refused.json(), upstream.seen.length]).toEqual([status, { message: "Said so." }, 3]);
    expect(await lineOf(refused)).toMatchObject({ status, error: code });
  });

  test.each([
    [failed("invalid_request_error"), "ValidationException"],
    [{ object: "error", message: "No.", type: "BadRequestError", param: null, code: 400 }, "ValidationException"],
  ])("what no other try mends arrives as it came, and is recorded as a failure: %j", async (answer, code) => {
    answers = [answer];
    const passed = await house.post(path(llama, "invoke"), { prompt: "Hi" });
    expect([passed.status, await passed.json(), upstream.seen.length]).toEqual([200, answer, 1]);
    expect(await lineOf(passed)).toMatchObject({ status: 200, streamError: code });
    const authorization = `Bearer ${house.key}`;
    const read = (): Promise<Response> =>
      fetch(`${house.gateway.url}/v1/logs/${passed.headers.get("x-adit-request-id")}`, { headers: { authorization } });
    await expect.poll(async () => (await read()).ok).toBe(true);
    expect(await (await read()).json()).toMatchObject({ is_success: false });
  });

  test("an error that a guardrail cannot read is no failure of a call that another target answers", async () => {
    answers = [failed("invalid_request_error"), good];
    const checks = [{ "default.contains": { words: ["Unheard"], operator: "none" } }];
    const config = { ...(JSON.parse(fallback) as object), output_guardrails: checks };
    const again = await house.post(path(claude, "invoke"), question, { "x-adit-config": JSON.stringify(config) });
    expect([again.status, upstream.seen.length]).toEqual([200, 2]);
    expect(await again.json()).toMatchObject({ content: good.content });
    const line = await lineOf(again);
    expect(line).toMatchObject({ status: 200 });
    expect(line).not.toHaveProperty("streamError");
    const authorization = `Bearer ${house.key}`;
    const read = (): Promise<Response> =>
      fetch(`${house.gateway.url}/v1/logs/${again.headers.get("x-adit-request-id")}`, { headers: { authorization } });
    await expect.poll(async () => (await read()).ok).toBe(true);
    expect(await (await read()).json()).toMatchObject({ is_success: true });
  });

  test.each([
    ["invoke", question, good],
    ["count-tokens", { input: {} }, { inputTokens: 3 }],
  ])("nothing, and a proxy's page, are no answer: %s", async (action, body, answer) => {
    for (const none of ["", "<html>Sign in</html>"]) {
      upstream.seen.length = 0;
      answers = [none, answer];
      const again = await house.post(path(claude, action), body);
      expect([again.status, await again.json(), upstream.seen.length]).toEqual([200, answer, 2]);
      answers = [none];
      const refused = await house.post(path(claude, action), body);
      expect([refused.status, await lineOf(refused)]).toMatchObject([502, { error: "empty_output" }]);
    }
  });

  test.each([
    { images: ["aGVsbG8="], error: "One of the images was held back." },
    { images: ["aGVsbG8="], error: null },
    { generation: 'It said "error": all is well.', stop_reason: "stop" },
  ])("an answer with a word on an error is an answer: %j", async (answer) => {
    answers = [answer];
    const passed = await house.post(path("amazon.nova-canvas-v1:0", "invoke"), { taskType: "TEXT_IMAGE" });
    expect([passed.status, await passed.json(), upstream.seen.length]).toEqual([200, answer, 1]);
    expect(await lineOf(passed)).not.toHaveProperty("streamError");
  });

  test("Converse without an output is tried again; AWS's word for an operation that it does not know passes, and is no success", async () => {
    const converse = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
    const answer = { output: { message: { role: "assistant", content: [{ text: "Hi" }] } }, stopReason: "end_turn" };
    answers = [{}, answer];
    const again = await house.post(path(nova, "converse"), converse);
    expect([again.status, await again.json(), upstream.seen.length]).toEqual([200, answer, 2]);

    const unknown = { Output: { __type: "com.amazon.coral.service#UnknownOperationException" }, Version: "1.0" };
    for (const api of ["converse", "invoke"] as const) {
      upstream.seen.length = 0;
      answers = [unknown];
      const passed = await house.post(path(nova, api), converse);
      expect([passed.status, await passed.json(), upstream.seen.length]).toEqual([200, unknown, 1]);
      expect(await lineOf(passed)).toMatchObject({ status: 200, streamError: "UnknownOperationException" });
    }
  });
});

describe("translated", () => {
  const asked = { model: claude, max_tokens: 64, messages };

  test("a message: Claude's own error is tried again, falls back, and keeps its type", async () => {
    answers = [failed("overloaded_error"), good];
    const again = await house.post("/v1/messages", asked);
    expect([again.status, upstream.seen.length]).toEqual([200, 2]);

    upstream.seen.length = 0;
    answers = [failed("invalid_request_error"), good];
    const next = await house.post("/v1/messages", asked, { "x-adit-config": fallback });
    expect([next.status, next.headers.get("x-adit-model")]).toEqual([200, other]);

    answers = [failed("overloaded_error")];
    const refused = await house.post("/v1/messages", asked);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { type: "overloaded_error" } }]);
  });

  test("a message: an answer without content falls back", async () => {
    answers = [{ type: "message", role: "assistant" }, good];
    const next = await house.post("/v1/messages", asked, { "x-adit-config": fallback });
    expect([next.status, next.headers.get("x-adit-model")]).toEqual([200, other]);
  });

  test("what AWS could not read of an answer is another target's to answer, and was billed", async () => {
    const said = (text: string, stopReason: string): object => ({
      output: { message: { role: "assistant", content: [{ text }] } },
      stopReason,
      usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    });
    const targets = [nova, "us.amazon.nova-pro-v1:0"].map((model) => ({ override_params: { model } }));
    const config = { "x-adit-config": JSON.stringify({ strategy: { mode: "fallback" }, targets }) };
    for (const [door, body] of [
      ["/v1/chat/completions", { model: nova, messages }],
      ["/v1/messages", { model: nova, messages, max_tokens: 9 }],
      ["/v1/responses", { model: nova, input: "Hi" }],
    ] as const) {
      upstream.seen.length = 0;
      answers = [said("<tool", "malformed_tool_use"), said("Good morning", "end_turn")];
      const reply = await house.post(door, body, config);
      expect([reply.status, reply.headers.get("x-adit-model")]).toEqual([200, "us.amazon.nova-pro-v1:0"]);
      expect(await reply.text()).toContain("Good morning");
      const headers = { authorization: `Bearer ${house.key}` };
      const read = (): Promise<Response> =>
        fetch(`${house.gateway.url}/v1/logs/${reply.headers.get("x-adit-request-id")}`, { headers });
      await expect.poll(async () => (await read()).ok).toBe(true);
      expect(await (await read()).json()).toMatchObject({ units: { input: 6, output: 4 } });
    }
  });

  test.each([
    [null],
    ["Good morning"],
    [{ text: 5 }],
    [{ toolUse: { name: "f", input: {} } }],
    [{ toolUse: { toolUseId: "t", input: {} } }],
    [{ reasoningContent: { reasoningText: { text: ["hm"] } } }],
    [{ citationsContent: "here" }],
  ])("an answer with a block that cannot be read is none: %j", async (block) => {
    const said = {
      output: { message: { role: "assistant", content: [{ text: "x" }, block] } },
      stopReason: "end_turn",
    };
    answers = [said];
    for (const [door, body] of [
      ["/v1/chat/completions", { model: nova, messages }],
      ["/v1/messages", { model: nova, messages, max_tokens: 9 }],
      ["/v1/responses", { model: nova, input: "Hi" }],
      ["/v1/chat/completions", { model: nova, messages, use_converse: false }],
    ] as const) {
      upstream.seen.length = 0;
      const reply = await house.post(door, body);
      expect([door, reply.status, await reply.text()]).toEqual([
        door,
        502,
        expect.stringContaining("output") as string,
      ]);
    }
  });

  test("a chat by InvokeModel", async () => {
    const chat = { model: llama, messages, use_converse: false };
    answers = [{ error: { message: "Busy.", code: 503 } }, { generation: "Hi", stop_reason: "stop" }];
    const again = await house.post("/v1/chat/completions", chat);
    expect([again.status, upstream.seen.length]).toEqual([200, 2]);
    upstream.seen.length = 0;
    answers = [{ error: { message: "No such thing.", type: "invalid_request_error" } }];
    const refused = await refusalOf(await house.post("/v1/chat/completions", chat));
    expect([refused.status, upstream.seen.length]).toEqual([400, 1]);
  });

  test.each([{ inputTokens: -5 }, { inputTokens: 1.5 }, { inputTokens: "5" }, { inputTokens: 1e30 }, [], "", "<html>"])(
    "what is no count of tokens is none: %j",
    async (answer) => {
      answers = [answer];
      const refused = await house.post("/v1/messages/count_tokens", { model: claude, messages });
      expect([refused.status, await refused.json()]).toMatchObject([502, { error: { type: "api_error" } }]);
    },
  );
});
