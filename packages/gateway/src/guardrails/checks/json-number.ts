/** What is put in the place of a bare number of JSON needs quotes: without them it is no JSON any more. Pure. */
import type { Match } from "../../routing/conditions/pattern-finder.ts";

const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** What stands in JSON by itself. */
const value = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|".*")$/is;
/** Blanks that are passed over on the way to a colon or a comma, and at a text's beginning: all of them would be read again for each match. */
const mostBlanks = 64;
const jsonStart = /^\s{0,64}[[{]/;

/** The words for a match, and where it begins: with the sign of a number. */
export function insteadOf(text: string, { start, end }: Match, words: string): { start: number; words: string } {
  const from = text[start - 1] === "-" ? start - 1 : start;
  const isNumber = number.test(text.slice(from, end)) && standsAlone(text, from, end) && !value.test(words);
  return isNumber ? { start: from, words: JSON.stringify(words) } : { start, words };
}

/** Behind the colon of a member, or in a list: words too may stand between commas, so that of these the text must be JSON from its beginning. */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - mostBlanks), start).trimEnd();
  const after = text
    .slice(end, end + mostBlanks)
    .trimStart()
    .slice(0, 1);
  if (!["", ",", "}", "]"].includes(after)) return false;
  return /"\s*:$|\[$/.test(before) || (before.endsWith(",") && jsonStart.test(text));
}
