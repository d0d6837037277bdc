import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../converse/response.ts";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import { streamEventsFromResponse } from "../dialects/translation/answers/stream-from-response.ts";
import { wholeFromEvents } from "../dialects/openai-chat/testing/plain-reading.ts";
import { exchangesOf, isTruncated } from "../wire/testing/recordings.ts";
import { ResponseCollector } from "./collect-response.ts";

function collected(events: readonly ConverseStreamEvent[]): ResponseCollector {
  const collector = new ResponseCollector();
  for (const event of events) collector.push(event);
  return collector;
}

/** What a whole answer lacks as a stream: an empty text, and the type that AWS writes for a call. */
const content = (response: ConverseResponse): unknown[] =>
  response.output.message.content.filter((block) => block.text !== "");

const wholes = exchangesOf("Converse").filter(({ response }) => {
  const body = response.body_json as Partial<ConverseResponse> | undefined;
  return response.status === 200 && body?.output?.message !== undefined;
});

describe("a whole answer told as a stream", () => {
  it("has exchanges to look at", () => expect(wholes.length).toBeGreaterThan(5));

  it.each(wholes.map((exchange) => [exchange.id, exchange.response.body_json as ConverseResponse] as const))(
    "%s comes back as it was",
    (_id, response) => {
      const back = collected(streamEventsFromResponse(response)).response();
      expect(content(back)).toEqual(content(response));
      expect(back.stopReason).toBe(response.stopReason);
      expect(back.usage).toEqual(response.usage);
    },
  );
});

const streams = exchangesOf("ConverseStream").filter(
  (exchange) =>
    exchange.response.status === 200 &&
    !isTruncated(exchange) &&
    (exchange.response.events ?? []).every((event) => event.message_type === undefined),
);

describe("recorded streams", () => {
  it("has exchanges to look at", () => expect(streams.length).toBeGreaterThan(3));

  it.each(streams.map((exchange) => [exchange.id, exchange] as const))("%s, read in a second way", (_id, exchange) => {
    const events = (exchange.response.events ?? []).map(({ type, payload }) => {
      const { p: _padding, ...members } = payload;
      return { ...members, type } as unknown as ConverseStreamEvent;
    });
    const expected = wholeFromEvents(exchange.response.events ?? []) as unknown as ConverseResponse;
    const back = collected(events).response();
    expect(content(back)).toEqual(content(expected));
    expect([back.stopReason, back.usage]).toEqual([expected.stopReason, expected.usage]);
  });
});

describe("what is rare", () => {
  const start: ConverseStreamEvent = {
    type: "contentBlockStart",
    contentBlockIndex: 0,
    start: { toolUse: { toolUseId: "t1", name: "pay" } },
  };
  const input = (text: string): ConverseStreamEvent => ({
    type: "contentBlockDelta",
    contentBlockIndex: 0,
    delta: { toolUse: { input: text } },
  });
  const stop: ConverseStreamEvent = { type: "messageStop", stopReason: "tool_use" };

  it("keeps numbers of a call's arguments in their own words", () => {
    const collector = collected([start, input('{"cents":9007199'), input("254740993}"), stop]);
    expect(JSON.stringify(JSON.parse(collector.source()))).toContain("output");
    expect(collector.source()).toContain('{"cents":9007199254740993}');
  });

  it("keeps arguments that were cut as the text that came, and tells no source for them", () => {
    const collector = collected([start, input('{"cents":90'), stop]);
    expect(collector.response().output.message.content[0]?.toolUse?.input).toBe('{"cents":90');
    expect(JSON.parse(collector.source())).toEqual({ output: { message: { content: [{}] } } });
  });

  it("reads a call without arguments as an empty object", () => {
    expect(collected([start, input(""), stop]).response().output.message.content).toEqual([
      { toolUse: { toolUseId: "t1", name: "pay", input: {} } },
    ]);
  });

  it("joins what a tool of AWS's found, however many pieces it comes in", { timeout: 20_000 }, () => {
    const pieces = Array.from({ length: 150_000 }, (_, index) => ({ text: String(index) }));
    const found = pieces.map((piece): ConverseStreamEvent => ({
      type: "contentBlockDelta",
      contentBlockIndex: 0,
      delta: { toolResult: [piece] },
    }));
    const began: ConverseStreamEvent = {
      type: "contentBlockStart",
      contentBlockIndex: 0,
      start: { toolResult: { toolUseId: "t1" } },
    };
    expect(collected([began, ...found, stop]).response().output.message.content).toEqual([
      { toolResult: { toolUseId: "t1", content: pieces } },
    ]);
    expect(found[0]).toMatchObject({ delta: { toolResult: [{ text: "0" }] } });
  });

  it("joins sealed thinking by its bytes, and names events that it does not know", () => {
    const sealed = (redactedContent: string): ConverseStreamEvent => ({
      type: "contentBlockDelta",
      contentBlockIndex: 0,
      delta: { reasoningContent: { redactedContent } },
    });
    const collector = collected([
      sealed(Buffer.from("a").toString("base64")),
      sealed(Buffer.from("bcd").toString("base64")),
      { type: "unknown", eventType: "somethingNew", payload: {} },
      stop,
    ]);
    expect(collector.response().output.message.content).toEqual([
      { reasoningContent: { redactedContent: Buffer.from("abcd").toString("base64") } },
    ]);
    expect([...collector.unknownEvents]).toEqual(["somethingNew"]);
  });
});
