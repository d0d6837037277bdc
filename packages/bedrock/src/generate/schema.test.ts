import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ZodStandardSchemaWithJSON } from "zod/v4/core";
import * as mini from "zod/mini";
import * as zod3 from "zod/v3";
import { checkedBy, isZodSchema, jsonSchemaOf } from "./schema.ts";

describe("JSON schema for the model", () => {
  const expected = {
    type: "object",
    properties: { city: { type: "string", description: "Its name" }, days: { type: "number" } },
    required: ["city"],
    additionalProperties: false,
  };

  it("of zod, and of its small core", () => {
    expect(jsonSchemaOf(z.object({ city: z.string().describe("Its name"), days: z.number().optional() }), "s")).toEqual(
      expected,
    );
    const small = mini.object({ city: mini.string(), days: mini.optional(mini.number()) });
    expect(jsonSchemaOf(small, "s")).toMatchObject({ required: ["city"], additionalProperties: false });
  });

  it("closes inner objects too, and leaves open what zod leaves open", () => {
    const schema = z.object({ inner: z.array(z.object({ a: z.string() })), any: z.looseObject({}) });
    expect(jsonSchemaOf(schema, "s")).toMatchObject({
      properties: { inner: { items: { additionalProperties: false } }, any: { additionalProperties: {} } },
    });
  });

  it("has no bounds for a whole number but those that were asked for", () => {
    const schema = z.object({ a: z.int(), b: z.number().int().positive(), c: z.int().max(9) });
    expect(jsonSchemaOf(schema, "s")).toMatchObject({
      properties: {
        a: { type: "integer" },
        b: { type: "integer", exclusiveMinimum: 0 },
        c: { type: "integer", maximum: 9 },
      },
    });
    expect(JSON.stringify(jsonSchemaOf(schema, "s"))).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it("of another release of zod: as that writes it, and told what models need", () => {
    const schema = z.object({ city: z.string(), days: z.int() });
    const own: ZodStandardSchemaWithJSON<typeof schema> = schema["~standard"];
    const input: typeof own.jsonSchema.input = (options) => ({ ...own.jsonSchema.input(options), title: "its own" });
    const foreign = Object.defineProperty(z.object({ city: z.string(), days: z.int() }), "~standard", {
      value: { ...own, jsonSchema: { ...own.jsonSchema, input } },
    });
    expect(jsonSchemaOf(foreign, "s")).toEqual({
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" } },
      required: ["city", "days"],
      additionalProperties: false,
      title: "its own",
    });
  });

  it("of zod 4.0, which keeps descriptions to itself and cannot write schemas that way", () => {
    const city = Object.assign(mini.string(), { meta: () => ({ id: "c", title: "City", description: "Its name" }) });
    const inner = Object.assign(mini.optional(city), { meta: () => undefined });
    expect(jsonSchemaOf(mini.object({ city, inner }), "s")).toEqual({
      type: "object",
      properties: {
        city: { type: "string", title: "City", description: "Its name" },
        inner: { type: "string", title: "City", description: "Its name" },
      },
      required: ["city"],
      additionalProperties: false,
    });
  });

  it("a JSON schema stays as it was written", () => {
    const schema = { type: "object", properties: { a: {} }, $schema: "x" };
    expect(jsonSchemaOf(schema, "s")).toBe(schema);
    const written: unknown = z.toJSONSchema(z.object({ a: z.string() }));
    expect(jsonSchemaOf(written, "s")).toBe(written);
  });

  const ofZod3 = zod3.object({ city: zod3.string() });
  const ofAnother = { "~standard": { version: 1, vendor: "valibot" }, type: "object", entries: {} };
  it.each([[undefined], ["string"], [[]], [() => 1], [ofZod3], [ofAnother]])(
    "%o is refused with its path",
    (schema) => {
      expect(() => jsonSchemaOf(schema, "tools[0].parameters")).toThrow(/tools\[0\]\.parameters must be a zod schema/);
    },
  );

  it("what JSON has no form for is refused with the reason", () => {
    expect(() => jsonSchemaOf(z.object({ when: z.date() }), "schema")).toThrow(/schema cannot be written.*[Dd]ate/);
  });
});

describe("checking", () => {
  const schema = z.object({ city: z.string(), days: z.coerce.number().default(1) });

  it("gives the value as the schema makes it", async () => {
    expect(isZodSchema(schema)).toBe(true);
    expect(await checkedBy(schema, { city: "Paris", extra: 1 })).toEqual({ value: { city: "Paris", days: 1 } });
  });

  it("names the first fault by its path", async () => {
    expect(await checkedBy(z.object({ list: z.array(z.number()) }), { list: [1, "2"] })).toEqual({
      fault: expect.stringContaining("list.1: ") as unknown,
    });
  });

  it("waits for checks that answer later, such as a look-up", async () => {
    const known = z.object({ city: z.string().refine(async (city) => city === "Paris", "no such city") });
    expect(await checkedBy(known, { city: "Paris" })).toEqual({ value: { city: "Paris" } });
    expect(await checkedBy(known, { city: "Atlantis" })).toEqual({ fault: "city: no such city" });
  });
});
