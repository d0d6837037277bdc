/** What is put in the place of a bare number of JSON needs quotes: without them it is no JSON any more. Pure. */
import type { Match } from "../../routing/conditions/pattern-finder.ts";

const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** What stands in JSON by itself. */
const value = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|".*")$/is;
/** Blanks that are passed over on the way to a colon or a comma. */
const mostBlanks = 64;
const jsonStart = /^\s*[[{]/;

/** The words for a match, and where it begins: with the sign of a number. */
export type Instead = (match: Match, words: string) => { start: number; words: string };

/** For the matches of one text, in their order. */
export function insteadIn(text: string): Instead {
  const isJson = jsonStart.test(text);
  const isQuoted = quotedIn(text);
  return ({ start, end }, words) => {
    const from = text[start - 1] === "-" ? start - 1 : start;
    const isNumber = number.test(text.slice(from, end)) && !value.test(words);
    const isBare = isNumber && standsAlone(text, { start: from, end }, isJson) && !isQuoted(from);
    return isBare ? { start: from, words: JSON.stringify(words) } : { start, words };
  };
}

/** Behind the colon of a member, or in a list: words too may stand between commas, so that of these the text must be JSON from its beginning. */
function standsAlone(text: string, { start, end }: Match, isJson: boolean): boolean {
  const before = text.slice(Math.max(0, start - mostBlanks), start).trimEnd();
  const after = text
    .slice(end, end + mostBlanks)
    .trimStart()
    .slice(0, 1);
  if (!["", ",", "}", "]"].includes(after)) return false;
  return /(?<!\\)"\s*:$|\[$/.test(before) || (before.endsWith(",") && isJson);
}

/**
 * Whether a place lies within a text of JSON, where further quotes would end it: no text goes on over the end of its line. Asked for places in
 * their order: what lies before them is read once.
 */
function quotedIn(text: string): (place: number) => boolean {
  let at = 0;
  let isOpen = false;
  return (place) => {
    for (; at < place; at += 1) {
      const character = text[at];
      if (character === "\\") at += 1;
      else if (character === '"') isOpen = !isOpen;
      else if (character === "\n") isOpen = false;
    }
    return isOpen;
  };
}
