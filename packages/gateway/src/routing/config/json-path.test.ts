import { describe, expect, test } from "vitest";
import { everyElement, parseJsonPath, takeOut, valueAt, withoutPlace, type Step } from "./json-path.ts";

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
    const changed = structuredClone(value);
    expect(takeOut(changed, at(text))).toBe(true);
    expect(changed).toEqual({ ...value, messages: expected });
  });

  test.each(["none", "messages[7]", "messages.7", "messages.role", "seed.x", "messages[*].none", "messages[0].name.x"])(
    "nothing for %s",
    (text) => {
      const changed = structuredClone(value);
      expect(takeOut(changed, at(text))).toBe(false);
      expect(changed).toEqual(value);
    },
  );

  test("what an object inherits is none of its members", () => {
    const odd = JSON.parse('{"a": {"__proto__": {"x": 1}, "b": 2}}') as { a: object };
    for (const text of ["a.constructor", "a.toString.name", "__proto__"])
      expect(takeOut(odd as never, at(text))).toBe(false);
    expect(takeOut(odd as never, at("a.__proto__.x"))).toBe(true);
    expect(JSON.stringify(odd)).toBe('{"a":{"__proto__":{},"b":2}}');
  });

  test("of names alone: the object stays, and is the same one where nothing stands there", () => {
    const members = { thinking: { type: "enabled", budget_tokens: 1 }, top: [1] };
    expect(withoutPlace(members, ["thinking", "type"])).toEqual({ thinking: { budget_tokens: 1 }, top: [1] });
    expect(members.thinking.type).toBe("enabled");
    for (const place of [["none"], ["thinking", "none"], ["top", "x"], ["top", "0"]]) {
      expect(withoutPlace(members, place)).toBe(members);
    }
  });

  test("leaves a member named __proto__ a plain one", () => {
    const odd = JSON.parse('{"a": {"__proto__": {"x": 1}, "b": 2}}') as { a: object };
    const changed = withoutPlace(odd as never, ["a", "b"]) as { a: object };
    expect(JSON.stringify(changed)).toBe('{"a":{"__proto__":{"x":1}}}');
  });
});
