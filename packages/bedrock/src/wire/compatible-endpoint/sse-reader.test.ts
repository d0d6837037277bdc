import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseReader, type ServerSentEvent } from "./sse-reader.ts";

interface Read {
  events: ServerSentEvent[];
  bytes: string[];
  rest: string;
}

function read(...chunks: (string | Uint8Array)[]): Read {
  const found: Read = { events: [], bytes: [], rest: "" };
  const reader = new SseReader((event, bytes) => {
    found.bytes.push(bytes.toString("utf8"));
    if (event !== undefined) {
      found.events.push(event);
    }
  });
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk));
  }
  found.rest = reader.rest()?.bytes.toString("utf8") ?? "";
  return found;
}

const sample =
  '\ufeffdata: {"a":1}\n\n: a comment\r\n\r\nevent: error\rdata: one\rdata:two\r\rid: 5\nretry: 3\ndata\n\r\ndata: {"text":"\u00e9\u{1f600}"}\n\ndata: [DONE]\n\n';

const sampleEvents: ServerSentEvent[] = [
  { name: "", data: '{"a":1}' },
  { name: "error", data: "one\ntwo" },
  { name: "", data: "" },
  { name: "", data: '{"text":"\u00e9\u{1f600}"}' },
  { name: "", data: "[DONE]" },
];

describe("SseReader", () => {
  it("reads every line end, comments, names, several lines of data", () => {
    const found = read(sample);
    expect(found.events).toEqual(sampleEvents);
    expect(found.rest).toBe("");
  });

  it("gives all bytes in their order, whole events each time, cut at any two places", () => {
    const bytes = Buffer.from(sample);
    for (let first = 0; first <= bytes.length; first += 1) {
      for (let second = first; second <= bytes.length; second += 7) {
        const found = read(bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second));
        expect(found.events).toEqual(sampleEvents);
        expect(found.bytes.join("") + found.rest).toBe(sample);
      }
    }
  });

  it("reads one byte at a time what it reads at once", () => {
    const piece = fc.constantFrom("data: a", "data:", ": c", "event: x", "\n", "\r", "\r\n", "\n\n", "z", "\u00e9");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const bytes = Buffer.from(text);
        // A last carriage return waits for what follows it, so the whole is followed by a letter.
        const whole = read(Buffer.concat([bytes, Buffer.from("z")]));
        const single = read(...[...bytes].map((byte) => Uint8Array.of(byte)), "z");
        expect(single.events).toEqual(whole.events);
        expect(single.bytes.join("") + single.rest).toBe(`${text}z`);
      }),
    );
  });

  it("keeps what has no empty line after it as the rest", () => {
    const found = read("data: a\n\ndata: b\n");
    expect(found.events).toEqual([{ name: "", data: "a" }]);
    expect(found.rest).toBe("data: b\n");
  });

  it("begins each event anew: a line as long as the event before it is no end", () => {
    const found = read("data: a\n\ndata: abc\ndata: d\n\n\n\n");
    expect(found.events).toEqual([
      { name: "", data: "a" },
      { name: "", data: "abc\nd" },
    ]);
    expect(found.rest).toBe("");
  });

  it("refuses an event without end", () => {
    const reader = new SseReader(() => {});
    const chunk = Buffer.alloc(1024 * 1024, "a");
    expect(() => {
      for (let count = 0; count < 20; count += 1) {
        reader.push(chunk);
      }
    }).toThrow("larger than");
  });
});

describe("an event in a very great many pieces", () => {
  it("is not copied for each: four megabytes, byte by byte, end in time, and the bytes given away stay as they were", () => {
    const events: Buffer[] = [];
    const reader = new SseReader((_event, bytes) => events.push(bytes));
    const text = Buffer.from(`data: ${"x".repeat(4 * 1024 * 1024)}\n\ndata: two\n\ndata: three\n\n`);
    reader.push(Buffer.alloc(0));
    for (let at = 0; at < text.length; at += 1) reader.push(text.subarray(at, at + 1));
    reader.push(Buffer.alloc(0));
    expect(events).toHaveLength(3);
    expect(Buffer.concat(events).equals(text)).toBe(true);
  }, 120_000);
});

describe("what tells nothing", () => {
  it.each(["\n", "\r", "\r\n", ":\n\n", ": ping\r\r", "event: ping\n\n", "id: 1\n\n"])(
    "is given once a read, however often it came: %j",
    (noise) => {
      const given: [ServerSentEvent | undefined, string][] = [];
      const reader = new SseReader((event, bytes) => given.push([event, bytes.toString("utf8")]));
      const row = noise.repeat(1000);
      reader.push(Buffer.from(`data: a\n\n${row}data: b\n\n${row}:`));
      reader.push(Buffer.from(`${row}data: c\n\n`));
      expect(given.filter(([event]) => event !== undefined).map(([event]) => event?.data)).toEqual(["a", "b", "c"]);
      expect(given.map(([, bytes]) => bytes).join("")).toBe(`data: a\n\n${row}data: b\n\n${row}:${row}data: c\n\n`);
      expect(given.length).toBeLessThanOrEqual(7);
    },
  );
});
