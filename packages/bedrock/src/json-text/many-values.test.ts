import { describe, expect, it } from "vitest";
import { BuiltTexts, holdsManyValues, mostJsonValues } from "./many-values.ts";

describe("a text of more values than are built", () => {
  it.each([
    ["numbers", `[${"1,".repeat(mostJsonValues)}1]`],
    ["empty lists", `[${"[],".repeat(mostJsonValues / 2)}[]]`],
    ["members", `{${'"a\\"":{},'.repeat(mostJsonValues / 2)}"b":1}`],
  ])("of %s is told", (_name, text) => {
    expect(holdsManyValues(text)).toBe(true);
  });

  it.each([
    ["a long string", JSON.stringify(',[{\\"'.repeat(mostJsonValues))],
    ["a string without an end", `"${",".repeat(2 * mostJsonValues)}`],
    ["blanks", `[${" ".repeat(2 * mostJsonValues)}]`],
    ["as many as there may be", `[${"1,".repeat(mostJsonValues - 2)}1]`],
    ["what is short", "[[],[]]"],
  ])("is not %s", (_name, text) => {
    expect(holdsManyValues(text)).toBe(false);
  });
});

describe("the texts of one request", () => {
  it("become no more values together than one alone may, beside short ones", () => {
    const texts = new BuiltTexts();
    const half = `[${"1,".repeat(mostJsonValues / 2 - 9)}1]`;
    expect([half, half, half, half].map((text) => texts.take(text))).toEqual([true, true, true, false]);
    expect(texts.take("{}")).toBe(true);
  });

  it("may be many, and one of many characters", () => {
    const texts = new BuiltTexts();
    for (let calls = 0; calls < 1_000; calls += 1) expect(texts.take('{"city":"Paris","days":[1,2,3]}')).toBe(true);
    expect(texts.take(JSON.stringify({ text: ",".repeat(5 * mostJsonValues) }))).toBe(true);
  });
});
