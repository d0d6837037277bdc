import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../../json.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";
import { currentSchema } from "./current-schema.ts";

const point = z.tuple([z.number(), z.number().gt(0)]);
const schemas = {
  tuples: z.object({ at: point, way: z.array(point), ends: z.tuple([point, z.object({ inner: point })]) }),
  "a rest": z.object({ a: z.tuple([z.string()], z.number()) }),
  "in alternatives": z.object({ a: z.union([point, z.string()]).optional(), b: z.object({}).catchall(point) }),
  "names that are keywords": z.object({ items: z.array(z.string()), additionalItems: point, minimum: z.number() }),
  "no tuple": z.object({ a: z.array(z.string()).min(1), b: z.number().gt(1).lt(2), c: z.enum(["x"]).nullable() }),
};

/** As zod itself writes a schema. */
function written(schema: z.ZodType, target: "draft-7" | "draft-4" | "draft-2020-12"): JsonObject {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { target });
  return rest as JsonObject;
}

describe("a schema of an older draft is the one that zod writes in draft 2020-12", () => {
  test.each(Object.entries(schemas))("%s", (_what, schema) => {
    const current = written(schema, "draft-2020-12");
    expect(currentSchema(written(schema, "draft-7"))).toEqual(current);
    expect(currentSchema(written(schema, "draft-4"))).toEqual(current);
    expect(currentSchema(current)).toBe(current);
  });
});

/** The draft's own schema of schemas has `minItems: 1` for `prefixItems`. */
it.each(["draft-2020-12", "draft-7", "draft-4"] as const)(
  "has no tuple of nothing, as zod writes it for %s",
  (draft) => {
    const empty = z.object({ a: z.tuple([]), b: z.tuple([]).rest(z.number()) });
    expect(currentSchema(written(empty, draft))["properties"]).toEqual({
      a: { type: "array", items: false, maxItems: 0 },
      b: { type: "array", items: { type: "number" } },
    });
  },
);

it("changes keywords alone: no names, no values, and references as their targets", () => {
  const values = { items: [1], exclusiveMinimum: true, minimum: 1 };
  const schema = {
    type: "object",
    properties: {
      exclusiveMinimum: { type: "boolean" },
      a: { enum: [values], const: values, default: values, examples: [values] },
      b: { type: "array", items: [{ type: "string" }], additionalItems: false },
      c: { $ref: "#/properties/b/items/0" },
      d: { type: "integer", minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false },
      e: { exclusiveMinimum: true },
      ["__proto__"]: { type: "string" },
    },
  };
  expect(currentSchema(schema)).toEqual({
    type: "object",
    properties: {
      exclusiveMinimum: { type: "boolean" },
      a: { enum: [values], const: values, default: values, examples: [values] },
      ["__proto__"]: { type: "string" },
      b: { type: "array", prefixItems: [{ type: "string" }], items: false },
      c: { $ref: "#/properties/b/prefixItems/0" },
      d: { type: "integer", exclusiveMinimum: 0, maximum: 9 },
      e: {},
    },
  });
});

describe("schemas of tools", () => {
  const withArray = (array: JsonObject): JsonObject => ({
    type: "object",
    properties: { at: { type: "array", ...array } },
    required: ["at"],
    additionalProperties: false,
  });
  const old = withArray({ items: [{ type: "number" }] });
  const current = withArray({ prefixItems: [{ type: "number" }] });
  const tools = [{ type: "function", function: { name: "f", parameters: old } }];

  it("are put into the draft that Claude takes, by name, and go to others as they are", () => {
    const claude = translate({ tools });
    expect(claude.request.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: current });
    expect(claude.dropped).toEqual(["tools[0].function.parameters"]);
    const other = translate({ tools }, { model: models.mistralLarge });
    expect(other.request.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: old });
    expect(other.dropped).toEqual([]);
  });

  it("so the tool by which an answer of a form is given", () => {
    const format = { type: "json_schema", json_schema: { name: "a", schema: old } };
    const { request, notes } = translate({ response_format: format });
    expect(request.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: current });
    expect(notes.dropped).toEqual(["response_format.json_schema.schema"]);
  });
});
