/** Takes places out of a request's values, which stay as they are: what lies on the way to a place is copied, once. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { everyElement, indexIn, type Step } from "./json-path.ts";

/** Members and elements that are copied for all targets of one request: a second of a small machine's at most. */
const mostCopied = 1_000_000;

/** What was copied for one request: a config of a few words can have a large body copied for each of its targets. */
export class CopyCount {
  #left = mostCopied;

  /** @throws AditError `invalid_request` */
  add(members: number): void {
    this.#left -= members;
    if (this.#left >= 0) return;
    throw new AditError(
      "invalid_request",
      `drop_params and rules about reasoning would copy more than ${mostCopied} members and elements of the body, for all targets together.`,
      { param: "config", remedy: "Take whole members out, for fewer targets, or send a smaller body." },
    );
  }
}

/** For one target. */
export class Cutter {
  /** Copies: they may be changed. */
  readonly #own = new WeakSet<object>();
  readonly #count: CopyCount;

  constructor(count: CopyCount) {
    this.#count = count;
  }

  /** The value without what stands at the place; the same value where nothing stands there, and where it was copied before. */
  without(value: JsonObject, place: readonly Step[]): JsonObject;
  without(value: JsonValue, place: readonly Step[]): JsonValue;
  without(value: JsonValue, [step, ...rest]: readonly Step[]): JsonValue {
    if (step === undefined || !stands(value, [step, ...rest])) return value;
    if (Array.isArray(value)) return this.#withoutElements(value, step, rest);
    if (!isJsonObject(value) || typeof step !== "string") return value;
    const copy = this.#isOwn(value) ? value : this.#kept({ ...value }, Object.keys(value).length);
    const inner = copy[step];
    if (rest.length === 0 || inner === undefined) Reflect.deleteProperty(copy, step);
    else copy[step] = this.without(inner, rest);
    return copy;
  }

  #withoutElements(list: JsonValue[], step: Step, rest: readonly Step[]): JsonValue[] {
    const copy = this.#isOwn(list) ? list : this.#kept([...list], list.length);
    const [from, count] = rangeOf(copy, step);
    if (rest.length === 0) copy.splice(from, count);
    else for (let at = from; at < from + count; at += 1) copy[at] = this.without(copy[at] ?? null, rest);
    return copy;
  }

  #isOwn(value: JsonObject | JsonValue[]): boolean {
    return this.#own.has(value);
  }

  #kept<Copy extends JsonObject | JsonValue[]>(copy: Copy, members: number): Copy {
    this.#count.add(members + 1);
    this.#own.add(copy);
    return copy;
  }
}

/** True where something stands at the place. */
export function stands(value: JsonValue | undefined, [step, ...rest]: readonly Step[]): boolean {
  if (step === undefined) return value !== undefined;
  if (Array.isArray(value)) {
    const [from, count] = rangeOf(value, step);
    return value.slice(from, from + count).some((element) => stands(element, rest));
  }
  if (!isJsonObject(value) || typeof step !== "string" || !Object.hasOwn(value, step)) return false;
  return stands(value[step], rest);
}

/** Where the elements begin that a step means, and how many they are. */
function rangeOf(list: readonly JsonValue[], step: Step): [from: number, count: number] {
  if (step === everyElement) return [0, list.length];
  const index = indexIn(step);
  return index === undefined || index >= list.length ? [0, 0] : [index, 1];
}
