/** The time that limits count by: the database's, so that all gateways agree and no jump of a machine's own clock opens a window. */
import { databaseTime } from "../store/database-time.ts";
import type { Store } from "../store/store.ts";

export interface TimeSource {
  /** The database's clock, in milliseconds since 1970. */
  ask(): Promise<number>;
  /** A clock that only goes forward, in milliseconds from anywhere. */
  steady(): number;
}

export function timeOfStore(store: Store): TimeSource {
  return { steady: () => performance.now(), ask: () => databaseTime(store) };
}

/** The database's time as it was last told, carried on by the steady clock. */
export class LimitTime {
  readonly #source: TimeSource;
  #offset = 0;

  private constructor(source: TimeSource) {
    this.#source = source;
  }

  static async start(source: TimeSource): Promise<LimitTime> {
    const time = new LimitTime(source);
    await time.adjust();
    return time;
  }

  now(): number {
    return this.#source.steady() + this.#offset;
  }

  steady(): number {
    return this.#source.steady();
  }

  /** Asks anew. The answer is taken to be from the middle of the wait. */
  async adjust(): Promise<void> {
    const before = this.#source.steady();
    const told = await this.#source.ask();
    this.#offset = told - (before + this.#source.steady()) / 2;
  }
}
