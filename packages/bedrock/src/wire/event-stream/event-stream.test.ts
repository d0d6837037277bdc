import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import { exchangesOf, isTruncated } from "../testing/recordings.ts";
import { EventStreamDecoder, type Frame } from "./decoder.ts";
import { encodeFrame } from "./encoder.ts";
import type { HeaderValue } from "./frame.ts";

interface Copy {
  messageType: string;
  eventType: string;
  payload: string;
}

/** Decodes chunks to the end; frames are copied out of the decoder. */
function decodeAll(chunks: readonly Uint8Array[]): Copy[] {
  const decoder = new EventStreamDecoder();
  const frames: Copy[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk, (frame) =>
      frames.push({ messageType: frame.messageType, eventType: frame.eventType, payload: frame.text() }),
    );
  }
  decoder.end();
  return frames;
}

/** Code of the error that decoding throws, or "decoded". */
function outcomeOf(chunks: readonly Uint8Array[]): string {
  try {
    decodeAll(chunks);
    return "decoded";
  } catch (error) {
    return AditError.isInstance(error) ? error.code : `a foreign error: ${String(error)}`;
  }
}

/** Mutated streams in one run; `ADIT_FUZZ_RUNS=1000000` for a long one. */
const fuzzRuns = Number(process.env["ADIT_FUZZ_RUNS"] ?? 20_000);

const string = (value: string): HeaderValue => ({ type: "string", value });

function event(type: string, payload: unknown): Buffer {
  return encodeFrame(
    [
      [":event-type", string(type)],
      [":content-type", string("application/json")],
      [":message-type", string("event")],
    ],
    Buffer.from(JSON.stringify(payload)),
  );
}

const plainStream = Buffer.concat([
  event("messageStart", { p: "abcd", role: "assistant" }),
  event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Grüße, 世界 \u{1f600}" }, p: "ab" }),
  event("contentBlockStop", { contentBlockIndex: 0 }),
  event("messageStop", { stopReason: "end_turn" }),
]);

const byte = fc.integer({ min: -128, max: 127 });
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const headerValue: fc.Arbitrary<HeaderValue> = fc.oneof(
  fc.boolean().map((value): HeaderValue => ({ type: "boolean", value })),
  byte.map((value): HeaderValue => ({ type: "byte", value })),
  fc.integer({ min: -32768, max: 32767 }).map((value): HeaderValue => ({ type: "short", value })),
  fc.integer().map((value): HeaderValue => ({ type: "integer", value })),
  long.map((value): HeaderValue => ({ type: "long", value })),
  fc.uint8Array({ maxLength: 300 }).map((value): HeaderValue => ({ type: "binary", value: Uint8Array.from(value) })),
  fc.string({ unit: "grapheme", maxLength: 100 }).map(string),
  long.map((value): HeaderValue => ({ type: "timestamp", value })),
  fc.uuid().map((value): HeaderValue => ({ type: "uuid", value })),
);
const headers = fc.uniqueArray(
  fc.tuple(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }), headerValue),
  { maxLength: 8, selector: ([name]) => name },
);

describe("frames of the reference", () => {
  it("tells each frame's own headers, however many streams have had others of the same length before", () => {
    const types = Array.from({ length: 300 }, (_, index) => `event${String(index % 150).padStart(3, "0")}`);
    for (const type of types) {
      const frames = decodeAll([event(type, {}), event("other", {}), event(type, {})]);
      expect(frames.map(({ eventType }) => eventType)).toEqual([type, "other", type]);
    }
  });

  it("encodes and decodes the golden messageStart", () => {
    const golden =
      "0000007f000000529bc598af0b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2270223a226162222c22726f6c65223a22617373697374616e74227d362c6c18";
    expect(event("messageStart", { p: "ab", role: "assistant" }).toString("hex")).toBe(golden);
    expect(decodeAll([Buffer.from(golden, "hex")])).toEqual([
      { messageType: "event", eventType: "messageStart", payload: '{"p":"ab","role":"assistant"}' },
    ]);
  });

  it("encodes and decodes the golden throttlingException", () => {
    const golden =
      "000000b2000000613590d5d30f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a22546f6f206d616e792072657175657374732c20706c656173652077616974206265666f726520747279696e6720616761696e2e227de8ffb26a";
    const payload = '{"message":"Too many requests, please wait before trying again."}';
    const frame = encodeFrame(
      [
        [":exception-type", string("throttlingException")],
        [":content-type", string("application/json")],
        [":message-type", string("exception")],
      ],
      Buffer.from(payload),
    );
    expect(frame.toString("hex")).toBe(golden);
    expect(decodeAll([frame])).toEqual([{ messageType: "exception", eventType: "throttlingException", payload }]);
  });

  it("encodes and decodes the empty frame", () => {
    expect(encodeFrame([], Buffer.alloc(0)).toString("hex")).toBe("000000100000000005c248eb7d98c8ff");
    expect(decodeAll([Buffer.from("000000100000000005c248eb7d98c8ff", "hex")])).toEqual([
      { messageType: "unknown", eventType: "", payload: "" },
    ]);
  });
});

