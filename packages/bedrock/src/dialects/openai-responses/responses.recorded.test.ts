import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { ConverseStreamReader } from "../../wire/streams/converse-stream-reader.ts";
import { exchangesOf, isTruncated, recordingsOf, type Recording } from "../../wire/testing/recordings.ts";
import { readWhole, wholeFromEvents, type PlainReading } from "../openai-chat/testing/plain-reading.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import { reasoningFromEncrypted } from "./encrypted-content.ts";
import type { ResponsesReplyContext } from "./reply-context.ts";
import type { OutputReasoning, ResponseObject } from "./response-object.ts";
import { responseFromConverse } from "./response.ts";
import { ResponsesStreamWriter } from "./stream-writer.ts";
import { checkGrammar, eventsOf, type StreamEvent } from "./testing/event-grammar.ts";
import { streamOf } from "./testing/run-stream.ts";
import { replyContext } from "./testing/translate.ts";

type Json = Record<string, unknown>;

const wholes = exchangesOf("Converse")
  .filter((exchange) => exchange.response.status === 200)
  .map((exchange) => ({ id: exchange.id, body: exchange.response.body_json as Json }));
const isMalformed = ({ body }: (typeof wholes)[number]): boolean => String(body["stopReason"]).startsWith("malformed_");
const answers = wholes.filter((answer) => !isMalformed(answer));
const malformed = wholes.filter(isMalformed);

const allStreams = exchangesOf("ConverseStream").filter((exchange) => exchange.response.status === 200);
const isBroken = (recording: Recording): boolean =>
  (recording.response.events ?? []).some((event) => event.message_type !== undefined);
const streams = allStreams.filter((exchange) => !isBroken(exchange) && !isTruncated(exchange));

/** The two ways to ask for reasoning: each shows it in another place. */
const asks: JsonObject[] = [{}, { reasoning: { summary: "auto" }, include: ["reasoning.encrypted_content"] }];

/** The stop reasons that occur, each with OpenAI's words for it by the API reference. */
const endings: Record<string, [status: string, reason: string | null]> = {
  end_turn: ["completed", null],
  stop_sequence: ["completed", null],
  tool_use: ["completed", null],
  max_tokens: ["incomplete", "max_output_tokens"],
  model_context_window_exceeded: ["incomplete", "max_output_tokens"],
  guardrail_intervened: ["incomplete", "content_filter"],
  content_filtered: ["incomplete", "content_filter"],
};

function textOf(response: ResponseObject): string {
  return response.output
    .flatMap((item) => (item.type === "message" ? item.content.map((part) => part.text) : []))
    .join("");
}

function callsOf(response: ResponseObject): PlainReading["calls"] {
  return response.output.flatMap((item) =>
    item.type === "function_call"
      ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) as unknown }]
      : [],
  );
}

/** What of a reasoning item can be read without this server: its text. Signatures and sealed blocks are in the encoded part. */
function thinkingOf(item: OutputReasoning): PlainReading["thinking"][number] {
  const shown = [...item.summary, ...(item.content ?? [])].map((part) => part.text).join("");
  const encoded = item.encrypted_content;
  if (encoded === undefined) {
    return { text: shown };
  }
  const json = Buffer.from(encoded.slice(encoded.indexOf(".") + 1), "base64url").toString();
  const { redactedContent, reasoningText } = JSON.parse(json) as {
    redactedContent?: string;
    reasoningText?: { text: string; signature?: string };
  };
  expect(reasoningFromEncrypted(encoded)).toEqual(JSON.parse(json));
  expect(shown).toBe(reasoningText?.text ?? "");
  return redactedContent === undefined ? { ...reasoningText } : { redacted: redactedContent };
}

function expectSame(response: ResponseObject, plain: PlainReading): void {
  expect(textOf(response)).toBe(plain.text);
  expect(callsOf(response)).toEqual(plain.calls);
  const reasoning = response.output.filter((item) => item.type === "reasoning");
  expect(reasoning.map(thinkingOf)).toEqual(plain.thinking);
  const [status, reason] = endings[plain.stopReason] ?? ["unknown stop reason", null];
  expect([response.status, response.incomplete_details?.reason ?? null]).toEqual([status, reason]);
  const { totalTokens = Number.NaN, outputTokens = Number.NaN, cacheReadInputTokens: read = 0 } = plain.usage;
  expect(response.usage).toMatchObject({
    input_tokens: totalTokens - outputTokens,
    output_tokens: outputTokens,
    total_tokens: totalTokens,
  });
  expect(response.usage?.input_tokens_details.cached_tokens).toBe(read);
  const reasoned = response.usage?.output_tokens_details.reasoning_tokens ?? Number.NaN;
  expect(reasoned > 0).toBe(reasoning.length > 0);
  expect(reasoned).toBeLessThanOrEqual(outputTokens);
  expect(new Set(response.output.map((item) => item.id)).size).toBe(response.output.length);
}

