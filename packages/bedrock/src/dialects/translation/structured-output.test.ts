import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import { models, translate } from "../openai-chat/testing/translate.ts";

const schema: JsonObject = {
  type: "object",
  properties: { name: { type: "string", maxLength: 3 } },
  required: ["name"],
  additionalProperties: false,
};
const format = (extra: JsonObject = {}): JsonObject => ({
  type: "json_schema",
  json_schema: { name: "person", description: "A person.", schema, strict: true, ...extra },
});

describe("response_format json_schema", () => {
  it("is outputConfig where the model takes it, the schema as it was written", () => {
    const { request, notes } = translate({ response_format: format() });
    expect(request.outputConfig).toEqual({
      textFormat: {
        type: "json_schema",
        structure: { jsonSchema: { schema: JSON.stringify(schema), name: "person", description: "A person." } },
      },
    });
    expect([notes.structuredOutput, notes.answerTool, notes.dropped]).toEqual(["outputConfig", undefined, []]);
  });

  it("is a strict tool where only tools are strict", () => {
    const { request, notes } = translate({ response_format: format() }, { can: { outputConfig: false } });
    expect(request.toolConfig).toEqual({
      tools: [{ toolSpec: { name: "person", description: "A person.", inputSchema: { json: schema }, strict: true } }],
      toolChoice: { tool: { name: "person" } },
    });
    expect([notes.structuredOutput, notes.answerTool]).toEqual(["strict-tool", "person"]);
  });

  it("is a forced tool where tools can be forced", () => {
    const { request, notes } = translate({ response_format: format() }, { model: models.novaLite });
    expect(request.toolConfig).toEqual({
      tools: [{ toolSpec: { name: "person", description: "A person.", inputSchema: { json: schema } } }],
      toolChoice: { tool: { name: "person" } },
    });
    expect([notes.structuredOutput, notes.answerTool]).toEqual(["forced-tool", "person"]);
  });

  it("is the same where the schema stands beside json_object, as instructor's JSON_SCHEMA mode has it", () => {
    const beside = { response_format: { type: "json_object", schema } };
    const { request, notes } = translate(beside);
    expect(request.outputConfig).toEqual({
      textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
    });
    expect([notes.structuredOutput, notes.dropped]).toEqual(["outputConfig", []]);
    const nova = translate(
      { response_format: { type: "json_object", schema: { ...schema, $schema: "draft-07" } } },
      { model: models.novaLite },
    );
    expect(nova.request.toolConfig?.tools?.[0]?.toolSpec?.inputSchema).toEqual({ json: schema });
    expect([nova.notes.structuredOutput, nova.notes.dropped]).toEqual(["forced-tool", ["response_format.schema"]]);
    for (const none of [null, undefined]) {
      expect(translate({ response_format: { type: "json_object", schema: none } }).notes.structuredOutput).toBe(
        "instruction",
      );
    }
  });

  it("is a tool where citations are asked for, and an instruction where the answer is begun: Claude refuses more", () => {
    const means = (...messages: JsonObject[]): unknown =>
      translate({ messages, response_format: format() }).notes.structuredOutput;
    const cited = { format: "txt", name: "a", source: { text: "b" }, citations: { enabled: true } };
    const text = { type: "text", text: "q" };
    expect(means({ role: "user", content: [text, { document: cited }] })).toBe("strict-tool");
    expect(means({ role: "user", content: [text, { document: { ...cited, citations: { enabled: false } } }] })).toBe(
      "outputConfig",
    );
    const call = { id: "a", function: { name: "f", arguments: "{}" } };
    const result = { role: "tool", tool_call_id: "a", content: [{ document: cited }] };
    expect(means({ role: "user", content: "q" }, { role: "assistant", tool_calls: [call] }, result)).toBe(
      "strict-tool",
    );
    expect(means({ role: "user", content: "q" }, { role: "assistant", content: "{" })).toBe("instruction");
  });

  it("beside the caller's tools lets the model call those or answer, and no names meet", () => {
    const tools = [{ type: "function", function: { name: "person", parameters: { type: "object", properties: {} } } }];
    const { request, notes } = translate({ response_format: format(), tools }, { model: models.novaLite });
    expect(request.toolConfig?.tools.map((tool) => tool.toolSpec?.name)).toEqual(["person", "person_2"]);
    expect(request.toolConfig?.toolChoice).toEqual({ any: {} });
    expect(notes.answerTool).toBe("person_2");
  });

  it("beside Anthropic's own tools lets the model call those too, and forces none where one of them must be called", () => {
    const body = { response_format: format({ name: "bash" }), tools: [{ type: "bash_20250124", name: "bash" }] };
    const { request } = translate(body, { model: models.claude37 });
    expect(request.toolConfig?.tools.map((tool) => tool.toolSpec?.name)).toEqual(["bash_2"]);
    expect(request.toolConfig?.toolChoice).toEqual({ any: {} });
    const forced = translate({ ...body, tool_choice: "required" }, { model: models.claude37 });
    expect(forced.notes.structuredOutput).toBe("instruction");
  });

  it.each<JsonObject>([
    { type: "object", oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] },
    { anyOf: [{ type: "string" }, { type: "number", minimum: 1 }] },
    { enum: ["a", "b"] },
    { type: "array", items: {} },
    { type: "object", properties: { größe: { type: "number" } } },
  ])("is an instruction where a tool's input cannot have the schema: %j", (given) => {
    const { notes } = translate({ response_format: format({ schema: given }) }, { model: models.claude37 });
    expect(notes.structuredOutput).toBe("instruction");
  });

  it("is an instruction where no tool can be forced", () => {
    const { request, notes } = translate(
      {
        messages: [
          { role: "system", content: "S" },
          { role: "user", content: "u" },
        ],
        response_format: format(),
      },
      { model: models.llama33 },
    );
    expect(request.system?.[0]).toEqual({ text: "S" });
    expect(request.system?.[1]?.text).toContain(JSON.stringify(schema));
    expect(request.toolConfig).toBeUndefined();
    expect([notes.structuredOutput, notes.answerTool]).toEqual(["instruction", undefined]);
    const claude = translate({ response_format: format() }, { model: models.claudeOpus55 });
    expect([claude.notes.structuredOutput, claude.request.toolConfig]).toEqual(["instruction", undefined]);
  });

  it("is an instruction while Claude thinks, which forbids a forced tool", () => {
    const { request, notes } = translate(
      { response_format: format(), reasoning_effort: "low" },
      { model: models.claude37 },
    );
    expect(notes.structuredOutput).toBe("instruction");
    expect(request.additionalModelRequestFields).toEqual({ thinking: { type: "enabled", budget_tokens: 1024 } });
  });

  it("is an instruction for a schema that is no object, since a tool's input is one", () => {
    const { notes } = translate({ response_format: format({ schema: { type: "array" } }) }, { model: models.novaLite });
    expect(notes.structuredOutput).toBe("instruction");
  });

  it("is put before the user's words where the model takes no system prompt", () => {
    const { request } = translate({ response_format: format() }, { model: models.titan });
    expect(request.system).toBeUndefined();
    expect(request.messages?.[0]?.content[0]?.text).toContain("JSON schema");
  });

  it("yields to a form that outputConfig asks for, by name where it says another", () => {
    const other = { type: "json_schema", structure: { jsonSchema: { schema: '{"type":"object"}' } } };
    for (const given of [format(), format({ schema: { type: "object", properties: {} } }), { type: "json_object" }]) {
      for (const own of [{ outputConfig: { textFormat: other } }, { output_config: { text_format: other } }]) {
        const { request, notes } = translate({ response_format: given, ...own });
        expect(request.outputConfig).toEqual({ textFormat: other });
        expect([request.toolConfig, request.system]).toEqual([undefined, undefined]);
        expect([notes.structuredOutput, notes.dropped]).toEqual(["outputConfig", ["response_format"]]);
      }
    }
    const same = translate({ response_format: format() }).request.outputConfig as JsonObject;
    const both = translate({ response_format: format(), outputConfig: same });
    expect([both.request.outputConfig, both.dropped]).toEqual([same, []]);
  });

  it("names the schema where it was mended for a tool: one that holds itself, and one without a type", () => {
    const tree = { $ref: "#/$defs/node" };
    const schemas: JsonObject[] = [
      { type: "object", properties: { tree }, $defs: { node: { type: "object", properties: { left: tree } } } },
      { properties: { a: { type: "string" } } },
    ];
    for (const given of schemas) {
      const made = translate({ response_format: format({ schema: given }) }, { model: models.novaLite });
      expect(made.notes.structuredOutput).toBe("forced-tool");
      expect(made.dropped).toEqual(["response_format.json_schema.schema"]);
    }
  });

  it("keeps an effort that outputConfig brings", () => {
    const { request } = translate({ response_format: format(), outputConfig: { effort: "low" } });
    expect(request.outputConfig?.effort).toBe("low");
    expect(request.outputConfig?.textFormat?.type).toBe("json_schema");
  });
});

