/** How much a gateway asks for beyond what it needs now, so that it asks about once in a second while there is plenty. Pure. */

/** A lease that lasts shorter than this was too small, one that lasts longer than four times this was too large. */
const aimMs = 1_000;

export class Appetite {
  #headroom = 0n;
  /** Since it was last asked. */
  #used = 0n;
  #askedAt: number;

  constructor(now: number) {
    this.#askedAt = now;
  }

  /** So much was reserved. */
  note(amount: bigint): void {
    this.#used += amount;
  }

  /** What to ask for, given how long the last lease lasted. */
  headroom(now: number): bigint {
    const lasted = now - this.#askedAt;
    const used = this.#used;
    this.#askedAt = now;
    this.#used = 0n;
    if (lasted < aimMs) {
      // At the beginning one call is all that is known of the use. Who asks while a report is under way has not used up what there was.
      if (2n * used > this.#headroom) this.#headroom = 2n * used;
    } else if (lasted > 4 * aimMs) {
      this.#headroom = this.#headroom / 2n > used ? this.#headroom / 2n : used;
    }
    return this.#headroom;
  }
}
