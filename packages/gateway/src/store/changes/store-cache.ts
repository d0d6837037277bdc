/** What requests need of the store on every call, held in memory. */
import { AditError } from "@adit/bedrock";
import { dropOldest } from "@adit/bedrock/gateway";
import type { ChangeKind } from "./change.ts";
import type { StoreAccess } from "../within.ts";

export interface StoreCacheOptions<Value> {
  store: Pick<StoreAccess, "clock" | "deafSince" | "isAway" | "onChange">;
  /** Changes of this kind drop what is held of the object. */
  kind: ChangeKind;
  /**
   * Finds the value in the store; undefined where there is none. It asks the store for all of it: what another cache holds may be older
   * than what this one then takes to be new. `before`: what is held, and may be out of date.
   */
  load: (key: string, before: Value | undefined) => Promise<Value | undefined>;
  /** Id of the object that the value comes from, as changes name it. Where it is absent each change drops everything. */
  idOf?: ((value: Value) => string) | undefined;
  /** Another kind of object that values come from too: changes of it drop those for which `idOf` gives its id. */
  related?: { kind: ChangeKind; idOf?: ((value: Value) => string | undefined) | undefined } | undefined;
  /** Entries at most; the oldest leave first. 10,000 by default. */
  size?: number;
  /** How long it is remembered that there is no such value. 2 s by default. */
  absentMs?: number;
  /** How long a value that may have changed unheard serves while the store cannot be asked. 15 minutes by default. */
  unsureMs?: number;
}

interface Entry<Value> {
  readonly value: Value;
  /** Until when it was known for sure to be what the store has, in milliseconds since 1970; undefined while it is. */
  unsureSince: number | undefined;
}

/** What is not there: fewer of these are kept, since a stranger can ask for any number. */
const absentSize = 1_000;

/**
 * An entry is held until its object changes, in whichever gateway, and is **sure** while all changes are heard of. One that may have changed
 * unheard is **unsure**: it is asked for before it is used again. Only where the store cannot be asked just then it serves on as it is,
 * for `unsureMs` from when it was sure last: by then another gateway may have taken a right away, and what cannot be asked is refused.
 */
export class StoreCache<Value extends object> {
  readonly #options: StoreCacheOptions<Value> & { size: number; absentMs: number; unsureMs: number };
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #absent = new Map<string, number>();
  readonly #loading = new Map<string, Promise<Value | undefined>>();
  /** Counts the changes: what was being read when one came may be what was before it, and is not kept. */
  #changes = 0;

  constructor(options: StoreCacheOptions<Value>) {
    this.#options = { size: 10_000, absentMs: 2_000, unsureMs: 15 * 60_000, ...options };
    const { store, kind, idOf, related } = options;
    store.onChange(kind, (id) => this.#onChange(id, idOf));
    if (related !== undefined) store.onChange(related.kind, (id) => this.#onChange(id, related.idOf));
  }

  /**
   * The value, or undefined where there is none. Asks the store once, however many ask at a time.
   * @throws AditError `store_unavailable` where the store does not answer, and nothing is held that may stand for its answer.
   */
  async get(key: string): Promise<Value | undefined> {
    const held = this.held(key);
    if (held !== undefined) return held;
    if ((this.#absent.get(key) ?? 0) > this.#options.store.clock.now()) return undefined;
    try {
      return await this.#ask(key);
    } catch (error) {
      // It may have been dropped meanwhile: what stands now counts.
      const entry = this.#entries.get(key);
      const isUnasked = AditError.isInstance(error) && error.code === "store_unavailable";
      if (isUnasked && entry !== undefined && this.#mayStandIn(entry)) return entry.value;
      throw error;
    }
  }

  /** The value where it can be used without asking the store; undefined says nothing. */
  held(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const isUsable = this.#unsureSince(entry) === undefined || (this.#options.store.isAway && this.#mayStandIn(entry));
    return isUsable ? entry.value : undefined;
  }

  /** What was known last, however long ago. */
  lastKnown(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  get size(): number {
    return this.#entries.size + this.#absent.size;
  }

  #unsureSince({ unsureSince }: Entry<Value>): number | undefined {
    return unsureSince ?? this.#options.store.deafSince;
  }

  #mayStandIn(entry: Entry<Value>): boolean {
    const { store, unsureMs } = this.#options;
    const now = store.clock.now();
    return now - (this.#unsureSince(entry) ?? now) < unsureMs;
  }

  #ask(key: string): Promise<Value | undefined> {
    const loading = this.#loading.get(key);
    if (loading !== undefined) return loading;
    const started = this.#load(key).finally(() => {
      if (this.#loading.get(key) === started) this.#loading.delete(key);
    });
    this.#loading.set(key, started);
    return started;
  }

  async #load(key: string): Promise<Value | undefined> {
    const { load, size, absentMs, store } = this.#options;
    const startedAt = store.clock.now();
    const changesBefore = this.#changes;
    const before = this.#entries.get(key);
    const value = await load(key, before?.value);
    // Whatever comes of it, what was held before has had its day.
    if (this.#entries.get(key) === before) this.#entries.delete(key);
    if (this.#changes !== changesBefore) return value;
    if (value === undefined) keep(this.#absent, { key, value: store.clock.now() + absentMs, size: absentSize });
    else {
      const unsureSince = store.deafSince === undefined ? undefined : startedAt;
      keep(this.#entries, { key, value: { value, unsureSince }, size });
    }
    return value;
  }

  #onChange(id: string | undefined, idOf: ((value: Value) => string | undefined) | undefined): void {
    this.#changes += 1;
    // Whoever asks from now on must not be given what was read before.
    this.#loading.clear();
    this.#absent.clear();
    if (id === undefined) {
      const { deafSince, clock } = this.#options.store;
      const since = deafSince ?? clock.now();
      for (const entry of this.#entries.values()) entry.unsureSince ??= since;
      return;
    }
    for (const [key, { value }] of this.#entries) {
      if (idOf === undefined || idOf(value) === id) this.#entries.delete(key);
    }
  }
}

function keep<Value>(map: Map<string, Value>, entry: { key: string; value: Value; size: number }): void {
  map.delete(entry.key);
  map.set(entry.key, entry.value);
  dropOldest(map, entry.size);
}
