/**
 * Finds where a pattern matches, as JavaScript's own engine would, without its backtracking: the ways through the pattern are followed at
 * once, in the order in which JavaScript would try them (Pike's machine; Cox, "Regular Expression Matching: the Virtual Machine Approach").
 */
import {
  holds,
  isAsserted,
  laterProgram,
  PatternTooSlow,
  stepsOf,
  type Instruction,
  type Patience,
  type Program,
} from "./pattern.ts";
import type { CharacterSet, PatternFlag } from "./pattern-syntax.ts";

/** A match: from `start` (included) to `end` (excluded). */
export interface Match {
  start: number;
  end: number;
}

/** The first match at or behind a place; undefined where there is none. Throws PatternTooSlow. */
export type Finder = (text: string, from: number, patience: Patience) => Match | undefined;

/** @throws PatternFault */
export function compileFinder(source: string, flags: readonly PatternFlag[] = []): Finder {
  const programIn = laterProgram(source, flags);
  return (text, from, patience) => {
    const program = programIn(patience);
    const { first, reached, narrowing } = tablesOf(program);
    const isNarrowed = text.length >= leastNarrowed;
    return new Walk(program, text, { patience, reached, narrowing: isNarrowed ? narrowing : undefined }).run(
      from,
      first,
    );
  };
}

/** What a search needs beside the program. */
interface Tables {
  first: Uint8Array | undefined;
  reached: Reached;
  narrowing: Narrowing;
}

/** Kept as long as the program is. */
const tables = new WeakMap<Program, Tables>();

function tablesOf(program: Program): Tables {
  const known = tables.get(program);
  if (known !== undefined) return known;
  const made = {
    first: firstCharacters(program),
    reached: new Reached(program.length),
    narrowing: new Narrowing(program),
  };
  tables.set(program, made);
  return made;
}

/** All matches from the text's beginning on, none within another. An empty one moves on by a character. Throws PatternTooSlow. */
export function* matchesOf(find: Finder, text: string, patience: Patience): Generator<Match, void, void> {
  for (let from = 0; from <= text.length;) {
    const match = find(text, from, patience);
    if (match === undefined) return;
    yield match;
    from = match.end > match.start ? match.end : match.end + 1;
  }
}

/** Characters that lie beyond ASCII are one in tables, the last. */
const beyond = 0x80;
const tableSize = beyond + 1;

/** By code: whether a match may begin with it; undefined where one may be empty, or ask what stands around it alone. */
function firstCharacters(program: Program): Uint8Array | undefined {
  const table = new Uint8Array(tableSize);
  const seen = new Set<number>();
  // What is repeated is one set at many places.
  const marked = new Set<CharacterSet>();
  const open = [0];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const instruction = program[place];
    if (instruction?.kind === "set") {
      if (!marked.has(instruction)) mark(table, instruction);
      marked.add(instruction);
    } else if (instruction?.kind === "fork") open.push(...instruction.targets);
    else if (instruction?.kind === "assertion") open.push(place + 1);
    else return undefined;
  }
  return table;
}

function mark(table: Uint8Array, set: CharacterSet): void {
  for (let code = 0; code < tableSize; code += 1) if (mayTake(set, code)) table[code] = 1;
}

/** `code`: of a table. */
function mayTake(set: CharacterSet, code: number): boolean {
  return code < beyond ? holds(set, code) : set.isNegated || set.ranges.some(({ to }) => to >= beyond);
}

/** In a shorter text most letters come once. */
const leastNarrowed = 1_000;
/** A fork into fewer ways is followed as soon as looked up. */
const leastWays = 4;
/** A word begins with its letter, and not behind many forks. */
const mostLooked = 8;
/** Lists and their targets that are kept for a pattern, of which there may be thousands: more than the longest list of words comes to. */
const mostKept = 2_000;

/**
 * Of a list of words all but a few end at their first letter: to follow all of them at each letter would make a text too long that is not.
 * What is looked up is kept, by the fork and by the character that is next.
 */
class Narrowing {
  readonly #program: Program;
  readonly #kept = new Map<number, readonly number[]>();
  #room = mostKept;

  constructor(program: Program) {
    this.#program = program;
  }

  /** The targets of a fork that may take the character of this code. */
  targetsAt(place: number, targets: readonly number[], code: number, patience: Patience): readonly number[] {
    if (targets.length < leastWays) return targets;
    const entry = Math.min(code, beyond);
    const key = place * tableSize + entry;
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#room <= 0) return targets;
    const found = targets.filter((target) => this.#mayBegin(target, entry, patience));
    this.#room -= 1 + found.length;
    this.#kept.set(key, found);
    return found;
  }

  #mayBegin(target: number, code: number, patience: Patience): boolean {
    const open = [target];
    for (let looked = 0; looked < mostLooked; looked += 1) {
      const place = open.pop();
      if (place === undefined) return false;
      patience.steps -= 1;
      const instruction = this.#program[place];
      if (instruction?.kind === "set") {
        patience.steps -= stepsOf(instruction);
        if (mayTake(instruction, code)) return true;
      } else if (instruction?.kind === "fork") open.push(...instruction.targets);
      else if (instruction?.kind === "assertion") open.push(place + 1);
      else return true;
    }
    return open.length > 0;
  }
}

