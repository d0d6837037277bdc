/** When keys were last used: noted in memory on each request, written once a minute. */
import type { Store } from "../store/store.ts";

const flushMs = 60_000;

export class LastUses {
  readonly #store: Store;
  readonly #timer: NodeJS.Timeout;
  #uses = new Map<string, number>();

  constructor(store: Store) {
    this.#store = store;
    // A minute that cannot be written stays noted for the next.
    this.#timer = setInterval(() => void this.flush().catch(() => {}), flushMs);
    this.#timer.unref();
  }

  note(keyId: string, atMs: number): void {
    this.#uses.set(keyId, atMs);
  }

  /** Tells nobody of the change: what others hold of the key in memory is as good as before. */
  async flush(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
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
    clearInterval(this.#timer);
    await this.flush().catch(() => {});
  }
}
