/**
 * Remembers what was worked out for texts that come again and again. Bounded: when it is full it begins anew, which costs the busy ones
 * one more computation each and needs no order to be kept.
 */
export class RecentMap<Key, Value> {
  readonly #most: number;
  readonly #values = new Map<Key, Value>();

  /** @param most entries kept at once. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  set(key: Key, value: Value): void {
    if (this.#values.size >= this.#most) {
      this.#values.clear();
    }
    this.#values.set(key, value);
  }
}
