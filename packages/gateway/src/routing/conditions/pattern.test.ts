/** C18: patterns of callers. The second way of computing is JavaScript's own engine, on patterns and texts where it is quick. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostPatternSteps } from "../slow-patterns.ts";
import { compilePattern, PatternTooSlow } from "./pattern.ts";
import { PatternFault } from "./pattern-syntax.ts";

const enough = (): { steps: number } => ({ steps: 1_000_000 });

function isFound(pattern: string, text: string): boolean {
  return compilePattern(pattern)(text, enough());
}

describe("is found where JavaScript finds it", () => {
  const patterns = [
    "abc", "^abc$", "^$", "", "a|b|", "(?:ab)+c?", "(ab|a)(bc|c)?$", "a{2}", "a{2,}", "a{1,3}b", "x*?y", "[a-c]+[^a-c]", "[]", "[^]",
    "[\\d-x]", "[\\w-]", "[a\\]b]", "[\\b]", "\\bfoo\\b", "\\Bfoo", "\\d{3}-\\d{4}", "^\\S+@\\S+\\.\\S+$", "gpt-4(\\.1|o)?(-mini)?$", ".",
    "\\x41\\u0042", "\\t\\n", "(?<year>\\d{4})", "a{,2}", "a{", "{", "]", "}", "[\\D]", "[^\\W\\d]", "\\/", "^(?:a|b)*$", "(a*)*b", "((a|b)?c)+",
    "\\0", "[a-]", "[-a]", "[\\d-a-z]", "\\$\\.",
  ]; // prettier-ignore
  const texts = [
    "", "abc", "xabcx", "ab", "aab", "aaab", "foo", "a foo b", "afoo", "555-1234", "me@example.com", "gpt-4.1-mini", "gpt-4o", "gpt-4x", "AB",
    "\t\n", "2024", "a{,2}", "a{", "{", "]", "}", "-", "x", "9", "_", "é", "\u2028", "b", "bcc", "acbc", "\0", "\b", "a]b", "$.", "/", "zz-zz",
  ]; // prettier-ignore
  test.each(patterns)("%j", (pattern) => {
    const own = new RegExp(pattern);
    expect(texts.filter((text) => isFound(pattern, text))).toEqual(texts.filter((text) => own.test(text)));
  });

  const atom = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\w", "\\b", "^", "$", "(?:)");
  const { pattern: anyPattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    pattern: fc.array(tie("part"), { maxLength: 4 }).map((parts) => parts.join("")),
    part: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      atom,
      fc.tuple(fc.constantFrom("a", "b", "[ab]", "."), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{0,}", "+?")).map(([one, sign]) => one + sign),
      fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => `(${left}|${right})`),
      fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}")).map(([inner, sign]) => `(?:${inner})${sign}`),
    ),
  })); // prettier-ignore
  test("for any pattern of its kinds and any short text", () => {
    fc.assert(
      fc.property(anyPattern, fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " ", "\n"), maxLength: 8 }), (pattern, text) => {
        expect(isFound(pattern, text)).toBe(new RegExp(pattern).test(text));
      }),
      { numRuns: 2_000 },
    ); // prettier-ignore
  });
});

describe("what cannot be matched in linear time, or is no pattern, is refused in words", () => {
  test.each([
    ["(a)\\1", "holds \\1"],
    ["(?=a)b", "looks ahead or behind"],
    ["(?<!a)b", "looks ahead or behind"],
    ["(?<n>a)\\k<n>", "holds \\k"],
    ["(", "is no regular expression"],
    ["a**", "is no regular expression"],
    ["[z-a]", "is no regular expression"],
    ["\\p{L}", "holds \\p"],
    ["a{2000}", "repeats more than 1000 times"],
    ["x".repeat(1_001), "is longer than"],
    ["(".repeat(60) + ")".repeat(60), "nests more than 50"],
    ["(?:(?:a{100}){100}){100}", "is too large"],
    ["(?:(?:(?:){1000}){1000}){1000}", "is too large"],
  ])("%s", (pattern, words) => {
    expect(() => compilePattern(pattern)).toThrow(PatternFault);
    expect(() => compilePattern(pattern)).toThrow(words);
  });

  // Newer versions of JavaScript know these: read as plain groups they would match something else.
  test.each(["(?i:secret)", "(?-s:.)", "(?im-s:x)"])("%s, whether this JavaScript knows it or not", (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternFault);
  });
});

describe("patterns that stop JavaScript's engine", () => {
  const text = "a".repeat(20_000);

  test.each(["(a+)+$b", "(a|a)*b", "(a|aa)+c", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x", "a*a*a*a*a*b"])(
    "%s ends within the steps that its length and the text's allow",
    (pattern) => {
      const patience = { steps: 60 * text.length };
      expect(compilePattern(pattern)(text, patience)).toBe(false);
      expect(patience.steps).toBeGreaterThan(0);
    },
  );

  test("a set of many ranges costs its length: it cannot make a step slow", () => {
    const many = Array.from({ length: 480 }, (_, index) => String.fromCharCode(0x4e00 + 2 * index)).join("");
    const patience = { steps: 100_000 };
    expect(() => compilePattern(`(?:[${many}]|[^a])*b`)("c".repeat(3_000), patience)).toThrow(PatternTooSlow);
  });

  test("a request's conditions hold up the gateway for some milliseconds at most", () => {
    const started = process.cpuUsage();
    const patience = { steps: mostPatternSteps };
    expect(() => compilePattern("(.*){1,30}[ab]{1,50}x")("a".repeat(200_000), patience)).toThrow(PatternTooSlow);
    const { user, system } = process.cpuUsage(started);
    // A tenth of what it was when a request could have twenty times as many: with room for a slow machine.
    expect((user + system) / 1_000).toBeLessThan(100);
  });

  test("a text that is too long for its pattern is told, not cut", () => {
    expect(() => compilePattern("a{500}b")(text, { steps: 100_000 })).toThrow(PatternTooSlow);
  });
});
