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
    const isNumber = number.test(text.slice(from, end)) && endsValue(text, end) && !value.test(words);
    const isBare = isNumber && (isMember(text, from) || (isItem(text, from, isJson) && !isQuoted(from)));
    return isBare ? { start: from, words: JSON.stringify(words) } : { start, words };
  };
}

function endsValue(text: string, end: number): boolean {
  const after = text.slice(end, end + mostBlanks).trimStart();
  return ["", ",", "}", "]"].includes(after.slice(0, 1));
}

function before(text: string, start: number): string {
  return text.slice(Math.max(0, start - mostBlanks), start).trimEnd();
}

/** Behind a quote that ends a name: wherever the text begins, as a piece of a stream does, the number stands in no text of JSON. */
function isMember(text: string, start: number): boolean {
  return /(?<!\\)(?:\\\\)*"\s*:$/.test(before(text, start));
}

/** Words too may stand between commas: of these the text must be JSON from its beginning. */
function isItem(text: string, start: number, isJson: boolean): boolean {
  const place = before(text, start);
  return place.endsWith("[") || (place.endsWith(",") && isJson);
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