describe("cuts", () => {
  it("decodes the same however the bytes are cut in two", () => {
    const whole = decodeAll([plainStream]);
    expect(whole).toHaveLength(4);
    for (let cut = 0; cut <= plainStream.length; cut += 1) {
      expect(decodeAll([plainStream.subarray(0, cut), plainStream.subarray(cut)])).toEqual(whole);
    }
  });

  it("decodes the same byte by byte", () => {
    expect(decodeAll([...plainStream].map((value) => Uint8Array.of(value)))).toEqual(decodeAll([plainStream]));
  });

  it("decodes the same in pieces of any sizes", () => {
    const whole = decodeAll([plainStream]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: plainStream.length })), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), plainStream.length];
        const chunks = places.slice(1).map((end, index) => plainStream.subarray(places[index], end));
        expect(decodeAll(chunks)).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps nothing of what it has read: a stream may wait long for its next event", () => {
    const decoder = new EventStreamDecoder();
    const seen: { frame: Frame; bytes: number }[] = [];
    decoder.push(plainStream, (frame) => seen.push({ frame, bytes: frame.bytes.length }));
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(() => plainStream.length));
    expect(seen.map(({ frame }) => frame.bytes.length)).toEqual(seen.map(() => 0));
  });

  it("reports an end inside a frame at every byte, and a proper end between frames", () => {
    const ends = new Set<number>([0]);
    let end = 0;
    while (end < plainStream.length) {
      end += plainStream.readUInt32BE(end);
      ends.add(end);
    }
    for (let cut = 0; cut < plainStream.length; cut += 1) {
      expect(outcomeOf([plainStream.subarray(0, cut)])).toBe(ends.has(cut) ? "decoded" : "truncated_stream");
    }
  });
});

describe("bytes that are no event stream", () => {
  it("rejects a changed bit anywhere, and never passes it", () => {
    for (let bit = 0; bit < plainStream.length * 8; bit += 1) {
      const changed = Buffer.from(plainStream);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(outcomeOf([changed])).toBe("corrupt_stream");
    }
  });

  it("neither crashes on nor passes mutated streams, in any pieces", () => {
    const mutation = fc.record({
      at: fc.nat(plainStream.length - 1),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
    });
    const whole = decodeAll([plainStream]);
    fc.assert(
      fc.property(mutation, fc.nat(plainStream.length), ({ at, remove, insert }, cut) => {
        const changed = Buffer.concat([plainStream.subarray(0, at), insert, plainStream.subarray(at + remove)]);
        const outcome = outcomeOf([changed.subarray(0, cut), changed.subarray(cut)]);
        expect(["decoded", "corrupt_stream", "truncated_stream"]).toContain(outcome);
        // Where it decodes, only whole frames may have gone: what is left must be frames of the original.
        const kept = outcome === "decoded" ? decodeAll([changed]) : [];
        expect(kept.every((frame) => whole.some((known) => known.payload === frame.payload))).toBe(true);
      }),
      { numRuns: fuzzRuns, seed: 7 },
    );
  });

  it("never throws anything but an AditError on random bytes with a true prelude", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (body, headerBytes) => {
        const frame = encodeFrame([], Buffer.from(body));
        frame.writeUInt32BE(Math.min(headerBytes, body.length), 4);
        expect(["corrupt_stream", "decoded"]).toContain(outcomeOf([mended(frame)]));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ["of 0 bytes", 0, 0],
    ["of 15 bytes", 15, 0],
    ["of 4 GiB", 0xffffffff, 0],
    ["of more than 24 MiB", 24 * 1024 * 1024 + 1, 0],
    ["with headers longer than itself", 40, 25],
    ["with headers of more than 128 KiB", 1024 * 1024, 128 * 1024 + 1],
  ])("rejects a frame %s at once", (_name, total, headerBytes) => {
    const prelude = Buffer.alloc(16);
    prelude.writeUInt32BE(total, 0);
    prelude.writeUInt32BE(headerBytes, 4);
    expect(outcomeOf([mended(prelude).subarray(0, 12)])).toBe("corrupt_stream");
    expect(outcomeOf([...mended(prelude).subarray(0, 12)].map((value) => Uint8Array.of(value)))).toBe("corrupt_stream");
  });

  it("rejects a page of HTML and gzip", () => {
    expect(outcomeOf([Buffer.from("<html><body>502 Bad Gateway</body></html>")])).toBe("corrupt_stream");
    expect(outcomeOf([Buffer.from("1f8b0800000000000003abcdabcdef", "hex")])).toBe("corrupt_stream");
  });

  it("rejects an unknown header type, a header given twice and a nameless one", () => {
    const twice: [string, HeaderValue][] = [
      ["a", string("x")],
      ["a", string("y")],
    ];
    expect(outcomeOf([encodeFrame(twice, Buffer.alloc(0))])).toBe("corrupt_stream");
    const odd = encodeFrame([["a", { type: "boolean", value: true }]], Buffer.alloc(0));
    odd[14] = 10;
    expect(outcomeOf([mended(odd)])).toBe("corrupt_stream");
    odd[14] = 0;
    odd[12] = 0;
    expect(outcomeOf([mended(odd)])).toBe("corrupt_stream");
  });

  it("refuses to go on after a fault", () => {
    const decoder = new EventStreamDecoder();
    expect(() => decoder.push(Buffer.alloc(20, 1), () => {})).toThrow(/corrupt/);
    expect(() => decoder.push(plainStream, () => {})).toThrow(/read on after a fault/);
  });

  it("does not set aside what a length claims before it has come", () => {
    const large = encodeFrame([], Buffer.alloc(20 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 20 }, () => new EventStreamDecoder());
    for (const decoder of decoders) {
      decoder.push(large.subarray(0, 100), () => {});
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * 1024 * 1024);
  });
});

