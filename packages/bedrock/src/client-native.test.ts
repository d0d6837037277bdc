import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { rejectionOf } from "./auth/testing/refusal.ts";
import type { PassedModelCall } from "./client-calls.ts";
import { BedrockClient } from "./client.ts";
import type { AditError } from "./errors/adit-error.ts";
import { Secret } from "./secret.ts";
import { exampleKeys, sourceOf } from "./wire/testing/calls.ts";
import { eventFrame, exceptionFrame } from "./wire/testing/frames.ts";
import { chunksOf } from "./wire/testing/native-chunks.ts";
import { exchangesOf } from "./wire/testing/recordings.ts";
import { TestUpstream, type Answer } from "./wire/testing/upstream.ts";

/** InvokeModel, its stream, and operations that are passed through. */

const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nativeBody =
  '{"anthropic_version":"bedrock-2023-05-31","max_tokens":8,"messages":[{"role":"user","content":"hi"}]}';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function begin(
  answer: Answer,
): Promise<{ upstream: TestUpstream; client: BedrockClient; call: PassedModelCall }> {
  const upstream = await TestUpstream.start(answer);
  const client = new BedrockClient({ random: () => 0.01, environment: { AWS_ENDPOINT_URL: upstream.url } });
  closers.push(
    () => upstream.close(),
    () => client.close(),
  );
  const call = { model, region: "us-east-1", credentials: sourceOf(), body: nativeBody, action: "invoke" as const };
  return { upstream, client, call };
}

function json(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-requestid": "r-1", ...headers });
  response.end(body);
}

function stream(response: ServerResponse, ...frames: Uint8Array[]): void {
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "r-1" });
  response.end(Buffer.concat(frames));
}

function chunk(value: object | string): Buffer {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return eventFrame("chunk", { bytes: Buffer.from(text).toString("base64"), p: "abc" });
}

const metrics = { "amazon-bedrock-invocationMetrics": { inputTokenCount: 3, outputTokenCount: 2 } };
const throttled = exceptionFrame("throttlingException", { message: "Too many requests." });

describe("invoke", () => {
  it("sends the body as it is to the model's path, and gives AWS's bytes and headers", async () => {
    const answer = '{"content":[{"type":"text","text":"h\\u0065llo"}]}';
    const { upstream, client, call } = await begin((response) =>
      json(response, 200, answer, { "x-amzn-bedrock-input-token-count": "7" }),
    );
    const reply = await client.invoke(call);
    expect(reply.body.toString()).toBe(answer);
    expect(reply).toMatchObject({ requestId: "r-1", modelUsed: model });
    expect(reply.headers["x-amzn-bedrock-input-token-count"]).toBe("7");
    expect(upstream.seen[0]).toMatchObject({
      path: `/model/${encodeURIComponent(model)}/invoke`,
      body: nativeBody,
    });
  });

  it.each([
    ["invoke", '{"content":[{"type":"text","text":"Half of'],
    ["converse", '{"output":{"message":{"role":"assistant","content":[{"text":"a"}]}},"stopReason":"end_turn","usa \n'],
  ] as const)("tries again where a whole reply of %s holds half of an answer", async (action, half) => {
    const whole = '{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn"} \n';
    const { upstream, client, call } = await begin((response, _request, place) =>
      json(response, 200, place === 1 ? half : whole),
    );
    expect((await client.pass({ ...call, action })).body.toString()).toBe(whole);
    expect(upstream.seen).toHaveLength(2);
  });

  it("passes what is no JSON as it is, whatever byte it begins with", async () => {
    const { client, call, upstream } = await begin((response) =>
      json(response, 200, "{sound", { "content-type": "audio/pcm" }),
    );
    expect((await client.pass(call)).body.toString()).toBe("{sound");
    expect(upstream.seen).toHaveLength(1);
  });

  it("keeps the body of a refusal, without the secrets that AWS repeats in it", async () => {
    const body = `{"message":"expected x-amz-security-token:TOKEN-CANARY-1234","more":1}`;
    const { client, call } = await begin((response) => json(response, 403, body));
    const keys = sourceOf({ ...exampleKeys, sessionToken: new Secret("TOKEN-CANARY-1234") });
    const error = await rejectionOf(client.invoke({ ...call, credentials: keys }));
    expect(error.status).toBe(403);
    expect(error.aws?.body).toBe(body.replace("TOKEN-CANARY-1234", "[secret]"));
  });
});

