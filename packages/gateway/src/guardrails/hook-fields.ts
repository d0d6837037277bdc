/** The members of a guardrail as it is written, each with the form that it must have. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedJson, type ValuePath } from "@adit/bedrock/gateway";
import type { Feedback } from "./hook.ts";

/** What is wrong with a guardrail, and where in it. */
export class HookFault extends Error {
  readonly path: ValuePath;

  constructor(path: ValuePath, message: string) {
    super(message);
    this.path = path;
  }
}

const longestText = 128;

/** @throws HookFault */
export function textIn(given: JsonObject, name: string, path: ValuePath): string | undefined {
  const value = given[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= longestText) return value;
  throw new HookFault([...path, name], `must be a text of 1 to ${longestText} characters`);
}

/** By one of several spellings. @throws HookFault */
export function flagIn(given: JsonObject, names: readonly string[], path: ValuePath): boolean | undefined {
  const name = namedOf(given, names);
  if (name === undefined) return undefined;
  const value = given[name];
  if (typeof value === "boolean") return value;
  throw new HookFault([...path, name], "must be true or false");
}

/** @throws HookFault */
export function choiceIn<Choice extends string>(
  given: JsonObject,
  names: readonly string[],
  { path, choices }: { path: ValuePath; choices: readonly Choice[] },
): Choice | undefined {
  const name = namedOf(given, names);
  if (name === undefined) return undefined;
  const found = choices.find((choice) => choice === given[name]);
  if (found !== undefined) return found;
  throw new HookFault([...path, name], `must be one of ${choices.join(", ")}`);
}

/** @throws HookFault */
export function wholeIn(
  given: JsonObject,
  names: readonly string[],
  { path, least, most }: { path: ValuePath; least: number; most: number },
): number | undefined {
  const name = namedOf(given, names);
  if (name === undefined) return undefined;
  const value = given[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new HookFault([...path, name], `must be a whole number from ${least} to ${most}`);
}

function namedOf(given: JsonObject, names: readonly string[]): string | undefined {
  return names.find((name) => (given[name] ?? undefined) !== undefined);
}

/** What `on_success` or `on_fail` gives. @throws HookFault */
export function feedbackIn(given: JsonObject, names: readonly string[], path: ValuePath): Feedback | undefined {
  const name = namedOf(given, names);
  const action = name === undefined ? undefined : given[name];
  if (name === undefined || !isJsonObject(action)) return undefined;
  const feedback = action["feedback"] ?? undefined;
  const place = [...path, name, "feedback"];
  if (feedback === undefined) return undefined;
  if (!isJsonObject(feedback)) throw new HookFault(place, "must be an object");
  const { value = 0, weight = 1, metadata = null } = feedback;
  return {
    value: numberWithin(value, [-10, 10], { path: [...place, "value"], isWhole: true }),
    weight: numberWithin(weight, [0, 1], { path: [...place, "weight"], isWhole: false }),
    metadata: textsOf(metadata),
  };
}

function numberWithin(
  value: JsonValue,
  [least, most]: [number, number],
  { path, isWhole }: { path: ValuePath; isWhole: boolean },
): number {
  const isRight = typeof value === "number" && value >= least && value <= most;
  if (isRight && (!isWhole || Number.isInteger(value))) return value;
  throw new HookFault(path, `must be a ${isWhole ? "whole " : ""}number from ${least} to ${most}`);
}

/** Portkey's forms send the metadata as its text. */
function textsOf(metadata: JsonValue): Record<string, string> {
  const read = typeof metadata === "string" ? parsedJson(metadata) : metadata;
  if (!isJsonObject(read)) return {};
  return Object.fromEntries(
    Object.entries(read).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
