import { once } from "node:events";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import type { TextResult } from "./result.ts";
import type { TextStreamPart } from "./stream-parts.ts";
import { TextStream } from "./text-stream.ts";

const result = { text: "whole" } as TextResult;
const delta = (text: string): TextStreamPart => ({ type: "text-delta", block: 0, text });

/** A source that counts what was taken of it, and ends, fails or waits for its signal as told. */
function source(count: number, ending: "whole" | "fail" | "wait" = "whole") {
  const seen = { taken: 0, aborted: false };
  const make = async function* (signal: AbortSignal): AsyncGenerator<TextStreamPart> {
    signal.addEventListener("abort", () => (seen.aborted = true));
    for (let index = 0; index < count; index += 1) {
      if (signal.aborted) throw new AditError("client_closed", "ended");
      seen.taken += 1;
      yield delta(String(index));
    }
    if (ending === "fail") throw new AditError("truncated_stream", "cut");
    if (ending === "wait") {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      throw new AditError("client_closed", "ended");
    }
    yield { type: "finish", result };
  };
  return { seen, make };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return AditError.isInstance(error) ? error.code : String(error);
}

let unhandled: unknown[];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => {
  unhandled = [];
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
});

describe("reading", () => {
  it("gives every part in order, the result last, and the promise the same result", async () => {
    const stream = new TextStream(source(600).make);
    const parts: TextStreamPart[] = [];
    for await (const part of stream) parts.push(part);
    expect(parts.slice(0, -1)).toEqual(Array.from({ length: 600 }, (_, index) => delta(String(index))));
    expect(parts.at(-1)).toEqual({ type: "finish", result });
    expect([await stream.result, await stream.text]).toEqual([result, "whole"]);
  });

  it("gives the text alone", async () => {
    const pieces: string[] = [];
    for await (const text of new TextStream(source(3).make).textStream) pieces.push(text);
    expect(pieces).toEqual(["0", "1", "2"]);
  });

  it("waits for its reader: no more is taken than is read ahead", async () => {
    const { seen, make } = source(10_000);
    const stream = new TextStream(make);
    await settled();
    expect(seen.taken).toBeLessThanOrEqual(257);
    const reader = stream[Symbol.asyncIterator]();
    for (let count = 0; count < 300; count += 1) await reader.next();
    await settled();
    expect(seen.taken).toBeGreaterThanOrEqual(300);
    expect(seen.taken).toBeLessThanOrEqual(300 + 257);
    await reader.return?.();
  });

  it("settles the promise without a reader, and beside a slow one", async () => {
    expect(await new TextStream(source(5_000).make).text).toBe("whole");
    const stream = new TextStream(source(5_000).make);
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    expect(await stream.result).toBe(result);
    expect(await reader.next()).toEqual({ done: false, value: delta("1") });
  });

  it("gives a long answer as fast to who reads it late", { timeout: 20_000 }, async () => {
    const stream = new TextStream(source(500_000).make);
    await stream.result;
    let read = 0;
    for await (const _part of stream) read += 1;
    expect(read).toBe(500_001);
  });

  it("is read once", () => {
    const stream = new TextStream(source(1).make);
    stream[Symbol.asyncIterator]();
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/read once/);
  });
});

describe("failing", () => {
  it("throws after what came before, and rejects the promises", async () => {
    const stream = new TextStream(source(2, "fail").make);
    const parts: TextStreamPart[] = [];
    const reading = (async () => {
      for await (const part of stream) parts.push(part);
    })();
    expect(await codeOf(reading)).toBe("truncated_stream");
    expect(parts).toEqual([delta("0"), delta("1")]);
    expect([await codeOf(stream.result), await codeOf(stream.text)]).toEqual(["truncated_stream", "truncated_stream"]);
  });

  it("is no unhandled rejection, whoever does not look", async () => {
    const stream = new TextStream(source(0, "fail").make);
    void stream.result;
    void stream.text;
    await settled();
    expect(unhandled).toEqual([]);
  });
});

describe("leaving", () => {
  it.each([0, 1, 200])("a break after %i parts ends the call", async (count) => {
    const { seen, make } = source(300, "wait");
    const stream = new TextStream(make);
    let read = 0;
    for await (const _part of stream) {
      if (read >= count) break;
      read += 1;
    }
    await settled();
    expect(seen.aborted).toBe(true);
    expect(await codeOf(stream.result)).toBe("client_closed");
    expect(unhandled).toEqual([]);
  });

  it("a reader that leaves while it waits is let go at once", async () => {
    const { seen, make } = source(0, "wait");
    const reader = new TextStream(make)[Symbol.asyncIterator]();
    const waiting = reader.next();
    await reader.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(seen.aborted).toBe(true);
  });

  it.each([
    [
      "a web stream",
      (texts: AsyncIterable<string>) => {
        const reader = ReadableStream.from(texts).getReader();
        return { read: () => reader.read(), leave: () => reader.cancel() };
      },
    ],
    [
      "a stream of Node's",
      (texts: AsyncIterable<string>) => {
        const stream = Readable.from(texts);
        return { read: () => once(stream, "close"), leave: () => stream.resume().destroy() };
      },
    ],
  ])("%s of the text that ends while the model thinks ends the call at once", async (_name, streamOf) => {
    let isAborted = false;
    const thinking = async function* (signal: AbortSignal): AsyncGenerator<TextStreamPart> {
      signal.addEventListener("abort", () => (isAborted = true));
      while (!signal.aborted) {
        await settled();
        yield { type: "reasoning-delta", block: 0, text: "hm" };
      }
      throw new AditError("client_closed", "ended");
    };
    const { read, leave } = streamOf(new TextStream(thinking).textStream);
    const reading = read();
    await settled();
    void leave();
    await reading;
    expect(isAborted).toBe(true);
    expect(unhandled).toEqual([]);
  });

  it("cancel ends the call for the reader and the promises, also while nobody reads", async () => {
    const { seen, make } = source(10_000, "wait");
    const stream = new TextStream(make);
    await settled();
    stream.cancel();
    expect(await codeOf(stream.result)).toBe("client_closed");
    expect(seen.aborted).toBe(true);
    expect(
      await codeOf(
        (async () => {
          for await (const _part of stream) continue;
        })(),
      ),
    ).toBe("client_closed");
  });
});