/** Makes both checksums of a single frame true again. */
function mended(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  const crc32 = (bytes: Uint8Array): number => {
    let remainder = 0xffffffff;
    for (const value of bytes) {
      remainder ^= value;
      for (let bit = 0; bit < 8; bit += 1) {
        remainder = (remainder & 1) === 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
      }
    }
    return (remainder ^ 0xffffffff) >>> 0;
  };
  copy.writeUInt32BE(crc32(copy.subarray(0, 8)), 8);
  copy.writeUInt32BE(crc32(copy.subarray(0, copy.length - 4)), copy.length - 4);
  return copy;
}

describe("headers", () => {
  it("keep every type through encoding and decoding", () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 500 }), (list, payload) => {
        const decoder = new EventStreamDecoder();
        let frames = 0;
        decoder.push(encodeFrame(list, payload), (frame) => {
          frames += 1;
          for (const [name, value] of list) {
            expect(frame.header(name)).toEqual(value);
          }
          expect(frame.header("no such header")).toBeUndefined();
          expect([...frame.payload]).toEqual([...payload]);
        });
        expect(frames).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, [string, HeaderValue][]]>([
    ["an empty name", [["", string("x")]]],
    ["a long name", [["n".repeat(256), string("x")]]],
    ["a long value", [["n", string("x".repeat(65_536))]]],
    ["a byte out of range", [["n", { type: "byte", value: 128 }]]],
    ["a fraction", [["n", { type: "integer", value: 1.5 }]]],
    ["a long out of range", [["n", { type: "long", value: 2n ** 63n }]]],
    ["a malformed UUID", [["n", { type: "uuid", value: "not-a-uuid" }]]],
    ["too many headers", [0, 1, 2].map((index) => [`n${index}`, string("x".repeat(60_000))])],
  ])("with %s are not encoded", (_name, list) => {
    expect(() => encodeFrame(list, Buffer.alloc(0))).toThrow(AditError);
  });
});

describe("AWS's own codec", () => {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);

  it("reads what is encoded here", () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 500 }), (list, payload) => {
        const message = codec.decode(encodeFrame(list, payload));
        expect([...message.body]).toEqual([...payload]);
        for (const [name, value] of list) {
          expect(comparable(message.headers[name])).toEqual(comparable(value));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("writes what is decoded here", () => {
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 500 }), (list, payload) => {
        const theirs = codec.encode({
          headers: Object.fromEntries(
            list
              .filter(([, value]) => value.type !== "timestamp" && value.type !== "long")
              .map(([name, value]) => [name, value as never]),
          ),
          body: Uint8Array.from(payload),
        });
        const ours = encodeFrame(
          list.filter(([, value]) => value.type !== "timestamp" && value.type !== "long"),
          payload,
        );
        expect(Buffer.from(theirs).equals(Buffer.from(ours))).toBe(isIntegerOrder(list));
        const decoder = new EventStreamDecoder();
        decoder.push(theirs, (frame) => expect([...frame.payload]).toEqual([...payload]));
        decoder.end();
      }),
      { numRuns: 300 },
    );
  });

  it("agrees on every frame of the fixtures and recordings", () => {
    const whole = exchangesOf("ConverseStream").filter((exchange) => !isTruncated(exchange));
    expect(whole.length).toBeGreaterThan(0);
    for (const { body_base64: body } of whole.map((exchange) => exchange.response)) {
      const bytes = Buffer.from(body ?? "", "base64");
      let cursor = 0;
      for (const frame of decodeAll([bytes])) {
        const theirs = codec.decode(bytes.subarray(cursor, (cursor += bytes.readUInt32BE(cursor))));
        expect(toUtf8(theirs.body)).toBe(frame.payload);
      }
    }
  });
});

