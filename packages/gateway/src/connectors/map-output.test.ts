/** JSONPath in output schemas: what is found, and what no path may reach or cost. */
import type { JsonValue } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { OutputField } from "./connector-schema.ts";
import { mapOutput as mapOutputOf } from "./map-output.ts";

const mapOutput = (answer: JsonValue, fields: OutputField[]) => mapOutputOf(answer, fields, JSON.stringify(answer));

const claude: JsonValue = {
  content: [
    { type: "thinking", thinking: "Hm." },
    { type: "text", text: "Hello" },
    { type: "text", text: "!" },
    { type: "tool_use", name: "weather", input: { cities: [{ name: "Oslo" }, { name: "Rome" }] } },
  ],
  usage: { input_tokens: 12, output_tokens: 6 },
};

const mapped = (path: string, type?: OutputField["type"]) =>
  mapOutput(claude, [{ name: "field", path, ...(type !== undefined && { type }) }]);

describe("A6 what is found", () => {
  test.each<[string, OutputField["type"], JsonValue]>([
    ["$.usage.output_tokens", "integer", 6],
    ["$.content[?@.type=='text'].text", "string", "Hello!"],
    ["$.content[?@.type=='text'].text", undefined, ["Hello", "!"]],
    ["$.content[?@.type=='tool_use'].input.cities[*].name", "array", ["Oslo", "Rome"]],
    ["$.content[?@.type=='tool_use'].name", "string", "weather"],
    ["$.content[?(@.type=='text')].text", "array", ["Hello", "!"]],
    ["$..cities[-1].name", undefined, ["Rome"]],
    ["$.usage", "object", { input_tokens: 12, output_tokens: 6 }],
    ["$.content[?@.type=='image']", "array", []],
  ])("%s as %s", (path, type, expected) => {
    expect(mapped(path, type)).toEqual({ output: { field: expected }, faults: [] });
  });

  test.each<[string, OutputField["type"]]>([
    ["$.usage.total", "integer"],
    ["$.usage", "string"],
    ["$.usage.input_tokens", "boolean"],
    ["$.content[*].type", "number"],
    ["$.content[?@.type=='image'].text", "string"],
  ])("%s as %s is null, and a fault that names the field", (path, type) => {
    expect(mapped(path, type)).toMatchObject({ output: { field: null }, faults: [{ name: "field", path }] });
  });
});

test("a number that a double cannot hold is a fault of the fields that have it, and of no other", () => {
  const text = '{"content":[{"input":{"id":1180000000000000001,"n":1.50}},{"input":{"id":7,"twice":1,"twice":2}}]}';
  const found = (path: string) => mapOutputOf(JSON.parse(text) as JsonValue, [{ name: "field", path }], text);
  for (const path of ["$.content[0].input.id", "$.content[0]", "$..id", "$.content[1].input"]) {
    const fault = { name: "field", path, message: expect.stringContaining("more digits") as string };
    expect(found(path)).toEqual({ output: { field: null }, faults: [fault] });
  }
  expect(found("$.content[*].input.n").output).toEqual({ field: [1.5] });
  expect(found("$.content[1].input.id")).toEqual({ output: { field: 7 }, faults: [] });
});

describe("no code, no prototype, no endless work", () => {
  test.each([
    "$.constructor",
    "$.__proto__",
    "$.content.constructor.constructor",
    "$['__proto__']['polluted']",
    "$.content.length",
    "$.usage.toString",
  ])("%s finds nothing: only what the answer itself has is there", (path) => {
    expect(mapped(path, "other").output["field"]).toBeNull();
  });

  test.each([
    "$[?(@.constructor.constructor('return process')())]",
    "$[(@.length-1)]",
    "$[?process.exit()]",
    "$.content[?match(@.text, '(a+)+$')]",
    "$.content[?search(@.text, '(a+)+$')]",
    "$..content..text",
    "content",
    "",
  ])("%s is refused with the field's name", (path) => {
    expect(() => mapped(path)).toThrow(/output_schema\[0\]\.path/);
  });

  test("a member that is named __proto__ is a plain one", () => {
    const answer = JSON.parse('{"__proto__": {"polluted": true}}') as JsonValue;
    const { output } = mapOutput(answer, [{ name: "__proto__", path: "$['__proto__'].polluted" }]);
    expect(Object.getOwnPropertyDescriptor(output, "__proto__")?.value).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each([
    "$.vector[?count($.vector[?count($.vector[*])>1])>1]",
    `$.rows${"[*,*,*,*,*,*,*,*,*,*]".repeat(8)}`,
    `$.vector[*]['a'${",'a'".repeat(120)}]`,
  ])("%s ends in an error of the field: it would look into the answer again and again", (path) => {
    let rows: JsonValue = 1;
    for (let depth = 0; depth < 8; depth += 1) rows = [rows];
    const answer = { vector: Array.from({ length: 10_000 }, (_, at) => ({ at })), rows };
    expect(mapOutput(answer, [{ name: "field", path }])).toMatchObject({
      output: { field: null },
      faults: [{ name: "field", message: expect.stringContaining("more than 1000000 times") as string }],
    });
  });

  test("what is found is the answer's own, and a list of any length is no failure of the gateway", () => {
    const answer = { usage: { tokens: 1 }, vector: Array.from({ length: 200_000 }, () => 1) };
    const fields = [
      { name: "usage", path: "$.usage" },
      { name: "vector", path: "$.vector[*]" },
    ];
    const { output, faults } = mapOutput(answer, fields);
    expect(output["usage"]).toBe(answer.usage);
    expect(faults).toMatchObject([{ name: "vector" }]);
  });

  test("a deep answer ends in an error of the field, and not of the stack", () => {
    let deep: JsonValue = 1;
    for (let depth = 0; depth < 2_000; depth += 1) deep = [deep];
    expect(mapOutput(deep, [{ name: "field", path: "$..x" }])).toMatchObject({
      output: { field: null },
      faults: [{ name: "field" }],
    });
  });
});
