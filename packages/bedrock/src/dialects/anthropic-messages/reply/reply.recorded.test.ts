/** Every recorded answer of Converse, whole and streamed, keeps what it says in Anthropic's shape. */
import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../../converse/response.ts";
import type { ConverseStreamEvent } from "../../../converse/stream-events.ts";
import { AditError } from "../../../errors/adit-error.ts";
import { ConverseStreamReader } from "../../../wire/streams/converse-stream-reader.ts";
import { exchangesOf, isTruncated, type Recording } from "../../../wire/testing/recordings.ts";
import { readWhole, wholeFromEvents, type PlainReading } from "../../openai-chat/testing/plain-reading.ts";
import { streamEventsFromResponse } from "../../translation/answers/stream-from-response.ts";
import { ownCallId } from "../call-ids.ts";
import type { AnthropicMessage } from "./message.ts";
import type { MessagesReplyContext } from "./reply-context.ts";
import { messageFromConverse, messageJsonFromConverse } from "./response.ts";
import { MessagesStreamWriter } from "./stream-writer.ts";
import { messagesContext } from "../testing/reply-context.ts";
import { messageBySdk } from "../testing/sdk-message.ts";
import { eventsOf } from "../testing/sse-events.ts";

type Json = Record<string, unknown>;

const ok = (exchange: Recording): boolean => exchange.response.status === 200;
const isMalformed = (body: Json): boolean => String(body["stopReason"]).startsWith("malformed_");
const wholes = exchangesOf("Converse")
  .filter(ok)
  .filter(({ response }) => (response.body_json as Json | undefined)?.["output"] !== undefined);
const isBroken = (recording: Recording): boolean =>
  (recording.response.events ?? []).some((event) => event.message_type !== undefined);
const streams = exchangesOf("ConverseStream").filter(ok);
const good = streams.filter(
  (exchange) =>
    !isBroken(exchange) && !isTruncated(exchange) && !isMalformed(wholeFromEvents(exchange.response.events ?? [])),
);
const bad = streams.filter((exchange) => !good.includes(exchange));

/** Anthropic's stop reasons by AWS's, as its API reference lists them. */
const stopReasons: Record<string, string> = { content_filtered: "refusal", guardrail_intervened: "refusal" };

/** What a message must say, from AWS's own JSON. */
function expectSame(message: AnthropicMessage, plain: PlainReading, dropped: readonly string[]): void {
  const texts = message.content.flatMap((block) => (block.type === "text" ? [block] : []));
  expect(texts.map(({ text }) => text).join("")).toBe(plain.text);
  const thinking = message.content.flatMap((block): { text?: string; signature?: string; redacted?: string }[] => {
    if (block.type === "thinking") {
      return [{ text: block.thinking, ...(block.signature !== "unsigned" && { signature: block.signature }) }];
    }
    return block.type === "redacted_thinking" ? [{ redacted: Buffer.from(block.data).toString("base64") }] : [];
  });
  expect(thinking).toEqual(
    plain.thinking.map(({ signature, ...rest }) => ({ ...rest, ...(signature && { signature }) })),
  );
  const calls = message.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
  for (const { id } of calls) {
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
  }
  expect(calls.map(({ id, name, input }) => ({ id: ownCallId(id, { toolIds: "any" }), name, input }))).toEqual(
    plain.calls.map((call) => ({ ...call, input: call.input ?? {} })),
  );
  expect(texts.flatMap(({ citations }) => citations ?? []).map(placeOf)).toEqual(
    plain.citations.map((citation) => placeInAws(citation as Json)),
  );
  expect(message.stop_reason).toBe(stopReasons[plain.stopReason] ?? plain.stopReason);
  const hidden = plain.blocks.filter((block) => ["toolUse", "toolResult", "image"].includes(block));
  expect(dropped.filter((path) => /\.(?:toolUse|toolResult|image)$/.test(path))).toHaveLength(hidden.length);
}

/** Where a citation points, by either shape: the numbers in order, the text, the name. */
function placeOf(citation: Json): unknown[] {
  const { document_index: document, search_result_index: result, cited_text: text } = citation;
  const range = Object.entries(citation).filter(([name]) => /^(?:start|end)_/.test(name));
  const numbers = range.map(([, value]) => value as number).toSorted((one, other) => one - other);
  return [document ?? result, numbers, text, citation["document_title"] ?? citation["title"], citation["url"]];
}

function placeInAws({ location, sourceContent, title }: Json): unknown[] {
  const place = Object.values(location as Json)[0] as Json;
  const numbers = [place["start"], place["end"]].filter((value) => value !== undefined);
  const text = ((sourceContent ?? []) as { text: string }[]).map((part) => part.text).join("");
  return [
    place["documentIndex"] ?? place["searchResultIndex"],
    numbers,
    text,
    title ?? (place["url"] === undefined ? null : ""),
    place["url"],
  ];
}

