/** The finder, held against JavaScript's own engine. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFinder, matchesOf } from "./pattern-finder.ts";
import { compilePattern, PatternTooSlow } from "./pattern.ts";

const found = (source: string, text: string): [number, number][] =>
  [...matchesOf(compileFinder(source), text, { steps: 1_000_000 })].map(({ start, end }) => [start, end]);

/** By JavaScript's own engine, which moves on by one character after an empty match too. */
const expected = (source: string, text: string): [number, number][] =>
  [...text.matchAll(new RegExp(source, "g"))].map((match) => [match.index, match.index + match[0].length]);

test.each([
  ["a+", "caaat aa"],
  ["a+?", "caaat"],
  ["<.*?>", "<a><b> <c"],
  ["<.*>", "<a><b> <c"],
  ["a|ab", "abab"],
  ["ab|a", "abab"],
  ["(?:a|ab)(?:c|bcd)", "abcd"],
  ["x*", "axxb"],
  ["^\\d{3}-\\d{2}", "123-45 678-90"],
  ["\\bfoo\\b", "foo food foo"],
  ["o\\b", "foo food"],
  ["a{2,3}?", "aaaaa"],
  ["$", "ab"],
  ["é+", "caféé"],
  ["[^a]b", "abbb"],
  ["(?:a?){3}a", "aaaa"],
])("%s in %s", (source, text) => {
  expect(found(source, text)).toEqual(expected(source, text));
});

test.each([
  ["stra[ß-ÿ]e", "i", "STRAße straẞe STRASSE"],
  ["[k-m]|\u212a", "i", "K k \u212a \u017f L"],
  ["[^a-y\\d]", "gi", "aYzZ1 é"],
  ["\\W\\u03c3", "i", " Σ ς σ aσ"],
  ["^.$", "ms", "a\n\r\nb\u2028c"],
  ["(?:^|b)\\s*$", "m", "ab\n\nb"],
  ["<.*>", "is", "<a\nb>"],
])("%s with the flags %s", (source, flags, text) => {
  const all = (["i", "m", "s"] as const).filter((flag) => flags.includes(flag));
  const matches = [...matchesOf(compileFinder(source, all), text, { steps: 1_000_000 })];
  const own = [...text.matchAll(new RegExp(source, [...all, "g"].join("")))];
  expect(matches.map(({ start, end }) => [start, end])).toEqual(
    own.map((match) => [match.index, match.index + match[0].length]),
  );
});

test("in any case each character is what JavaScript takes it for", () => {
  const [finder, own] = [compileFinder("[à-ſκ-ωdžK]", ["i"]), /[à-ſκ-ωdžK]/i];
  const codes = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  expect(codes.filter((text) => finder(text, 0, { steps: 1_000 }) !== undefined)).toEqual(
    codes.filter((text) => own.test(text)),
  );
});

test("any pattern of letters, groups, choices and repeats", () => {
  const letter = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\b", "^", "$");
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      letter,
      fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => `${left}${right}`),
      fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => `(?:${left}|${right})`),
      // JavaScript lets a repeat end that takes nothing, which this engine need not: such parts have a letter here.
      fc
        .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{1,2}", "*?", "+?", "??"))
        .map(([part, sign]) => `(?:a${part})${sign}`),
    ),
  }));
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 12 }), (source, text) => {
      expect(found(source, text)).toEqual(expected(source, text));
    }),
    { numRuns: 2_000 },
  );
});

test("any choice of many, in a text that is long enough for its first letters to be looked up", () => {
  const part = fc.constantFrom(
    "a",
    "b",
    "\u00e9",
    ".",
    "[ab]",
    "[^a]",
    "\\b",
    "^",
    "$",
    "",
    "a?",
    "b*",
    "(?:a|b|\\b|x|y)",
  );
  const choice = fc
    .array(
      fc.array(part, { maxLength: 3 }).map((parts) => parts.join("")),
      { minLength: 4, maxLength: 8 },
    )
    .map((choices) => `(?:${choices.join("|")})`);
  const unit = fc.constantFrom("a", "b", " ", "\u00e9", "x", "\n");
  fc.assert(
    fc.property(choice, part, fc.string({ unit, maxLength: 12 }), (many, last, end) => {
      const text = "  ,".repeat(334) + end;
      const matches = [...matchesOf(compileFinder(many + last), text, { steps: Infinity })];
      expect(matches.map((match) => [match.start, match.end])).toEqual(expected(many + last, text));
    }),
    { numRuns: 500 },
  );
});

