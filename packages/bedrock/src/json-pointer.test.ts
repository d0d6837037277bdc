import { describe, expect, it } from "vitest";
import { currentSchema } from "./dialects/translation/tools/current-schema.ts";
import { fitsStrictDecoding } from "./dialects/translation/tools/strict-schema.ts";
import { fragmentSteps, longestPointer } from "./json-pointer.ts";

describe("a pointer", () => {
  it("has its steps decoded, and none where it is longer than anybody reads", () => {
    expect(fragmentSteps("#/$defs/List%3Cstring%3E/a~1b")).toEqual(["$defs", "List<string>", "a/b"]);
    const longest = `#/${"a/".repeat(longestPointer / 2 - 1)}`;
    expect(fragmentSteps(longest)).toHaveLength(longestPointer / 2);
    expect(fragmentSteps(`${longest}a`)).toBeUndefined();
  });

  it("of a schema that is too long stays as it was written", () => {
    const schema = (times: number) => ({ properties: { a: { $ref: `#${"/items/1".repeat(times)}` } } });
    expect(currentSchema(schema(2))).toEqual({ properties: { a: { $ref: "#/prefixItems/1/prefixItems/1" } } });
    expect(currentSchema(schema(longestPointer))).toEqual(schema(longestPointer));
  });
});

it("a pattern of more characters than strict decoding can have a grammar of is not strict", () => {
  const schema = (pattern: string) => ({
    type: "object",
    properties: { a: { type: "string", pattern } },
    required: ["a"],
    additionalProperties: false,
  });
  expect(fitsStrictDecoding(schema("\\d".repeat(1_000)))).toBe(true);
  expect(fitsStrictDecoding(schema("\\d".repeat(10_000)))).toBe(false);
});
