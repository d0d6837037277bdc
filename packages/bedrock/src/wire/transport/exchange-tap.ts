import type { Buffer } from "node:buffer";

/** Sees what goes over the wire, try by try. Must not throw, and must not change what it is shown. */
export interface ExchangeTap {
  /** A transmission begins; `hide` takes the secrets that sign it out of words that the other side may have repeated. */
  sent(body: Buffer | undefined, hide: (words: string) => string): void;
  /** A part of its answer, as it came. */
  received(chunk: Buffer): void;
}
