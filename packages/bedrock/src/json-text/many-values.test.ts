import { describe, expect, it } from "vitest";
import { holdsManyValues, mostJsonValues } from "./many-values.ts";

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
