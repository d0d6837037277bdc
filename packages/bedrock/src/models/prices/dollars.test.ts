import { expect, it } from "vitest";
import { dollarsOf } from "./dollars.ts";

it.each([
  [0n, "0"],
  [1n, "0.000000001"],
  [1_500_000n, "0.0015"],
  [3_000_000_000n, "3"],
  [-20n, "-0.00000002"],
  [123_456_789_012_345_678_901n, "123456789012.345678901"],
])("writes %s nano-dollars as %s", (amount, written) => {
  expect(dollarsOf(amount)).toBe(written);
});
