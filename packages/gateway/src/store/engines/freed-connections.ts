/** Who found PostgreSQL full waits for a connection of the own pool that comes back. */
import { isFull } from "../store-faults.ts";
import { steadyNow } from "../../steady-now.ts";

/**
 * How often one of those who wait asks without a word. The server counts a closed connection until its process has ended, moments later, or
 * when its query is over: whoever was woken by its end may have been refused again.
 */
const askAgainMs = 200;

/**
 * A pool opens another connection where all it has are in use, also where the server, the role or the database has no more to give, as when
 * many gateways share it. One that is in use comes back soon: whoever is refused by the server waits for that, as at the pool's own end.
 */
export class FreedConnections {
  readonly #patienceMs: number;
  readonly #waiting = new Set<() => void>();
  #asking: NodeJS.Timeout | undefined;
  /** In use, or being asked for. */
  #taken = 0;
  #inUse = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** What `connect` gives. @throws what it throws, where no other was in use or is asked for, or none came back in time. */
  async take<Connection>(connect: () => Promise<Connection>): Promise<Connection> {
    const until = steadyNow() + this.#patienceMs;
    // One that was in use and was closed is free moments later, also where it was the only one.
    let hasSeenUse = false;
    for (;;) {
      this.#taken += 1;
      hasSeenUse ||= this.#inUse > 0;
      try {
        const connection = await connect();
        this.#inUse += 1;
        return connection;
      } catch (error) {
        this.#taken -= 1;
        const leftMs = until - steadyNow();
        if (!isFull(error) || (this.#taken === 0 && !hasSeenUse) || leftMs <= 0) {
          // It may have been woken in the place of another.
          this.#wake();
          throw error;
        }
        await this.#freed(leftMs);
      }
    }
  }

  /** Once a connection that was taken is back in the pool, or closed. */
  giveBack(): void {
    this.#taken -= 1;
    this.#inUse -= 1;
    this.#wake();
  }

  /** One for each that comes back: a crowd would ask the server anew each time. */
  #wake(): void {
    const [first] = this.#waiting;
    first?.();
  }

  #freed(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(giveUp);
        this.#waiting.delete(done);
        if (this.#waiting.size === 0) {
          clearInterval(this.#asking);
          this.#asking = undefined;
        }
        resolve();
      };
      const giveUp = setTimeout(done, patienceMs);
      this.#waiting.add(done);
      this.#asking ??= setInterval(() => this.#wake(), askAgainMs);
    });
  }
}