test("a list of words takes few steps for each letter of a text, however many they are", () => {
  const words = Array.from({ length: 100 }, (_, index) => `${"abcdefghijklmnopqrst"[index % 20]}secret${index}`);
  for (const sentence of [
    "The quick brown fox jumps over the lazy dog. ",
    "Съешь же ещё этих мягких французских булок. ",
  ]) {
    const text = `${sentence.repeat(6_000)}csecret42`;
    const match = compileFinder(`\\b(?:${words.join("|")})\\b`)(text, 0, { steps: 3_000_000 });
    expect(match).toEqual({ start: text.length - 9, end: text.length });
  }
});

test("what a letter may begin is looked up where it is needed, kept, and paid for", () => {
  const find = compileFinder("(a?|b?|c?|d?){90}e");
  const spent = (text: string): number => {
    const patience = { steps: 1_000_000 };
    expect(find(text, text.length - 1, patience)).toBeUndefined();
    return 1_000_000 - patience.steps;
  };
  const written = spent("f");
  const long = `${" ".repeat(2_000)}b`;
  const first = spent(long);
  const second = spent(long);
  // Four targets of each of the forks, at the one letter that is looked at: for all letters at once it would be a hundred times as much.
  expect(first - second).toBeGreaterThan(300);
  expect(first).toBeLessThan(written + 10_000);
});

test("thousands of patterns that are in use are not written anew for each text", () => {
  const finders = Array.from({ length: 3_000 }, (_, index) => compileFinder(`(?:alpha|beta|gamma)${index}`));
  const spent = (): number => {
    const patience = { steps: 1_000_000 };
    for (const find of finders) expect(find("", 0, patience)).toBeUndefined();
    return 1_000_000 - patience.steps;
  };
  expect(spent()).toBeGreaterThan(3_000 * 20);
  expect(spent()).toBeLessThan(3_000 * 5);
});

describe("no text makes it slow", () => {
  test.each(["(a+)+$", "(a|a)*b", "(?:a?){30}a{30}", "(.*)*x", "\\d+(\\d+)+z"])("%s", (source) => {
    const patience = { steps: 3_000_000 };
    const text = `${"a1".repeat(2_000)}!`;
    const outcome = (): unknown => {
      try {
        return compileFinder(source)(text, 0, patience);
      } catch (error) {
        return error;
      }
    };
    const end = outcome();
    expect(end === undefined || end instanceof PatternTooSlow || typeof end === "object").toBe(true);
  });

  test("a text without a first letter costs next to nothing", () => {
    const patience = { steps: 100_000 };
    expect(compileFinder("zebra\\d+")("ab ".repeat(1_000_000), 0, patience)).toBeUndefined();
    expect(patience.steps).toBeGreaterThan(40_000);
  });

  test("nor a million matches of a long pattern, each of which is a search", () => {
    const find = compileFinder("a|z{950}y{950}");
    const before = process.cpuUsage().user;
    let count = 0;
    for (const _match of matchesOf(find, "a".repeat(1_000_000), { steps: Infinity })) count += 1;
    expect(count).toBe(1_000_000);
    // Some 0.2 s; with a table of the pattern's length for each, 2.2 s.
    expect(process.cpuUsage().user - before).toBeLessThan(1_200_000);
  });
});

test("what one search reached does not count in the next, however many there were", () => {
  const find = compileFinder("(?:a?){3}a|\\bb");
  const patience = (): { steps: number } => ({ steps: 1_000_000 });
  const text = `${" ".repeat(2_000_000)}aaaa b`;
  // Their positions together are more than 32 bits count.
  for (let search = 0; search < 2_200; search += 1) {
    expect(find(text, text.length - 6, patience())).toEqual({ start: text.length - 6, end: text.length - 2 });
    expect(find(text, text.length - 2, patience())).toEqual({ start: text.length - 1, end: text.length });
  }
});

/** What a config of some hundred KB may hold: written out at once they came to a gigabyte, and took half a minute. */
const manyLarge = Array.from({ length: 20_000 }, (_, index) => `(a|b){1,300}c${index}`);

test("very many large patterns are written out where they are used, with the patience of that", () => {
  const finders = manyLarge.map((source) => compileFinder(source));
  const matchers = manyLarge.map((source) => compilePattern(source));
  const patience = { steps: 100_000 };
  expect(() => finders.some((find) => find("x", 0, patience) !== undefined)).toThrow(PatternTooSlow);
  expect(() => matchers.some((matches) => matches("x", { steps: 1_000 }))).toThrow(PatternTooSlow);
  expect(matchers[7]?.("abac7", { steps: 100_000 })).toBe(true);
  expect(finders[7]?.("abac7", 0, { steps: 100_000 })).toEqual({ start: 0, end: 5 });
});