/** Ways that stand at one character, the one that JavaScript would try first before the others. */
interface Ways {
  places: number[];
  starts: number[];
}

/** Marks are kept in 32 bits. */
const mostMark = 2 ** 32 - 1;

/**
 * At which position each instruction was last reached: none is followed twice from one. One table for all searches by a pattern, which come
 * one after the other: a text may match a million times, and to make a table for each would take longer than the searches.
 */
class Reached {
  readonly #marks: Uint32Array;
  #base = 0;
  /** Behind all positions of the search before. */
  #next = 1;

  constructor(count: number) {
    this.#marks = new Uint32Array(count);
  }

  /** Begins a search in a text of this length: what was reached in those before counts no more. */
  begin(length: number): void {
    const positions = length + 2;
    if (this.#next + positions > mostMark) {
      this.#marks.fill(0);
      this.#next = 1;
    }
    this.#base = this.#next;
    this.#next += positions;
  }

  /** False where the instruction was reached at this position before. */
  mark(place: number, at: number): boolean {
    const mark = this.#base + at;
    if (this.#marks[place] === mark) return false;
    this.#marks[place] = mark;
    return true;
  }
}

/** One search through one text. */
class Walk {
  readonly #program: readonly Instruction[];
  readonly #text: string;
  readonly #patience: Patience;
  readonly #reached: Reached;
  readonly #narrowing: Narrowing | undefined;
  #found: Match | undefined;

  constructor(
    program: readonly Instruction[],
    text: string,
    { patience, reached, narrowing }: { patience: Patience; reached: Reached; narrowing: Narrowing | undefined },
  ) {
    this.#program = program;
    this.#text = text;
    this.#patience = patience;
    this.#reached = reached;
    this.#narrowing = narrowing;
  }

  run(from: number, first: Uint8Array | undefined): Match | undefined {
    this.#reached.begin(this.#text.length);
    let ways: Ways = { places: [], starts: [] };
    for (let at = from; at <= this.#text.length; at += 1) {
      if (ways.places.length === 0) {
        if (this.#found !== undefined) return this.#found;
        at = this.#skip(at, first);
      }
      // A match may begin here, unless one that began before has been found already.
      if (this.#found === undefined) this.#follow(0, { at, start: at }, ways);
      const next: Ways = { places: [], starts: [] };
      const code = this.#text.charCodeAt(at);
      for (const [index, place] of ways.places.entries()) {
        const instruction = this.#program[place];
        const start = ways.starts[index] ?? at;
        if (instruction?.kind !== "set") continue;
        this.#spend(stepsOf(instruction));
        if (!holds(instruction, code)) continue;
        // What comes behind a way that has arrived would have been tried after it.
        if (this.#follow(place + 1, { at: at + 1, start }, next)) break;
      }
      ways = next;
    }
    return this.#found;
  }

  /** On to the next character with which a match may begin. */
  #skip(from: number, first: Uint8Array | undefined): number {
    if (first === undefined) return from;
    let at = from;
    for (; at < this.#text.length; at += 1) {
      if (first[Math.min(this.#text.charCodeAt(at), beyond)] === 1) break;
    }
    this.#spend((at - from) >> 6);
    return at;
  }

  /** Adds the sets that can be reached without taking a character, in order. True where the pattern's end is reached. */
  #follow(first: number, { at, start }: { at: number; start: number }, ways: Ways): boolean {
    const open = [first];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (!this.#reached.mark(place, at)) continue;
      this.#spend(1);
      const instruction = this.#program[place];
      if (instruction?.kind === "set") {
        ways.places.push(place);
        ways.starts.push(start);
      } else if (instruction?.kind === "fork") {
        const targets = this.#targetsOf(place, instruction.targets, at);
        for (let index = targets.length - 1; index >= 0; index -= 1) open.push(targets[index] ?? 0);
      } else if (instruction?.kind === "assertion") {
        if (isAsserted(instruction.assertion, this.#text, at)) open.push(place + 1);
      } else {
        this.#found = { start, end: at };
        return true;
      }
    }
    return false;
  }

  #targetsOf(place: number, targets: readonly number[], at: number): readonly number[] {
    // At the text's end there is no character.
    if (this.#narrowing === undefined || at >= this.#text.length) return targets;
    return this.#narrowing.targetsAt(place, targets, this.#text.charCodeAt(at), this.#patience);
  }

  #spend(steps: number): void {
    this.#patience.steps -= steps;
    if (this.#patience.steps < 0) throw new PatternTooSlow();
  }
}
