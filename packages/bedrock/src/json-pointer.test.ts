import { describe, expect, it } from "vitest";
import { currentSchema } from "./dialects/translation/tools/current-schema.ts";
import { fitsStrictDecoding } from "./dialects/translation/tools/strict-schema.ts";
import type { JsonObject } from "./json.ts";
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

it("many references in as many spellings to one large definition are followed once", () => {
  const closed = (properties: JsonObject): JsonObject => ({ type: "object", properties, additionalProperties: false });
  const name = "definition";
  /** The letters that the bits of `number` name are escaped. */
  const spelled = (number: number): string =>
    name.replace(/./g, (letter, bit: number) =>
      (number >> bit) & 1 ? `%${letter.charCodeAt(0).toString(16)}` : letter,
    );
  const entries = (length: number, value: (index: number) => JsonObject): JsonObject =>
    Object.fromEntries(Array.from({ length }, (_, index) => [`p${index}`, value(index)]));
  const schema = (inner: JsonObject): JsonObject => ({
    ...closed(entries(1_000, (index) => ({ $ref: `#/$defs/${spelled(index)}` }))),
    $defs: { [name]: closed({ ...entries(50_000, () => ({ type: "string" })), inner }) },
  });
  // One after the other they would take a minute.
  expect(fitsStrictDecoding(schema({ type: "number" }))).toBe(true);
  expect(fitsStrictDecoding(schema({ $ref: `#/$defs/${spelled(3)}` }))).toBe(false);
}, 10_000);
