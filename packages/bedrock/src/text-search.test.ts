import fc from "fast-check";
import { expect, test } from "vitest";
import { holdsText, placesOfText } from "./text-search.ts";

const ofTwoLetters = (maxLength: number) => fc.string({ unit: fc.constantFrom("a", "b"), maxLength });

test("a text is found where the engine's own search finds it", () => {
  const period = fc.tuple(ofTwoLetters(20), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(period, ofTwoLetters(40), ([part, count], other) => {
      const words = `${other}${part.repeat(count)}${other}`;
      for (const text of [other, part.repeat(2), part + other, other + part, `${part}b${part}`]) {
        expect(holdsText(words, text)).toBe(words.includes(text));
        if (text === "") continue;
        const places = [...words.matchAll(new RegExp(text, "g"))].map(({ index }) => index);
        expect([...placesOfText(words, text)]).toEqual(places);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a text that repeats itself is looked for in one that does within a moment", { timeout: 10_000 }, () => {
  const half = "a".repeat(200_000);
  expect(holdsText("a".repeat(800_000), `${half}b${half}`)).toBe(false);
});
