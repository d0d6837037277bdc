import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8Of } from "./body-bytes.ts";

test("gives Buffer.from's bytes for any text, short and long", () => {
  const piece = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());
  fc.assert(
    fc.property(piece, fc.integer({ min: 0, max: 9_000 }), piece, (start, padding, end) => {
      const text = start + "a".repeat(padding) + end;
      expect(utf8Of(text).equals(Buffer.from(text))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
