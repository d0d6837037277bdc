import { expect, test } from "vitest";
import { everyElement, parseJsonPath, valueAt, type Step } from "./json-path.ts";

test.each<[string, Step[]]>([
  ["seed", ["seed"]],
  ["a.b.c", ["a", "b", "c"]],
  ["messages[0].name", ["messages", 0, "name"]],
  ["tools[*].function.strict", ["tools", everyElement, "function", "strict"]],
  ['extra["a.b"].c', ["extra", "a.b", "c"]],
  ["extra['a.b'][\"\"]", ["extra", "a.b", ""]],
  ["__proto__.x", ["__proto__", "x"]],
])("%s", (text, steps) => {
  expect(parseJsonPath(text)).toEqual(steps);
});

test.each(["", ".", "a.", ".a.", "a..b", "a[", "a[]", "a[-1]", "a[1", "a b", "a[b]", "a]", "x".repeat(513), "a".padEnd(70, ".a")])(
  "%j is no path",
  (text) => {
    expect(parseJsonPath(text)).toBeUndefined();
  },
); // prettier-ignore

const value = { seed: 1, messages: [{ role: "user", name: "x" }, { role: "assistant" }], extra: { "a.b": { c: 1 } } };
const at = (text: string): Step[] => parseJsonPath(text) ?? [];

test("finds what stands there, and nothing that objects inherit", () => {
  expect(valueAt(value, at("messages[1].role"))).toBe("assistant");
  expect(valueAt(value, at("messages.0.name"))).toBe("x");
  expect(valueAt(value, at('extra["a.b"].c'))).toBe(1);
  for (const nothing of ["messages[2].role", "seed.x", "constructor", "extra.__proto__", "messages.length"])
    expect(valueAt(value, at(nothing)), nothing).toBeUndefined();
});
