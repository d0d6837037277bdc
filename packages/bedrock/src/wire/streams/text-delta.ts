import { Buffer } from "node:buffer";
import { holdsAt } from "../event-stream/holds-at.ts";

/**
 * The short way for a text delta: nearly every frame of a stream is `{"contentBlockIndex":0,"delta":{"text":"..."},"p":"..."}`,
 * and its text can go into another JSON string as it stands. Measured: half the cost of parsing and writing it again.
 */
const head = '{"contentBlockIndex":';
const middle = ',"delta":{"text":"';
const padding = '"},"p":"';

/** Where the text stands in a plain text delta. Filled anew by each `findText` and `findTextBytes`. */
export interface TextSpan {
  contentBlockIndex: number;
  /** First character of the text, after its quote. */
  start: number;
  /** The closing quote. */
  end: number;
}

/**
 * Fills `span` and gives true when `json` has exactly the plain shape (`p` may be absent) and its text is a well-formed JSON
 * string; false for everything else, which is then parsed in the general way.
 */
export function findText(json: string, span: TextSpan): boolean {
  if (!json.startsWith(head)) {
    return false;
  }
  let cursor = head.length;
  let index = 0;
  let code = json.charCodeAt(cursor);
  while (code >= 0x30 && code <= 0x39 && cursor < head.length + 6) {
    index = index * 10 + code - 0x30;
    cursor += 1;
    code = json.charCodeAt(cursor);
  }
  const isNumber = cursor > head.length && (cursor === head.length + 1 || json[head.length] !== "0");
  if (!isNumber || !json.startsWith(middle, cursor)) {
    return false;
  }
  span.contentBlockIndex = index;
  span.start = cursor + middle.length;
  span.end = closingQuote(json, span.start);
  return span.end !== -1 && endsPlainly(json, span.end);
}

const headBytes = Buffer.from(head);
const middleBytes = Buffer.from(middle);
const paddingBytes = Buffer.from(padding);

const quote = 0x22;
const backslash = 0x5c;
const firstVisible = 0x20;
const closingBrace = 0x7d;

/**
 * The same on the payload's bytes from `start` to `end`, before they are decoded: only the text itself needs that then. Places in
 * `span` are of bytes. False also for a text with an escape in it, which `findText` can take.
 */
export function findTextBytes(bytes: Uint8Array, start: number, end: number, span: TextSpan): boolean {
  let cursor = start + headBytes.length;
  if (end - start < headBytes.length + middleBytes.length || !holdsAt(bytes, start, headBytes)) {
    return false;
  }
  // One digit: a message of more blocks than ten goes the general way.
  const digit = bytes[cursor] ?? 0;
  if (digit < 0x30 || digit > 0x39 || !holdsAt(bytes, cursor + 1, middleBytes)) {
    return false;
  }
  cursor += 1 + middleBytes.length;
  span.contentBlockIndex = digit - 0x30;
  span.start = cursor;
  span.end = plainStringEnd(bytes, cursor, end);
  return span.end !== -1 && endsPlainlyInBytes(bytes, span.end, end);
}

/** Place of the quote that ends a string without escapes begun before `start`; -1 where it has one, or a control character, or no end. */
function plainStringEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let cursor = start; cursor < end; cursor += 1) {
    const byte = bytes[cursor] ?? 0;
    if (byte === quote) {
      return cursor;
    }
    if (byte === backslash || byte < firstVisible) {
      return -1;
    }
  }
  return -1;
}

function endsPlainlyInBytes(bytes: Uint8Array, textEnd: number, end: number): boolean {
  if (end === textEnd + 3) {
    return bytes[textEnd + 1] === closingBrace && bytes[textEnd + 2] === closingBrace;
  }
  if (bytes[end - 1] !== closingBrace || !holdsAt(bytes, textEnd, paddingBytes)) {
    return false;
  }
  return plainStringEnd(bytes, textEnd + paddingBytes.length, end) === end - 2;
}

function endsPlainly(json: string, quote: number): boolean {
  if (!json.startsWith(padding, quote)) {
    return json.length === quote + 3 && json.endsWith('"}}');
  }
  const start = quote + padding.length;
  return json.endsWith('"}') && closingQuote(json, start) === json.length - 2;
}

/** Place of the quote that ends the JSON string begun before `start`; -1 when the string is not well formed. */
function closingQuote(json: string, start: number): number {
  for (let cursor = start; cursor < json.length; cursor += 1) {
    const code = json.charCodeAt(cursor);
    if (code === 0x22) {
      return cursor;
    }
    if (code < 0x20) {
      return -1;
    }
    if (code === 0x5c) {
      const length = escapeLength(json, cursor + 1);
      if (length === 0) {
        return -1;
      }
      cursor += length;
    }
  }
  return -1;
}

/** How many characters after the backslash belong to the escape; 0 where JSON has no such escape. */
function escapeLength(json: string, start: number): number {
  const code = json[start];
  if (code === "u") {
    return /^[0-9a-fA-F]{4}$/.test(json.slice(start + 1, start + 5)) ? 5 : 0;
  }
  return code !== undefined && '"\\/bfnrt'.includes(code) ? 1 : 0;
}
