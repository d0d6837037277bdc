/**
 * The syntax of `$regex`: JavaScript's, without what no machine matches in linear time (back-references, look-around). A pattern comes
 * from a caller and is matched against another caller's text: backtracking, as JavaScript's own engine does, would let one request hold
 * up all others (CWE-1333).
 */
import { inAnyCase } from "./pattern-case.ts";

/** Code units from `from` to `to`, both included. */
export interface Range {
  from: number;
  to: number;
}

export interface CharacterSet {
  kind: "set";
  ranges: readonly Range[];
  isNegated: boolean;
}

export type Assertion = "start" | "end" | "line-start" | "line-end" | "boundary" | "no-boundary";

/** JavaScript's flags that change what a pattern matches: any case, lines of their own, a dot that is any character. */
export type PatternFlag = "i" | "m" | "s";

export type Pattern =
  | CharacterSet
  | { kind: "assertion"; assertion: Assertion }
  | { kind: "sequence"; parts: readonly Pattern[] }
  | { kind: "choice"; choices: readonly Pattern[] }
  /** `isLazy`: as few as possible are taken. It makes a difference to where a match ends, not to whether there is one. */
  | { kind: "repeat"; part: Pattern; min: number; max: number; isLazy: boolean };

/** What a pattern may not hold, in words. */
export class PatternFault extends Error {}

const longestPattern = 1_000;
const deepestGroup = 50;
/** More would be more instructions than a pattern gets. */
const mostRepeats = 1_000;

/** @throws PatternFault */
export function parsePattern(source: string, flags: readonly PatternFlag[]): Pattern {
  if (source.length > longestPattern) throw new PatternFault(`is longer than ${longestPattern} characters`);
  try {
    // Never run: it knows JavaScript's grammar, so that the reader below meets well-formed patterns alone.
    void new RegExp(source);
  } catch {
    throw new PatternFault("is no regular expression");
  }
  return new Reader(source, flags).whole();
}

const digits: readonly Range[] = [{ from: 0x30, to: 0x39 }];
const wordRanges: readonly Range[] = [
  ...digits,
  { from: 0x41, to: 0x5a },
  { from: 0x5f, to: 0x5f },
  { from: 0x61, to: 0x7a },
];
/** WhiteSpace and LineTerminator of ECMA-262. */
const spaces: readonly Range[] = [
  [0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f],
  [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff],
].map(([from = 0, to = 0]) => ({ from, to })); // prettier-ignore
const lineEnds: readonly Range[] = [
  { from: 0x0a, to: 0x0a },
  { from: 0x0d, to: 0x0d },
  { from: 0x2028, to: 0x2029 },
];

/** True for what ends a line. */
export function isLineEnd(code: number): boolean {
  return lineEnds.some(({ from, to }) => code >= from && code <= to);
}

