/** Numbers in JSON text that a double cannot hold: JSON.parse makes other numbers of them, or none at all. */
import { childSpansOf, endOfString, spanAt } from "./json-span.ts";
import type { ValuePath } from "../json.ts";

/** Fewer than sixteen digits without an exponent always come through. Words that only look like it are sorted out later. */
const suspicious = /[0-9.]{16}|[0-9][eE]/;

const number = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** True when a number of the JSON text is written as another one after it was read: `9007199254740993`, `1e400`. */
export function losesNumbers(json: string): boolean {
  if (!suspicious.test(json)) {
    return false;
  }
  let at = 0;
  while (at < json.length) {
    if (json[at] === '"') {
      at = endOfString(json, at);
      continue;
    }
    const word = numberAt(json, at);
    if (word !== undefined && !comesThrough(word)) {
      return true;
    }
    at += word?.length ?? 1;
  }
  return false;
}

/** The JSON text with each such number as a text: `{"id":9007199254740993}` becomes `{"id":"9007199254740993"}`, which reading leaves as it is. */
export function exactNumbersAsText(json: string): string {
  if (!losesNumbers(json)) {
    return json;
  }
  const pieces: string[] = [];
  let at = 0;
  while (at < json.length) {
    const word = numberAt(json, at);
    const end = json[at] === '"' ? endOfString(json, at) : at + (word?.length ?? 1);
    const piece = json.slice(at, end);
    pieces.push(word === undefined || comesThrough(word) ? piece : `"${piece}"`);
    at = end;
  }
  return pieces.join("");
}

/** The number that begins at this place of JSON text; undefined where none does. */
export function numberAt(json: string, at: number): string | undefined {
  number.lastIndex = at;
  return number.exec(json)?.[0];
}

/** True for a number that is written as the same one after it was read. */
export function comesThrough(word: string): boolean {
  const value = Number(word);
  return Number.isFinite(value) && plainForm(word) === plainForm(String(value));
}

/** One form for all ways to write a number: `-12.50e3` is `-125e2`, and any zero is `0`. */
function plainForm(word: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts.exec(word) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  let end = digits.length;
  while (digits[end - 1] === "0") {
    end -= 1;
  }
  const shift = Number(exponent) - fraction.length + digits.length - end;
  return end === 0 ? "0" : `${sign}${digits.slice(0, end)}e${shift}`;
}

const parts = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** Where each value stands: its list, and from an element of that on. */
export interface PlaceInList {
  list: ValuePath;
  inElement: ValuePath;
}

/** The JSON texts of the values at one place in each element of a list of `text`, by the element's index: of those alone whose numbers reading changes. */
export function exactJsonOfEach(text: string, { list, inElement }: PlaceInList): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const span = suspicious.test(text) ? spanAt(text, list) : undefined;
  if (span === undefined) {
    return found;
  }
  for (const { key, value } of childSpansOf(text, span.start)) {
    const place = spanAt(text, inElement, value.start);
    const json = place === undefined ? "" : text.slice(place.start, place.end);
    if (typeof key === "number" && losesNumbers(json)) {
      found.set(key, json);
    }
  }
  return found;
}
