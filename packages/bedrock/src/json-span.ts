/** Where a value stands in JSON text. The text has been parsed before: what is not JSON is not told. */

/** From the first character of a value to behind its last. */
export interface Span {
  start: number;
  end: number;
}

/** The value at a path of names and places; undefined where there is none. Of a name that comes twice the last counts, as in JSON.parse. */
export function spanAt(text: string, path: readonly (string | number)[]): Span | undefined {
  const start = skipSpace(text, 0);
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
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function childAt(text: string, start: number, step: string | number): Span | undefined {
  const opening = text[start];
  if (opening !== (typeof step === "string" ? "{" : "[")) {
    return undefined;
  }
  let found: Span | undefined;
  let at = skipSpace(text, start + 1);
  for (let index = 0; at < text.length && text[at] !== "}" && text[at] !== "]"; index += 1) {
    let key: unknown = index;
    if (opening === "{") {
      const end = endOfString(text, at);
      key = JSON.parse(text.slice(at, end));
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    const end = endOfValue(text, at);
    if (key === step) {
      found = { start: at, end };
    }
    at = skipSpace(text, end);
    at = text[at] === "," ? skipSpace(text, at + 1) : at;
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

function endOfContainer(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    at += 1;
    if (character === "{" || character === "[") {
      depth += 1;
    } else if (character === "}" || character === "]") {
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
