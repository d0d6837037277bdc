/** Places in JSON as configs write them: `messages[0].name`, `tools[*].strict`, `extra["a.b"]`. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** `[*]`: each element of an array. */
export const everyElement = Symbol("[*]");

/** A member's name, an element's index, or all elements. */
export type Step = string | number | typeof everyElement;

const longestPath = 512;
const mostSteps = 32;
/** One step: a plain name, with its dot before it unless it is the first; `[7]`, `[*]`, `["a name"]`, `['a name']`. */
const stepForm = /(^|\.)([^.[\]"'\s]+)|\[(?:(\d{1,9})|(\*)|"([^"\\]*)"|'([^'\\]*)')\]/y;

/** The steps of a path; undefined for a text that is not a path. */
export function parseJsonPath(text: string): Step[] | undefined {
  if (text === "" || text.length > longestPath) return undefined;
  const steps: Step[] = [];
  const form = new RegExp(stepForm);
  while (form.lastIndex < text.length) {
    const match = form.exec(text);
    if (match === null || steps.length === mostSteps) return undefined;
    const [, , name, index, every, doubleQuoted, singleQuoted] = match;
    if (every !== undefined) steps.push(everyElement);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? doubleQuoted ?? singleQuoted ?? "");
  }
  return steps;
}

/** What stands at the place; undefined where nothing does. A name of digits is an index where it meets an array. */
export function valueAt(root: JsonValue | undefined, path: readonly Step[]): JsonValue | undefined {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value)) value = elementAt(value, step);
    else if (isJsonObject(value) && typeof step === "string" && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

function elementAt(list: readonly JsonValue[], step: Step): JsonValue | undefined {
  const index = indexIn(step);
  return index === undefined ? undefined : list[index];
}

function indexIn(step: Step): number | undefined {
  if (typeof step === "string") return /^\d{1,9}$/.test(step) ? Number(step) : undefined;
  return typeof step === "number" ? step : undefined;
}

/** Told of the work: a step for each element that is met. */
export type Spend = (steps: number) => void;

const uncounted: Spend = () => {};

/** The value without what stands at the place, read as {@link valueAt} does: a copy as far as it changes, the same value where nothing stands there. */
export function withoutPlace(value: JsonObject, path: readonly Step[], spend?: Spend): JsonObject;
export function withoutPlace(value: JsonValue, path: readonly Step[], spend?: Spend): JsonValue;
export function withoutPlace(value: JsonValue, path: readonly Step[], spend: Spend = uncounted): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(value)) return withoutElements(value, [step, rest], spend);
  if (!isJsonObject(value) || typeof step !== "string" || !Object.hasOwn(value, step)) return value;
  if (rest.length === 0) return Object.fromEntries(entriesOf(value, spend).filter(([name]) => name !== step));
  const inner = value[step];
  const changed = inner === undefined ? inner : withoutPlace(inner, rest, spend);
  return changed === inner ? value : withMember(value, [step, changed], spend);
}

function withoutElements(list: JsonValue[], [step, rest]: [Step, readonly Step[]], spend: Spend): JsonValue[] {
  const wanted = indexIn(step);
  if (step !== everyElement && (wanted === undefined || wanted >= list.length)) return list;
  spend(list.length);
  const isMeant = (index: number): boolean => step === everyElement || index === wanted;
  if (rest.length === 0) return list.length === 0 ? list : list.filter((_, index) => !isMeant(index));
  const changed = list.map((element, index) => (isMeant(index) ? withoutPlace(element, rest, spend) : element));
  return changed.some((element, index) => element !== list[index]) ? changed : list;
}

/** By entries, so that a member named "__proto__" stays a plain one. */
function withMember(value: JsonObject, [name, member]: [string, JsonValue | undefined], spend: Spend): JsonObject {
  return Object.fromEntries(entriesOf(value, spend).map(([key, old]) => [key, key === name ? member : old]));
}

/** A member that is copied takes as long as this many elements that are met. */
const stepsOfMember = 6;

function entriesOf(value: JsonObject, spend: Spend): [string, JsonValue | undefined][] {
  spendCopy(value, spend);
  return Object.entries(value);
}

/** Tells of the work of a copy. */
export function spendCopy(value: JsonObject, spend: Spend): void {
  spend(Object.keys(value).length * stepsOfMember);
}