describe("invokeStream", () => {
  it("gives each chunk's JSON, Writer's [DONE] too", async () => {
    const { client, call } = await begin((response) =>
      stream(response, chunk({ a: 1 }), chunk(metrics), chunk("[DONE]")),
    );
    const open = await client.invokeStream(call);
    const seen: string[] = [];
    await open.pump({ onChunk: (text) => seen.push(text) });
    expect(seen).toEqual(['{"a":1}', JSON.stringify(metrics), "[DONE]"]);
  });

  it("finds the chunk wherever it stands in the frame's payload, and fails where there is none", async () => {
    const bytes = Buffer.from('{"a":1}').toString("base64");
    const last = Buffer.from(JSON.stringify(metrics)).toString("base64");
    const frames = [eventFrame("chunk", { p: "abc", bytes }), eventFrame("chunk", { p: "", bytes: last, more: 1 })];
    const { client, call, upstream } = await begin((response, _request, number) =>
      stream(response, ...frames, ...(number === 1 ? [] : [eventFrame("chunk", { p: "abc" })])),
    );
    const seen: string[] = [];
    await (await client.invokeStream(call)).pump({ onChunk: (text) => seen.push(text) });
    expect(seen).toEqual(['{"a":1}', JSON.stringify(metrics)]);
    const broken = await client.invokeStream(call);
    await expect(broken.pump({ onChunk: () => {} })).rejects.toMatchObject({ code: "corrupt_stream" });
    expect(upstream.seen).toHaveLength(2);
  });

  it("tries again after an exception in the first frame, and fails on a later one", async () => {
    const { client, call, upstream } = await begin((response, _request, number) =>
      number === 1 ? stream(response, throttled) : stream(response, chunk({ a: 1 }), chunk({ a: 2 }), throttled),
    );
    const open = await client.invokeStream(call);
    expect(upstream.seen).toHaveLength(2);
    await expect(open.pump({ onChunk: () => {} })).rejects.toMatchObject({ code: "ThrottlingException" });
  });

  const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

  it.each<[name: string, frames: Buffer[], code: string]>([
    ["no frame", [], "truncated_stream"],
    ["no chunk", [eventFrame("initial-response", {})], "truncated_stream"],
    ["the model's error", [chunk(overloaded)], "ServiceUnavailableException"],
    ["its error behind one chunk", [chunk({ a: 1 }), chunk(overloaded)], "ServiceUnavailableException"],
    ["vLLM's error", [chunk({ object: "error", message: "No.", type: "api_error" })], "InternalServerException"],
    ["an error without a name", [chunk({ error: "broken" })], "ModelStreamErrorException"],
  ])("tries again where a stream begins with %s", async (_name, frames, code) => {
    const { client, call, upstream } = await begin((response, _request, number) =>
      number === 1 ? stream(response, ...frames) : stream(response, chunk({ a: 1 }), chunk(metrics)),
    );
    const open = await client.invokeStream(call);
    const seen: string[] = [];
    await open.pump({ onChunk: (text) => seen.push(text) });
    expect(upstream.seen).toHaveLength(2);
    expect(seen).toEqual(['{"a":1}', JSON.stringify(metrics)]);
    expect(open.attempts.map(({ errorCode }) => errorCode)).toEqual([code, undefined]);
  });

  it("an error of the model that no other try mends is the answer, with AWS's request id", async () => {
    const refused = { type: "error", error: { type: "invalid_request_error", message: "Too long." } };
    const { client, call, upstream } = await begin((response) => stream(response, chunk(refused)));
    const error = await rejectionOf(client.invokeStream(call));
    expect(error).toMatchObject({
      code: "ValidationException",
      status: 400,
      aws: { type: "invalid_request_error", message: "Too long.", requestId: "r-1" },
    });
    expect(upstream.seen).toHaveLength(1);
  });

  it("fails where the bytes end in a frame", async () => {
    const { client, call } = await begin((response) =>
      stream(response, chunk({ a: 1 }), chunk({ a: 2 }), chunk({ a: 3 }).subarray(0, 40)),
    );
    const open = await client.invokeStream(call);
    await expect(open.pump({ onChunk: () => {} })).rejects.toMatchObject({ code: "truncated_stream" });
  });

  const recorded = exchangesOf("InvokeModelWithResponseStream").filter(({ response }) => response.status === 200);
  it.each(recorded.map((exchange) => [exchange.id, exchange] as const))(
    "reads the chunks of %s",
    async (_id, exchange) => {
      const bytes = Buffer.from(exchange.response.body_base64 ?? "", "base64");
      const { client, call } = await begin((response) => stream(response, bytes));
      const open = await client.invokeStream({ ...call, retry: { attempts: 0, maxTotalMs: 0 } });
      const seen: unknown[] = [];
      await open.pump({ onChunk: (text) => seen.push(JSON.parse(text)) }).catch(() => undefined);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen).toEqual(chunksOf(exchange));
    },
  );
});

