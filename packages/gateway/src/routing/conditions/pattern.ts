/**
 * Matches `$regex` without backtracking: all ways through the pattern are followed at once, character by character (Thompson 1968; Cox,
 * "Regular Expression Matching Can Be Simple And Fast"). The work is at most the pattern's length times the text's.
 */
import { KeptPrograms } from "./kept-programs.ts";
import {
  isLineEnd,
  isWordCharacter,
  parsePattern,
  PatternFault,
  type Assertion,
  type Pattern,
  type PatternFlag,
  type Range,
} from "./pattern-syntax.ts";

/** One step of a compiled pattern. `targets` of a fork stand in the order in which JavaScript would try them. */
export type Instruction =
  | { kind: "set"; ranges: readonly Range[]; isNegated: boolean }
  | { kind: "assertion"; assertion: Assertion }
  | { kind: "fork"; targets: number[] }
  | { kind: "found" };

/** Steps that all conditions of a request may still take together. */
export interface Patience {
  steps: number;
}

/** Patience has ended: the text is too long for the pattern. */
export class PatternTooSlow extends Error {}

/** Repeats are written out: this bounds what a short pattern can grow to. */
const mostWritten = 2_000;

/** A pattern as instructions. */
export type Program = readonly Instruction[];

/** True where the pattern is found anywhere in the text. Throws PatternTooSlow. */
export type Matcher = (text: string, patience: Patience) => boolean;

/** @throws PatternFault */
export function compilePattern(source: string): Matcher {
  const programIn = laterProgram(source);
  return (text, patience) => new Search(programIn(patience), text, patience).run();
}

/**
 * Reads a pattern, and writes it as instructions where it is used, with the patience of whoever uses it: one config may hold thousands of
 * patterns, each of which comes to thousands of instructions. @throws PatternFault
 */
export function laterProgram(source: string, flags: readonly PatternFlag[] = []): (patience: Patience) => Program {
  if (writtenSize(parsePattern(source, flags)) > mostWritten) {
    throw new PatternFault("is too large once its repeats are written out");
  }
  const key = `${flags.join("")}/${source}`;
  return (patience) => {
    const known = programs.get(key);
    if (known !== undefined) return known;
    const made = programOf(source, flags);
    patience.steps -= made.length;
    if (patience.steps < 0) throw new PatternTooSlow();
    programs.keep(key, made);
    return made;
  };
}

function programOf(source: string, flags: readonly PatternFlag[]): Program {
  const program: Instruction[] = [];
  new Writer(program).write(parsePattern(source, flags));
  program.push({ kind: "found" });
  return program;
}

const programs = new KeptPrograms();

/** How many parts come of a pattern. Those that write nothing are counted too: empty groups can be repeated without end. */
function writtenSize(pattern: Pattern): number {
  switch (pattern.kind) {
    case "set":
    case "assertion":
      return 1;
    case "sequence":
      return pattern.parts.reduce((sum, part) => sum + writtenSize(part), 1);
    case "choice":
      return pattern.choices.reduce((sum, choice) => sum + writtenSize(choice), 1);
    case "repeat":
      return 1 + writtenSize(pattern.part) * (pattern.max === Infinity ? pattern.min + 1 : pattern.max);
  }
}

/** Writes a pattern as instructions. */
class Writer {
  readonly #program: Instruction[];

  constructor(program: Instruction[]) {
    this.#program = program;
  }

  write(pattern: Pattern): void {
    switch (pattern.kind) {
      case "set":
      case "assertion":
        this.#program.push(pattern);
        return;
      case "sequence":
        for (const part of pattern.parts) this.write(part);
        return;
      case "choice":
        this.#writeChoice(pattern.choices);
        return;
      case "repeat":
        this.#writeRepeat(pattern);
    }
  }