/** JavaScript orders members whose names are integers first, so AWS's codec may write them in another order. */
function isIntegerOrder(list: readonly (readonly [string, HeaderValue])[]): boolean {
  const names = list.filter(([, value]) => value.type !== "timestamp" && value.type !== "long").map(([name]) => name);
  return Object.keys(Object.fromEntries(names.map((name) => [name, 0]))).every((name, index) => name === names[index]);
}

function comparable(value: unknown): unknown {
  const { type, value: inner } = value as { type: string; value: unknown };
  if (inner instanceof Uint8Array) {
    return [type, ...inner];
  }
  if (inner instanceof Date) {
    return [type, inner.getTime()];
  }
  if (type === "timestamp") {
    return [type, new Date(Number(inner)).getTime()];
  }
  if (type === "long" && typeof inner === "object") {
    return [type, Buffer.from((inner as { bytes: Uint8Array }).bytes).readBigInt64BE()];
  }
  return [type, inner];
}

const streams = ["ConverseStream", "InvokeModelWithResponseStream"]
  .flatMap((operation) => exchangesOf(operation))
  .filter((exchange) => !isTruncated(exchange))
  .filter(
    ({ response }) => response.body_base64 !== undefined && response.headers["content-type"]?.includes("eventstream"),
  );

describe("streams of the fixtures and recordings", () => {
  it.each(streams.map((recording) => [recording.id, recording] as const))("%s", (_id, recording) => {
    const bytes = Buffer.from(recording.response.body_base64 ?? "", "base64");
    const whole = decodeAll([bytes]);
    expect(whole).toHaveLength(recording.frames ?? whole.length);
    const starts: number[] = [];
    for (let start = 0; start < bytes.length; start += bytes.readUInt32BE(start)) {
      starts.push(start);
    }
    for (const cut of cutsOf(bytes.length, starts)) {
      expectSameWhenCut(bytes, starts, cut);
    }
  });
});

/**
 * Compares bytes with bytes, where `decodeAll` makes strings: a million and a half cut streams are to take seconds. Whole frames
 * far from the cut never meet it, so but for one cut in fifty the frame with the cut and one on either side are the stream.
 */
function expectSameWhenCut(bytes: Buffer, starts: readonly number[], cut: number): void {
  const at = Math.max(
    0,
    starts.findLastIndex((start) => start <= cut),
  );
  const first = cut % 50 === 0 ? 0 : Math.max(0, at - 1);
  const last = cut % 50 === 0 ? starts.length : Math.min(starts.length, at + 2);
  const [from, to] = [starts[first] ?? 0, starts[last] ?? bytes.length];
  const decoder = new EventStreamDecoder();
  let index = first;
  const take = (frame: Frame): void => {
    const end = starts[index + 1] ?? bytes.length;
    const payload = frame.payload;
    if (payload.compare(bytes, end - 4 - payload.length, end - 4) !== 0 || frame.eventType === "") {
      throw new Error(`frame ${index} decodes differently when cut at byte ${cut}`);
    }
    index += 1;
  };
  decoder.push(bytes.subarray(from, cut), take);
  decoder.push(bytes.subarray(cut, to), take);
  decoder.end();
  if (index !== last) {
    throw new Error(`${index} frames when cut at byte ${cut}`);
  }
}

/** Every byte up to 16 KiB; of a longer stream the first two frames, the last two, and one in the middle. */
function cutsOf(length: number, starts: readonly number[]): number[] {
  const span = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index);
  if (length <= 16 * 1024) {
    return span(0, length);
  }
  const middle = starts.length >> 1;
  return [
    ...span(0, starts[2] ?? length),
    ...span(starts[middle] ?? 0, starts[middle + 1] ?? length),
    ...span(starts.at(-2) ?? 0, length),
  ];
}
