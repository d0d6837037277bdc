/** Whether a text fits a pattern of JavaScript's, in steps that are counted: JavaScript's own engine tries some patterns for ever. */

/** What may still be done; below 0 nothing. */
export interface Work {
  left: number;
}

type Part =
  /** One character: itself, or what takes it. */
  | { kind: "one"; character: string | RegExp }
  | { kind: "edge"; sign: string }
  | { kind: "all" | "any"; parts: Part[] }
  | { kind: "repeat"; part: Part; least: number; most: number }
  | { kind: "look"; part: Part; isBehind: boolean; isWanted: boolean };

/** Reads the pattern from `at` on. */
interface Reader {
  pattern: string;
  at: number;
}

interface Trial {
  characters: readonly string[];
  work: Work;
}

/** True where the text fits the pattern; false also for what is no pattern, and for what takes too long to tell. */
export function isMatch(pattern: string, text: string, work: Work): boolean {
  try {
    spend(work, pattern.length + text.length);
    // What is left to read is a pattern without a fault.
    new RegExp(pattern, "u");
    const trial = { characters: Array.from(text), work };
    return ends(readAny({ pattern, at: 0 }), upTo(trial.characters.length), trial).size > 0;
  } catch {
    return false;
  }
}

/** Takes from what may still be done; throws where nothing is left. */
export function spend(work: Work, steps: number): void {
  work.left -= steps;
  if (work.left < 0) throw new RangeError("This takes too long.");
}

function upTo(last: number): Set<number> {
  return new Set(Array.from({ length: last + 1 }, (_, place) => place));
}

/** Where a part that begins at one of the places may end. */
function ends(part: Part, starts: ReadonlySet<number>, trial: Trial): ReadonlySet<number> {
  spend(trial.work, 1 + starts.size);
  switch (part.kind) {
    case "one":
      return new Set([...starts].filter((at) => takes(part.character, trial.characters[at])).map((at) => at + 1));
    case "edge":
      return new Set([...starts].filter((at) => isEdge(part.sign, at, trial.characters)));
    case "all":
      return part.parts.reduce((places, each) => (places.size === 0 ? places : ends(each, places, trial)), starts);
    case "any":
      return new Set(part.parts.flatMap((each) => [...ends(each, starts, trial)]));
    case "repeat":
      return repeatedEnds(part, starts, trial);
    case "look":
      return new Set([...starts].filter((at) => isSeen(part, at, trial) === part.isWanted));
  }
}

function repeatedEnds(
  { part, least, most }: Part & { kind: "repeat" },
  starts: ReadonlySet<number>,
  trial: Trial,
): ReadonlySet<number> {
  let places = starts;
  for (let count = 0; count < least && places.size > 0; count += 1) places = ends(part, places, trial);
  const reached = new Set(places);
  for (let count = least; count < most && places.size > 0; count += 1) {
    places = new Set([...ends(part, places, trial)].filter((at) => !reached.has(at)));
    for (const at of places) reached.add(at);
  }
  return reached;
}

function isSeen({ part, isBehind }: Part & { kind: "look" }, at: number, trial: Trial): boolean {
  return isBehind ? ends(part, upTo(at), trial).has(at) : ends(part, new Set([at]), trial).size > 0;
}

function takes(character: string | RegExp, given: string | undefined): boolean {
  if (given === undefined) return false;
  return typeof character === "string" ? character === given : character.test(given);
}

function isEdge(sign: string, at: number, characters: readonly string[]): boolean {
  if (sign === "^") return at === 0;
  if (sign === "$") return at === characters.length;
  const isBoundary = /\w/.test(characters[at - 1] ?? "") !== /\w/.test(characters[at] ?? "");
  return isBoundary === (sign === "\\b");
}

function readAny(reader: Reader): Part {
  const parts = [readAll(reader)];
  while (reader.pattern[reader.at] === "|") {
    reader.at += 1;
    parts.push(readAll(reader));
  }
  return { kind: "any", parts };
}

function readAll(reader: Reader): Part {
  const parts: Part[] = [];
  while (reader.at < reader.pattern.length && !/[|)]/.test(reader.pattern[reader.at] ?? ""))
    parts.push(readCounted(reader));
  return { kind: "all", parts };
}

const countForm = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;

function readCounted(reader: Reader): Part {
  const part = readAtom(reader);
  countForm.lastIndex = reader.at;
  const found = countForm.exec(reader.pattern);
  if (found === null) return part;
  reader.at += found[0].length;
  const [, sign, fewest, comma, highest] = found;
  if (sign !== undefined)
    return { kind: "repeat", part, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : Infinity };
  const least = Number(fewest);
  return { kind: "repeat", part, least, most: highest ? Number(highest) : comma ? Infinity : least };
}

/** One character in each of the ways in which a pattern names it, or a class. */
const atomForm =
  /\\[pP]\{[^}]*\}|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[a-zA-Z]|\\[^1-9k]|\[(?:[^\]\\]|\\.)*\]|\./uy;

function readAtom(reader: Reader): Part {
  const { pattern, at } = reader;
  const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  if (character === "(") return readGroup(reader);
  const sign = /^(?:[$^]|\\[bB])/.exec(pattern.slice(at, at + 2))?.[0];
  if (sign !== undefined) {
    reader.at += sign.length;
    return { kind: "edge", sign };
  }
  if (!/[\\[.]/.test(character)) {
    reader.at += character.length;
    return { kind: "one", character };
  }
  atomForm.lastIndex = at;
  const source = atomForm.exec(pattern)?.[0];
  // What a group took cannot be told from places alone.
  if (source === undefined) throw new RangeError("The pattern refers to a group.");
  reader.at += source.length;
  return { kind: "one", character: new RegExp(`^${source}$`, "u") };
}

function readGroup(reader: Reader): Part {
  const mark =
    /^\((?:\?(?::|<?[=!]|<[^>]*>))?/.exec(reader.pattern.slice(reader.at, reader.at + longestMark))?.[0] ?? "(";
  reader.at += mark.length;
  const part = readAny(reader);
  reader.at += 1;
  return /[=!]$/.test(mark) ? { kind: "look", part, isBehind: mark.includes("<"), isWanted: mark.endsWith("=") } : part;
}

/** Longer than any name of a group that people write. */
const longestMark = 200;
