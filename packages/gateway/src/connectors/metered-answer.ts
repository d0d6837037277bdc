/** An answer that counts how often it is looked into: a path may ask for all of it again at each of its places. */
import type { JsonValue } from "@adit/bedrock";

/** Looks into one answer, by all paths together: a second of a small machine's at most. */
const mostLooks = 1_000_000;

export class TooManyLooks extends Error {
  constructor() {
    super(`Paths look into it more than ${mostLooks} times`);
  }
}

export class MeteredAnswer {
  /** Reads as the answer does. @throws TooManyLooks */
  readonly value: JsonValue;
  readonly #metered = new Map<object, object>();
  readonly #plain = new Map<object, object>();
  #left = mostLooks;
  readonly #handler: ProxyHandler<Record<PropertyKey, unknown>>;

  constructor(answer: JsonValue) {
    this.#handler = {
      get: (target, name) => {
        this.#look();
        return this.#meteredValue(target[name]);
      },
      getOwnPropertyDescriptor: (target, name) => {
        this.#look();
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    };
    this.value = this.#meteredValue(answer);
  }

  /** What was found by looking, as it is in the answer itself. */
  plain(found: JsonValue): JsonValue {
    return typeof found === "object" && found !== null ? ((this.#plain.get(found) ?? found) as JsonValue) : found;
  }

  #look(): void {
    this.#left -= 1;
    if (this.#left < 0) throw new TooManyLooks();
  }

  #meteredValue<Value>(value: Value): Value {
    if (typeof value !== "object" || value === null) return value;
    let metered = this.#metered.get(value);
    if (metered === undefined) {
      metered = new Proxy(value as Record<PropertyKey, unknown>, this.#handler);
      this.#metered.set(value, metered);
      this.#plain.set(metered, value);
    }
    return metered as Value;
  }
}