/** The output with arguments read: a stream brings the model's own spaces between them. */
function plainArguments({ output }: ResponseObject): unknown[] {
  return output.map((item) =>
    item.type === "function_call" ? { ...item, arguments: JSON.parse(item.arguments) as unknown } : item,
  );
}

/** The way of a real call: bytes to the wire's reader, its events to the writer. */
function sseFromBytes(recording: Recording, context: ResponsesReplyContext): string {
  let sse = "";
  const writer = new ResponsesStreamWriter(context, (text) => (sse += text));
  const reader = new ConverseStreamReader(writer);
  try {
    reader.push(Buffer.from(recording.response.body_base64 ?? "", "base64"));
    reader.end();
    writer.end();
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    writer.fail(error);
  }
  return sse;
}

function expectFailed(events: readonly StreamEvent[], words: string): void {
  expect(events.slice(-2).map((event) => event.type)).toEqual(["response.failed", "error"]);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  expect(events.some((event) => event.type === "response.completed")).toBe(false);
  expect(events.at(-1)?.["message"]).toContain(words);
  expect(events.at(-2)?.["response"]).toMatchObject({ status: "failed", error: { code: events.at(-1)?.["code"] } });
}

describe("Converse answers of the fixtures and recordings as responses", () => {
  it.skipIf(recordingsOf("Converse").length === 0)("are recorded in number", () => {
    expect(answers.length).toBeGreaterThan(250);
    expect(streams.length).toBeGreaterThan(70);
  });

  it.each(answers)("whole: $id", ({ body }) => {
    for (const ask of asks) {
      const response = responseFromConverse(body as unknown as ConverseResponse, replyContext(ask));
      expect(response.error).toBeNull();
      expectSame(response, readWhole(body));
    }
  });

  it.each(answers)("whole, streamed by the grammar, is the same: $id", ({ body }) => {
    for (const ask of asks) {
      const response = body as unknown as ConverseResponse;
      const sse = streamOf(streamEventsFromResponse(response), replyContext(ask));
      expect(checkGrammar(eventsOf(sse))).toEqual(responseFromConverse(response, replyContext(ask)));
    }
  });

  it.each(malformed)("what AWS could not read is an error that keeps the text: $id", ({ body }) => {
    const response = body as unknown as ConverseResponse;
    const { text } = readWhole(body);
    const refused = expect.objectContaining({ code: "malformed_model_output" }) as unknown;
    expect(() => responseFromConverse(response, replyContext())).toThrow(refused);
    expect(() => responseFromConverse(response, replyContext())).toThrow(text === "" ? "It held no text." : text);
    expectFailed(eventsOf(streamOf(streamEventsFromResponse(response), replyContext())), "could not read");
  });

  it.each(streams)("streamed, from bytes: $id", (recording) => {
    const body = wholeFromEvents(recording.response.events ?? []);
    for (const ask of asks) {
      const response = checkGrammar(eventsOf(sseFromBytes(recording, replyContext(ask)))) as unknown as ResponseObject;
      expectSame(response, readWhole(body));
      const whole = responseFromConverse(body as unknown as ConverseResponse, replyContext(ask));
      expect(plainArguments(response)).toEqual(plainArguments(whole));
    }
  });

  it.each(allStreams.filter(isBroken))("broken by AWS is a failure with its words: $id", (recording) => {
    const exception = recording.response.events?.find((event) => event.message_type === "exception");
    const words = String(exception?.payload["message"]);
    const events = eventsOf(sseFromBytes(recording, replyContext()));
    expect(events.at(-1)).toMatchObject({ type: "error", sequence_number: events.length - 1 });
    expect(events.at(-1)?.["message"]).toContain(words);
    // Before anything was written there is no response that could have failed.
    expect(events.at(-2)?.type).toBe(events.length === 1 ? undefined : "response.failed");
  });

  it.each(allStreams.filter(isTruncated))("ended by the connection is a failure: $id", (recording) => {
    const events = eventsOf(sseFromBytes(recording, replyContext()));
    expect(events.at(-1)).toMatchObject({ type: "error", code: "truncated_stream" });
  });

  it.each(streams.slice(0, 10))("cut between any two frames is a failure that keeps what came: $id", (recording) => {
    const events = (recording.response.events ?? []).map(
      ({ type, payload }) => ({ ...payload, type }) as unknown as ConverseStreamEvent,
    );
    for (let kept = 1; kept < events.length; kept += 1) {
      const cut = eventsOf(streamOf(events.slice(0, kept), replyContext()));
      expectFailed(cut, "ended before");
      const text = cut
        .filter((event) => event.type === "response.output_text.delta")
        .map((event) => event["delta"])
        .join("");
      expect(textOf(cut.at(-2)?.["response"] as ResponseObject)).toBe(text);
    }
  });
});
