/** Answers to callers that showed no key, and that wait to be taken. */

interface Untaken {
  breakOff(status: number): void;
}

/**
 * What a request was asked by, 64 KiB of headers at most, is held until its answer has been taken. By HTTP/1.1 each answer that waits costs its
 * caller a connection; by HTTP/2 one connection has hundreds, and takes nothing of any by opening no window: forty such connections,
 * without a key, would hold 650 MB. So no more than `most` wait: beyond, the oldest is broken off, where it has waited for `patienceMs`: of many
 * that come in one moment, none is at fault.
 */
export class UntakenAnswers {
  readonly #most: number;
  readonly #patienceMs: number;
  /** With the time since when each waits; the oldest first. */
  readonly #waiting = new Map<Untaken, number>();

  constructor(most: number, patienceMs: number) {
    this.#most = most;
    this.#patienceMs = patienceMs;
  }

  /** `now`: milliseconds of a clock that nobody sets. */
  add(answer: Untaken, now: number): void {
    this.#waiting.set(answer, now);
    for (const [oldest, since] of this.#waiting) {
      if (this.#waiting.size <= this.#most || now - since < this.#patienceMs) return;
      this.#waiting.delete(oldest);
      oldest.breakOff(499);
    }
  }

  /** It was taken, or its caller has left. */
  remove(answer: Untaken): void {
    this.#waiting.delete(answer);
  }
}
