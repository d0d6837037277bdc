import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spanAt, spansAt, withValuesAt } from "./json-span.ts";

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

  it("is found for all paths at once", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const places = [...placesOf(JSON.parse(json))];
        const spans = spansAt(
          json,
          places.map(([path]) => path),
        );
        expect(spans.map((span) => JSON.parse(json.slice(span?.start, span?.end)) as unknown)).toEqual(
          places.map(([, value]) => value),
        );
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

describe("other values in JSON text", () => {
  it("stand where they were asked for, and all else keeps its bytes", () => {
    const text = ' {"a" : [ "\\u0061", 1e2 ],"b":{"a":"x" , "a":"y"} }\n';
    const values = [
      { path: ["b", "a"], json: '"z"' },
      { path: ["a", 0], json: "[2]" },
      { path: ["a", 7], json: "1" },
      { path: ["c"], json: "1" },
    ];
    expect(withValuesAt(text, values)).toBe(' {"a" : [ [2], 1e2 ],"b":{"a":"x" , "a":"z"} }\n');
    expect(withValuesAt(text, [])).toBe(text);
  });

  it("are put in for every string of any value", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const strings = [...placesOf(JSON.parse(json))].filter(([, value]) => typeof value === "string");
        const values = strings.map(([path], index) => ({ path, json: String(index) })).toReversed();
        const changed = JSON.parse(withValuesAt(json, values)) as unknown;
        const others = [...placesOf(changed)].filter(([path]) =>
          strings.some(([each]) => each.join() === path.join() && each.length === path.length),
        );
        expect(others.map(([, value]) => value)).toEqual(strings.map((_string, index) => index));
      }),
    );
  });
});