/** Anthropic's usage, from AWS's own figures, the total included. */
function expectUsage(usage: object, aws: Record<string, number> | undefined): void {
  const counted = usage as Record<string, number>;
  const all =
    (counted["input_tokens"] ?? 0) +
    (counted["cache_read_input_tokens"] ?? 0) +
    (counted["cache_creation_input_tokens"] ?? 0) +
    (counted["output_tokens"] ?? 0);
  expect(all).toBe(aws?.["totalTokens"]);
  expect(counted["output_tokens"]).toBe(aws?.["outputTokens"]);
  // Anthropic's clients add the figures up as they stand: none may be absent.
  expect(counted["cache_read_input_tokens"]).toBe(aws?.["cacheReadInputTokens"] ?? null);
  expect(counted["cache_creation_input_tokens"]).toBe(aws?.["cacheWriteInputTokens"] ?? null);
}

function sseFromBytes(recording: Recording, context: MessagesReplyContext, cut = Number.POSITIVE_INFINITY): string {
  const bytes = Buffer.from(recording.response.body_base64 ?? "", "base64");
  let sse = "";
  const writer = new MessagesStreamWriter(context, (text) => (sse += text));
  const reader = new ConverseStreamReader(writer);
  try {
    for (let start = 0; start < bytes.length; start += cut) reader.push(bytes.subarray(start, start + cut));
    reader.end();
    writer.end();
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    writer.fail(error);
  }
  return sse;
}

function sseFromEvents(events: readonly ConverseStreamEvent[], context: MessagesReplyContext): string {
  let sse = "";
  const writer = new MessagesStreamWriter(context, (text) => (sse += text));
  for (const event of events) writer.onEvent(event);
  writer.end();
  return sse;
}

describe("whole answers of Converse", () => {
  it.each(wholes.filter(({ response }) => !isMalformed(response.body_json as Json)))("$id", async ({ response }) => {
    const body = response.body_json as ConverseResponse;
    const context = messagesContext();
    const message = messageFromConverse(body, context);
    const plain = readWhole(response.body_json as Json);
    expectSame(message, plain, context.notes.dropped);
    if (body.usage !== undefined) expectUsage(message.usage, body.usage as unknown as Record<string, number>);
    expect(JSON.parse(messageJsonFromConverse(body, messagesContext()))).toEqual(message);
    // Streamed from the whole, through Anthropic's SDK, it is the same message but for what a stream does not tell.
    const streamed = await messageBySdk(sseFromEvents(streamEventsFromResponse(body), messagesContext()));
    const { cache_creation: _ttl, service_tier: _tier, ...usage } = message.usage;
    expect(streamed).toEqual({ ...message, usage });
  });

  it.each(wholes.filter(({ response }) => isMalformed(response.body_json as Json)))(
    "malformed: $id",
    ({ response }) => {
      const body = response.body_json as ConverseResponse;
      expect(() => messageFromConverse(body, messagesContext())).toThrow(
        expect.objectContaining({ code: "malformed_model_output" }),
      );
    },
  );
});

describe("streams of Converse", () => {
  it.each(good)("through Anthropic's SDK, equal to the whole: $id", async (recording) => {
    const context = messagesContext();
    const sse = sseFromBytes(recording, context);
    const whole = wholeFromEvents(recording.response.events ?? []);
    const message = await messageBySdk(sse);
    expectSame(message as unknown as AnthropicMessage, readWhole(whole), context.notes.dropped);
    expectUsage(message.usage, whole["usage"] as Record<string, number>);
    const {
      cache_creation: _ttl,
      service_tier: _tier,
      ...usage
    } = messageFromConverse(whole as unknown as ConverseResponse, messagesContext()).usage;
    expect(message.usage).toEqual(usage);
    expect(sseFromBytes(recording, messagesContext(), 7)).toBe(sse);
  });

  it.each(good)("in Anthropic's order, block by block: $id", (recording) => {
    const events = eventsOf(sseFromBytes(recording, messagesContext()));
    const names = events.map(({ name }) => name);
    expect(events.map(({ data }) => data["type"])).toEqual(names);
    const grammar =
      /^message_start(?: content_block_start ping(?: content_block_delta)* content_block_stop(?: content_block_start(?: content_block_delta)* content_block_stop)*)? message_delta message_stop$/;
    expect(names.join(" ")).toMatch(grammar);
    const starts = events.filter(({ name }) => name === "content_block_start").map(({ data }) => data["index"]);
    expect(starts).toEqual([...starts.keys()]);
  });

  it.each(bad)(
    "broken by AWS, by the connection or by the model are an error event and no end: $id",
    async (recording) => {
      const sse = sseFromBytes(recording, messagesContext());
      const names = eventsOf(sse).map(({ name }) => name);
      expect(names.at(-1)).toBe("error");
      expect(names).not.toContain("message_stop");
      await expect(messageBySdk(sse)).rejects.toThrow(/"type":"error"/);
    },
  );
});
