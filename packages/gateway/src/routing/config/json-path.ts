/** Places in JSON as configs write them: `messages[0].name`, `tools[*].strict`, `extra["a.b"]`. */
import { isJsonObject, type JsonValue } from "@adit/bedrock";

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

/** The index that a step is where it meets an array; undefined where it is none. */
export function indexIn(step: Step): number | undefined {
  if (typeof step === "string") return /^\d{1,9}$/.test(step) ? Number(step) : undefined;
  return typeof step === "number" ? step : undefined;
}
