/** JSON inside of a text: the whole, or blocks between fences, or objects and arrays among words. */
import type { JsonValue } from "@adit/bedrock";
import { parsedJson } from "@adit/bedrock/gateway";

const mostCandidates = 32;

/**
 * What parses, the most likely first: what is fenced is what was meant. `all`: what stands beside that too, for whoever wants something not to
 * be there. The work is bounded by the text's length.
 */
export function jsonIn(text: string, all = false): JsonValue[] {
  const whole = parsed(text);
  if (whole !== undefined) return [whole];
  const fenced = allParsed(blocksIn(text));
  return fenced.length > 0 && !all ? fenced : [...fenced, ...allParsed(balancedIn(text))];
}

function allParsed(pieces: readonly string[]): JsonValue[] {
  return pieces.map((piece) => parsed(piece)).filter((value) => value !== undefined);
}

/** Objects and arrays alone: a number or word that stands for itself is no JSON that anybody asked for. */
function parsed(text: string): JsonValue | undefined {
  const trimmed = text.trim();
  return /^[{[]/.test(trimmed) ? parsedJson(trimmed) : undefined;
}

const fence = "```";

function blocksIn(text: string): string[] {
  const blocks: string[] = [];
  for (let at = text.indexOf(fence); at !== -1 && blocks.length < mostCandidates;) {
    const end = text.indexOf(fence, at + fence.length);
    if (end === -1) return blocks;
    blocks.push(text.slice(at + fence.length, end).replace(/^[\w-]{0,32}(?=\s|[{[])/, ""));
    at = text.indexOf(fence, end + fence.length);
  }
  return blocks;
}

/** Pieces from a brace to the one that closes it. */
function balancedIn(text: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  let isString = false;
  for (let at = 0; at < text.length && pieces.length < mostCandidates; at += 1) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at += 1;
      else if (character === '"') isString = false;
    } else if (character === "{" || character === "[") {
      if (depth === 0) start = at;
      depth += 1;
    } else if ((character === "}" || character === "]") && depth > 0) {
      depth -= 1;
      if (depth === 0) pieces.push(text.slice(start, at + 1));
    } else if (character === '"' && depth > 0) isString = true;
  }
  return pieces;
}
