import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { randomFrom } from "./random.ts";
import { textMatching } from "./pattern-text.ts";
import { valueFor } from "./schema-value.ts";

/** Judged by zod's reading of JSON schemas, which shares nothing with the writer. */
function issuesOf(schema: object): string[] {
  const value = valueFor(schema, randomFrom("seed"));
  const verdict = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return (verdict.error?.issues ?? []).map(
    (issue) => `${issue.path.join(".")}: ${issue.message} in ${JSON.stringify(value)}`,
  );
}

const person = {
  type: "object",
  properties: { name: { type: "string", minLength: 3 }, age: { type: "integer", minimum: 18, maximum: 99 } },
  required: ["name", "age"],
  additionalProperties: false,
};

describe("values for a schema", () => {
  it.each<[string, object]>([
    [
      "nested objects and lists",
      {
        type: "object",
        properties: { people: { type: "array", items: person, minItems: 2 }, boss: person },
        required: ["people", "boss"],
        additionalProperties: false,
      },
    ],
    [
      "enum and const",
      {
        type: "object",
        properties: { unit: { type: "string", enum: ["c", "f"] }, kind: { const: 7 } },
        required: ["unit", "kind"],
      },
    ],
    [
      "references",
      { type: "object", properties: { boss: { $ref: "#/$defs/person" } }, required: ["boss"], $defs: { person } },
    ],
    [
      "alternatives",
      {
        type: "object",
        properties: {
          a: { anyOf: [{ type: "null" }, { type: "integer" }] },
          b: { oneOf: [person, { type: "string" }] },
        },
        required: ["a", "b"],
      },
    ],
    [
      "allOf",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
          { type: "object", properties: { b: { type: "number" } }, required: ["b"] },
        ],
      },
    ],
    ["lists of types", { type: "object", properties: { a: { type: ["null", "number"] } }, required: ["a"] }],
    [
      "number limits",
      {
        type: "object",
        properties: {
          a: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
          b: { type: "number", maximum: -3 },
          c: { type: "integer", multipleOf: 5, minimum: 11 },
          d: { type: "number", exclusiveMinimum: 100 },
        },
        required: ["a", "b", "c", "d"],
      },
    ],
    [
      "text limits",
      {
        type: "object",
        properties: {
          a: { type: "string", maxLength: 3 },
          b: { type: "string", minLength: 50 },
          c: { type: "string", pattern: "^[A-Z]{3}-\\d{4}$" },
        },
        required: ["a", "b", "c"],
      },
    ],
    [
      "formats",
      {
        type: "object",
        properties: {
          a: { type: "string", format: "email" },
          b: { type: "string", format: "date-time" },
          c: { type: "string", format: "uuid" },
          d: { type: "string", format: "date" },
        },
        required: ["a", "b", "c", "d"],
      },
    ],
    ["required without a description", { type: "object", properties: {}, required: ["a"] }],
    [
      "booleans and nulls",
      { type: "object", properties: { a: { type: "boolean" }, b: { type: "null" } }, required: ["a", "b"] },
    ],
    ["tuples of older drafts", { type: "array", items: [{ type: "string" }, { type: "integer" }], minItems: 2 }],
    ["tuples", { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }] }],
  ])("%s", (_name, schema) => {
    expect(issuesOf(schema)).toEqual([]);
  });

  it.each<[string, object, object]>([
    [
      "references to a name with a sign of percent, encoded or not, and to nothing",
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/5%25" }, b: { $ref: "#/$defs/5%" }, c: { $ref: "#/$defs/none" } },
        $defs: { "5%": { type: "integer" } },
      },
      { a: 1, b: 1, c: "example c" },
    ],
    [
      "what every item of a list must be, and one of them in particular",
      {
        type: "object",
        properties: { a: { type: "array", minItems: 2, contains: { const: 7 }, items: { type: "integer" } } },
      },
      { a: [7, 1] },
    ],
    [
      "a condition and what it asks for",
      // As text: an object with a member `then` could be taken for a promise.
      JSON.parse(`{
        "type": "object",
        "properties": { "kind": { "enum": ["cash", "card"] } },
        "if": { "properties": { "kind": { "const": "card" } } },
        "then": { "properties": { "digits": { "type": "integer" } }, "required": ["digits"] },
        "else": { "required": ["coins"] }
      }`) as object,
      { kind: "card", digits: 1 },
    ],
    [
      "one of two alternatives and never both",
      {
        type: "object",
        oneOf: [
          { required: ["a"], properties: { a: { type: "integer" } } },
          { required: ["b"], properties: { b: { type: "integer" } } },
        ],
        additionalProperties: false,
        properties: { a: {}, b: {} },
      },
      { a: 1 },
    ],
    [
      "no alternative that takes nothing",
      { type: "object", properties: { a: { anyOf: [false, { const: null }] } } },
      { a: null },
    ],
    [
      "no alternative that takes nothing in zod's words for what may be absent or null",
      {
        type: "object",
        properties: { a: { anyOf: [{ anyOf: [{ not: {} }, { type: "string", enum: ["c"] }] }, { type: "null" }] } },
      },
      { a: "c" },
    ],
    [
      "names that are asked for and not declared",
      {
        type: "object",
        required: ["n_a", "b"],
        patternProperties: { "^n_": { type: "null" } },
        additionalProperties: { type: "integer", minimum: 10 },
      },
      { n_a: null, b: 10 },
    ],
    [
      "names of a form",
      { type: "object", patternProperties: { "^n_": { type: "null" } }, minProperties: 2, additionalProperties: false },
      { n_1: null, n_2: null },
    ],
    [
      "names of a form and a length",
      {
        type: "object",
        propertyNames: { pattern: "^[a-z]{2}$" },
        minProperties: 2,
        additionalProperties: { type: "boolean", const: true },
      },
      { ab: true, ac: true },
    ],
    [
      "no more members than there may be",
      {
        type: "object",
        properties: { a: { type: "integer" }, b: { type: "integer" }, c: { type: "integer" } },
        required: ["c"],
        maxProperties: 2,
      },
      { c: 1, a: 1 },
    ],
    [
      "items that differ",
      {
        type: "object",
        properties: Object.fromEntries(
          Object.entries({
            a: { type: "integer", minimum: 1, maximum: 10 },
            b: { type: "string", pattern: "^[a-z]+$" },
            c: { type: "object", properties: { id: { type: "integer" } }, required: ["id"] },
            d: { type: "string", format: "date" },
            e: { enum: ["x", "y", "z"] },
          }).map(([name, items]) => [name, { type: "array", uniqueItems: true, minItems: 3, items }]),
        ),
      },
      {
        a: [1, 2, 3],
        b: ["a", "aa", "aaa"],
        c: [{ id: 1 }, { id: 2 }, { id: 3 }],
        d: ["2026-01-02", "2026-01-03", "2026-01-04"],
        e: ["x", "y", "z"],
      },
    ],
    [
      "a format's text within its limits, and with its pattern",
      {
        type: "object",
        properties: {
          a: { type: "string", format: "email", maxLength: 12 },
          b: { type: "string", format: "uri", pattern: "^https://api\\." },
          c: { type: "string", format: "json-pointer" },
          d: { type: "string", pattern: "^\\x41\\u0042$" },
        },
      },
      { a: "a@b.co", b: "https://api.", c: "/example", d: "AB" },
    ],
    [
      "what all parts ask of one member",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string", minLength: 3 }, b: { minimum: 8 } }, required: ["a"] },
          { properties: { a: { pattern: "^b+$" }, b: { type: "integer", minimum: 3 } } },
        ],
      },
      { a: "bbb", b: 8 },
    ],
    [
      "names of a form that letters alone fit",
      { type: "object", propertyNames: { pattern: "^[A-Z]+$" }, minProperties: 2, additionalProperties: { const: 1 } },
      { AA: 1, AAA: 1 },
    ],
  ])("hold %s", (_name, schema, expected) => {
    expect(valueFor(schema, randomFrom("seed"))).toEqual(expected);
  });

  it("end where a schema holds itself", () => {
    const tree = {
      type: "object",
      properties: { left: { $ref: "#" }, right: { $ref: "#" }, value: { type: "integer" } },
      required: ["value"],
    };
    expect(valueFor(tree, randomFrom("seed"))).toMatchObject({ value: 1, left: { value: 1 } });
    const endless = { type: "object", properties: { again: { $ref: "#" } }, required: ["again"] };
    expect(valueFor(endless, randomFrom("seed"))).toHaveProperty("again");
    expect(valueFor({ $ref: "#" }, randomFrom("seed"))).toBeDefined();
  });

  it("stay small where a schema asks for much", () => {
    const wide = {
      type: "object",
      properties: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`p${index}`, { $ref: "#" }])),
    };
    expect(JSON.stringify(valueFor(wide, randomFrom("seed"))).length).toBeLessThan(1_000_000);
    const huge = {
      type: "object",
      properties: { a: { type: "string", minLength: 1e9 }, b: { type: "array", minItems: 1e9 } },
    };
    expect(JSON.stringify(valueFor(huge, randomFrom("seed"))).length).toBeLessThan(1_000_000);
  });

  it("tell two calls apart", () => {
    expect(valueFor(person, randomFrom("a"), " 2")).toMatchObject({ name: "example name 2" });
  });

  const leaf = fc.oneof(
    fc.record({ type: fc.constant("string"), minLength: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -50, max: 50 }) }),
    fc.record({ type: fc.constant("number"), maximum: fc.integer({ min: -50, max: 50 }) }),
    fc.record({ type: fc.constant("boolean") }),
    fc.record({ enum: fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 4 }) }),
  );
  const { schema } = fc.letrec<{ schema: object }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({ type: fc.constant("array"), items: tie("schema"), minItems: fc.integer({ min: 0, max: 3 }) }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("schema"), { maxKeys: 4 }).map((properties) => ({
        type: "object",
        properties,
        required: Object.keys(properties),
        additionalProperties: false,
      })),
    ),
  }));

  it("are valid for random schemas", () => {
    fc.assert(
      fc.property(schema, (random) => {
        expect(issuesOf(random)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("texts for a pattern", () => {
  it.each([
    "^\\d{3}-\\d{4}$",
    "^(cat|dog)s?$",
    "^[a-z0-9_-]{3,16}$",
    "^#[0-9a-fA-F]{6}$",
    "^\\w+@\\w+\\.com$",
    "^[^0-9]+$",
    "^(?:a|b){2}c*$",
    "^\\p{L}+$",
    "^\\p{Lu}\\p{Ll}+$",
    "x+y?",
    "^[\\]a]{2}$",
    "^(?<year>\\d{4})$",
    "^https://[a-z]+\\.example\\.com(/[a-z]+/things)*$",
  ])("%s", (pattern) => {
    expect(textMatching(pattern, { left: 100_000 })).toMatch(new RegExp(pattern, "u"));
  });

  it("gives up where it cannot", () => {
    expect(textMatching("(", { left: 100_000 })).toBeUndefined();
    expect(textMatching("^(?!a)a$", { left: 100_000 })).toBeUndefined();
  });
});
