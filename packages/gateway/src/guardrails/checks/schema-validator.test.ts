import type { JsonObject, JsonValue } from "@adit/bedrock";
import fc from "fast-check";
import { Validator } from "jsonschema";
import { expect, test } from "vitest";
import { jsonSchema } from "./json.ts";
import { compileSchema } from "./schema-validator.ts";

const patience = (): { steps: number } => ({ steps: 1_000_000 });

const names = fc.constantFrom("a", "b", "c");
const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<JsonValue>(0, 1, "", "a", "bb", true, null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(names, tie("value"), { maxKeys: 3 }),
  ),
})).value;

const then = "then"; // oxlint-disable-line unicorn/no-thenable -- a keyword, and no promise

const count = fc.integer({ min: 0, max: 3 });
const schema = fc.letrec<{ schema: JsonValue }>((tie) => {
  const below = tie("schema");
  const list = fc.array(below, { minLength: 1, maxLength: 3 });
  return {
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.boolean(),
      fc.record(
        {
          type: fc.constantFrom("object", "array", "string", "integer", "null"),
          required: fc.array(names, { maxLength: 2 }),
          enum: fc.array(fc.constantFrom(0, 1, "a", true, null), { minLength: 1, maxLength: 3 }),
          minProperties: count,
          maxProperties: count,
          minItems: count,
          maxLength: count,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          items: fc.oneof(below, list),
          additionalItems: below,
          properties: fc.dictionary(names, below, { maxKeys: 2 }),
          additionalProperties: below,
          propertyNames: below,
          contains: below,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        { allOf: list, anyOf: list, oneOf: list, not: below, if: below, [then]: below, else: below },
        { requiredKeys: [] },
      ),
    ),
  };
}).schema;

test("a value fits where the package alone says so", () => {
  fc.assert(
    fc.property(schema, value, (made, held) => {
      // What is made has no prototype, as no JSON has.
      const given = JSON.parse(JSON.stringify({ allOf: [made] })) as JsonObject;
      const alone = new Validator().validate(held, given, { base: "https://schema.invalid/" }).valid;
      expect(compileSchema(given)([held], patience())).toBe(alone);
    }),
    { numRuns: 500 },
  );
});

const many = (count: number, item: JsonValue): JsonValue[] => Array.from({ length: count }, () => item);

const members = (last: number): JsonObject =>
  Object.fromEntries([...many(99, 0), last].map((value, index) => [`a${index}`, value]));

const tooLong = "The schema takes too long on this JSON.";

function outcome(validate: () => boolean): unknown {
  try {
    return validate();
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

// By the square of what is wrong each of them took minutes, or the memory of the process.
test.each<[string, JsonObject, JsonValue, false | string]>([
  ["items of another type", { items: { type: "string" } }, many(90_000, 1), false],
  [
    "items that lack all members",
    { items: { required: Array.from({ length: 5_000 }, (_, index) => `a${index}`) } },
    many(50_000, {}),
    false,
  ],
  ["a long list of types", { items: { type: many(10_000, "string") } }, many(50_000, 1), false],
  ["a long list of values", { items: { not: { enum: many(50_000, 1) } } }, many(50_000, "x"), tooLong],
  [
    "a list of lists that differ at their ends",
    { items: { not: { enum: many(1_000, [...many(99, 0), 1]) } } },
    many(300, many(100, 0)),
    tooLong,
  ],
  [
    "a list of objects that differ at their ends",
    { items: { not: { enum: many(1_000, members(1)) } } },
    many(300, members(0)),
    tooLong,
  ],
  [
    "names that do not fit",
    { propertyNames: { maxLength: 1 } },
    Object.fromEntries(many(50_000, 0).map((_, at) => [`name${at}`, 1])),
    tooLong,
  ],
  [
    "many parts that look through all members",
    { allOf: many(20_000, { minProperties: 1, patternProperties: {} }) },
    Object.fromEntries(many(9_000, 0).map((_, index) => [`name${index}`, 1])),
    tooLong,
  ],
])("many faults are no work: %s", (_name, given, held, wanted) => {
  const validate = compileSchema(given);
  expect(outcome(() => validate(many(30, held), patience()))).toBe(wanted);
});

test("lists in one another that must not repeat are read so often as a bound lets them", () => {
  let nested: JsonValue = "x".repeat(1_000_000);
  for (let depth = 0; depth < 300; depth += 1) nested = [nested];
  expect(() => compileSchema({ uniqueItems: true, items: { $ref: "#" } })([nested], patience())).toThrow("too long");
});

test("a schema in a text that nests too deeply is said to", () => {
  const schema = `${'{"items":'.repeat(20_000)}{}${"}".repeat(20_000)}`;
  const { issues = [] } = jsonSchema.parameters.safeParse({ schema }).error ?? {};
  expect(issues).toMatchObject([{ message: "nests too deeply" }]);
});
