import type { ValuePath } from "../json.ts";
/** Where a value stands in JSON text. The text has been parsed before: what is not JSON is not told. */

/** From the first character of a value to behind its last. */
export interface Span {
  start: number;
  end: number;
}

/**
 * The value at a path of names and indexes; undefined where there is none. Of a name that comes twice the last one counts, as in
 * JSON.parse. The path leads on from the value that begins at `from`.
 */
export function spanAt(text: string, path: ValuePath, from = 0): Span | undefined {
  const start = skipSpace(text, from);
  let span: Span | undefined = { start, end: endOfValue(text, start) };
  for (const step of path) {
    span = childAt(text, span.start, step);
    if (span === undefined) {
      return undefined;
    }
  }
  return span;
}

/** Behind the closing quote of the string that begins here. */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && isEscaped(text, quote)) {
    quote = text.indexOf('"', quote + 1);
  }
  return quote === -1 ? text.length + 1 : quote + 1;
}

/** True where an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") {
    before -= 1;
  }
  return (at - before) % 2 === 0;
}

/** A member of an object, with its name, or an element of a list. */
export interface ChildSpan extends Span {
  /** The name, or the index. */
  key: string | number;
  /** Of a member: the value alone. */
  value: Span;
}

/** What the container that begins at `start` holds, in order; nothing where no container begins there. */
export function* childSpansOf(text: string, start: number): Generator<ChildSpan, void, void> {
  const isObject = text[start] === "{";
  if (!isObject && text[start] !== "[") {
    return;
  }
  let at = skipSpace(text, start + 1);
  for (let index = 0; at < text.length && text[at] !== "}" && text[at] !== "]"; index += 1) {
    const childStart = at;
    let key: string | number = index;
    if (isObject) {
      const end = endOfString(text, at);
      key = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    const end = endOfValue(text, at);
    yield { key, start: childStart, end, value: { start: at, end } };
    at = skipSpace(text, end);
    at = text[at] === "," ? skipSpace(text, at + 1) : at;
  }
}

function childAt(text: string, start: number, step: string | number): Span | undefined {
  if (text[start] !== (typeof step === "string" ? "{" : "[")) {
    return undefined;
  }
  let found: Span | undefined;
  for (const { key, value } of childSpansOf(text, start)) {
    if (key === step) {
      found = value;
    }
  }
  return found;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') {
    return endOfString(text, start);
  }
  if (first === "{" || first === "[") {
    return endOfContainer(text, start);
  }
  endOfWord.lastIndex = start;
  return endOfWord.exec(text)?.index ?? text.length;
}

/** What may follow a number, true, false or null. */
const endOfWord = /[\s,\]}]/g;

const quote = 0x22;

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      continue;
    }
    at += 1;
    // `{` and `[` are 0x7b and 0x5b, `}` and `]` 0x7d and 0x5d: alike but for one bit, which is no other character of JSON outside strings.
    if ((code & 0xdf) === 0x5b) {
      depth += 1;
    } else if ((code & 0xdf) === 0x5d) {
      depth -= 1;
      if (depth === 0) {
        return at;
      }
    }
  }
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") {
    at += 1;
  }
  return at;
}
