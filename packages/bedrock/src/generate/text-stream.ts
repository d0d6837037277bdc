import { AditError } from "../errors/adit-error.ts";
import type { TextResult } from "./result.ts";
import type { TextStreamPart } from "./stream-parts.ts";

/** Parts that are kept for a reader at most; then AWS's socket waits. */
const readAhead = 256;

/** Makes the parts of an answer; the signal ends the call. */
export type PartSource = (signal: AbortSignal) => AsyncIterable<TextStreamPart>;

/**
 * An answer as it comes, for one reader. Parts are read ahead of it a little; where `result` or `text` is asked for, all the way, so that
 * the promises settle with or without a reader.
 */
export class TextStream implements AsyncIterable<TextStreamPart> {
  readonly #controller = new AbortController();
  readonly #parts: TextStreamPart[] = [];
  readonly #result: Promise<TextResult>;
  #hasReader = false;
  #readerLeft = false;
  #isWanted = false;
  #isOver = false;
  #failure: { error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #makeRoom: (() => void) | undefined;

  /** Begins at once. Throws AditError `invalid_request` for what is no function. */
  constructor(source: PartSource) {
    if (typeof source !== "function") throw new AditError("invalid_request", "A TextStream must be given a function.");
    this.#result = handled(this.#run(source(this.#controller.signal)));
  }

  /** The whole answer, as `generateText` gives it. */
  get result(): Promise<TextResult> {
    this.#isWanted = true;
    this.#makeRoom?.();
    return this.#result;
  }

  /** The whole text. */
  get text(): Promise<string> {
    return handled(this.result.then(({ text }) => text));
  }

  /** The pieces of the text, in place of all parts. */
  get textStream(): AsyncIterable<string> {
    return this.#endedByLeaving(textOf(this));
  }

  /** Ends the call: the iteration and the promises fail with `client_closed`, unless the answer is already complete. */
  cancel(reason?: unknown): void {
    this.#controller.abort(reason);
    this.#makeRoom?.();
  }

  /** The parts of the answer, for one reader. Leaving the loop ends the call. */
  [Symbol.asyncIterator](): AsyncIterator<TextStreamPart, void, void> {
    if (this.#hasReader) {
      throw new TypeError("A stream is read once: this one has a reader already.");
    }
    this.#hasReader = true;
    return this.#endedByLeaving(this.#read());
  }

  /** By itself a generator begins to return once what it awaits has come: of text, only when the model has thought to its end. */
  #endedByLeaving<Item>(items: AsyncGenerator<Item, void, void>): AsyncIterableIterator<Item, void, void> {
    return {
      next: () => items.next(),
      return: () => {
        this.#readerLeft = true;
        this.cancel();
        this.#wakeReader?.();
        return items.return();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async #run(parts: AsyncIterable<TextStreamPart>): Promise<TextResult> {
    let result: TextResult | undefined;
    try {
      for await (const part of parts) {
        if (part.type === "finish") result = part.result;
        this.#parts.push(part);
        this.#wakeReader?.();
        if (this.#parts.length >= readAhead && !this.#isWanted && !this.#controller.signal.aborted) {
          await new Promise<void>((resolve) => (this.#makeRoom = resolve));
        }
      }
      if (result === undefined) throw new TypeError("The parts of an answer end with its result.");
      return result;
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      this.#isOver = true;
      this.#wakeReader?.();
    }
  }

  async *#read(): AsyncGenerator<TextStreamPart, void, void> {
    while (!this.#readerLeft) {
      if (this.#parts.length > 0) {
        // All at once: taken one by one off a long list, as it is for a late reader, each would move all that are behind it.
        for (const part of this.#parts.splice(0)) yield part;
        this.#makeRoom?.();
      } else if (this.#isOver) {
        break;
      } else {
        await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    }
    if (this.#failure !== undefined && !this.#readerLeft) throw this.#failure.error;
  }
}

/** Who does not await a promise is not told of its failure either: the process goes on. */
function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

async function* textOf(parts: AsyncIterable<TextStreamPart>): AsyncGenerator<string, void, void> {
  for await (const part of parts) {
    if (part.type === "text-delta") yield part.text;
  }
}
