/** Bounds the nesting of JSON: of a value, or of bytes that are not parsed yet. */

const quote = 0x22;
const backslash = 0x5c;

/** True where more than `limit` containers lie in one another. Goes no deeper than `limit` itself. */
export function valueNestsDeeperThan(value: object, limit: number): boolean {
  if (limit <= 0) return true;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === "object" && member !== null && valueNestsDeeperThan(member, limit - 1)) return true;
  }
  return false;
}

/**
 * True where the bytes open more than `limit` containers in one another. Builds nothing, so it is safe for any body;
 * what is no JSON gets some answer, and fails in the parser. Strings are jumped over, so large texts and media cost little.
 */
export function bytesNestDeeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return false;
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
