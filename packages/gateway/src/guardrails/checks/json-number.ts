/** What is put in the place of a bare number of JSON needs quotes: without them it is no JSON any more. Pure. */
import type { Match } from "../../routing/conditions/pattern-finder.ts";

const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** What stands in JSON by itself. */
const value = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|".*")$/is;
/** Blanks that are passed over on the way to a colon or a comma. */
const mostBlanks = 64;
const jsonStart = /^\s*[[{]/;

/** How far JSON has come before a text that goes on within it. */
export interface JsonPlace {
  /** Undefined before the first letter. */
  isJson: boolean | undefined;
  isQuoted: boolean;
  /** A backslash was the last letter. */
  isEscaped: boolean;
  /** The last letters. */
  before: string;
}

export const jsonBegin: JsonPlace = { isJson: undefined, isQuoted: false, isEscaped: false, before: "" };

/** How far it has come behind the text. */
export function jsonBehind(place: JsonPlace, text: string): JsonPlace {
  const quotes = new Quotes(text, place);
  const isQuoted = quotes.isOpenAt(text.length);
  const isJson = place.isJson ?? (/\S/.test(text) ? jsonStart.test(text) : undefined);
  return { isJson, isQuoted, isEscaped: quotes.isEscaped, before: (place.before + text).slice(-mostBlanks) };
}

/** The words for a match, and where it begins: with the sign of a number. */
export type Instead = (match: Match, words: string) => { start: number; words: string };

/** For the matches of one text, in their order. `place`: where its beginning has gone out already. */
export function insteadIn(text: string, place = jsonBegin): Instead {
  const isJson = place.isJson ?? jsonStart.test(text);
  const quotes = new Quotes(text, place);
  const { before } = place;
  return ({ start, end }, words) => {
    const from = text[start - 1] === "-" ? start - 1 : start;
    const isNumber = number.test(text.slice(from, end)) && endsValue(text, end) && !value.test(words);
    const behind = lettersBefore(text, from, before);
    const standsAlone = (): boolean =>
      quotes.isOpenAt(from) ? isMember(behind) && !opensText(behind) : isMember(behind) || isItem(behind, isJson);
    const isBare = isNumber && standsAlone();
    return isBare ? { start: from, words: JSON.stringify(words) } : { start, words };
  };
}

function endsValue(text: string, end: number): boolean {
  const after = text.slice(end, end + mostBlanks).trimStart();
  return ["", ",", "}", "]"].includes(after.slice(0, 1));
}

/** `before`: the last letters of what came before the text. */
function lettersBefore(text: string, place: number, before: string): string {
  const own = text.slice(Math.max(0, place - mostBlanks), place);
  return (place < mostBlanks ? before + own : own).trimEnd();
}

/** Behind a quote that ends a name the number stands in no text of JSON, whatever quotes the words before it hold. */
function isMember(before: string): boolean {
  return /(?<!\\)(?:\\\\)*"\s*:$/.test(before);
}

/** The quote before the colon begins a text that begins with one: it stands where a text may. */
function opensText(before: string): boolean {
  return /[:,[{]\s*"\s*:$/.test(before);
}

/** Words too may stand between commas: of these the text must be JSON from its beginning. */
function isItem(before: string, isJson: boolean): boolean {
  return before.endsWith("[") || (before.endsWith(",") && isJson);
}

/**
 * Whether a place lies within a text of JSON, where further quotes would end it: no text goes on over the end of its line. Asked for places in
 * their order: what lies before them is read once.
 */
class Quotes {
  readonly #text: string;
  #at: number;
  #isOpen: boolean;

  constructor(text: string, { isQuoted, isEscaped }: JsonPlace) {
    this.#text = text;
    this.#at = isEscaped ? 1 : 0;
    this.#isOpen = isQuoted;
  }

  isOpenAt(place: number): boolean {
    for (; this.#at < place; this.#at += 1) {
      const character = this.#text[this.#at];
      if (character === "\\") this.#at += 1;
      else if (character === '"') this.#isOpen = !this.#isOpen;
      else if (character === "\n") this.#isOpen = false;
    }
    return this.#isOpen;
  }

  /** Of the letter behind the text. */
  get isEscaped(): boolean {
    return this.#at > this.#text.length;
  }
}
