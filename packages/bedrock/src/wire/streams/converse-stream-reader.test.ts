import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { refusalOf } from "../../auth/testing/refusal.ts";
import { ConverseStreamReader, type ConverseStreamSink } from "./converse-stream-reader.ts";
import { encodeFrame } from "../event-stream/encoder.ts";
import type { HeaderValue } from "../event-stream/frame.ts";
import { streamEventFrom } from "./stream-event.ts";
import { findText, findTextBytes } from "./text-delta.ts";
import { eventFrame, exceptionFrame, plainStream } from "../testing/frames.ts";
import { exchangesOf, isTruncated, type Recording } from "../testing/recordings.ts";

/** What a sink was told; text deltas as events, with a mark of the way they came. */
type Told = ConverseStreamEvent | { type: "fastText"; contentBlockIndex: number; text: string };

class Listener implements ConverseStreamSink {
  readonly told: Told[] = [];

  onTextDelta(contentBlockIndex: number, escapedText: string): void {
    this.told.push({ type: "fastText", contentBlockIndex, text: JSON.parse(`"${escapedText}"`) as string });
  }

  onEvent(event: ConverseStreamEvent): void {
    this.told.push(event);
  }
}

function read(...chunks: Uint8Array[]): Told[] {
  const listener = new Listener();
  const reader = new ConverseStreamReader(listener, "request-1");
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  reader.end();
  return listener.told;
}

