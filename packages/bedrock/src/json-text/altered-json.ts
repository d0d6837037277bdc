/** What of a JSON text is another after its reading: numbers that a double cannot hold, and members whose name comes twice. */
import { Buffer } from "node:buffer";
import { plainPath } from "../plain-path.ts";
import { comesThrough, numberAt } from "./exact-numbers.ts";
import { endOfString } from "./json-span.ts";
import type { JsonObject, JsonValue } from "../json.ts";

export interface AlteredJson {
  /** Where, such as `messages[1].content[0].input.id`; the first hundred. Of a name that comes twice the last value was read. */
  paths: readonly string[];
  /** True where a name comes twice in one object: what other parsers read there is not known. */
  hasTwins: boolean;
}

/** Longer lists tell nobody more. */
const mostPaths = 100;
/** Numbers of fewer characters without an exponent always come through. */
const suspiciousLength = 16;

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** `bytes` hold JSON in UTF-8, `value` is what JSON.parse made of it. Undefined where nothing was altered: then it costs a fraction of the parsing. */
export function alteredIn(bytes: Buffer, value: JsonObject | JsonValue[]): AlteredJson | undefined {
  const counted = count(bytes);
  const hasTwins = counted.names !== namesIn(value);
  return counted.losesNumbers || hasTwins ? { paths: placesIn(bytes.toString("utf8")), hasTwins } : undefined;
}

/** True where that is so of JSON that stands in a string, or where it nests too deeply to be looked through. */
export function isAlteredByReading(text: string, value: JsonObject): boolean {
  const { names, losesNumbers } = count(Buffer.from(text));
  return losesNumbers || names !== namesIn(value);
}

/** True for what nobody means, and a serializer may have no stack for: `value` is what the text says. */
export function nestsTooDeeply(text: string, value: JsonValue | undefined): boolean {
  return text.length > 2 * deepest && typeof value === "object" && value !== null && Number.isNaN(namesIn(value));
}

function count(bytes: Buffer): { names: number; losesNumbers: boolean } {
  let names = 0;
  let losesNumbers = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at = closingQuote(bytes, at);
    } else if (byte === colon) {
      names += 1;
    } else if (isDigit(byte)) {
      const end = endOfNumber(bytes, at);
      losesNumbers ||= isLost(bytes, at, end);
      at = end - 1;
    }
  }
  return { names, losesNumbers };
}

/** Most strings are short: only longer ones are worth a search. */
const stepBytes = 64;

/** The place of the closing quote. */
function closingQuote(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length) {
    for (const stop = at + stepBytes; at < stop; at += 1) {
      if (bytes[at] === quote) return at;
      // What is escaped is passed over with its backslash.
      if (bytes[at] === backslash) at += 1;
    }
    const found = bytes.indexOf(quote, at);
    if (found === -1) break;
    let slashes = 0;
    while (found - 1 - slashes >= at && bytes[found - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return found;
    at = found + 1;
  }
  return bytes.length;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function endOfNumber(bytes: Buffer, start: number): number {
  let end = start + 1;
  while (isOfNumber(bytes[end] ?? 0)) end += 1;
  return end;
}

/** Digits, `.`, `+`, `-`, `e` and `E`. */
function isOfNumber(byte: number): boolean {
  return isDigit(byte) || byte === 0x2e || byte === 0x2b || byte === 0x2d || (byte | 0x20) === 0x65;
}

function isLost(bytes: Buffer, start: number, end: number): boolean {
  const isSuspicious = end - start >= suspiciousLength || hasExponent(bytes, start, end);
  return isSuspicious && !comesThrough(bytes.toString("latin1", start, end));
}

function hasExponent(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (((bytes[at] ?? 0) | 0x20) === 0x65) return true;
  }
  return false;
}

/** Nothing that is meant nests deeper. */
const deepest = 500;

/** Names of all members, those of members too; NaN, which no count equals, where it nests too deeply to be looked through. */
function namesIn(value: JsonObject | JsonValue[], depth = 0): number {
  if (depth > deepest) return Number.NaN;
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "object" && item !== null) names += namesIn(item, depth + 1);
    }
    return names;
  }
  for (const name in value) {
    names += 1;
    const member = value[name];
    if (typeof member === "object" && member !== null) names += namesIn(member, depth + 1);
  }
  return names;
}

/** A container that is being read. */
interface Level {
  /** Of an object: the names so far. */
  names: Set<string> | undefined;
  /** The name or index in hand. */
  key: string | number;
  /** Of an object: true where a name follows. */
  isAtName: boolean;
}

/** One pass, whatever the nesting. */
function placesIn(text: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  let at = 0;
  while (at < text.length && found.size < mostPaths) {
    const character = text[at] ?? "";
    const level = levels.at(-1);
    if (character === '"') {
      const end = endOfString(text, at);
      if (level?.names !== undefined && level.isAtName && takeName(level, level.names, text.slice(at, end))) {
        found.add(pathOf(levels));
      }
      at = end;
      continue;
    }
    const word = numberAt(text, at);
    if (word !== undefined && !comesThrough(word)) found.add(pathOf(levels));
    if (word === undefined) step(levels, character);
    at += word?.length ?? 1;
  }
  return [...found];
}

/** True where the object has had the name before. */
function takeName(level: Level, names: Set<string>, json: string): boolean {
  const name = JSON.parse(json) as string;
  level.key = name;
  level.isAtName = false;
  const isTwin = names.has(name);
  names.add(name);
  return isTwin;
}

function step(levels: Level[], character: string): void {
  const level = levels.at(-1);
  if (character === "{") {
    levels.push({ names: new Set(), key: "", isAtName: true });
  } else if (character === "[") {
    levels.push({ names: undefined, key: 0, isAtName: false });
  } else if (character === "}" || character === "]") {
    levels.pop();
  } else if (character === "," && level !== undefined) {
    level.isAtName = level.names !== undefined;
    if (typeof level.key === "number") level.key += 1;
  }
}

/** Of a path no more than that is shown, however long the names in it are. */
const longestName = 200;

function pathOf(levels: readonly Level[]): string {
  const path = levels
    .map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${key.slice(0, longestName)}`))
    .join("");
  return plainPath(path.replace(/^\./, ""));
}