  #writeChoice(choices: readonly Pattern[]): void {
    const entry = this.#fork();
    const exits: number[][] = [];
    for (const choice of choices) {
      entry.push(this.#program.length);
      this.write(choice);
      exits.push(this.#fork());
    }
    for (const exit of exits) exit.push(this.#program.length);
  }

  #writeRepeat({ part, min, max, isLazy }: Extract<Pattern, { kind: "repeat" }>): void {
    for (let count = 0; count < min; count += 1) this.write(part);
    const exits: number[][] = [];
    const optional = max === Infinity ? 1 : max - min;
    for (let count = 0; count < optional; count += 1) {
      const start = this.#program.length;
      const exit = this.#fork();
      exit.push(this.#program.length);
      exits.push(exit);
      this.write(part);
      if (max === Infinity) this.#fork().push(start);
    }
    for (const exit of exits) {
      if (isLazy) exit.unshift(this.#program.length);
      else exit.push(this.#program.length);
    }
  }

  #fork(): number[] {
    const targets: number[] = [];
    this.#program.push({ kind: "fork", targets });
    return targets;
  }
}

/** One search through one text. */
class Search {
  readonly #program: readonly Instruction[];
  readonly #text: string;
  readonly #patience: Patience;
  /** For each instruction the position, from 1, at which it was last reached: none is followed twice from one position. */
  readonly #reached: Uint32Array;
  #isFound = false;

  constructor(program: readonly Instruction[], text: string, patience: Patience) {
    this.#program = program;
    this.#text = text;
    this.#patience = patience;
    this.#reached = new Uint32Array(program.length);
  }

  run(): boolean {
    let waiting: number[] = [];
    for (let at = 0; at <= this.#text.length; at += 1) {
      // A match may begin at any character.
      this.#follow(0, at, waiting);
      if (this.#isFound) return true;
      const code = this.#text.charCodeAt(at);
      const next: number[] = [];
      for (const place of waiting) {
        const instruction = this.#program[place];
        if (instruction?.kind !== "set") continue;
        this.#spend(stepsOf(instruction));
        if (holds(instruction, code)) this.#follow(place + 1, at + 1, next);
      }
      waiting = next;
    }
    return this.#isFound;
  }

  /** Adds the sets that can be reached from `start` without taking a character. */
  #follow(start: number, at: number, waiting: number[]): void {
    const open = [start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (this.#reached[place] === at + 1) continue;
      this.#reached[place] = at + 1;
      this.#spend(1);
      const instruction = this.#program[place];
      if (instruction?.kind === "set") waiting.push(place);
      else if (instruction?.kind === "fork") open.push(...instruction.targets);
      else if (instruction?.kind === "found") this.#isFound = true;
      else if (instruction?.kind === "assertion" && isAsserted(instruction.assertion, this.#text, at))
        open.push(place + 1);
    }
  }

  #spend(steps: number): void {
    this.#patience.steps -= steps;
    if (this.#patience.steps < 0) throw new PatternTooSlow();
  }
}

/** What it costs to look a character up in a set, beside the step that leads there: next to nothing, but for a set of many ranges. */
export function stepsOf({ ranges }: { ranges: readonly Range[] }): number {
  return ranges.length >> 3;
}

/** True where the assertion holds between the characters before and at `at`. */
export function isAsserted(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case "start":
      return at === 0;
    case "end":
      return at === text.length;
    case "line-start":
      return at === 0 || isLineEnd(text.charCodeAt(at - 1));
    case "line-end":
      return at === text.length || isLineEnd(text.charCodeAt(at));
    case "boundary":
      return isWordAt(text, at - 1) !== isWordAt(text, at);
    case "no-boundary":
      return isWordAt(text, at - 1) === isWordAt(text, at);
  }
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && isWordCharacter(text.charCodeAt(at));
}

/** True for a character of the set; never at the text's end. */
export function holds({ ranges, isNegated }: { ranges: readonly Range[]; isNegated: boolean }, code: number): boolean {
  if (Number.isNaN(code)) return false;
  return ranges.some(({ from, to }) => code >= from && code <= to) !== isNegated;
}
