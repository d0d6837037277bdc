import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactJsonOfEach, exactNumbersAsText, losesNumbers } from "./exact-numbers.ts";

describe("numbers that reading changes", () => {
  it.each([
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "1E-400",
    "0.10000000000000000001",
    "123456789012345678901",
  ])("%s does not come through", (word) => {
    expect(losesNumbers(word)).toBe(true);
    expect(losesNumbers(`{"a":[true,{"b":${word}}]}`)).toBe(true);
    expect(losesNumbers(`{"a":"${word}","${word}":"\\"${word}"}`)).toBe(false);
  });

  it.each([
    "9007199254740992",
    "9007199254740994",
    "1e22",
    "1.5e-7",
    "100000000000000000000000",
    "0.000000000000000000",
    "-0",
    "1.50",
    "1e2",
    "12e+3",
  ])("%s comes through", (word) => {
    expect(losesNumbers(`[${word}]`)).toBe(false);
  });

  it("whole numbers: by the reckoning of BigInt", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), (whole) => {
        // A double's shortest decimal form is what is written: the number has come through where that is the number itself.
        const written = JSON.stringify(Number(whole));
        const again = written.includes("e") ? undefined : BigInt(written);
        fc.pre(again !== undefined);
        expect(losesNumbers(String(whole))).toBe(again !== whole);
      }),
    );
  });

  it("doubles always come through", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(losesNumbers(JSON.stringify(value))).toBe(false);
      }),
    );
  });

  it("are texts where they are to stay as they are written, and no other number is", () => {
    const json =
      '{"id": -9007199254740993, "n": [1.50, 1e400, 7], "s": "9007199254740993 \\" 1e400", "1e400": 9007199254740992}';
    expect(JSON.parse(exactNumbersAsText(json))).toEqual({
      id: "-9007199254740993",
      n: [1.5, "1e400", 7],
      s: '9007199254740993 " 1e400',
      "1e400": 9_007_199_254_740_992,
    });
    expect(exactNumbersAsText('{"n":1.50}')).toBe('{"n":1.50}');
  });

  it("a long row of zeros is read in one go", () => {
    const started = performance.now();
    expect(losesNumbers(`1.${"0".repeat(1_000_000)}1`)).toBe(true);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("the JSON texts at one place of each element", () => {
  const place = { list: ["content"], inElement: ["input"] };

  it("are given where reading them would change a number, and not elsewhere", () => {
    const text = '{"content":[{"text":"9007199254740993"},{"input":{"id":9007199254740993}},{"input":{"id":1}}]}';
    expect(exactJsonOfEach(text, place)).toEqual(new Map([[1, '{"id":9007199254740993}']]));
  });

  it("are none where there is no list", () => {
    for (const text of ['{"a":9007199254740993}', '{"content":{"0":{"input":9007199254740993}}}', '{"content":[]}']) {
      expect(exactJsonOfEach(text, place)).toEqual(new Map());
    }
  });
});
