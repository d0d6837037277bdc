/** Where answers leave: together, at the end of a turn of the event loop. */

/** An answer that has something to write. */
export interface Departing {
  /** Writes it. Must not throw. */
  leave(): void;
}

/** More than these do not wait for each other. */
const mostTogether = 32;

/**
 * What was read from providers in one turn of the event loop is answered when all of it is read. Records of the calls are written in one
 * step then, and the answers right behind each other: an answer by itself costs three times as much, for whoever reads it has gone to sleep
 * again. An answer that is alone in its turn waits for nothing.
 */
export class Departures {
  readonly #beforeLeaving: () => void;
  #departing: Departing[] = [];

  /** `beforeLeaving`: what is to be done before any answer leaves. Must not throw. */
  constructor(beforeLeaving: () => void = () => {}) {
    this.#beforeLeaving = beforeLeaving;
  }

  add(departing: Departing): void {
    const count = this.#departing.push(departing);
    if (count === 1) setImmediate(() => this.#leave());
    else if (count >= mostTogether) this.#leave();
  }

  #leave(): void {
    const departing = this.#departing;
    if (departing.length === 0) return;
    this.#departing = [];
    this.#beforeLeaving();
    for (const each of departing) each.leave();
  }
}
