/** A text that a regular expression takes, for the usual ones: classes, groups, alternatives, counts. Best effort: undefined where it does not come out. */

const mostRepeats = 1000;
/** Longest text: counts within counts would make it of any length. */
const longestText = 10_000;

/** Reads the pattern from `at` on and returns what it wrote. */
interface Reader {
  pattern: string;
  at: number;
}

export function textMatching(pattern: string): string | undefined {
  try {
    const reader = { pattern, at: 0 };
    const text = readAlternatives(reader);
    // What is too long to be tried was written to fit, if nothing looks around.
    if (isEndless(pattern, text)) return looksAround.test(pattern) ? undefined : text;
    return isMatch(pattern, text) ? text : undefined;
  } catch {
    // A pattern that JavaScript does not take, or beyond this reader: the caller makes do without.
    return undefined;
  }
}

/** A group that may stand any number of times: on a text that does not fit, some such patterns try for ever. */
const endlessGroup = /\)(?:[*+]|\{\d+,\})/;
/** Longest text that is held to such a pattern. */
const longestTried = 24;

const looksAround = /\(\?<?[=!]/;

function isEndless(pattern: string, text: string): boolean {
  return text.length > longestTried && endlessGroup.test(pattern);
}

/** True where the text fits the pattern; false also for what is no pattern, and for what might take too long to tell. */
export function isMatch(pattern: string, text: string): boolean {
  if (isEndless(pattern, text)) return false;
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return false;
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
    return memberOf(reader.pattern.slice(start, reader.at));
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
  return memberOf(reader.pattern.slice(start, reader.at));
}

/** The first of some usual characters that a class takes, else the first of all. */
function memberOf(characterClass: string): string {
  const form = new RegExp(`^${characterClass}$`, "u");
  return ["a", "A", "1", "-", "_", " ", ".", "é", "日"].find((character) => form.test(character)) ?? firstMember(form);
}

function firstMember(form: RegExp): string {
  for (let code = 32; code < 0x3000; code += 1)
    if (form.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  return "";
}

function readGroup(reader: Reader): string {
  const mark = /^\?(?::|<?[=!]|<\w+>)/.exec(reader.pattern.slice(reader.at))?.[0] ?? "";
  reader.at += mark.length;
  const text = readAlternatives(reader);
  reader.at += 1;
  return /[=!]/.test(mark) ? "" : text;
}

/** How often the atom stands: the fewest that the count allows, once for `+` and `*`. */
function readCount(reader: Reader): number {
  const found = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/.exec(reader.pattern.slice(reader.at));
  if (found === null) return 1;
  reader.at += found[0].length;
  if (found[1] !== undefined) return Math.max(Number(found[1]), found[2] === "" || Number(found[2] ?? 0) > 0 ? 1 : 0);
  return 1;
}
