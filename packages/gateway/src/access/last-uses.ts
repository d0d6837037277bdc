/** When keys were last used: noted in memory on each request, written once a minute at most. */
import type { Store } from "../store/store.ts";

/** A use after a quiet minute is written soon, for somebody may be waiting to see it; of a busy key it is written once a minute. */
const soonMs = 1_000;
const flushMs = 60_000;

export class LastUses {
  readonly #store: Store;
  #timer: NodeJS.Timeout | undefined;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #uses = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  note(keyId: string, atMs: number): void {
    this.#uses.set(keyId, atMs);
    if (this.#timer === undefined) this.#flushLater();
  }

  #flushLater(): void {
    const waitMs = Math.max(soonMs, Math.min(flushMs, this.#flushedAt + flushMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // What cannot be written stays noted for the next use.
      void this.flush().catch(() => {});
    }, waitMs);
    this.#timer.unref();
  }

  /** Tells nobody of the change: what others hold of the key in memory is as good as before. */
  async flush(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    this.#flushedAt = performance.now();
    try {
      await this.#store.write(async ({ db }) => {
        // In order, so that two gateways do not wait for each other.
        for (const [id, at] of [...uses].toSorted(([one], [two]) => (one < two ? -1 : 1))) {
          await db
            .updateTable("gatewayKeys")
            .set({ lastUsedAt: at })
            .where("id", "=", id)
            .where((where) => where.or([where("lastUsedAt", "is", null), where("lastUsedAt", "<", at)]))
            .execute();
        }
      });
    } catch (error) {
      this.#uses = new Map([...uses, ...this.#uses]);
      throw error;
    }
  }

  /** A store that is away by then costs the last minute. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.flush().catch(() => {});
  }
}
