/**
 * Turns of the event loop, of which each goes to one of those who wait: a statement of SQLite's holds the thread, and those of many who
 * read at once would hold it one after the other, before anybody else has his turn.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#give);
    });
  }

  readonly #give = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#give);
  };
}

const turnsOfStores = new WeakMap<object, Turns>();

/** Of all who read this store's sums. */
export function turnsOf(store: object): Turns {
  const known = turnsOfStores.get(store) ?? new Turns();
  turnsOfStores.set(store, known);
  return known;
}