const classes: Readonly<Record<string, readonly Range[]>> = { d: digits, w: wordRanges, s: spaces };
const controls: Readonly<Record<string, number>> = { t: 0x09, n: 0x0a, v: 0x0b, f: 0x0c, r: 0x0d, "0": 0 };
const quantifierForm = /([*+?])|\{(\d+)(?:(,)(\d*))?\}/y;
const groupForm = /\((?:\?(?::|<[^=!>][^>]*>))?/y;
const lookForm = /\(\?<?[=!]/y;

/** True for what `\w` matches. */
export function isWordCharacter(code: number): boolean {
  return wordRanges.some(({ from, to }) => code >= from && code <= to);
}

/** Reads a pattern that JavaScript accepts, by recursive descent. */
class Reader {
  readonly #source: string;
  readonly #flags: readonly PatternFlag[];
  #at = 0;
  #depth = 0;

  constructor(source: string, flags: readonly PatternFlag[]) {
    this.#source = source;
    this.#flags = flags;
  }

  whole(): Pattern {
    return this.#choice();
  }

  #choice(): Pattern {
    const choices = [this.#sequence()];
    while (this.#take("|")) choices.push(this.#sequence());
    const [only] = choices;
    return choices.length === 1 && only !== undefined ? only : { kind: "choice", choices };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#peek())) parts.push(this.#quantified());
    return { kind: "sequence", parts };
  }

  #quantified(): Pattern {
    const atom = this.#atom();
    const isAnyCase = atom.kind === "set" && this.#flags.includes("i");
    const part = isAnyCase ? { ...atom, ranges: inAnyCase(atom.ranges) } : atom;
    const match = this.#match(quantifierForm);
    if (match === undefined) return part;
    const isLazy = this.#take("?");
    const [, sign, least, comma, most] = match;
    const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
    const max = sign === undefined ? upperBound(min, comma, most) : sign === "?" ? 1 : Infinity;
    if (min > mostRepeats || (max !== Infinity && max > mostRepeats)) {
      throw new PatternFault(`repeats more than ${mostRepeats} times`);
    }
    return { kind: "repeat", part, min, max, isLazy };
  }

  #atom(): Pattern {
    if (this.#match(lookForm) !== undefined) throw new PatternFault("looks ahead or behind, which is not supported");
    if (this.#match(groupForm) !== undefined) return this.#group();
    const character = this.#next();
    switch (character) {
      case "^":
        return { kind: "assertion", assertion: this.#flags.includes("m") ? "line-start" : "start" };
      case "$":
        return { kind: "assertion", assertion: this.#flags.includes("m") ? "line-end" : "end" };
      case ".":
        return { kind: "set", ranges: this.#flags.includes("s") ? [] : lineEnds, isNegated: true };
      case "[":
        return this.#set();
      case "\\":
        return this.#escape();
      default:
        return literal(character.charCodeAt(0));
    }
  }

  #group(): Pattern {
    // Such as `(?i:`, which newer versions of JavaScript know: read as a group without it, the pattern would be another.
    if (this.#peek() === "?") throw new PatternFault("has a group with modifiers, which is not supported");
    this.#depth += 1;
    if (this.#depth > deepestGroup) throw new PatternFault(`nests more than ${deepestGroup} groups`);
    const inner = this.#choice();
    this.#depth -= 1;
    this.#take(")");
    return inner;
  }

  #escape(): Pattern {
    if (this.#take("b")) return { kind: "assertion", assertion: "boundary" };
    if (this.#take("B")) return { kind: "assertion", assertion: "no-boundary" };
    return this.#escaped();
  }

  /** What stands behind a backslash: one character, or one of the classes. */
  #escaped(): CharacterSet {
    const character = this.#next();
    const ranges = classes[character.toLowerCase()];
    if (ranges !== undefined) return { kind: "set", ranges, isNegated: /[A-Z]/.test(character) };
    if (character === "x" || character === "u") return literal(this.#hexadecimal(character === "x" ? 2 : 4));
    if (character === "0" && /\d/.test(this.#peek())) throw unknownEscape(character);
    const control = Object.hasOwn(controls, character) ? controls[character] : undefined;
    if (control !== undefined) return literal(control);
    if (/[a-z\d]/i.test(character)) throw unknownEscape(character);
    return literal(character.charCodeAt(0));
  }

  #hexadecimal(length: number): number {
    const text = this.#source.slice(this.#at, this.#at + length);
    if (text.length !== length || !/^[\da-f]+$/i.test(text)) throw unknownEscape(length === 2 ? "x" : "u");
    this.#at += length;
    return Number.parseInt(text, 16);
  }

  #set(): CharacterSet {
    const isNegated = this.#take("^");
    const ranges: Range[] = [];
    while (!this.#take("]")) {
      const first = this.#member();
      const from = single(first);
      if (this.#peek() !== "-" || this.#source[this.#at + 1] === "]") {
        ranges.push(...included(first));
        continue;
      }
      this.#next();
      const last = this.#member();
      const to = single(last);
      // Beside a class such as \d, the hyphen is one.
      if (from === undefined || to === undefined) ranges.push(...included(first), hyphen, ...included(last));
      else ranges.push({ from, to });
    }
    return { kind: "set", ranges, isNegated };
  }

  #member(): CharacterSet {
    const character = this.#next();
    if (character !== "\\") return literal(character.charCodeAt(0));
    return this.#take("b") ? literal(0x08) : this.#escaped();
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    const match = form.exec(this.#source);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}

function upperBound(min: number, comma: string | undefined, most: string | undefined): number {
  if (comma === undefined) return min;
  return most === undefined || most === "" ? Infinity : Number(most);
}

function unknownEscape(character: string): PatternFault {
  return new PatternFault(`holds \\${character}, which is not supported`);
}

function literal(code: number): CharacterSet {
  return { kind: "set", ranges: [{ from: code, to: code }], isNegated: false };
}

const hyphen: Range = { from: 0x2d, to: 0x2d };

/** The one character of a set that is one. */
function single({ ranges: [range, ...others], isNegated }: CharacterSet): number | undefined {
  return range !== undefined && others.length === 0 && !isNegated && range.from === range.to ? range.from : undefined;
}

const lastCode = 0xffff;

/** The ranges of a set; for a negated one what lies between its ranges. */
function included({ ranges, isNegated }: CharacterSet): Range[] {
  if (!isNegated) return [...ranges];
  const gaps: Range[] = [];
  let from = 0;
  for (const range of ranges) {
    if (range.from > from) gaps.push({ from, to: range.from - 1 });
    from = range.to + 1;
  }
  if (from <= lastCode) gaps.push({ from, to: lastCode });
  return gaps;
}
