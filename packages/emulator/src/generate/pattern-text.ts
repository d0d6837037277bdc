/** A text that a regular expression takes, for the usual ones: classes, groups, alternatives, counts. Best effort: undefined where it does not come out. */

import { isMatch, spend, type Work } from "./pattern-match.ts";

const mostRepeats = 1000;
/** Longest text: counts within counts would make it of any length. */
const longestText = 10_000;

/** The last of the characters that are tried for a class. */
const lastTried = 0x3000;

/** Longest beginning of a group and longest count that are read. */
const longestMark = 200;

/** Reads the pattern from `at` on and returns what it wrote. */
interface Reader {
  pattern: string;
  at: number;
  work: Work;
}

export function textMatching(pattern: string, work: Work): string | undefined {
  try {
    spend(work, pattern.length);
    const text = readAlternatives({ pattern, at: 0, work });
    return isMatch(pattern, text, work) ? text : undefined;
  } catch {
    // A pattern that JavaScript does not take, or beyond this reader: the caller makes do without.
    return undefined;
  }
}

function readAlternatives(reader: Reader): string {
  let first: string | undefined;
  for (;;) {
    const text = readSequence(reader);
    first ??= text;
    if (reader.pattern[reader.at] !== "|") return first;
    reader.at += 1;
  }
}

function readSequence(reader: Reader): string {
  let text = "";
  while (reader.at < reader.pattern.length && !/[|)]/.test(reader.pattern[reader.at] ?? "")) {
    const atom = readAtom(reader);
    const count = Math.min(readCount(reader), mostRepeats);
    if (text.length + atom.length * count > longestText) throw new RangeError("The pattern asks for a long text.");
    text += atom.repeat(count);
  }
  return text;
}

function readAtom(reader: Reader): string {
  const character = String.fromCodePoint(reader.pattern.codePointAt(reader.at) ?? 0);
  reader.at += character.length;
  switch (character) {
    case "^":
    case "$":
      return "";
    case ".":
      return "a";
    case "\\":
      return readEscape(reader);
    case "[":
      return readClass(reader);
    case "(":
      return readGroup(reader);
    default:
      return character;
  }
}

const escapes: Record<string, string> = {
  d: "1",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
  b: "",
  B: "",
  n: "\n",
  t: "\t",
};

function readEscape(reader: Reader): string {
  const letter = reader.pattern[reader.at] ?? "";
  reader.at += 1;
  if (letter === "p" || letter === "P") {
    const start = reader.at - 2;
    reader.at = reader.pattern.indexOf("}", reader.at) + 1;
    return memberOf(reader.pattern.slice(start, reader.at), reader.work);
  }
  // A character by its number: \x41, \u0041, \u{41}.
  const rest = reader.pattern.slice(reader.at - 1, reader.at + 8);
  const [whole, two, four, braced] = /^(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\})/i.exec(rest) ?? [];
  if (whole !== undefined) {
    reader.at += whole.length - 1;
    return String.fromCodePoint(Number.parseInt(two ?? four ?? braced ?? "", 16));
  }
  return escapes[letter] ?? letter;
}

function readClass(reader: Reader): string {
  const start = reader.at - 1;
  let end = reader.at;
  while (end < reader.pattern.length && (reader.pattern[end] !== "]" || end === start + 1))
    end += reader.pattern[end] === "\\" ? 2 : 1;
  reader.at = end + 1;
  return memberOf(reader.pattern.slice(start, reader.at), reader.work);
}

/** The first of some usual characters that a class takes, else the first of all. */
function memberOf(characterClass: string, work: Work): string {
  const form = new RegExp(`^${characterClass}$`, "u");
  const usual = ["a", "A", "1", "-", "_", " ", ".", "é", "日"];
  spend(work, usual.length);
  return usual.find((character) => form.test(character)) ?? firstMember(form, work);
}

function firstMember(form: RegExp, work: Work): string {
  spend(work, lastTried);
  for (let code = 32; code < lastTried; code += 1)
    if (form.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  return "";
}

function readGroup(reader: Reader): string {
  const mark = /^\?(?::|<?[=!]|<\w+>)/.exec(reader.pattern.slice(reader.at, reader.at + longestMark))?.[0] ?? "";
  reader.at += mark.length;
  const text = readAlternatives(reader);
  reader.at += 1;
  return /[=!]/.test(mark) ? "" : text;
}

/** How often the atom stands: the fewest that the count allows, once for `+` and `*`. */
function readCount(reader: Reader): number {
  const found = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/.exec(reader.pattern.slice(reader.at, reader.at + longestMark));
  if (found === null) return 1;
  reader.at += found[0].length;
  if (found[1] !== undefined) return Math.max(Number(found[1]), found[2] === "" || Number(found[2] ?? 0) > 0 ? 1 : 0);
  return 1;
}
