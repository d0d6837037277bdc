/** Bounds what JSON may become before it is parsed: how deep it nests, how many values and members it has. */

const quote = 0x22;
const backslash = 0x5c;

/**
 * The place, from 0, of the first bracket that opens more than `limit` containers in one another; undefined where none does. Builds nothing, so it is safe for any body;
 * what is no JSON gets some answer, and fails in the parser. Strings are jumped over, so large texts and media cost little.
 */
export function placeOfDepth(bytes: Buffer, limit: number): number | undefined {
  return excessIn(bytes, { depth: limit, values: Infinity, members: Infinity })?.at;
}

/** What bytes may hold before they are parsed. */
export interface JsonBounds {
  depth: number;
  /** By their commas and opening brackets: at least as many as there are. */
  values: number;
  /** Of one object, by its commas. */
  members: number;
}

/** What the bytes have too much of, and the place, from 0, where that begins. As {@link placeOfDepth}. */
export function excessIn(bytes: Buffer, most: JsonBounds): { of: keyof JsonBounds; at: number } | undefined {
  let depth = 0;
  let values = 1;
  /** Of each container that is open, how many members it has; of a list that it is one. */
  const open: (number | "list")[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
    } else if (byte === 0x2c) {
      values += 1;
      if (values > most.values) return { of: "values", at };
      const members = open.at(-1);
      if (typeof members !== "number") continue;
      if (members >= most.members) return { of: "members", at };
      open[open.length - 1] = members + 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      open.push(byte === 0x7b ? 1 : "list");
      if (depth > most.depth) return { of: "depth", at };
      if (values > most.values) return { of: "values", at };
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      open.pop();
    }
  }
  return undefined;
}

/** The place of the closing quote, or of the end. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(quote, start + 1);
  while (end !== -1 && isEscaped(bytes, end, start)) end = bytes.indexOf(quote, end + 1);
  return end === -1 ? bytes.length : end;
}

function isEscaped(bytes: Buffer, at: number, start: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes > start && bytes[at - 1 - slashes] === backslash) slashes += 1;
  return slashes % 2 === 1;
}
