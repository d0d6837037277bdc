/** Every answer of the fixtures and recordings as a text completion, whole and streamed, and the stream as the openai client reads it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { ConverseStreamReader } from "../../wire/streams/converse-stream-reader.ts";
import { exchangesOf, isTruncated, type Recording } from "../../wire/testing/recordings.ts";
import { plainUsage, readWhole, wholeFromEvents } from "../openai-chat/testing/plain-reading.ts";
import type { CompletionReplyContext } from "./completion.ts";
import { completionFromConverse } from "./response.ts";
import { CompletionStreamWriter } from "./stream-writer.ts";

const reasons: Record<string, string> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "stop",
  max_tokens: "length",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
  model_context_window_exceeded: "length",
};

function context(changes: Partial<CompletionReplyContext> = {}): CompletionReplyContext {
  return {
    id: "cmpl-1",
    created: 1_764_000_000,
    model: "m",
    strict: true,
    includeUsage: false,
    notes: { dropped: [], toolNames: new Map(), streamable: true },
    ...changes,
  };
}

const answered = exchangesOf("Converse")
  .filter(({ response }) => response.status === 200)
  .map(({ id, response }) => ({ id, body: response.body_json as Record<string, unknown> }));
const isMalformed = ({ body }: (typeof answered)[number]): boolean =>
  String(body["stopReason"]).startsWith("malformed_");
const streams = exchangesOf("ConverseStream").filter(
  (exchange) =>
    exchange.response.status === 200 &&
    !isTruncated(exchange) &&
    (exchange.response.events ?? []).every((event) => event.message_type === undefined),
);

describe("a whole answer", () => {
  it.each(answered.filter((answer) => !isMalformed(answer)))("$id", ({ body }) => {
    const plain = readWhole(body);
    const reply = context();
    const completion = completionFromConverse(body as unknown as ConverseResponse, reply);
    expect(completion).toEqual({
      id: "cmpl-1",
      object: "text_completion",
      created: 1_764_000_000,
      model: "m",
      choices: [{ text: plain.text, index: 0, logprobs: null, finish_reason: reasons[String(body["stopReason"])] }],
      usage: plainUsage(plain.usage),
    });
    // Thinking and calls have no place here: each is named.
    const named = reply.notes.dropped.filter((path) => /reasoningContent|toolUse$/.test(path));
    expect(named.length).toBeGreaterThanOrEqual(plain.thinking.length + plain.calls.length);
    const loose = completionFromConverse(body as unknown as ConverseResponse, context({ strict: false }));
    expect(loose).toMatchObject({ provider: "bedrock", choices: [{ finish_reason: body["stopReason"] }] });
  });

  it.each(answered.filter(isMalformed))("that AWS could not read is an error to a strict caller: $id", ({ body }) => {
    const response = body as unknown as ConverseResponse;
    expect(() => completionFromConverse(response, context())).toThrow(AditError);
    expect(completionFromConverse(response, context({ strict: false })).choices[0].finish_reason).toBe(
      body["stopReason"],
    );
  });
});

function sseFromBytes(recording: Recording, reply: CompletionReplyContext): string {
  let sse = "";
  const writer = new CompletionStreamWriter(reply, (text) => (sse += text));
  const reader = new ConverseStreamReader(writer);
  reader.push(Buffer.from(recording.response.body_base64 ?? "", "base64"));
  reader.end();
  writer.end();
  return sse;
}

interface Chunk {
  object: string;
  choices: { text: string; finish_reason: string | null }[];
  usage?: unknown;
}

function chunksOf(sse: string): Chunk[] {
  const data = sse.split("\n\n").filter((event) => event !== "" && event !== "data: [DONE]");
  return data.map((event) => JSON.parse(event.replace(/^data: /, "")) as Chunk);
}

describe("a streamed answer", () => {
  it.each(streams)("$id", (recording) => {
    const whole = wholeFromEvents(recording.response.events ?? []);
    const plain = readWhole(whole);
    const sse = sseFromBytes(recording, context({ includeUsage: true }));
    expect(sse.endsWith("data: [DONE]\n\n")).toBe(true);
    const chunks = chunksOf(sse);
    expect(chunks.every(({ object }) => object === "text_completion")).toBe(true);
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.map((choice) => choice.text).join("")).toBe(plain.text);
    expect(choices.map((choice) => choice.finish_reason).filter((reason) => reason !== null)).toEqual([
      reasons[String(whole["stopReason"])],
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: plainUsage(plain.usage) });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    const loose = chunksOf(sseFromBytes(recording, context({ strict: false })));
    expect(loose.at(-1)).toMatchObject({
      provider: "bedrock",
      choices: [{ text: "", finish_reason: whole["stopReason"] }],
      usage: plainUsage(plain.usage),
    });
    expect(chunksOf(sseFromBytes(recording, context())).every((chunk) => !("usage" in chunk))).toBe(true);
  });
});

describe("the openai client", () => {
  let server: Server;
  let baseURL = "";
  let body = "";
  let type = "";

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": type });
      for (const byte of Buffer.from(body)) response.write(Buffer.of(byte));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const begun: ConverseStreamEvent[] = [
    { type: "messageStart", role: "assistant" },
    { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm" } } },
    { type: "contentBlockStop", contentBlockIndex: 0 },
    { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: 'This is "a\u2028' } },
    { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: " test😀\n" } },
  ];
  const ended: ConverseStreamEvent[] = [
    { type: "contentBlockStop", contentBlockIndex: 1 },
    { type: "messageStop", stopReason: "max_tokens" },
    { type: "metadata", usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } },
  ];

  function serve(events: readonly ConverseStreamEvent[], reply: CompletionReplyContext, failure?: AditError): void {
    body = "";
    type = "text/event-stream";
    const writer = new CompletionStreamWriter(reply, (text) => (body += text));
    for (const event of events) writer.onEvent(event);
    if (failure === undefined) writer.end();
    else writer.fail(failure);
  }

  const client = (): OpenAI => new OpenAI({ baseURL, apiKey: "key", maxRetries: 0 });

  it("reads a whole completion", async () => {
    const response: ConverseResponse = {
      output: { message: { role: "assistant", content: [{ text: "This is a test" }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
    };
    body = JSON.stringify(completionFromConverse(response, context()));
    type = "application/json";
    const completion = await client().completions.create({ model: "m", prompt: "Say this" });
    expect(completion).toMatchObject({
      object: "text_completion",
      choices: [{ text: "This is a test", finish_reason: "stop" }],
    });
    expect(completion.usage).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
  });

  it("reads a stream to its end, with usage where it asks for it", async () => {
    const reply = context({ includeUsage: true });
    serve([...begun, ...ended], reply);
    const stream = await client().completions.create({
      model: "m",
      prompt: "a",
      stream: true,
      stream_options: { include_usage: true },
    });
    const texts: string[] = [];
    const usages: unknown[] = [];
    let reason: string | null = null;
    for await (const chunk of stream) {
      texts.push(chunk.choices[0]?.text ?? "");
      reason = chunk.choices[0]?.finish_reason ?? reason;
      usages.push(...(chunk.usage ? [chunk.usage] : []));
    }
    expect(texts.join("")).toBe('This is "a\u2028 test😀\n');
    expect(reason).toBe("length");
    expect(usages).toEqual([{ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }]);
    expect(reply.notes.dropped).toEqual(["output.message.content[0].reasoningContent"]);
  });

  it("gets an error, not an end, from a stream that broke", async () => {
    serve(begun, context(), new AditError("ThrottlingException", "Too many tokens, please wait."));
    const stream = await client().completions.create({ model: "m", prompt: "a", stream: true });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream) texts.push(chunk.choices[0]?.text ?? "");
    })();
    await expect(reading).rejects.toThrow("Too many tokens");
    expect(texts.join("")).toBe('This is "a\u2028 test😀\n');
    expect(body).not.toContain("[DONE]");
  });

  it("a stream that AWS cut off does not end as if it were whole", () => {
    const writer = new CompletionStreamWriter(context(), () => undefined);
    for (const event of begun) writer.onEvent(event);
    expect(() => {
      writer.end();
    }).toThrow(/before its messageStop/);
  });
});
