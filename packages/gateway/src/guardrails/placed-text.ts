/** Texts with their paths: what a check changes goes back to where it stood. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedJson, valueAt, type ValuePath } from "@adit/bedrock/gateway";
import { documentName, isDocumentName } from "./document-names.ts";
import { isJudgedNumber } from "./texts-in-parts.ts";

export interface PlacedText {
  /** It may lead on into JSON that is written as a text. */
  path: ValuePath;
  text: string;
  /** How a text of this place is written there; absent where it stands as it is. */
  write?: Write | undefined;
}

type Write = (text: string) => string;

/** What goes to a path: a text, what stands for nothing there, or what is left of a list. */
export interface PlacedValue {
  path: ValuePath;
  text: Written;
  write?: Write | undefined;
}

type Written = string | null | JsonValue[];

/** What says a text's tokens again, beside it, in OpenAI's formats, and what it is where the text is another: the place need not be there. */
export function tokensBeside({ path }: Pick<PlacedText, "path">): PlacedValue {
  const [list, index] = path;
  return list === "choices" && index !== undefined
    ? { path: [list, index, "logprobs"], text: null }
    : { path: [...path.slice(0, -1), "logprobs"], text: [] };
}

/** The value with other texts at these paths, in one walk; what does not change is the same object. */
export function withTexts(value: JsonObject, placed: readonly PlacedValue[]): JsonObject {
  if (placed.length === 0) return value;
  const root: Branch = new Map();
  for (const { path, text, write } of placed) {
    addTo(root, path, write === undefined || typeof text !== "string" ? text : write(text));
  }
  const changed = rebuilt(value, root);
  return isJsonObject(changed) ? changed : value;
}

/** The text in a place of a value; undefined where none stands there. */
export function textInPlace(value: JsonObject, { path }: Pick<PlacedText, "path">): string | undefined {
  const text = valueAt(value, path.map(String));
  return typeof text === "string" || isJudgedNumber(text) ? String(text) : undefined;
}

/** What is written, by the steps that lead to it. */
type Branch = Map<string | number, Branch | Written>;

function addTo(root: Branch, path: ValuePath, text: Written): void {
  let branch = root;
  for (const [index, step] of path.entries()) {
    if (index === path.length - 1) {
      branch.set(step, isDocumentName({ path }) && typeof text === "string" ? documentName(text) : text);
      return;
    }
    const below = branch.get(step);
    const next: Branch = below instanceof Map ? below : new Map<string | number, Branch | Written>();
    branch.set(step, next);
    branch = next;
  }
}

function rebuilt(value: JsonValue, branch: Branch | Written): JsonValue {
  if (!(branch instanceof Map)) return branch;
  if (typeof value === "string") return JSON.stringify(rebuilt(parsedJson(value) ?? null, branch));
  if (Array.isArray(value)) {
    const copy = [...value];
    for (const [step, below] of branch) if (typeof step === "number") copy[step] = rebuilt(copy[step] ?? null, below);
    return copy;
  }
  if (!isJsonObject(value)) return value;
  const copy = { ...value };
  for (const [step, below] of branch) copy[step] = rebuilt(copy[step] ?? null, below);
  return copy;
}
