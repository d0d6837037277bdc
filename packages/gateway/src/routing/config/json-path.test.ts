import { describe, expect, test } from "vitest";
import { everyElement, parseJsonPath, valueAt, withoutPlace, type Step } from "./json-path.ts";

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

describe("takes away", () => {
  test.each<[string, unknown]>([
    ["messages[*].name", [{ role: "user" }, { role: "assistant" }]],
    ["messages[1]", [{ role: "user", name: "x" }]],
    ["messages.0.name", [{ role: "user" }, { role: "assistant" }]],
    ["messages[*]", []],
  ])("%s", (text, expected) => {
    const changed = withoutPlace(value, at(text));
    expect(changed).toEqual({ ...value, messages: expected });
    expect(value.messages[0]).toHaveProperty("name");
  });

  test.each(["none", "messages[7]", "messages.7", "messages.role", "seed.x", "messages[*].none", "messages[0].name.x"])(
    "nothing for %s, and the value is the same one",
    (text) => {
      expect(withoutPlace(value, at(text))).toBe(value);
    },
  );

  test("leaves a member named __proto__ a plain one", () => {
    const odd = JSON.parse('{"a": {"__proto__": {"x": 1}, "b": 2}}') as { a: object };
    const changed = withoutPlace(odd as never, at("a.b")) as { a: object };
    expect(JSON.stringify(changed)).toBe('{"a":{"__proto__":{"x":1}}}');
  });
});
