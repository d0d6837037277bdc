/** Where answers leave: together, at the end of a turn of the event loop. */

/** An answer that has something to write. */
export interface Departing {
  /** What is to be done before its last byte leaves; nothing where more is to come. Must not throw. */
  settle(): void;
  /** Writes. */
  leave(): void;
  /** `leave` threw this. Must not throw. */
  breakOff(fault: unknown): void;
}

/** More than these do not wait for each other. */
const mostTogether = 32;

/**
 * What was read from providers in one turn of the event loop is answered when all of it is read: first all calls are recorded, then the
 * records are written in one step, then the answers right behind each other. Code and data are at hand then, and whoever reads an answer
 * has not gone to sleep again: an answer by itself costs three times as much. One that is alone in its turn waits for nothing.
 */
export class Departures {
  readonly #beforeLeaving: () => void;
  #departing: Departing[] = [];

  /** `beforeLeaving`: what is to be done when all are settled, before any leaves. Must not throw. */
  constructor(beforeLeaving: () => void = () => {}) {
    this.#beforeLeaving = beforeLeaving;
  }

  /** `isHeavy`: much is kept for it until it has left, which costs more than it gains by waiting. All leave at once then. */
  add(departing: Departing, isHeavy = false): void {
    const count = this.#departing.push(departing);
    if (isHeavy || count >= mostTogether) this.#leave();
    else if (count === 1) setImmediate(() => this.#leave());
  }

  #leave(): void {
    const departing = this.#departing;
    if (departing.length === 0) return;
    this.#departing = [];
    for (const each of departing) each.settle();
    this.#beforeLeaving();
    for (const each of departing) {
      try {
        each.leave();
      } catch (fault) {
        each.breakOff(fault);
      }
    }
  }
}
