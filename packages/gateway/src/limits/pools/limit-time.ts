/** The time that limits count by: the database's, so that all gateways agree and no jump of a machine's own clock opens a window. */
import { databaseTime } from "../../store/database-time.ts";
import type { Store } from "../../store/store.ts";

export interface TimeSource {
  /** The database's clock, in milliseconds since 1970. */
  ask(): Promise<number>;
  /** A clock that only goes forward, in milliseconds from anywhere. */
  steady(): number;
}

export function timeOfStore(store: Store): TimeSource {
  return { steady: () => performance.now(), ask: () => databaseTime(store, "aside") };
}

/** The database's time as it was last told, carried on by the steady clock. */
export class LimitTime {
  readonly #source: TimeSource;
  #offset: number;

  private constructor(source: TimeSource, offset: number) {
    this.#source = source;
    this.#offset = offset;
  }

  static async start(source: TimeSource): Promise<LimitTime> {
    return new LimitTime(source, (await askOnce(source)).offset);
  }

  now(): number {
    return this.#source.steady() + this.#offset;
  }

  steady(): number {
    return this.#source.steady();
  }

  /** Asks anew. What is known stands where it may be right: an answer that was long on its way tells little. */
  async adjust(): Promise<void> {
    const { offset, doubt } = await askOnce(this.#source);
    if (Math.abs(offset - this.#offset) > doubt) this.#offset = offset;
  }
}

/** The answer is taken to be from the middle of the wait; it may be from any moment of it. */
async function askOnce(source: TimeSource): Promise<{ offset: number; doubt: number }> {
  const before = source.steady();
  const told = await source.ask();
  const after = source.steady();
  return { offset: told - (before + after) / 2, doubt: (after - before) / 2 };
}