describe("ConverseStreamReader", () => {
  it("gives text deltas by the short way and all other events whole, without padding", () => {
    expect(read(plainStream("Hello"))).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "fastText", contentBlockIndex: 0, text: "Hello" },
      { type: "contentBlockStop", contentBlockIndex: 0 },
      { type: "messageStop", stopReason: "end_turn" },
      {
        type: "metadata",
        usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
        metrics: { latencyMs: 7 },
      },
    ]);
  });

  it("keeps unknown members of known events", () => {
    const start = eventFrame("messageStart", { role: "assistant", newMember: { a: 1 }, p: "x" });
    const rest = plainStream("").subarray(eventFrame("messageStart", { p: "abcd", role: "assistant" }).length);
    expect(read(start, rest)[0]).toEqual({ type: "messageStart", role: "assistant", newMember: { a: 1 } });
  });

  it("gives an unknown event with its payload", () => {
    const odd = eventFrame("somethingNew", { a: [1], p: "x" });
    expect(read(odd, plainStream("x"))[0]).toEqual({
      type: "unknown",
      eventType: "somethingNew",
      payload: { a: [1], p: "x" },
    });
  });

  it.each(["", "not JSON", "[1]", "\u0000"])("goes on behind an unknown event that holds %j", (payload) => {
    const type = (value: string): HeaderValue => ({ type: "string", value });
    const odd = encodeFrame(
      [
        [":event-type", type("somethingNew")],
        [":message-type", type("event")],
      ],
      Buffer.from(payload),
    );
    const told = read(odd, plainStream("Hello"));
    expect(told[0]).toEqual({ type: "unknown", eventType: "somethingNew", payload: {} });
    expect(told[2]).toEqual({ type: "fastText", contentBlockIndex: 0, text: "Hello" });
  });

  it.each<[string, Uint8Array[]]>([
    ["that never began", []],
    ["that began as another kind", [eventFrame("contentBlockStart", { contentBlockIndex: 0, start: {} })]],
    [
      "that is over",
      [
        eventFrame("contentBlockStart", { contentBlockIndex: 0, start: { toolUse: { toolUseId: "1", name: "f" } } }),
        eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
      ],
    ],
    [
      "that another's text has interrupted",
      [
        eventFrame("contentBlockStart", { contentBlockIndex: 0, start: { toolUse: { toolUseId: "1", name: "f" } } }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "I look it up." } }),
      ],
    ],
    [
      "that another's reasoning has interrupted",
      [
        eventFrame("contentBlockStart", { contentBlockIndex: 0, start: { toolUse: { toolUseId: "1", name: "f" } } }),
        eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { reasoningContent: { text: "Hm." } } }),
      ],
    ],
    [
      "of another number",
      [eventFrame("contentBlockStart", { contentBlockIndex: 1, start: { toolUse: { toolUseId: "1", name: "f" } } })],
    ],
  ])("throws where a tool's arguments come in a block %s: the call would be lost", (_name, before) => {
    const frames = [
      eventFrame("messageStart", { role: "assistant" }),
      ...before,
      eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { toolUse: { input: "{}" } } }),
      eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
      eventFrame("messageStop", { stopReason: "tool_use" }),
      eventFrame("metadata", { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } }),
    ];
    const error = refusalOf(() => read(...frames));
    expect([error.code, error.status]).toEqual(["corrupt_stream", 502]);
    expect(error.message).toContain("contentBlockIndex 0");
  });

  it.each([
    ["contentBlockStart", { start: { toolUse: { toolUseId: "t" } } }],
    ["contentBlockStart", { start: { toolUse: { toolUseId: 5, name: "f" } } }],
    ["contentBlockDelta", { delta: { text: 5 } }],
    ["contentBlockDelta", { delta: { toolUse: { input: { a: 1 } } } }],
    ["contentBlockDelta", { delta: { toolUse: {} } }],
    ["contentBlockDelta", { delta: { reasoningContent: "hm" } }],
    ["contentBlockDelta", { delta: { reasoningContent: { text: 5 } } }],
    ["contentBlockDelta", { delta: { citation: [] } }],
  ])("throws for a piece that cannot be read: %s %j", (type, piece) => {
    const start = { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t", name: "f" } } };
    const frames = [
      eventFrame("contentBlockStart", start),
      eventFrame(type, { contentBlockIndex: 0, ...piece }),
      plainStream("x"),
    ];
    expect(refusalOf(() => read(...frames))).toMatchObject({ code: "corrupt_stream", status: 502 });
  });

  const stop = eventFrame("messageStop", { stopReason: "end_turn" });
  const metadata = eventFrame("metadata", { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } });
  const callStart = eventFrame("contentBlockStart", {
    contentBlockIndex: 0,
    start: { toolUse: { toolUseId: "1", name: "f" } },
  });

  it.each<[string, Uint8Array]>([
    ["text", eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "more" } })],
    ["text with an escape", eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "a\nb" } })],
    ["a call", callStart],
    ["a second message", eventFrame("messageStart", { role: "assistant" })],
    ["a second stop", eventFrame("messageStop", { stopReason: "max_tokens" })],
  ])("throws where %s comes behind the end of the message", (_name, frame) => {
    const start = eventFrame("messageStart", { role: "assistant" });
    for (const frames of [
      [start, stop, frame, metadata],
      [start, stop, metadata, frame],
    ]) {
      expect(refusalOf(() => read(...frames))).toMatchObject({ code: "corrupt_stream", retryable: true });
    }
    expect(read(start, stop, eventFrame("somethingNew", {}), metadata, metadata)).toHaveLength(5);
  });

  it("throws where a call begins twice: the caller would run it twice", () => {
    const frames = [
      eventFrame("messageStart", { role: "assistant" }),
      callStart,
      callStart,
      eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
      stop,
      metadata,
    ];
    const error = refusalOf(() => read(...frames));
    expect(error.code).toBe("corrupt_stream");
    expect(error.message).toContain("contentBlockIndex 0");
  });

  it("throws AWS's exception of an exception frame, with its members and the request id", () => {
    const frame = exceptionFrame("modelStreamErrorException", {
      message: "The model failed.",
      originalStatusCode: 529,
      originalMessage: "overloaded",
    });
    const error = refusalOf(() => read(eventFrame("messageStart", { role: "assistant" }), frame));
    expect(error).toMatchObject({ code: "ModelStreamErrorException", status: 424, message: "The model failed." });
    expect(error.aws).toEqual({
      type: "ModelStreamErrorException",
      message: "The model failed.",
      requestId: "request-1",
      originalStatusCode: 529,
      originalMessage: "overloaded",
    });
  });

  it.each([
    ["throttlingException", "ThrottlingException", 429, true],
    ["internalServerException", "InternalServerException", 500, true],
    ["validationException", "ValidationException", 400, false],
    ["serviceUnavailableException", "ServiceUnavailableException", 503, true],
    ["modelTimeoutException", "ModelTimeoutException", 408, true],
    ["someNewException", "aws_error", 502, false],
  ])("keeps status and retryability of %s", (type, code, status, retryable) => {
    const error = refusalOf(() => read(exceptionFrame(type, { message: "Words of AWS." })));
    expect(error).toMatchObject({ code, status, retryable, message: "Words of AWS." });
  });

  it("throws for an error frame", () => {
    const string = (value: string): HeaderValue => ({ type: "string", value });
    const frame = encodeFrame(
      [
        [":message-type", string("error")],
        [":error-code", string("InternalFailure")],
        [":error-message", string("The transport failed.")],
      ],
      Buffer.alloc(0),
    );
    expect(refusalOf(() => read(frame))).toMatchObject({
      code: "InternalServerException",
      message: "The transport failed.",
      aws: { type: "InternalFailure" },
    });
  });

  it("throws for a frame of another message type", () => {
    expect(refusalOf(() => read(encodeFrame([], Buffer.from("{}")))).code).toBe("corrupt_stream");
  });

  it.each([
    ["without metadata", ["messageStart", "messageStop"]],
    ["without messageStop", ["messageStart", "metadata"]],
    ["after the first event", ["messageStart"]],
    ["before any", []],
  ])("calls a stream that ends %s truncated", (_name, kinds) => {
    const payloads: Record<string, object> = {
      messageStart: { role: "assistant" },
      messageStop: { stopReason: "end_turn" },
      metadata: { usage: {} },
    };
    const frames = kinds.map((kind) => eventFrame(kind, payloads[kind] ?? {}));
    expect(refusalOf(() => read(...frames)).code).toBe("truncated_stream");
  });

  it.each([
    ["messageStart", "{}"],
    ["messageStart", "not JSON"],
    ["messageStart", "[]"],
    ["contentBlockStart", '{"contentBlockIndex":0}'],
    ["contentBlockStart", '{"contentBlockIndex":"0","start":{}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":"text"}'],
    ["contentBlockDelta", '{"delta":{"text":"x"}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":5}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"toolUse":{}}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"toolUse":{"input":{"a":1}}}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":1}}}'],
    ["contentBlockDelta", '{"contentBlockIndex":0,"delta":{"citation":"x"}}'],
    ["contentBlockStart", '{"contentBlockIndex":0,"start":{"toolUse":{"name":"f"}}}'],
    ["contentBlockStart", '{"contentBlockIndex":0,"start":{"toolUse":"f"}}'],
    ["contentBlockStop", "{}"],
    ["messageStop", '{"stopReason":null}'],
    ["metadata", '{"usage":7}'],
  ])("calls %s with payload %s corrupt", (type, payload) => {
    expect(refusalOf(() => streamEventFrom(type, payload)).code).toBe("corrupt_stream");
  });
});

