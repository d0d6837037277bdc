import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMatch } from "./pattern-match.ts";

const atoms = String.raw`a b c . \d \w \s [ab] [^a] [a-c] [\]a] [] [^] \b \B ^ $ (?=a) (?!b) (?<=a) (?<!b) \u0061 \x62 \. \/ - é 😀 \p{L} \u{61} \ud83d\ude00`;
const { pattern } = fc.letrec<{ pattern: string; sequence: string; counted: string }>((tie) => ({
  pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|")),
  sequence: fc.array(tie("counted"), { maxLength: 4 }).map((parts) => parts.join("")),
  counted: fc
    .tuple(
      fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(...atoms.split(" ")),
        fc.tuple(fc.constantFrom("(", "(?:", "(?<n>"), tie("pattern")).map(([begin, inner]) => `${begin}${inner})`),
      ),
      fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0}", "{2,}", "*?", "+?"),
    )
    .map(([atom, count]) => `${atom}${count}`),
}));
const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "-", " ", "é", "😀", ".", "/"), maxLength: 7 });

describe("what a pattern takes", () => {
  it("is what JavaScript's own engine says", () => {
    let tried = 0;
    const property = fc.property(pattern, text, (source, given) => {
      let form: RegExp;
      try {
        form = new RegExp(source, "u");
      } catch {
        return;
      }
      tried += 1;
      expect([source, given, isMatch(source, given, { left: 1e7 })]).toEqual([source, given, form.test(given)]);
    });
    fc.assert(property, { numRuns: 3000 });
    expect(tried).toBeGreaterThan(100);
  });

  it("is nothing for what is no pattern, refers to a group or takes too long", () => {
    for (const [source, given] of [
      ["(", "a"],
      ["(a)\\1", "aa"],
    ] as const)
      expect(isMatch(source, given, { left: 100_000 })).toBe(false);
    const text = `${"a".repeat(1000)}b`;
    expect([2000, 20_000].map((left) => isMatch("^a*b$", text, { left }))).toEqual([false, true]);
  });

  it.each(["a*a*a*a*a*a*b", "(a|a)*b", "(a{1,}){1,1000}b", "(?:a|a|a|a|a|a|a|a){24}b", "((a*)*)*b"])(
    "%s is told in few steps",
    (source) => {
      expect(isMatch(source, `${"a".repeat(1000)}b`, { left: 2_000_000 })).toBe(true);
      expect(isMatch(source, "a".repeat(1000), { left: 2_000_000 })).toBe(false);
    },
  );
});