describe("passStream", () => {
  const frames = [chunk({ type: "message_start" }), chunk({ type: "x" }), chunk({ type: "message_stop", ...metrics })];

  it("passes the bytes through and tells the last chunks", async () => {
    const { client, call, upstream } = await begin((response) => stream(response, ...frames));
    const open = await client.passStream({
      ...call,
      action: "invoke-with-response-stream",
      contentType: "application/octet-stream",
      accept: "*/*",
      headers: { "X-Amzn-Bedrock-Trace": "ENABLED" },
    });
    const seen: Buffer[] = [];
    await open.pump({ onBytes: (bytes) => seen.push(bytes) });
    expect(Buffer.concat(seen).equals(Buffer.concat(frames))).toBe(true);
    expect(open.watch.lastChunks().map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: "x" },
      { type: "message_stop", ...metrics },
    ]);
    expect(upstream.seen[0]?.headers).toMatchObject({
      "content-type": "application/octet-stream",
      accept: "*/*",
      "x-amzn-bedrock-trace": "ENABLED",
    });
  });

  it("passes a later exception on as AWS wrote it, and names it", async () => {
    const all = [frames[0] ?? throttled, frames[1] ?? throttled, throttled];
    const { client, call } = await begin((response) => stream(response, ...all));
    const open = await client.passStream({ ...call, action: "invoke-with-response-stream" });
    const seen: Buffer[] = [];
    await open.pump({ onBytes: (bytes) => seen.push(bytes) });
    expect(Buffer.concat(seen).equals(Buffer.concat(all))).toBe(true);
    expect(open.watch.failure).toMatchObject({ code: "ThrottlingException" });
  });

  it.each([
    ["between two frames", frames.slice(0, 2), false],
    ["in a frame", [...frames.slice(0, 2), (frames[2] ?? throttled).subarray(0, 30)], true],
  ])("fails where the bytes end %s", async (_name, sent, isInside) => {
    const { client, call } = await begin((response) => stream(response, ...sent));
    const open = await client.passStream({ ...call, action: "invoke-with-response-stream" });
    await expect(open.pump({ onBytes: () => {} })).rejects.toMatchObject({ code: "truncated_stream" });
    expect(open.isInsideFrame()).toBe(isInside);
  });

  const guarded = exchangesOf("InvokeModelWithResponseStream").flatMap((exchange) => {
    const chunks = chunksOf(exchange);
    return chunks.some((each) => "amazon-bedrock-guardrailAction" in each) ? [{ id: exchange.id, chunks }] : [];
  });
  it.each(guarded)("B1: $id is whole at its end, and nowhere before", async ({ chunks }) => {
    for (const length of chunks.keys()) {
      const { client, call } = await begin((response) => stream(response, ...chunks.slice(0, length + 1).map(chunk)));
      const open = await client.passStream({ ...call, action: "invoke-with-response-stream" });
      const ended = await open.pump({ onBytes: () => {} }).then(
        () => "whole",
        (error: AditError) => error.code,
      );
      expect([length, ended]).toEqual([length, length + 1 === chunks.length ? "whole" : "truncated_stream"]);
    }
  });

  const marked = { "amazon-bedrock-guardrailAction": "NONE" };
  const pieces: object[] = [
    { contentBlockDelta: { delta: { text: "Good" }, contentBlockIndex: 0 } },
    { outputText: "Good", index: 0 },
    { outputText: "Good", index: 0, totalOutputTextTokenCount: null, completionReason: null, inputTextTokenCount: 3 },
    { generation: "Good", prompt_token_count: null, generation_token_count: 1, stop_reason: null },
    { outputs: [{ text: "Good", stop_reason: null }] },
    { text: "Good", is_finished: false },
    { choices: [{ index: 0, delta: { content: "Good" }, finish_reason: null }] },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Good" } },
  ];
  it.each(pieces)("B1: fails where the bytes end after a piece that a guardrail has read: %j", async (piece) => {
    const { client, call } = await begin((response) => stream(response, chunk({ ...piece, ...marked })));
    const open = await client.passStream({ ...call, action: "invoke-with-response-stream" });
    await expect(open.pump({ onBytes: () => {} })).rejects.toMatchObject({ code: "truncated_stream" });
  });

  const ends: object[] = [
    { messageStop: { stopReason: "end_turn" } },
    { metadata: { usage: { inputTokens: 3, outputTokens: 2 } } },
    { outputText: "Blocked", index: 0, totalOutputTextTokenCount: 3, inputTextTokenCount: 6 },
    { outputText: "Good", index: 0, totalOutputTextTokenCount: null, completionReason: "FINISH" },
    { generation: "", prompt_token_count: 3, generation_token_count: 2, stop_reason: "stop" },
    { outputs: [{ text: "", stop_reason: "stop" }] },
    { is_finished: true, finish_reason: "COMPLETE" },
    { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { type: "message_stop" },
  ];
  it.each(ends)("is whole where a guardrail's word stands at the end: %j", async (end) => {
    const { client, call } = await begin((response) => stream(response, chunk({ ...end, ...marked })));
    const open = await client.passStream({ ...call, action: "invoke-with-response-stream" });
    await open.pump({ onBytes: () => {} });
    expect(open.watch.failure).toBeUndefined();
  });

  it("refuses the whole where the first frame is an exception", async () => {
    const { client, call } = await begin((response) => stream(response, throttled));
    const failed = client.passStream({ ...call, action: "converse-stream", retry: { attempts: 0, maxTotalMs: 0 } });
    expect(await rejectionOf(failed)).toMatchObject({ code: "ThrottlingException", status: 429 });
  });
});

describe("passRuntime", () => {
  it("calls an operation that names no model", async () => {
    const { client, call, upstream } = await begin((response) => json(response, 200, '{"action":"NONE"}'));
    const { model: _model, action: _action, ...rest } = call;
    const reply = await client.passRuntime({ ...rest, path: "/guardrail/abc/version/1/apply", body: "{}" });
    expect(reply.body.toString()).toBe('{"action":"NONE"}');
    expect(upstream.seen[0]?.path).toBe("/guardrail/abc/version/1/apply");
  });
});
