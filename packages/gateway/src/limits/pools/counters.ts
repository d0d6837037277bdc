/** The counters of one gateway: made when they are first needed, let go when their window is over and all is told. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Counter, type CounterTools } from "./counter.ts";
import type { Limit } from "../limit.ts";
import { poolKey, type PoolStore, type PoolWord } from "./pool-store.ts";
import { windowOf } from "./window.ts";

export interface CountersTools extends Omit<CounterTools, "leaseId"> {
  pools: Pick<PoolStore, "report" | "forget" | "holderId">;
}

export class Counters {
  readonly #tools: CountersTools;
  /** By limit and bucket: the one of the window that it is. */
  readonly #current = new Map<string, Map<string, Counter>>();
  /** By the pool's key: all that have something to tell. */
  readonly #all = new Map<string, Counter>();
  readonly #holderId: string;
  #made = 0;

  constructor(tools: CountersTools) {
    this.#tools = tools;
    this.#holderId = tools.pools.holderId;
  }

  get size(): number {
    return this.#all.size;
  }

  of(limit: Limit, bucket: string, now: number): Counter {
    let buckets = this.#current.get(limit.id);
    if (buckets === undefined) this.#current.set(limit.id, (buckets = new Map()));
    let counter = buckets.get(bucket);
    if (counter === undefined || now < counter.window.start || now >= counter.window.end) {
      counter = this.#counterAt({ limit, bucket, now }, counter);
      buckets.set(bucket, counter);
    }
    if (counter.limit !== limit) counter.renew(limit);
    return counter;
  }

  /** What another gateway says. */
  onWord({ holderId, word, poolKey: key }: PoolWord): void {
    if (holderId === this.#holderId) return;
    const counter = this.#all.get(key);
    if (word === "answer") counter?.onAnswer();
    else void counter?.onRecall();
  }

  /** Words may have been missed. */
  onSilence(): void {
    for (const counter of this.#all.values()) void counter.onRecall();
  }

  /** One after the other: the store is not flooded, however many there are. */
  async tick(): Promise<void> {
    // Those that are there now: where each second brings many new users, a turn would never come to its end.
    const present = [...this.#all];
    for (const [key, counter] of present) {
      const telling = counter.tick();
      await telling;
      const isForgotten = counter.isDone && !counter.isPast;
      if (counter.isDone) this.#drop(key, counter);
      // What is left of a window that is over goes with it. A row that holds nothing does no harm where the store is away.
      if (isForgotten) await this.#tools.pools.forget(counter.leaseId).catch(this.#tools.onFailure);
      // SQLite answers at once: without this all others would wait until the last of thousands has been told.
      if (telling !== undefined || isForgotten) await nextTurn();
    }
  }

  async close(): Promise<void> {
    for (const counter of this.#all.values()) await counter.close();
  }

  /** After a jump back of the database's clock a window may be entered again. */
  #counterAt(
    { limit, bucket, now }: { limit: Limit; bucket: string; now: number },
    before: Counter | undefined,
  ): Counter {
    const { start, end } = windowOf(limit, now);
    const place = { limit, bucket, windowStart: start, windowEnd: end };
    const known = this.#all.get(poolKey(place));
    if (known !== undefined) return known;
    this.#made += 1;
    const tools = { ...this.#tools, leaseId: `${this.#holderId}.${this.#made}` };
    const counter = new Counter(place, tools, before?.appetite);
    this.#all.set(counter.key, counter);
    return counter;
  }

  #drop(key: string, counter: Counter): void {
    this.#all.delete(key);
    const buckets = this.#current.get(counter.limit.id);
    // Not by a look through all: of a field of the metadata there are as many as it has values, and their windows end together.
    if (buckets?.get(counter.bucket) === counter) buckets.delete(counter.bucket);
    if (buckets?.size === 0) this.#current.delete(counter.limit.id);
  }
}