it("takes members that are null for absent ones, as AWS's JSON has it", () => {
  const json =
    '{"contentBlockIndex":0,"delta":{"text":null,"reasoningContent":{"text":"t","signature":null}},"more":null}';
  expect(streamEventFrom("contentBlockDelta", json)).toEqual({
    type: "contentBlockDelta",
    contentBlockIndex: 0,
    delta: { reasoningContent: { text: "t" } },
  });
});

describe("the short way of text deltas", () => {
  const span = { contentBlockIndex: 0, start: 0, end: 0 };
  const textIn = (json: string): string | undefined =>
    findText(json, span) ? (JSON.parse(`"${json.slice(span.start, span.end)}"`) as string) : undefined;

  /** The way on bytes, in the middle of others. */
  const textInBytes = (json: string): string | undefined => {
    const bytes = Buffer.from(`before${json}"}}after`);
    const found = findTextBytes(bytes, 6, bytes.length - 8, span);
    return found ? bytes.toString("utf8", span.start, span.end) : undefined;
  };

  it("finds on bytes any text without escapes, and leaves the rest", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "grapheme-ascii" }),
    );
    fc.assert(
      fc.property(text, fc.nat(12), fc.option(fc.stringMatching(/^[A-Za-z0-9]{0,62}$/)), (value, index, p) => {
        const json = JSON.stringify({ contentBlockIndex: index, delta: { text: value }, ...(p === null ? {} : { p }) });
        const isPlain = index < 10 && JSON.stringify(value) === `"${value}"`;
        expect(textInBytes(json)).toBe(isPlain ? Buffer.from(value).toString() : undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it("agrees on bytes with JSON.parse on changed payloads, or leaves them to it", () => {
    const base = '{"contentBlockIndex":0,"delta":{"text":"abé"},"p":"abc"}';
    const insertion = fc.constantFrom("", '"', "\\", "{", "}", ",", ":", "\n", "u", "p", "0", '","x":"', '"}}');
    fc.assert(
      fc.property(fc.nat(base.length), fc.nat(3), insertion, (at, remove, insert) => {
        const json = base.slice(0, at) + insert + base.slice(at + remove);
        const found = textInBytes(json);
        if (found === undefined) {
          return true;
        }
        const { delta, contentBlockIndex, p: _padding, ...others } = JSON.parse(json) as Record<string, unknown>;
        const isSame = JSON.stringify(delta) === JSON.stringify({ text: found });
        return isSame && contentBlockIndex === span.contentBlockIndex && Object.keys(others).length === 0;
      }),
      { numRuns: 5_000 },
    );
    expect(textInBytes(base)).toBe("abé");
  });

  it("finds any text in the plain shape, with and without padding", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom('"}}', '\\"},"p":"', "\\"),
    );
    fc.assert(
      fc.property(text, fc.nat(99_999), fc.option(fc.stringMatching(/^[A-Za-z0-9]{0,62}$/)), (value, index, p) => {
        const json = JSON.stringify({ contentBlockIndex: index, delta: { text: value }, ...(p === null ? {} : { p }) });
        expect(textIn(json)).toBe(value);
        expect(span.contentBlockIndex).toBe(index);
      }),
      { numRuns: 2_000 },
    );
  });

  it("agrees with JSON.parse on changed payloads, or leaves them to it", () => {
    const base = '{"contentBlockIndex":0,"delta":{"text":"a\\n\\u00e9\\"b"},"p":"abc"}';
    const insertion = fc.constantFrom("", '"', "\\", "{", "}", ",", ":", "\n", "u", "p", "0", '","x":"');
    fc.assert(
      fc.property(fc.nat(base.length), fc.nat(3), insertion, (at, remove, insert) => {
        const json = base.slice(0, at) + insert + base.slice(at + remove);
        const found = textIn(json);
        if (found === undefined) {
          return true;
        }
        const { delta, contentBlockIndex, p: _padding, ...others } = JSON.parse(json) as Record<string, unknown>;
        const isSame = JSON.stringify(delta) === JSON.stringify({ text: found });
        return isSame && contentBlockIndex === span.contentBlockIndex && Object.keys(others).length === 0;
      }),
      { numRuns: 5_000 },
    );
    // The plain shape itself takes the short way.
    expect(textIn(base)).toBe('a\n\u00e9"b');
  });

  it.each([
    '{"contentBlockIndex":0,"delta":{"text":"a","new":1},"p":"x"}',
    '{"contentBlockIndex":0,"delta":{"text":"a"},"new":1,"p":"x"}',
    '{"contentBlockIndex":0,"delta":{"text":"a"},"p":"x","new":1}',
    '{"contentBlockIndex":0,"delta":{"text":"a\\q"},"p":"x"}',
    '{"contentBlockIndex":0,"delta":{"text":"a\nb"},"p":"x"}',
    '{"contentBlockIndex":0,"delta":{"text":"a\\u12"},"p":"x"}',
    '{"contentBlockIndex":,"delta":{"text":"a"},"p":"x"}',
    '{"contentBlockIndex":1234567890,"delta":{"text":"a"},"p":"x"}',
    '{"delta":{"text":"a"},"contentBlockIndex":0}',
    '{"contentBlockIndex":0,"delta":{"text":"a',
  ])("leaves %s to the general way", (json) => {
    expect(textIn(json)).toBeUndefined();
  });
});

