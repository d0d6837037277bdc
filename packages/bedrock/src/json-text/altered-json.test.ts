import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alteredIn, isAlteredByReading, type AlteredJson } from "./altered-json.ts";
import type { JsonObject } from "../json.ts";

function altered(text: string): AlteredJson | undefined {
  return alteredIn(Buffer.from(text), JSON.parse(text) as JsonObject);
}

describe("what reading alters", () => {
  it.each<[text: string, paths: string[], hasTwins: boolean]>([
    ['{"a":12345678901234567890}', ["a"], false],
    ['{"a":[1,{"b":-9007199254740993}],"c":1e400}', ["a[1].b", "c"], false],
    ['{"a":1e-400,"b":0.10000000000000000001}', ["a", "b"], false],
    ['{"a":1,"b":{"x":1,"x":2},"a":2}', ["b.x", "a"], true],
    ['{"a":1,"\\u0061":2}', ["a"], true],
    ['{"a":[{"x":1},{"x":2,"y":{"x":3}}],"__proto__":{"x":1},"__proto__":2}', ["__proto__"], true],
    ['\n{ "é,\\"" : [ [ 1E999 ] ] }', ['??"[0][0]'], false],
  ])("%s: %j", (text, paths, hasTwins) => {
    expect(altered(text)).toEqual({ paths, hasTwins });
  });

  it.each([
    "{}",
    '{"a":-0,"b":1.50,"c":12e+3,"d":9007199254740992,"e":0.30000000000000004}',
    '{"a":"12345678901234567890 1e400 \\" : {","b":[{"x":1},{"x":1}],"x":{"a":{"a":1}}}',
    `{"long":"${"x".repeat(200)}\\\\","b":"${'\\"'.repeat(200)}${":".repeat(9)}","c":"${"\\\\".repeat(333)}"}`,
  ])("nothing in %s", (text) => {
    expect(altered(text)).toBeUndefined();
  });

  it("nothing in what JavaScript writes itself, however it is spaced", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(4), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const given = JSON.parse(text) as JsonObject;
        expect(alteredIn(Buffer.from(text), given)).toBeUndefined();
      }),
    );
  });

  it("a member that is written twice, wherever it stands and whatever its name", () => {
    const name = fc.string({ maxLength: 80 });
    fc.assert(
      fc.property(fc.array(name, { maxLength: 4 }), name, fc.jsonValue(), (around, twin, value) => {
        const inner = `{${JSON.stringify(twin)}:${JSON.stringify(value)},${JSON.stringify(twin)}:1}`;
        const text = around.reduce((json, key) => `{${JSON.stringify(key)}:[0,${json}]}`, inner);
        expect(altered(text)?.hasTwins).toBe(true);
        expect(altered(text)?.paths).toHaveLength(1);
      }),
    );
  });

  it("text that nests without end is not looked through", () => {
    const text = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    expect(isAlteredByReading(text, JSON.parse(text) as JsonObject)).toBe(true);
    expect(isAlteredByReading('{"a":"é","b":1}', { a: "é", b: 1 })).toBe(false);
  });

  it("tells a hundred places of a million, in one pass", () => {
    const text = `{"a":[${Array.from({ length: 300_000 }, () => '{"x":1e400,"x":1}').join(",")}]}`;
    const found = altered(text);
    expect(found?.paths).toHaveLength(100);
    const deep = `${'{"a":['.repeat(90)}1e400${"]}".repeat(90)}`;
    expect(altered(deep)?.paths).toEqual([expect.stringMatching(/^a\[0\]\.a\[0\]/)]);
  });
});
