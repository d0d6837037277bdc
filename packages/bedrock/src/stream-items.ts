import type { OpenStream } from "./client-calls.ts";
import type { ConverseStreamSink } from "./wire/converse-stream-reader.ts";

/** Read ahead of the consumer by at most this many items; then AWS's socket waits. */
const readAhead = 256;

/**
 * A stream as an async iterable, for one consumer. `makeSink` turns what arrives into items by calling `emit`; `finish` may emit
 * more at the stream's proper end. A consumer that stops early ends the call to AWS.
 */
export async function* streamItems<Item>(
  stream: OpenStream,
  makeSink: (emit: (item: Item) => void) => { sink: ConverseStreamSink; finish?: () => void },
): AsyncGenerator<Item, void, void> {
  const items: Item[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let failure: { error: unknown } | undefined;
  let paused = false;
  const { sink, finish } = makeSink((item) => items.push(item));
  const onReadEnd = (): void => {
    sink.onReadEnd?.();
    if (items.length > readAhead && !paused) {
      paused = true;
      stream.pause();
    }
    wake?.();
  };
  const pumping = stream
    .pump({
      onTextDelta: (index, text) => sink.onTextDelta(index, text),
      onEvent: (event) => sink.onEvent(event),
      onReadEnd,
    })
    .then(() => finish?.())
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      ended = true;
      wake?.();
    });
  try {
    while (items.length > 0 || !ended) {
      if (items.length === 0) {
        await nextWake((resolve) => (wake = resolve));
      }
      yield* items.splice(0);
      if (paused) {
        paused = false;
        stream.resume();
      }
    }
    await pumping;
    if (failure !== undefined) {
      throw failure.error;
    }
  } finally {
    if (!ended) {
      stream.abort();
    }
  }
}

function nextWake(arm: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => arm(resolve));
}