const streams = exchangesOf("ConverseStream").filter(({ response }) => response.body_base64 !== undefined);

describe("ConverseStream replies of the fixtures and recordings", () => {
  it.each(streams.map((exchange) => [exchange.id, exchange] as const))("%s", (_id, exchange) => {
    const bytes = Buffer.from(exchange.response.body_base64 ?? "", "base64");
    expect(asRecorded(bytes)).toEqual(toldBy(exchange));
  });
});

/** What is to be told of an exchange, by the events that its file lists. */
function toldBy(exchange: Recording): unknown[] {
  const events = exchange.response.events ?? [];
  const whole = exchange.flags?.["cut_bytes"] === 0 || !isTruncated(exchange) ? events : events.slice(0, -1);
  const told = whole.map(({ type, message_type: kind, payload: { p: _padding, ...members } }) => {
    if (kind !== undefined && kind !== "event") return { refusal: members["message"] };
    return converseEvents.has(type) ? { type, ...members } : { type: "unknown", eventType: type, payload: members };
  });
  return isTruncated(exchange) ? [...told, { refusal: "truncated_stream" }] : told;
}

/** Members of ConverseStreamOutput in AWS's service model, the exceptions left out. */
const converseEvents: ReadonlySet<string> = new Set([
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
]);

/** What the reader says of a stream, in the form of the recordings. */
function asRecorded(bytes: Uint8Array): unknown[] {
  const listener = new Listener();
  const reader = new ConverseStreamReader(listener);
  const refusals: unknown[] = [];
  try {
    reader.push(bytes);
    reader.end();
  } catch (error) {
    refusals.push({ refusal: AditError.isInstance(error) ? (error.aws?.message ?? error.code) : error });
  }
  const told = listener.told.map((event) => {
    if (event.type === "fastText") {
      return { type: "contentBlockDelta", contentBlockIndex: event.contentBlockIndex, delta: { text: event.text } };
    }
    if (event.type !== "unknown") {
      return event;
    }
    // What is not known is handed on whole, the padding too.
    const { p: _padding, ...payload } = event.payload as Record<string, unknown>;
    return { ...event, payload };
  });
  return [...told, ...refusals];
}
