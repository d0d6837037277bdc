/** When no gateway could say that it lives, since the store was away: by its own experience a gateway judges that of the others. */

export class Silence {
  readonly #termMs: number;
  readonly #steady: () => number;
  /**
   * The last time that the store was told something, by the database's clock and by the steady one. A gateway that has just started was
   * silent before: it cannot know who had a chance to say something.
   */
  #toldAt = 0;
  #told = -Infinity;
  /** The last silence: when it began by the database's clock, and when, by the steady one, all have had a term to be heard of again. */
  #from = 0;
  #until = -Infinity;

  constructor(options: { termMs: number; steady: () => number }) {
    this.#termMs = options.termMs;
    this.#steady = options.steady;
  }

  /** The store has taken it that this gateway lives. `now`: by the database's clock. */
  onTold(now: number): void {
    const told = this.#steady();
    if (this.#isSilent(told)) {
      this.#from = this.#toldAt;
      this.#until = told + this.#termMs;
    }
    this.#toldAt = now;
    this.#told = told;
  }

  /** As of when it can be said who lives: now, or, where nobody could be heard of, when that began. By the database's clock. */
  lastWord(now: number): number {
    const steady = this.#steady();
    if (this.#isSilent(steady)) return Math.min(this.#toldAt, now);
    return steady < this.#until ? Math.min(this.#from, now) : now;
  }

  #isSilent(steady: number): boolean {
    return steady - this.#told > this.#termMs;
  }
}
