/** What AWS refused a caller, and what helped: known for an hour. */
import type { Clock } from "../clock.ts";
import { dropOldest } from "./drop-oldest.ts";

/** What AWS refuses today it may take tomorrow, as it brings what is new to one account after another. A refusal costs one more request. */
const knownForMs = 3_600_000;

interface Known<Value> {
  value: Value;
  /** Milliseconds since 1970. */
  until: number;
}

/** Values by place and name. Bounded: the places, and of each the names, that came first go first. */
export class HourMemory<Value> {
  readonly #clock: Clock;
  readonly #most: { places: number; names: number };
  readonly #byPlace = new Map<string, Map<string, Known<Value>>>();

  constructor(clock: Clock, most: { places: number; names: number }) {
    this.#clock = clock;
    this.#most = most;
  }

  /** True where nothing was ever kept. Asked first, it saves the making of a place's text. */
  get isEmpty(): boolean {
    return this.#byPlace.size === 0;
  }

  /** True where anything was kept at the place, perhaps longer ago than an hour. */
  has(place: string): boolean {
    return this.#byPlace.has(place);
  }

  keep(place: string, name: string, value: Value): void {
    const known = this.#byPlace.get(place) ?? new Map<string, Known<Value>>();
    known.set(name, { value, until: this.#clock.now() + knownForMs });
    dropOldest(known, this.#most.names);
    this.#byPlace.set(place, known);
    dropOldest(this.#byPlace, this.#most.places);
  }

  get(place: string, name: string): Value | undefined {
    const known = this.#byPlace.get(place)?.get(name);
    return known !== undefined && this.#clock.now() < known.until ? known.value : undefined;
  }

  /** All of a place, the oldest first. */
  of(place: string): readonly Value[] {
    const known = this.#byPlace.get(place);
    if (known === undefined) {
      return [];
    }
    const now = this.#clock.now();
    return [...known.values()].filter(({ until }) => now < until).map(({ value }) => value);
  }
}
