/** From a body's bytes to its JSON object. */
import { isAscii, isUtf8 } from "node:buffer";
import { AditError, type JsonObject, type JsonValue, isJsonObject } from "@adit/bedrock";
import { mostJsonValues, valueNestsDeeperThan } from "@adit/bedrock/gateway";
import { findJsonFault } from "./json-fault.ts";
import { excessIn, placeOfDepth } from "./json-depth.ts";

/** Up to here a body is parsed before its depth is known: the worst nesting that fits costs some megabytes. */
const parseFirstBytes = 262_144;
/**
 * No object of a real body has as many. Names of members are looked up where values of a list stand in a row: to go through a million of
 * them takes a second each time, for which all others wait.
 */
const mostMembers = 50_000;
/** Of a body that is not UTF-8 so much is looked at at a time. */
const pieceBytes = 65_536;

/**
 * The object that the bytes hold: UTF-8, with or without a byte order mark. `__proto__` is a name like any other, and of a
 * name that comes twice the last counts, as in JSON.parse.
 * @throws AditError `invalid_json` with position, line and column; without a word of the body.
 */
export function parseJsonBody(bytes: Buffer, maxDepth: number): JsonObject {
  const value = parseJson(bytes, maxDepth);
  if (isJsonObject(value)) return value;
  throw new AditError("invalid_json", "The body must be a JSON object.", { remedy: "Send an object." });
}

/** As {@link parseJsonBody}, for bodies that may be a list too. @throws AditError `invalid_json` */
export function parseJson(bytes: Buffer, maxDepth: number): JsonObject | JsonValue[] {
  const isLarge = bytes.length > parseFirstBytes;
  if (isLarge) checkSize(bytes, maxDepth);
  const text = textOf(bytes);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw notJson(text, error);
  }
  if (!isJsonObject(value) && !Array.isArray(value)) {
    throw new AditError("invalid_json", "The body must be a JSON object.", { remedy: "Send an object." });
  }
  // A container takes two bytes at least, so a short body cannot nest too deeply.
  if (!isLarge && bytes.length > 2 * maxDepth && valueNestsDeeperThan(value, maxDepth)) throw tooDeep(bytes, maxDepth);
  return value;
}

/** Before anything of a large body is built. @throws AditError `invalid_json` */
function checkSize(bytes: Buffer, maxDepth: number): void {
  const excess = excessIn(bytes, { depth: maxDepth, values: mostJsonValues, members: mostMembers });
  if (excess?.of === "depth") throw tooDeep(bytes, maxDepth);
  if (excess?.of === "values") throw tooMany(excess.at);
  if (excess?.of === "members") throw tooManyMembers(excess.at);
}

/**
 * Of a body that goes on as it is written, and that is read beside that. One that is no JSON is not counted: it is not read either.
 * @throws AditError `invalid_json`
 */
export function checkReadable(bytes: Buffer): void {
  if (bytes.length <= parseFirstBytes) return;
  const first = bytes.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return;
  const excess = excessIn(bytes, { depth: Infinity, values: mostJsonValues, members: mostMembers });
  if (excess?.of === "members") throw tooManyMembers(excess.at);
  if (excess !== undefined) throw tooMany(excess.at);
}

function tooMany(at: number): AditError {
  return new AditError("invalid_json", `The body holds more than ${mostJsonValues} values, from byte ${at} on.`, {
    remedy: "Send fewer values, or one long text in their place.",
  });
}

function tooManyMembers(at: number): AditError {
  return new AditError("invalid_json", `An object of the body has more than ${mostMembers} members, at byte ${at}.`, {
    remedy: "Send fewer members in one object.",
  });
}

function textOf(bytes: Buffer): string {
  // Of these two the second is several times as slow; most bodies are ASCII.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) {
    throw new AditError("invalid_json", `The body is not UTF-8 from byte ${placeOfNoUtf8(bytes)} on.`, {
      remedy: "Send the JSON in UTF-8.",
    });
  }
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function notJson(text: string, cause: unknown): AditError {
  const fault = findJsonFault(text);
  if (fault === undefined) return new AditError("invalid_json", "The body is not JSON.", { cause });
  const { words, line, column, position } = fault;
  return new AditError(
    "invalid_json",
    `The body is not JSON. ${words}: line ${line}, column ${column} (position ${position}).`,
  );
}

/** The place of the first byte that no UTF-8 has there, from 0. Only for bytes that are not UTF-8. */
function placeOfNoUtf8(bytes: Buffer): number {
  let from = 0;
  for (;;) {
    const to = endOfCharacters(bytes, from + pieceBytes);
    const piece = bytes.subarray(from, to);
    if (to === bytes.length || !isUtf8(piece)) return from + placeInPiece(piece);
    from = to;
  }
}

/** At the place or up to three bytes before it, where no character goes on: none is longer than four bytes. */
function endOfCharacters(bytes: Buffer, place: number): number {
  if (place >= bytes.length) return bytes.length;
  let end = place;
  while (end > place - 3 && isContinuation(bytes[end])) end -= 1;
  return end;
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}

/** As {@link placeOfNoUtf8}; it takes a step for each replacement character that was sent as itself. */
function placeInPiece(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  let place = 0;
  let from = 0;
  for (let at = text.indexOf("\uFFFD"); at !== -1; at = text.indexOf("\uFFFD", from)) {
    place += Buffer.byteLength(text.slice(from, at));
    // The replacement character may have been sent as itself.
    if (bytes.subarray(place, place + 3).toString("latin1") !== "\u00ef\u00bf\u00bd") break;
    place += 3;
    from = at + 1;
  }
  return place;
}

function tooDeep(bytes: Buffer, maxDepth: number): AditError {
  const place = placeOfDepth(bytes, maxDepth);
  const words = `The body nests more than ${maxDepth} objects and arrays in one another`;
  return new AditError("invalid_json", place === undefined ? `${words}.` : `${words}, from byte ${place} on.`, {
    remedy: "Send a flatter body.",
  });
}
