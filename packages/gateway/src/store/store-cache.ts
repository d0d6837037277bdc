/** What requests need of the store on every call, held in memory. */
import type { ChangeKind } from "./change.ts";
import type { StoreAccess } from "./within.ts";

export interface StoreCacheOptions<Value> {
  store: StoreAccess;
  /** Changes of this kind drop what is held of the object. */
  kind: ChangeKind;
  /** Finds the value in the store; undefined where there is none. */
  load: (key: string) => Promise<Value | undefined>;
  /** Id of the object that the value comes from, as changes name it. */
  idOf: (value: Value) => string;
  /** Another kind of object that values come from too: changes of it drop those for which `idOf` gives its id. */
  related?: { kind: ChangeKind; idOf: (value: Value) => string | undefined };
  /** Entries at most; the oldest leave first. 10,000 by default. */
  size?: number;
  /** How long it is remembered that there is no such value. 2 s by default. */
  absentMs?: number;
  /** How long entries serve while others' changes cannot be heard of. 15 minutes by default. */
  deafMs?: number;
}

/** What is not there: fewer of these are kept, since a stranger can ask for any number. */
const absentSize = 1_000;

/**
 * An entry is held until its object changes, in whichever gateway. Where the store is away, what is held serves on, for `deafMs`:
 * by then another gateway may have taken a right away, and what cannot be asked is refused.
 */
export class StoreCache<Value extends object> {
  readonly #options: Required<Omit<StoreCacheOptions<Value>, "related">>;
  readonly #held = new Map<string, Value>();
  readonly #absent = new Map<string, number>();
  readonly #loading = new Map<string, Promise<Value | undefined>>();
  /** Counts the changes: what was being read when one came may be what was before it, and is not kept. */
  #changes = 0;

  constructor(options: StoreCacheOptions<Value>) {
    this.#options = { size: 10_000, absentMs: 2_000, deafMs: 15 * 60_000, ...options };
    const { store, kind, idOf, related } = options;
    store.onChange(kind, (id) => this.#drop(id, idOf));
    if (related !== undefined) store.onChange(related.kind, (id) => this.#drop(id, related.idOf));
  }

  /**
   * The value, or undefined where there is none. Asks the store once, however many ask at a time.
   * @throws AditError `store_unavailable` where it is not held and the store does not answer.
   */
  async get(key: string): Promise<Value | undefined> {
    const held = this.held(key);
    if (held !== undefined) return held;
    if (this.#hears && (this.#absent.get(key) ?? 0) > this.#options.store.clock.now()) return undefined;
    const loading = this.#loading.get(key);
    if (loading !== undefined) return loading;
    const started = this.#load(key).finally(() => {
      if (this.#loading.get(key) === started) this.#loading.delete(key);
    });
    this.#loading.set(key, started);
    return started;
  }

  /** The value where it is at hand; undefined says nothing. */
  held(key: string): Value | undefined {
    return this.#hears ? this.#held.get(key) : undefined;
  }

  /** False where others' changes have not been heard of for too long. */
  get #hears(): boolean {
    const { store, deafMs } = this.#options;
    const { deafSince } = store;
    return deafSince === undefined || store.clock.now() - deafSince < deafMs;
  }

  get size(): number {
    return this.#held.size + this.#absent.size;
  }

  async #load(key: string): Promise<Value | undefined> {
    const { load, size, absentMs, store } = this.#options;
    const changesBefore = this.#changes;
    const value = await load(key);
    if (this.#changes !== changesBefore) return value;
    if (value === undefined) keep(this.#absent, { key, value: store.clock.now() + absentMs, size: absentSize });
    else keep(this.#held, { key, value, size });
    return value;
  }

  #drop(id: string | undefined, idOf: (value: Value) => string | undefined): void {
    this.#changes += 1;
    // Whoever asks from now on must not be given what was read before.
    this.#loading.clear();
    this.#absent.clear();
    if (id === undefined) {
      this.#held.clear();
      return;
    }
    for (const [key, value] of this.#held) {
      if (idOf(value) === id) this.#held.delete(key);
    }
  }
}

function keep<Value>(map: Map<string, Value>, entry: { key: string; value: Value; size: number }): void {
  map.delete(entry.key);
  map.set(entry.key, entry.value);
  const oldest = map.keys().next();
  if (map.size > entry.size && oldest.done !== true) map.delete(oldest.value);
}
