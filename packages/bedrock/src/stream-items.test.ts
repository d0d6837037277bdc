import { describe, expect, it } from "vitest";
import type { OpenStream } from "./client-calls.ts";
import { streamItems, type ItemMaker } from "./stream-items.ts";
import type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";
import { all, untilThrown } from "./wire/testing/library.ts";

/** A stream that the test drives by hand. */
class HandStream implements OpenStream {
  requestId = "";
  attempts = [];
  modelUsed = "m";
  sink: ConverseStreamSink | undefined;
  readonly done: string[] = [];
  #settle: (error?: Error) => void = () => {};
  readonly #ended = new Promise<void>((resolve, reject) => {
    this.#settle = (error) => (error === undefined ? resolve() : reject(error));
  });

  pump(sink: ConverseStreamSink): Promise<void> {
    this.sink = sink;
    return this.#ended;
  }

  /** One read of the network. */
  read(...texts: string[]): void {
    for (const text of texts) this.sink?.onTextDelta(0, text);
    this.sink?.onReadEnd?.();
  }

  end(error?: Error): void {
    this.#settle(error);
  }

  pause(): void {
    this.done.push("pause");
  }

  resume(): void {
    this.done.push("resume");
  }

  abort(): void {
    this.done.push("abort");
    this.end(new Error("aborted"));
  }
}

const texts =
  (more: Omit<ItemMaker, "sink"> = {}) =>
  (emit: (item: string) => void): ItemMaker => ({
    sink: { onTextDelta: (_index, text) => emit(text), onEvent: () => {} },
    ...more,
  });

describe("the items of a stream", () => {
  it("come in order, those of the finish last", async () => {
    const stream = new HandStream();
    const items = streamItems(stream, (emit: (item: string) => void) => ({
      ...texts()(emit),
      finish: () => emit("finish"),
    }));
    const list = all(items);
    stream.read("a", "b");
    await Promise.resolve();
    stream.read("c");
    stream.end();
    expect(await list).toEqual(["a", "b", "c", "finish"]);
    expect(stream.done).toEqual([]);
  });

  it("come before the failure, what still waited too", async () => {
    const stream = new HandStream();
    const items = streamItems(stream, (emit: (item: string) => void) => ({
      ...texts()(emit),
      fail: (error) => emit(`waited for ${String(error)}`),
    }));
    const ending = untilThrown(items);
    stream.read("a");
    stream.end(new Error("broken"));
    const { list, error } = await ending;
    expect(list).toEqual(["a", "waited for Error: broken"]);
    expect(error).toMatchObject({ message: "broken" });
  });

  it("end in what the finish throws", async () => {
    const stream = new HandStream();
    const finish = (): void => {
      throw new Error("not whole");
    };
    const ending = untilThrown(streamItems(stream, texts({ finish })));
    stream.read("a");
    stream.end();
    expect(await ending).toMatchObject({ list: ["a"], error: { message: "not whole" } });
  });

  it("are read ahead by 256 and a read at most: then the stream is paused, once, until they are taken", async () => {
    const stream = new HandStream();
    const items = streamItems(stream, texts());
    const first = items.next();
    stream.read(...Array.from({ length: 256 }, () => "x"));
    expect(stream.done).toEqual([]);
    stream.read("y");
    stream.read("z");
    expect(stream.done).toEqual(["pause"]);
    expect(await first).toEqual({ done: false, value: "x" });
    for (let taken = 1; taken < 258; taken += 1) await items.next();
    expect(stream.done).toEqual(["pause"]);
    const waiting = items.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.done).toEqual(["pause", "resume"]);
    stream.end();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("end the call where the consumer leaves, at once, also in the middle of a wait", async () => {
    const stream = new HandStream();
    const items = streamItems(stream, texts());
    const waiting = items.next();
    const left = items.return?.();
    expect(stream.done).toEqual(["abort"]);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await left).toEqual({ done: true, value: undefined });
  });
});
