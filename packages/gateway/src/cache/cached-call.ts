/** The cache's part in one request: an answer that is stored, or the storing of the one that comes. */
import type { EventWriter } from "../http/routes/route.ts";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import type { Target } from "../routing/plan/plan.ts";
import { cacheKey, type CachedRequest } from "./cache-key.ts";
import { cacheWish } from "./cache-wish.ts";
import type { StoredAnswer, StoredAnswers } from "./stored-answers.ts";

/** Portkey's words; those of the semantic cache are for answers to questions that are alike. */
export type CacheStatus = "HIT" | "SEMANTIC HIT" | "MISS" | "SEMANTIC MISS" | "REFRESH" | "DISABLED";

/** What a request is, beside what the target and the headers say. */
export type WithoutKey = Omit<CachedRequest, "partition" | "target">;

export class CachedCall {
  /** Of the target that was called last. */
  status: CacheStatus = "DISABLED";
  /** True where a header asked for the semantic cache, and has the simple one. */
  isOtherMode = false;
  readonly #answers: StoredAnswers;
  readonly #headers: CallerHeaders;
  #place: { key: string; maxAgeMs: number; target: Target } | undefined;

  constructor(answers: StoredAnswers, headers: CallerHeaders) {
    this.#answers = answers;
    this.#headers = headers;
  }

  /** The target whose answer is to be stored when it comes. */
  get awaited(): Target | undefined {
    return this.#place?.target;
  }

  /** True where the target's answer may be one that is stored, or is to be. Otherwise no answer is stored for it. */
  isWanted(target: Target): boolean {
    this.#place = undefined;
    this.status = "DISABLED";
    return this.#answers.largestText > 0 && cacheWish(target.cache, this.#headers) !== undefined;
  }

  /** The stored answer for a target; where there is none, the next answer is for this place. Rejects with AditError. */
  async find(target: Target, describe: () => Promise<WithoutKey>): Promise<StoredAnswer | undefined> {
    this.#place = undefined;
    this.status = "DISABLED";
    const wish = cacheWish(target.cache, this.#headers);
    if (wish === undefined || this.#answers.largestText <= 0) return undefined;
    const { maxAgeMs, partition, forcesRefresh } = wish;
    this.isOtherMode = wish.isOtherMode;
    const key = await cacheKey({ ...(await describe()), partition, target });
    const found = forcesRefresh ? undefined : this.#answers.find(key, maxAgeMs);
    this.status = found === undefined ? (forcesRefresh ? "REFRESH" : "MISS") : "HIT";
    if (found === undefined) this.#place = { key, maxAgeMs, target };
    return found;
  }

  /** Stores a whole answer, or a stream that came to its proper end. Errors are never stored. */
  keep(answer: StoredAnswer): void {
    if (this.#place !== undefined) this.#answers.keep(this.#place.key, answer, this.#place.maxAgeMs);
  }

  /** Writes to `events`, and remembers what is written for as long as it may be stored. */
  recording(events: EventWriter): { events: EventWriter; text: () => string | undefined } {
    if (this.#place === undefined) return { events, text: () => undefined };
    let pieces: string[] | undefined = [];
    let length = 0;
    const write = (text: string): void => {
      length += text.length;
      if (length > this.#answers.largestText) pieces = undefined;
      pieces?.push(text);
      events.write(text);
    };
    const recorder: EventWriter = {
      write,
      flush: () => events.flush(),
      onDrain: (listener) => events.onDrain(listener),
      end: () => events.end(),
    };
    return { events: recorder, text: () => pieces?.join("") };
  }
}
