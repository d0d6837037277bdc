/**
 * What one gateway holds of a window: a part that calls under way have reserved, and an idle part for the next ones. Pure.
 * At each moment `reserved + idle + what was settled since the last report` is at most what the pool has it down for.
 */

/** What the pool is told: sums from the lease's beginning, so that a report that arrives twice counts once. */
export interface LeaseReport {
  settled: bigint;
  /** Billed beyond bounds; part of `settled`. */
  over: bigint;
  unpricedCalls: number;
  /** What was used since the last report beyond all that the pool had given. */
  uncovered: bigint;
  /** What the lease still needs. */
  held: bigint;
  /** True: nothing idle is kept. */
  returnsIdle: boolean;
}

export class Lease {
  #reserved = 0n;
  #idle = 0n;
  #settled = 0n;
  #over = 0n;
  #unpricedCalls = 0;
  #uncovered = 0n;
  #told: { settled: bigint; unpricedCalls: number } = { settled: 0n, unpricedCalls: 0 };

  get reserved(): bigint {
    return this.#reserved;
  }

  get idle(): bigint {
    return this.#idle;
  }

  /** Settled since the pool was last told. */
  get untold(): bigint {
    return this.#settled - this.#told.settled;
  }

  /** True where the pool does not know all. */
  get isDirty(): boolean {
    return this.#settled !== this.#told.settled || this.#unpricedCalls !== this.#told.unpricedCalls;
  }

  /** Reserves out of the idle part; false, with nothing changed, where that is too small. */
  take(amount: bigint): boolean {
    if (amount > this.#idle) return false;
    this.#idle -= amount;
    this.#reserved += amount;
    return true;
  }

  /**
   * A call has ended: `bound` was reserved for it, `actual` is what it used. What it used beyond comes out of the idle part; false where
   * that is too small: then more is used than the pool has given, and it must be told at once.
   */
  settle(bound: bigint, actual: bigint): boolean {
    const rest = this.#idle + bound - actual;
    this.#reserved -= bound;
    this.#settled += actual;
    if (actual > bound) this.#over += actual - bound;
    if (rest < 0n) this.#uncovered -= rest;
    this.#idle = rest < 0n ? 0n : rest;
    return rest >= 0n;
  }

  /** Nothing idle is kept: the next report says so. */
  giveUpIdle(): void {
    this.#idle = 0n;
  }

  /** A call whose cost is not known. */
  countUnpriced(): void {
    this.#unpricedCalls += 1;
  }

  /** Begins a report. What is idle now is given up at once where `returnsIdle`, whatever becomes of the report. */
  report(returnsIdle: boolean): LeaseReport {
    if (returnsIdle) this.#idle = 0n;
    return {
      settled: this.#settled,
      over: this.#over,
      unpricedCalls: this.#unpricedCalls,
      uncovered: this.#uncovered,
      held: this.#reserved + this.#idle,
      returnsIdle,
    };
  }

  /** The pool has taken the report, and has given this much for calls that asked, and this much to be idle. */
  onTold({ settled, unpricedCalls, uncovered }: LeaseReport, given: { reserved: bigint; idle: bigint }): void {
    this.#told = { settled, unpricedCalls };
    this.#uncovered -= uncovered;
    this.#reserved += given.reserved;
    this.#idle += given.idle;
  }
}
