/** A bucket that is full at first and fills at an even rate: what a minute allows. */
export class TokenBucket {
  readonly #perMinute: number;
  #level: number;
  #at: number;

  /** `now` in milliseconds since 1970. */
  constructor(perMinute: number, now: number) {
    this.#perMinute = perMinute;
    this.#level = perMinute;
    this.#at = now;
  }

  holds(amount: number, now: number): boolean {
    this.#fill(now);
    return this.#level >= amount;
  }

  take(amount: number, now: number): void {
    this.#fill(now);
    this.#level -= amount;
  }

  /** Puts back what was reserved and not used; a negative amount is taken. */
  giveBack(amount: number, now: number): void {
    this.#fill(now);
    this.#level = Math.min(this.#perMinute, this.#level + amount);
  }

  /** A clock that was set back fills nothing. */
  #fill(now: number): void {
    const minutes = Math.max(0, now - this.#at) / 60_000;
    this.#level = Math.min(this.#perMinute, this.#level + minutes * this.#perMinute);
    this.#at = now;
  }
}
