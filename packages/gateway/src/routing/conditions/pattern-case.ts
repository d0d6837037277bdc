/** Which characters are one to a pattern that does not mind their case: JavaScript's rule for patterns without the flag `u` (Canonicalize of ECMA-262). */
import type { Range } from "./pattern-syntax.ts";

const lastCode = 0xffff;
const lastAscii = 0x7f;

function canonical(code: number): number {
  const upper = String.fromCharCode(code).toUpperCase();
  const first = upper.charCodeAt(0);
  // What becomes several letters stays as it is, and nothing beyond ASCII becomes one of its letters.
  return upper.length > 1 || (code > lastAscii && first <= lastAscii) ? code : first;
}

let known: readonly (readonly number[])[] | undefined;

/** Characters that are one, those with others alone. Made once, when a pattern first asks for it. */
function alike(): readonly (readonly number[])[] {
  if (known !== undefined) return known;
  const byCanonical = new Map<number, number[]>();
  for (let code = 0; code <= lastCode; code += 1) {
    const one = canonical(code);
    const codes = byCanonical.get(one);
    if (codes === undefined) byCanonical.set(one, [code]);
    else codes.push(code);
  }
  known = [...byCanonical.values()].filter(({ length }) => length > 1);
  return known;
}

/** The ranges, with what is in them written in the other case. */
export function inAnyCase(ranges: readonly Range[]): Range[] {
  const isIn = (code: number): boolean => ranges.some(({ from, to }) => code >= from && code <= to);
  const others = alike()
    .filter((codes) => codes.some(isIn))
    .flatMap((codes) => codes.filter((code) => !isIn(code)))
    .toSorted((one, other) => one - other);
  const added: Range[] = [];
  for (const code of others) {
    const last = added.at(-1);
    if (last?.to === code - 1) last.to = code;
    else added.push({ from: code, to: code });
  }
  return [...ranges, ...added];
}
