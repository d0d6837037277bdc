/** JSON inside of a text: the whole, or blocks between fences, or objects and arrays among words. */
import type { JsonValue } from "@adit/bedrock";
import { holdsManyValues, parsedJson } from "@adit/bedrock/gateway";

/** So many are found at most, and so many pieces of the text held for JSON. */
const mostFound = 32;
const mostTried = 1_000;
/**
 * What begins at a brace and is no JSON may hold some, or stand before some: a half-open interval opens a bracket that nothing closes. It is
 * looked through again behind that brace, so many times the text's length in all.
 */
const mostLengths = 8;

export interface FoundJson {
  /** The most likely first: what is fenced is what was meant. */
  values: JsonValue[];
  /** False where the text may hold more: for whoever wants something not to be there. */
  isAll: boolean;
}

/** What parses, of a text that does not become too many values. `all`: what stands beside fences too. The work is bounded by its length. */
export function jsonIn(text: string, all = false): FoundJson {
  if (holdsManyValues(text)) return { values: [], isAll: false };
  const whole = parsed(text);
  if (whole !== undefined) return { values: [whole], isAll: true };
  const blocks = blocksIn(text);
  const fenced = blocks.map((piece) => parsed(piece)).filter((value) => value !== undefined);
  if (fenced.length > 0 && !all) return { values: fenced, isAll: false };
  const { values, isAll } = balancedIn(text);
  return { values: [...fenced, ...values], isAll: isAll && blocks.length < mostFound };
}

/** Objects and arrays alone: a number or word that stands for itself is no JSON that anybody asked for. */
function parsed(text: string): JsonValue | undefined {
  const trimmed = text.trim();
  return /^[{[]/.test(trimmed) ? parsedJson(trimmed) : undefined;
}

const fence = "```";

function blocksIn(text: string): string[] {
  const blocks: string[] = [];
  for (let at = text.indexOf(fence); at !== -1 && blocks.length < mostFound;) {
    const end = text.indexOf(fence, at + fence.length);
    if (end === -1) return blocks;
    blocks.push(text.slice(at + fence.length, end).replace(/^[\w-]{0,32}(?=\s|[{[])/, ""));
    at = text.indexOf(fence, end + fence.length);
  }
  return blocks;
}

/** What stands from a brace to the one that closes it. Where that is no JSON, it may begin further on. */
function balancedIn(text: string): FoundJson {
  const values: JsonValue[] = [];
  let left = mostLengths * text.length;
  let from = 0;
  let isAll = true;
  for (let tries = 0; ; tries += 1) {
    const piece = balancedFrom(text, from);
    if (piece === undefined) return { values, isAll };
    if (values.length === mostFound || tries === mostTried) return { values, isAll: false };
    const { start, end = text.length } = piece;
    const value = piece.end === undefined ? undefined : parsed(text.slice(start, end));
    if (value !== undefined) values.push(value);
    const holdsMore = value === undefined && opening.test(text.slice(start + 1, end));
    const isLookedAt = holdsMore && left >= end - start;
    if (isLookedAt) left -= end - start;
    else if (holdsMore) isAll = false;
    from = isLookedAt ? start + 1 : end;
  }
}

const opening = /[{[]/;

/** Undefined where no brace opens; without an end where nothing closes it. */
function balancedFrom(text: string, from: number): { start: number; end: number | undefined } | undefined {
  let depth = 0;
  let start = -1;
  let isString = false;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at += 1;
      else if (character === '"') isString = false;
    } else if (character === "{" || character === "[") {
      if (depth === 0) start = at;
      depth += 1;
    } else if ((character === "}" || character === "]") && depth > 0) {
      depth -= 1;
      if (depth === 0) return { start, end: at + 1 };
    } else if (character === '"' && depth > 0) isString = true;
  }
  return start === -1 ? undefined : { start, end: undefined };
}
