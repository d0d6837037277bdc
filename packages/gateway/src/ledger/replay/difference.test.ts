import type { JsonValue } from "@adit/bedrock";
import { expect, test } from "vitest";
import { differenceOf } from "./difference.ts";

test("each place that differs is told, in their order, with what stands on either side", () => {
  const before = { a: 1, list: [1, { b: "x" }, 3], same: { deep: [null] }, gone: true };
  const after = { a: 2, list: [1, { b: "y" }], same: { deep: [null] }, kind: [] };
  expect(differenceOf(before, after)).toEqual([
    { path: "a", before: 1, after: 2 },
    { path: "list[1].b", before: "x", after: "y" },
    { path: "list[2]", before: 3, after: undefined },
    { path: "gone", before: true, after: undefined },
    { path: "kind", before: undefined, after: [] },
  ]);
  expect(differenceOf("one", { two: 2 })).toEqual([{ path: "", before: "one", after: { two: 2 } }]);
});

test("answers that are deeper than the stack", () => {
  const levels = 50_000;
  const nested = (leaf: number): JsonValue =>
    JSON.parse('{"a":['.repeat(levels) + String(leaf) + "]}".repeat(levels)) as JsonValue;
  expect(differenceOf(nested(1), nested(1))).toEqual([]);
  const [found, ...others] = differenceOf(nested(1), nested(2));
  expect(found).toMatchObject({ before: 1, after: 2 });
  expect(found?.path.slice(0, 10)).toBe("a[0].a[0].");
  expect(others).toEqual([]);
});
