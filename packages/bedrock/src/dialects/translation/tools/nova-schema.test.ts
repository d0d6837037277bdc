import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { novaSchema, SchemaRoom } from "./nova-schema.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";

describe("a tool's schema for Nova", () => {
  it("is the same where Nova takes it (recorded: title and additionalProperties)", () => {
    const schema: JsonObject = {
      type: "object",
      title: "t",
      properties: { $schema: { type: "string" }, $id: { type: "string" } },
      additionalProperties: false,
    };
    expect(novaSchema(schema)).toBe(schema);
  });

  it("has its definitions where they are used, with what stood beside the reference", () => {
    const schema: JsonObject = {
      $schema: "http://json-schema.org/draft-07/schema#",
      $id: "https://example.com/places.schema.json",
      type: "object",
      properties: {
        home: { $ref: "#/$defs/Address", description: "Where." },
        all: { type: "array", items: { $ref: "#/definitions/Place" } },
      },
      $defs: { Address: { type: "object", properties: { city: { $ref: "#/$defs/City" } } }, City: { type: "string" } },
      definitions: { Place: { type: "number" } },
    };
    expect(novaSchema(schema)).toEqual({
      type: "object",
      properties: {
        home: { type: "object", properties: { city: { type: "string" } }, description: "Where." },
        all: { type: "array", items: { type: "number" } },
      },
    });
  });

  it("has definitions whose names are escaped in the pointer, and what is inside of one", () => {
    const schema: JsonObject = {
      type: "object",
      properties: {
        a: { $ref: "#/definitions/List%3Cstring%3E" },
        b: { $ref: "#/$defs/a~1b~0c" },
        c: { $ref: "#/$defs/Place/properties/city" },
        d: { $ref: "#/$defs/Any/anyOf/1" },
        e: { $ref: "#/$defs/100%" },
      },
      definitions: { "List<string>": { type: "array", items: { type: "string" } } },
      $defs: {
        "a/b~c": { type: "number" },
        Place: { type: "object", properties: { city: { type: "string" } } },
        Any: { anyOf: [{ type: "null" }, { type: "boolean" }] },
        "100%": { type: "integer" },
      },
    };
    expect(novaSchema(schema)).toEqual({
      type: "object",
      properties: {
        a: { type: "array", items: { type: "string" } },
        b: { type: "number" },
        c: { type: "string" },
        d: { type: "boolean" },
        e: { type: "integer" },
      },
    });
  });

  it.each(["#/properties/a", "#", "#/$defs", "#/$defs/None", "#/$defs/toString", "other.json#/$defs/A"])(
    "keeps a reference that is to no definition of its own: %s",
    ($ref) => {
      const properties = { a: { type: "string" }, b: { $ref } };
      expect(novaSchema({ type: "object", properties, $defs: { A: { type: "number" } } })).toEqual({
        type: "object",
        properties,
      });
    },
  );

  it("that holds itself ends in any object", () => {
    const schema: JsonObject = {
      type: "object",
      properties: { tree: { $ref: "#/$defs/Tree" } },
      $defs: { Tree: { type: "object", properties: { left: { $ref: "#/$defs/Tree" } } } },
    };
    expect(novaSchema(schema)).toEqual({
      type: "object",
      properties: { tree: { type: "object", properties: { left: { type: "object" } } } },
    });
  });

  it("that would grow beyond measure is left as it is", () => {
    const $defs: JsonObject = { d0: { type: "string" } };
    for (let level = 1; level <= 40; level += 1) {
      const inner = { $ref: `#/$defs/d${level - 1}` };
      $defs[`d${level}`] = { type: "object", properties: { a: inner, b: inner } };
    }
    const schema: JsonObject = { type: "object", properties: { a: { $ref: "#/$defs/d40" } }, $defs };
    expect(novaSchema(schema)).toBe(schema);
    // Few nodes, and a long text a thousand times.
    const $ref = "#/$defs/a";
    const properties = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`p${index}`, { $ref }]));
    const long: JsonObject = { properties, $defs: { a: { type: "string", description: "x".repeat(2_000) } } };
    expect(novaSchema(long)).toBe(long);
  });

  it("is left as it is where others of the request have grown beyond measure before it", () => {
    const $defs: JsonObject = { d0: { type: "string" } };
    for (let level = 1; level <= 10; level += 1) {
      const inner = { $ref: `#/$defs/d${level - 1}` };
      $defs[`d${level}`] = { type: "object", properties: { a: inner, b: inner } };
    }
    const parameters: JsonObject = { type: "object", properties: { a: { $ref: "#/$defs/d10" } }, $defs };
    const tools = Array.from({ length: 60 }, (_, index) => ({
      type: "function",
      function: { name: `f${index}`, parameters },
    }));
    const { request } = translate({ tools }, { model: models.novaLite });
    const schemas = request.toolConfig?.tools.map(({ toolSpec }) => toolSpec?.inputSchema.json) ?? [];
    const kept = schemas.findIndex((schema) => schema === parameters);
    expect(schemas.slice(0, kept).every((schema) => schema?.["$defs"] === undefined)).toBe(true);
    expect(schemas.slice(kept)).toEqual(Array.from({ length: 60 - kept }, () => parameters));
    expect(kept).toBeGreaterThan(1);
    expect(JSON.stringify(schemas).length).toBeLessThan(SchemaRoom.mostBytes);
  });

  it("counts what stands beside a reference in a definition, which is put in as often as that is", () => {
    const description = "x".repeat(10_000);
    const schemaOf = (field: JsonObject, uses: number): JsonObject => ({
      type: "object",
      properties: Object.fromEntries(
        Array.from({ length: uses }, (_, index) => [`p${index}`, { $ref: "#/$defs/Pair" }]),
      ),
      $defs: { Pair: { type: "object", properties: { a: field } }, Text: { type: "string" } },
    });
    for (const $ref of ["#/$defs/Text", "https://example.com/text.json"]) {
      const many = schemaOf({ $ref, description }, 1_000);
      // 40 KB would become 10 MB.
      expect(novaSchema(many)).toBe(many);
    }
    const few = novaSchema(schemaOf({ $ref: "#/$defs/Text", default: { $ref: "#/$defs/Text" } }, 1));
    const text = { type: "string" };
    expect(few).toEqual({
      type: "object",
      properties: { p0: { type: "object", properties: { a: { ...text, default: text } } } },
    });
  });

  it("takes room for what is put in alone: thousands of tools have as many schemas", () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const plain = Object.fromEntries(names.map((name) => [name, { type: "string", description: "Of the file." }]));
    const refined = { ...plain, mode: { $ref: "#/$defs/Mode" } };
    const $defs = { Mode: { enum: ["fast", "exact"], type: "string" } };
    const tools = Array.from({ length: 2_000 }, (_, index) => ({
      type: "function",
      function: { name: `f${index}`, parameters: { type: "object", properties: refined, $defs } },
    }));
    const { request } = translate({ tools }, { model: models.novaLite });
    const schemas = request.toolConfig?.tools.map(({ toolSpec }) => toolSpec?.inputSchema.json) ?? [];
    expect(schemas).toHaveLength(2_000);
    const whole = { type: "object", properties: { ...plain, mode: $defs.Mode } };
    expect(schemas.filter((schema) => !isDeepStrictEqual(schema, whole))).toEqual([]);
  });

  it("without a reference needs no room", () => {
    const room = new SchemaRoom();
    room.nodes = 2;
    const $defs: JsonObject = { a: { type: "object", properties: { b: { type: "string" } } } };
    const schema: JsonObject = { properties: { a: { $ref: "#/$defs/a" } }, $defs };
    expect(novaSchema(schema, room)).toBe(schema);
    expect(room.isFull).toBe(true);
    expect(novaSchema({ $schema: "s", type: "object" }, room)).toEqual({ type: "object" });
    expect(novaSchema(schema, room)).toBe(schema);
  });

  it("whose definitions refer to one another in a long row is left as it is", () => {
    const row = (length: number): JsonObject => {
      const $defs: JsonObject = { d0: { type: "string" } };
      for (let at = 1; at < length; at += 1) $defs[`d${at}`] = { anyOf: [{ $ref: `#/$defs/d${at - 1}` }] };
      return { type: "object", properties: { a: { $ref: `#/$defs/d${length - 1}` } }, $defs };
    };
    // Put in where they are used they would lie as deep as the row is long, which no call stack is.
    expect(novaSchema(row(3_000))).toEqual(row(3_000));
    expect(novaSchema(row(40_000))).toEqual(row(40_000));
    const short = novaSchema(row(3));
    expect(short).toEqual({ type: "object", properties: { a: { anyOf: [{ anyOf: [{ type: "string" }] }] } } });
  });

  it("keeps a property of any name", () => {
    const schema = JSON.parse(
      '{"type":"object","$schema":"s","properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}',
    ) as JsonObject;
    const text = '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}';
    expect(JSON.stringify(novaSchema(schema))).toBe(text);
  });

  it("changes for Nova alone, and is named", () => {
    const parameters = { $schema: "s", type: "object", properties: {} };
    const tools = [{ type: "function", function: { name: "f", parameters } }];
    const nova = translate({ tools }, { model: models.novaLite });
    expect(nova.request.toolConfig?.tools[0]?.toolSpec?.inputSchema.json).toEqual({ type: "object", properties: {} });
    expect(nova.dropped).toEqual(["tools[0].function.parameters"]);
    const claude = translate({ tools });
    expect(claude.request.toolConfig?.tools[0]?.toolSpec?.inputSchema.json).toEqual(parameters);
    expect(claude.dropped).toEqual([]);
  });
});
