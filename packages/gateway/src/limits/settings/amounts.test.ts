/** Amounts as people write them: each is had exactly, or refused in words that fit. */
import { describe, expect, test } from "vitest";
import { amountFrom } from "./amounts.ts";

describe("amounts", () => {
  test.each<[written: number | string, nano: bigint]>([
    [10, 10_000_000_000n],
    [0.25, 250_000_000n],
    ["0.000000001", 1n],
    [1e-7, 100n],
    [1.25e-7, 125n],
    [1e-9, 1n],
    ["9223372036.854775807", 2n ** 63n - 1n],
  ])("%j dollars", (written, nano) => {
    expect(amountFrom(written, "cost", "amount")).toBe(nano);
  });

  test.each<[written: number | string, words: string]>([
    [1e21, "must be more than 0 and at most 9223372036.854775807 dollars."],
    ["9999999999999", "must be more than 0 and at most 9223372036.854775807 dollars."],
    [0, "must be more than 0"],
    [1.5e-9, "at most nine digits after the point"],
    [-1, "must be dollars"],
    ["1e3", "must be dollars"],
    ["1".repeat(1_000), "must be dollars"],
  ])("%j dollars are refused", (written, words) => {
    expect(() => amountFrom(written, "cost", "amount")).toThrow(words);
  });

  test("a count of any size is one", () => {
    expect(amountFrom(1e21, "tokens", "amount")).toBe(10n ** 21n);
    expect(() => amountFrom(0.5, "tokens", "amount")).toThrow("must be a whole number of tokens.");
    expect(() => amountFrom(1e-7, "requests", "amount")).toThrow("must be a whole number of requests.");
  });
});
