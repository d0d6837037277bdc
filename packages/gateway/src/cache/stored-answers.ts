/** Answers in memory, up to a number of bytes; what was not asked for the longest leaves first. */
import { steadyNow } from "../steady-now.ts";

/** An answer as it went to the caller. */
export interface StoredAnswer {
  /** The body, or the events of the stream. */
  text: string;
  /** Where it came from, for the headers and the log. */
  route: "converse" | "invoke" | "openai" | "anthropic" | "emulator";
  modelUsed: string;
  dropped: readonly string[];
}

interface Entry {
  answer: StoredAnswer;
  bytes: number;
  keptAt: number;
  expiresAt: number;
}

/** What an entry takes beside its text: key, object, map. */
const overheadBytes = 500;
/** No answer takes more than this part of the room: one would push all others out. */
const largestShare = 1 / 8;

export class StoredAnswers {
  readonly #now: () => number;
  readonly #mostBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** `mostBytes` 0: nothing is kept. `now`: a clock that only goes forward. */
  constructor(mostBytes: number, now: () => number = steadyNow) {
    this.#mostBytes = mostBytes;
    this.#now = now;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of text that an answer may have, to be kept. */
  get largestText(): number {
    return Math.floor(this.#mostBytes * largestShare) - overheadBytes;
  }

  /** `maxAgeMs`: who asks may want none as old as whoever had it kept; it stays for others then. */
  find(key: string, maxAgeMs = Infinity): StoredAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.keptAt + maxAgeMs <= this.#now()) return undefined;
    this.#remove(key, entry);
    if (entry.expiresAt <= this.#now()) return undefined;
    // Behind all others: it has just been asked for.
    this.#add(key, entry);
    return entry.answer;
  }

  /** Keeps the answer in place of an earlier one, as long as either may be kept: it is the fresher. One that is too large is not kept. */
  keep(key: string, answer: StoredAnswer, maxAgeMs: number): void {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#remove(key, before);
    const textBytes = Buffer.byteLength(answer.text);
    if (textBytes > this.largestText) return;
    // A text of JavaScript's takes up to two bytes a character.
    const bytes = Math.max(textBytes, 2 * answer.text.length) + overheadBytes;
    const now = this.#now();
    this.#add(key, { answer, bytes, keptAt: now, expiresAt: Math.max(now + maxAgeMs, before?.expiresAt ?? 0) });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#remove(oldest, entry);
    }
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