describe("a schema that AWS's strict decoding refuses", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);

  it.each<[string, JsonObject]>([
    ["an open object", { type: "object", properties: {} }],
    [
      "an open object inside",
      { ...schema, properties: { a: { type: "array", items: { type: "object", properties: {} } } } },
    ],
    ["an open object among the definitions", { ...schema, $defs: { a: { properties: {} } } }],
    ["a bound of numbers", { ...schema, properties: { a: { type: "number", minimum: 1 } } }],
    ["oneOf", { ...schema, properties: { a: { oneOf: [{ type: "string" }, { type: "null" }] } } }],
    [
      "a definition that refers to itself",
      {
        ...schema,
        properties: { a: { $ref: "#/$defs/node" } },
        $defs: { node: { anyOf: [{ $ref: "#/$defs/list" }] }, list: { items: { $ref: "#/$defs/node" } } },
      },
    ],
    [
      "a reference in allOf",
      { ...schema, properties: { a: { allOf: [{ $ref: "#/$defs/a" }] } }, $defs: { a: { type: "string" } } },
    ],
    [
      "a definition that refers to itself by a list's index and an escaped name",
      {
        ...schema,
        properties: { a: { $ref: "#/$defs/List%3Ca%3E" } },
        $defs: {
          "List<a>": { anyOf: [{ type: "null" }, { type: "array", items: { $ref: "#/$defs/List%3Ca%3E/anyOf/1" } }] },
        },
      },
    ],
    ["a reference to the whole", { ...schema, properties: { a: { $ref: "#" } } }],
    ["a reference to elsewhere", { ...schema, properties: { a: { $ref: "https://example.com/a.json" } } }],
    ["a bound of items", { ...schema, properties: { a: { type: "array", minItems: 2 } } }],
    ["items that differ", { ...schema, properties: { a: { type: "array", uniqueItems: true } } }],
    ["a schema for each item", { ...schema, properties: { a: { type: "array", prefixItems: [{ type: "string" }] } } }],
    ["a bound of members", { ...schema, minProperties: 1 }],
    ["an object among the values", { ...schema, properties: { a: { enum: ["b", { c: 1 }] } } }],
    ["a format of zod's", { ...schema, properties: { a: { type: "string", format: "starts_with", pattern: "^b.*" } } }],
    ["a pattern that looks ahead", { ...schema, properties: { a: { type: "string", pattern: "^(?!b)c$" } } }],
    ["a pattern with a boundary of words", { ...schema, properties: { a: { type: "string", pattern: "\\bb" } } }],
    [
      "more alternatives than Claude's grammar may have",
      {
        ...schema,
        properties: Object.fromEntries(names(17).map((name) => [name, { type: ["string", "null"] }])),
        required: names(17),
      },
    ],
    [
      "more members that may be missing",
      { ...schema, properties: Object.fromEntries(names(25).map((name) => [name, { type: "string" }])), required: [] },
    ],
  ])("goes as it was written by a tool that need not be strict: %s", (_name, open) => {
    const { request, notes } = translate({ response_format: format({ schema: open }) });
    expect(request.outputConfig).toBeUndefined();
    expect(request.toolConfig).toEqual({
      tools: [{ toolSpec: { name: "person", description: "A person.", inputSchema: { json: open } } }],
      toolChoice: { tool: { name: "person" } },
    });
    expect([notes.structuredOutput, notes.dropped]).toEqual(["forced-tool", []]);
  });

  it("is not one whose references come to an end, however often they meet", () => {
    const $defs = {
      a: { anyOf: [{ $ref: "#/$defs/b" }, { $ref: "#/$defs/b" }] },
      b: { anyOf: [{ $ref: "#/$defs/c~1d" }, { $ref: "#/$defs/c~1d" }] },
      "c/d": { type: "string" },
    };
    const shared = { ...schema, properties: { a: { $ref: "#/$defs/a" }, b: { $ref: "#/$defs/b" } }, $defs };
    expect(translate({ response_format: format({ schema: shared }) }).notes.structuredOutput).toBe("outputConfig");
  });

  it("is told from a property that only has such a name, and from what is taken", () => {
    const named = { ...schema, properties: { minimum: { type: "string" }, items: { type: "string" } } };
    const taken = {
      a: { type: "array", uniqueItems: false },
      b: { format: "date", pattern: "^(?:\\\\b|[0-9-]{10})$" },
    };
    for (const given of [named, { ...schema, properties: taken }]) {
      expect(translate({ response_format: format({ schema: given }) }).notes.structuredOutput).toBe("outputConfig");
    }
  });

  it("may be one because of the tools that are strict beside it: Claude's limits hold for all of them together", () => {
    const nullable = {
      ...schema,
      properties: Object.fromEntries(names(9).map((name) => [name, { anyOf: [{ type: "string" }, { type: "null" }] }])),
      required: names(9),
    };
    const tools = ["f", "g"].map((name) => ({
      type: "function",
      function: { name, parameters: nullable, strict: true },
    }));
    const { request, notes, dropped } = translate({ response_format: format({ schema: nullable }), tools });
    expect(request.toolConfig?.tools.map(({ toolSpec }) => toolSpec?.strict)).toEqual([true, undefined, undefined]);
    expect([notes.structuredOutput, dropped]).toEqual(["forced-tool", ["tools[1].function.strict"]]);
    const other = translate({ tools }, { model: models.qwen });
    expect(other.dropped).toEqual([]);
  });
});

describe("response_format beside tool_choice none", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  it("may answer by a tool of its own", () => {
    const { notes } = translate({ response_format: format(), tools, tool_choice: "none" }, { model: models.novaLite });
    expect([notes.structuredOutput, notes.answerTool]).toEqual(["forced-tool", "person"]);
  });
});

describe("response_format json_object", () => {
  it.each([models.claudeSonnet45, models.novaLite, models.llama33])(
    "is an instruction on %s: a tool with an open schema is answered with {}",
    (model) => {
      const { request, notes } = translate({ response_format: { type: "json_object" } }, { model });
      expect(notes.structuredOutput).toBe("instruction");
      expect(request.system?.[0]?.text).toContain("one JSON object");
      expect(request.toolConfig).toBeUndefined();
    },
  );
});

it("response_format text asks for nothing", () => {
  const { request, notes } = translate({ response_format: { type: "text" } });
  expect(request).toEqual({ messages: [{ role: "user", content: [{ text: "Hello" }] }] });
  expect(notes.structuredOutput).toBeUndefined();
});
