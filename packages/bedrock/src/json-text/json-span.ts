/** Where a value stands in JSON text. The text has been parsed before: what is not JSON is not told. */
import type { ValuePath } from "../json.ts";

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
  return spansAt(text, [path], from)[0];
}

/** As {@link spanAt}, of each of the paths, in one walk through the text. */
export function spansAt(text: string, paths: readonly ValuePath[], from = 0): (Span | undefined)[] {
  const root: Branch = { asked: [], below: new Map() };
  for (const [index, path] of paths.entries()) {
    branchAt(root, path).asked.push(index);
  }
  const found = paths.map((): Span | undefined => undefined);
  const start = skipSpace(text, from);
  // Where the whole value ends only its own path asks.
  const end = root.asked.length === 0 ? text.length : endOfValue(text, start);
  findBelow(text, { start, end }, { branch: root, found });
  return found;
}

/** JSON text in which other values, given as their JSON, stand at these paths; a path that leads nowhere is passed over. All else keeps its bytes. */
export function withValuesAt(text: string, values: readonly { path: ValuePath; json: string }[]): string {
  const paths = values.map(({ path }) => path);
  const spans = spansAt(text, paths);
  const changes = spans.flatMap((span, index) =>
    span === undefined ? [] : [{ span, json: values[index]?.json ?? "" }],
  );
  changes.sort((one, other) => one.span.start - other.span.start);
  const pieces: string[] = [];
  let at = 0;
  for (const { span, json } of changes) {
    // Of two at one place, or one within another, the first counts.
    if (span.start < at) continue;
    pieces.push(text.slice(at, span.start), json);
    at = span.end;
  }
  pieces.push(text.slice(at));
  return pieces.join("");
}

/** What is asked for below a value. */
interface Branch {
  /** Indexes of the paths that end here. */
  asked: number[];
  below: Map<string | number, Branch>;
}

function branchAt(root: Branch, path: ValuePath): Branch {
  let branch = root;
  for (const step of path) {
    const next: Branch = branch.below.get(step) ?? { asked: [], below: new Map() };
    branch.below.set(step, next);
    branch = next;
  }
  return branch;
}

function findBelow(text: string, span: Span, { branch, found }: { branch: Branch; found: (Span | undefined)[] }): void {
  for (const index of branch.asked) {
    found[index] = span;
  }
  const kind = text[span.start] === "{" ? "string" : "number";
  if (![...branch.below.keys()].some((key) => typeof key === kind)) {
    return;
  }
  const last = new Map<Branch, Span>();
  for (const { key, value } of childSpansOf(text, span.start)) {
    const below = branch.below.get(key);
    if (below !== undefined) last.set(below, value);
  }
  for (const [below, value] of last) {
    findBelow(text, value, { branch: below, found });
  }
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
