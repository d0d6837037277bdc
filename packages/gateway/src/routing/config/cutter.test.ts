/** Places taken out of a request: the request stays as it is, and a few words of a config copy it no number of times. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "@adit/bedrock";
import { CopyCount, Cutter } from "./cutter.ts";
import { parseJsonPath } from "./json-path.ts";

const value = {
  messages: [
    { role: "user", name: "x" },
    { role: "assistant", name: null },
  ],
  seed: 1,
};
const whole = structuredClone(value);
const cut = (from: JsonValue, ...texts: string[]): JsonValue => {
  const cutter = new Cutter(new CopyCount());
  return texts.reduce((left, text) => cutter.without(left, parseJsonPath(text) ?? []), from);
};

test.each<[string[], unknown]>([
  [["messages[*].name"], [{ role: "user" }, { role: "assistant" }]],
  [["messages[1]"], [{ role: "user", name: "x" }]],
  [["messages.0.name"], [{ role: "user" }, { role: "assistant", name: null }]],
  [["messages[*]"], []],
  [["messages[0]", "messages[0].role", "messages[0].name"], [{}]],
  [
    ["messages[0].name", "messages[*].role", "messages[1].name"],
    [{}, {}],
  ],
])("%j", (texts, expected) => {
  expect(cut(value, ...texts)).toEqual({ ...value, messages: expected });
  expect(value).toEqual(whole);
});

test.each(["none", "messages[7]", "messages.7", "messages.role", "seed.x", "messages[*].none", "messages[0].name.x"])(
  "nothing for %s, and the value is the same one",
  (text) => {
    expect(cut(value, text)).toBe(value);
  },
);

test("what is not on the way is not copied", () => {
  const left = cut(value, "messages[0].name") as typeof value;
  expect(left.messages[1]).toBe(value.messages[1]);
});

test("a member named __proto__ is one like any other, and what an object inherits is none", () => {
  const odd = JSON.parse('{"a": {"__proto__": {"x": 1, "y": 2}, "b": 2}}') as JsonValue;
  expect(cut(odd, "a.constructor", "a.toString.name", "__proto__")).toBe(odd);
  expect(JSON.stringify(cut(odd, "a.b", "a.__proto__.x"))).toBe('{"a":{"__proto__":{"y":2}}}');
});

describe("sizes", () => {
  const large = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`m${index}`, index]));

  test("of one target, a hundred paths copy an object once", () => {
    const left = cut(large, ...Array.from({ length: 100 }, (_, index) => `m${index}`));
    expect([Object.keys(left as object).length, Object.keys(large).length]).toEqual([49_900, 50_000]);
  });

  test("for all targets together a request is not copied without an end", () => {
    const count = new CopyCount();
    const forOneMore = (): JsonValue => new Cutter(count).without(large, ["m0"]);
    for (let target = 0; target < 19; target += 1) forOneMore();
    expect(forOneMore).toThrow(expect.objectContaining({ code: "invalid_request", param: "config" }));
  });
});
