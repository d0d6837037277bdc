import { Alias } from "yaml";
import { afterEach, expect, test, vi } from "vitest";
import { parsedYaml } from "./parsed-yaml.ts";

afterEach(() => vi.restoreAllMocks());

test("no alias is looked for in the whole file: thousands of objects with one base took minutes", () => {
  const lookUp = vi.spyOn(Alias.prototype, "resolve");
  const objects = Array.from({ length: 20 }, (_, index) => `  - { <<: *base, name: key ${index} }\n`);
  const read = parsedYaml(`base: &base { rate: 1 }\nlist:\n${objects.join("")}  - *base\n`) as { list: object[] };
  expect(read.list).toHaveLength(21);
  expect(read.list[19]).toEqual({ rate: 1, name: "key 19" });
  expect(lookUp).toHaveBeenCalled();
  // With a context the library remembers where the anchors are.
  for (const [, context] of lookUp.mock.calls) expect(context).toBeDefined();
});

test("an alias stands for the last anchor of its name before it", () => {
  expect(parsedYaml("a: &x 1\nb: *x\nc: &x 3\nd: *x")).toMatchObject({ b: 1, d: 3 });
});
