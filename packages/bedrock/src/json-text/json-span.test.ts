import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spanAt } from "./json-span.ts";

/** Every path in a value, with what stands there. */
function* placesOf(value: unknown, path: (string | number)[] = []): Generator<[(string | number)[], unknown]> {
  yield [path, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* placesOf(item, [...path, index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* placesOf(item, [...path, key]);
  }
}

describe("the place of a value in JSON text", () => {
  it("is found for every path of any value, whatever the white space", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, "\t", "\r\n  "), (json, space) => {
        const value: unknown = JSON.parse(json);
        const text = ` ${JSON.stringify(value, null, space)}\n`;
        for (const [path, expected] of placesOf(value)) {
          const span = spanAt(text, path);
          const found = span && text.slice(span.start, span.end);
          expect(found).toBe(found?.trim());
          expect(JSON.parse(found ?? "")).toEqual(expected);
        }
      }),
    );
  });

  it("is none where nothing stands", () => {
    for (const path of [["b"], [0], ["a", 2], ["a", "0"], ["a", 0, "c"]]) {
      expect(spanAt('{"a":[1,[]],"c":{}}', path)).toBeUndefined();
    }
  });

  it("is that of the last of equal names, escapes and all", () => {
    const text = '{"a":1,"b":"]}","\\u0061":{"x":"\\\\"}}';
    expect(spanAt(text, ["a"])).toEqual({ start: text.indexOf('{"x"'), end: text.length - 1 });
  });

  it("ends on text that is not JSON", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("{", "}", "[", "]", ",", ":", " ", "1", "e") }), (text) => {
        expect(() => spanAt(text, [0, 0])).not.toThrow();
      }),
    );
  });
});
