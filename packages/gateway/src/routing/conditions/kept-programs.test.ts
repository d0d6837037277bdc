import { expect, test } from "vitest";
import { KeptPrograms } from "./kept-programs.ts";
import type { Program } from "./pattern.ts";

const programOf = (length: number): Program => Array.from({ length }, () => ({ kind: "found" }));

test("thousands of small programs are kept, and of large ones as many as have room, those that are used before others", () => {
  const kept = new KeptPrograms();
  for (let index = 0; index < 4_000; index += 1) kept.keep(`small ${index}`, programOf(20));
  expect(kept.get("small 0")).toHaveLength(20);
  const large = programOf(2_000);
  for (let index = 0; index < 1_000; index += 1) {
    kept.keep(`large ${index}`, large);
    expect(kept.get("small 7")).toHaveLength(20);
  }
  expect(kept.get("small 8")).toBeUndefined();
  const left = Array.from({ length: 1_000 }, (_, index) => kept.get(`large ${index}`)).filter(Boolean);
  expect(left.length).toBeGreaterThan(200);
  expect(left.length).toBeLessThan(300);
});
