import type { OpenStream } from "./client-calls.ts";
import type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";

/** Read ahead of the consumer by at most this many items; then AWS's socket waits. */
const readAhead = 256;

/** What turns the events of a stream into items. */
export interface ItemMaker {
  sink: ConverseStreamSink;
  /** At the stream's proper end; may emit more, and may throw. */
  finish?: () => void;
  /** After a failure; may emit what still waited. */
  fail?: (error: unknown) => void;
}

/**
 * A stream as an async iterable, for one consumer. `makeSink` turns what arrives into items by calling `emit`. A failure is thrown after
 * all that came before it. A consumer that leaves, also one that has not begun or that waits for an item, ends the call to AWS at once.
 */
export function streamItems<Item>(
  stream: OpenStream,
  makeSink: (emit: (item: Item) => void) => ItemMaker,
): AsyncIterableIterator<Item, void, void> {
  const consumer = { hasLeft: false };
  const items = itemsOf(stream, makeSink, consumer);
  const leave = (): void => {
    consumer.hasLeft = true;
    stream.abort();
  };
  return {
    next: () => items.next(),
    // By itself a generator begins to return once the item that is awaited has come, and one that has not begun never looks back.
    return: () => {
      leave();
      return items.return();
    },
    throw: (error) => {
      leave();
      return items.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* itemsOf<Item>(
  stream: OpenStream,
  makeSink: (emit: (item: Item) => void) => ItemMaker,
  consumer: { readonly hasLeft: boolean },
): AsyncGenerator<Item, void, void> {
  const items: Item[] = [];
  let wake: (() => void) | undefined;
  let paused = false;
  const maker = makeSink((item) => items.push(item));
  const { sink } = maker;
  const onReadEnd = (): void => {
    sink.onReadEnd?.();
    if (items.length > readAhead && !paused) {
      paused = true;
      stream.pause();
    }
    wake?.();
  };
  const reading = readAll(stream, maker, {
    onTextDelta: (index, text) => sink.onTextDelta(index, text),
    onEvent: (event) => sink.onEvent(event),
    onReadEnd,
  });
  void reading.ended.then(() => wake?.());
  while (items.length > 0 || !reading.isOver) {
    if (items.length === 0) {
      await nextWake((resolve) => (wake = resolve));
    }
    if (consumer.hasLeft) return;
    // Each by itself: what is thrown into `yield*` over a list is answered by an error of the engine in its place.
    for (const item of items.splice(0)) yield item;
    if (paused) {
      paused = false;
      stream.resume();
    }
  }
  if (reading.failure !== undefined && !consumer.hasLeft) {
    throw reading.failure.error;
  }
}

interface Reading {
  ended: Promise<void>;
  isOver: boolean;
  failure: { error: unknown } | undefined;
}

/** Reads a stream to its end, whatever that is. */
function readAll(stream: OpenStream, { finish, fail }: ItemMaker, sink: ConverseStreamSink): Reading {
  const reading: Reading = { ended: Promise.resolve(), isOver: false, failure: undefined };
  const read = async (): Promise<void> => {
    try {
      await stream.pump(sink);
      finish?.();
    } catch (error) {
      reading.failure = { error };
      fail?.(error);
    } finally {
      reading.isOver = true;
    }
  };
  reading.ended = read();
  return reading;
}

function nextWake(arm: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => arm(resolve));
}
