/** C18: bodies of every shape that a parser, a translator or a plan may choke on. None is a fault, none is slow for others. */
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openQuickAws, type QuickAws } from "./quick-aws.ts";
import { ask, chatPath, claude, nova, question, toolNamed } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const MiB = 1_048_576;
const noRetry = { "x-portkey-config": '{"retry":{"attempts":0}}' };
const many = (count: number, text: string): string => Array.from({ length: count }, () => text).join(",");
const body = (more: string): string => `{"model":"${nova}","messages":[{"role":"user","content":"hi"}],${more}}`;
const messages = (more: string): string => `{"model":"${nova}","messages":[${more}]}`;

/** Sends the text, and answers within what a busy machine may take, with what is no fault. */
async function survives(text: string, headers: Record<string, string> = {}, at = house): Promise<Response> {
  const answer = await at.post(chatPath, text, { ...noRetry, ...headers });
  const said = (await answer.clone().text()).slice(0, 2_000);
  expect(answer.status, said).toBeLessThan(500);
  expect(said).not.toContain("internal");
  // Another caller is served at once, in a process that stands.
  const other = await ask(at, "good morning");
  expect(other.status).toBe(200);
  return answer;
}

describe("a large body", () => {
  let aws: QuickAws;
  let quick: House;
  beforeAll(async () => {
    aws = await openQuickAws();
    quick = await openHouse({ variables: { AWS_ENDPOINT_URL: aws.url } });
  });
  afterAll(async () => {
    await quick.close();
    await aws.close();
  });

  const shapes: [string, () => string][] = [
    ["one string of 60 MiB", () => messages(`{"role":"user","content":"${"x".repeat(60 * MiB)}"}`)],
    ["120,000 messages", () => messages(many(120_000, '{"role":"user","content":"x"}'))],
    ["120,000 messages in turns", () => messages(many(60_000, '{"role":"user","content":"x"},{"role":"assistant","content":"y"}'))],
    ["120,000 parts", () => messages(`{"role":"user","content":[${many(120_000, '{"type":"text","text":"x"}')}]}`)],
    ["80,000 tools", () => body(`"tools":[${many(80_000, '{"type":"function","function":{"name":"f"}}')}]`)],
    ["50,000 tool calls without results", () => messages(`{"role":"user","content":"x"},{"role":"assistant","tool_calls":[${many(50_000, '{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}')}]}`)],
    ["50,000 unknown fields", () => body(Array.from({ length: 50_000 }, (_, index) => `"field${index}":1`).join(","))],
    ["one unknown field of 10 MiB's name", () => body(`"${"n".repeat(10 * MiB)}":1`)],
    ["a name that comes 250,000 times", () => body(many(250_000, '"temperature":1'))],
    ["1,200,000 numbers", () => body(`"stop":[${many(1_200_000, "1")}]`)],
    ["500,000 stop sequences", () => body(`"stop":[${many(500_000, '"a"')}]`)],
    ["250,000 fallback models", () => body(`"fallback_models":[${many(250_000, '"m"')}]`)],
    ["50,000 credential overrides", () => body(`"credential_override":{${Array.from({ length: 50_000 }, (_, index) => `"m${index}*":{}`).join(",")}}`)],
    ["250,000 weighted credentials", () => body(`"customer_credentials":[${many(250_000, '{"weight":1}')}]`)],
    ["250,000 available models", () => body(`"customer_credentials":[{"credentials":{"bedrock":{"api_key":"k"}},"available_models":[${many(250_000, '"a*"')}]}]`)],
    ["5,000,000 brackets", () => body(`"x":${"[".repeat(5_000_000)}`)],
    ["250,000 objects in one another", () => body(`"x":${'{"a":'.repeat(250_000)}1${"}".repeat(250_000)}`)],
    ["200 objects in one another in a schema", () => body(`"tools":[{"type":"function","function":{"name":"f","parameters":${'{"properties":{"a":'.repeat(95)}{}${"}}".repeat(95)}}}]`)],
    ["a number of 2,500,000 digits", () => body(`"temperature":${"9".repeat(2_500_000)}`)],
    ["2,500,000 escapes", () => messages(`{"role":"user","content":"${"\\u0041".repeat(2_500_000)}"}`)],
    ["5,000,000 backslashes", () => messages(`{"role":"user","content":"${"\\\\".repeat(2_500_000)}"}`)],
    ["20 MiB of white space", () => `${" ".repeat(20 * MiB)}${JSON.stringify(question("hi"))}`],
    ["a data URL of 20 MiB", () => messages(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${"A".repeat(20 * MiB)}"}}]}`)],
    ["a data URL of 12 MiB of semicolons", () => messages(`{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png${";a=b".repeat(3 * MiB)}"}}]}`)],
    ["10,000 documents of one name", () => messages(`{"role":"user","content":[{"type":"text","text":"x"},${many(10_000, '{"type":"file","file":{"filename":"a.pdf","file_data":"JVBERi0="}}')}]}`)],
  ]; // prettier-ignore
  test.each(shapes)("%s", async (_name, make) => {
    const answer = await survives(make(), {}, quick);
    // Headers that no client's parser refuses.
    expect(
      [...answer.headers].map(([name, value]) => name.length + value.length).reduce((sum, size) => sum + size, 0),
    ).toBeLessThan(14_000);
    house.emulator.clearRequests();
  });

  test("of more values than a million is refused before any is built, at each door; a text of them in a call's arguments stays a text", async () => {
    const values = many(1_200_000, "1");
    const doors = [chatPath, "/v1/messages", "/v1/responses", "/v1/configs", `/model/${nova}/converse`];
    for (const path of doors) {
      const answer = await quick.post(path, `{"model":"${nova}","messages":[${values}]}`);
      expect([path, answer.status, await answer.text()]).toEqual([
        path,
        400,
        expect.stringContaining("more than 1000000 values"),
      ]);
    }
    const call = { id: "a", type: "function", function: { name: "f", arguments: `{"a":[${values}]}` } };
    const turns = [
      { role: "user", content: "x" },
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "a", content: "y" },
    ];
    const asked = JSON.stringify({ model: nova, messages: turns, tools: [toolNamed("f")] });
    const answer = await survives(asked, {}, quick);
    expect(answer.headers.get("x-adit-dropped")).toBe("messages[1].tool_calls[0].function.arguments");
    // Nor do several become more together.
    const some = { ...call.function, arguments: `{"a":[${many(450_000, "1")}]}` };
    const calls = ["a", "b", "c", "d"].map((id) => ({ ...call, id, function: some }));
    const results = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "y" }));
    const together = { model: nova, messages: [turns[0], { role: "assistant", tool_calls: calls }, ...results] };
    const split = await survives(JSON.stringify({ ...together, tools: [toolNamed("f")] }), {}, quick);
    expect(split.headers.get("x-adit-dropped")).toBe("messages[1].tool_calls[3].function.arguments");
  });

  test("beyond the limit is refused at once, compressed or not", async () => {
    const limit = await openHouse({ variables: { ADIT_MAX_BODY_BYTES: "100000" } });
    expect((await limit.post(chatPath, question("x".repeat(100_001)))).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(20 * MiB, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    for (const encoding of ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip"]) {
      const answer = await fetch(limit.gateway.url + chatPath, {
        method: "POST",
        headers: {
          authorization: `Bearer ${limit.key}`,
          "content-type": "application/json",
          "content-encoding": encoding,
        },
        body: bomb,
      });
      expect([400, 413], encoding).toContain(answer.status);
      await answer.text();
    }
    expect(limit.emulator.requests).toEqual([]);
    await limit.close();
  });
});

describe("the plan of a request", () => {
  const nested = (deep: number): object =>
    deep === 0 ? {} : { strategy: { mode: "fallback" }, targets: Array.from({ length: 40 }, () => nested(deep - 1)) };

  test("has an end: lists that multiply one another are refused before the first is walked", async () => {
    const wide = JSON.stringify(nested(2));
    expect(wide.length).toBeLessThan(60_000);
    const more = { fallback_models: Array.from({ length: 100 }, (_, index) => `model-${index}`) };
    const weighted = Array.from({ length: 100 }, () => ({
      weight: 1,
      credentials: { bedrock: { api_key: "k" } },
      available_models: Array.from({ length: 100 }, () => `*${"a".repeat(300)}*b*c*`),
    }));
    const overrides = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`${"*a".repeat(8)}${index}`, { api_key: "k" }]),
    );
    for (const [config, extra] of [
      [wide, {}],
      [wide, more],
      ["{}", { ...more, customer_credentials: weighted }],
      ["{}", { ...more, customer_credentials: weighted.map((entry) => ({ ...entry, available_models: ["*"] })) }],
      [wide, { ...more, credential_override: overrides }],
    ] as const) {
      const answer = await house.post(chatPath, question("hi", extra), { "x-portkey-config": config });
      expect(answer.status, (await answer.clone().text()).slice(0, 300)).toBe(400);
    }
    expect(house.emulator.requests).toEqual([]);
  });

  test.each([
    ["x-portkey-config", (deep: string) => `{"override_params":{"a":${deep}}}`],
    ["x-portkey-config", (deep: string) => `{"strategy":${deep}}`],
    ["x-portkey-config", (deep: string) => `{"retry":{"attempts":${deep}}}`],
    ["x-portkey-metadata", (deep: string) => `{"a":${deep}}`],
    ["x-obiguard-metadata", (deep: string) => `{"a":[${deep}]}`],
  ])("%s nests no further than a body may", async (name, text) => {
    for (const deep of ["[".repeat(20_000) + "]".repeat(20_000), '{"a":'.repeat(9_000) + "1" + "}".repeat(9_000)]) {
      const answer = await house.post(chatPath, question("hi"), { [name]: text(deep) });
      expect(answer.status, (await answer.clone().text()).slice(0, 300)).toBe(400);
    }
  });

  test("metadata that is large comes back in headers that a client can read, or not at all", async () => {
    for (const value of ["x".repeat(15_000), "\u00ff".repeat(15_000)]) {
      const answer = await house.post(chatPath, question("hi"), { "x-portkey-metadata": JSON.stringify({ a: value }) });
      expect(answer.status).toBe(200);
      await answer.text();
    }
  });
});

describe("numbers that are none", () => {
  test.each(["1e999", "-1e999", "1e-999", "-0", "9007199254740993", "1e400", "0.1e-400", "1.7976931348623159e308"])(
    "%s",
    async (number) => {
      for (const field of [
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "top_k",
        "n",
        "seed",
        "presence_penalty",
        "thinking_budget",
      ]) {
        await survives(body(`"${field}":${number}`));
      }
      await survives(body(`"thinking":{"type":"enabled","budget_tokens":${number}}`));
      await survives(body(`"additionalModelRequestFields":{"x":${number}}`));
      for (const call of modelCalls(house.emulator)) expect(call.body.toString()).not.toMatch(/Infinity|NaN/);
    },
  );
});

test("a timeout longer than any timer is long, not none", async () => {
  for (const headers of [
    { "x-portkey-request-timeout": "3000000000" },
    { "x-portkey-config": '{"request_timeout":9007199254740991}' },
  ] as Record<string, string>[]) {
    expect((await ask(house, "hi", {}, headers)).status).toBe(200);
  }
});

describe("names that mean something to JavaScript", () => {
  const names = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__defineGetter__",
    "then",
    "toJSON",
    "length",
  ];

  test.each(names)("%s changes nothing for anybody, and is kept where it is the caller's own", async (name) => {
    const evil = `{"polluted":"yes","isAdmin":true,"status":200}`;
    for (const text of [
      body(`"${name}":${evil}`),
      messages(`{"role":"user","content":"hi","${name}":${evil}}`),
      messages(`{"role":"user","content":[{"type":"text","text":"hi","${name}":${evil}}]}`),
      body(`"metadata":{"${name}":"x"}`),
      body(`"customer_credentials":{"${name}":${evil}}`),
      body(`"credential_override":{"${name}":${evil}}`),
      body(`"additionalModelRequestFields":{"${name}":${evil}}`),
      body(
        `"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"${name}":{"type":"string"}}}}}`,
      ),
      body(`"tool_choice":{"type":"function","function":{"name":"${name}"}}`),
      body(
        `"tools":[{"type":"function","function":{"name":"${name}","parameters":{"type":"object","properties":{}}}}]`,
      ),
      JSON.stringify({ ...question("hi"), model: name }),
    ]) {
      await survives(text);
    }
    for (const header of ["x-portkey-config", "x-portkey-metadata"]) {
      await survives(JSON.stringify(question("hi")), { [header]: `{"${name}":${evil},"retry":{"attempts":0}}` });
    }
    await survives(JSON.stringify(question("hi")), { "x-portkey-provider": name });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["isAdmin"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test.each(["us.amazon.nova-lite-v1:0", claude.sonnet45])(
    "%s gets a tool's parameter of each such name as it was written",
    async (model) => {
      const properties = `{${names.map((name) => `"${name}":{"type":"string"}`).join(",")}}`;
      for (const extra of ["", `,"$defs":{"x":{"type":"string"}}`]) {
        house.emulator.clearRequests();
        const schema = `{"type":"object","properties":${properties}${extra}}`;
        const tool = `{"type":"function","function":{"name":"f","description":"d","parameters":${schema}}}`;
        const answer = await house.post(
          chatPath,
          `{"model":"${model}","messages":[{"role":"user","content":"hi"}],"tools":[${tool}]}`,
        );
        expect(answer.status, await answer.clone().text()).toBe(200);
        const sent = bodyOf(modelCalls(house.emulator)[0]!).toolConfig!.tools[0] as unknown as {
          toolSpec: { inputSchema: { json: { properties: object } } };
        };
        expect(Object.keys(sent.toolSpec.inputSchema.json.properties)).toEqual(names);
      }
    },
  );
});

describe("a schema that holds itself", () => {
  const recursive: [string, object][] = [
    ["itself", { type: "object", properties: { child: { $ref: "#" } } }],
    ["a definition of itself", { type: "object", $defs: { a: { type: "object", properties: { a: { $ref: "#/$defs/a" } } } }, properties: { a: { $ref: "#/$defs/a" } } }],
    ["two of each other", { type: "object", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, properties: { a: { $ref: "#/$defs/a" } } }],
    ["a doubling", { type: "object", properties: { x: { $ref: "#/$defs/d0" } }, $defs: Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d${index}`, { allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] }])) }],
    ["nothing", { type: "object", $defs: {}, properties: { x: { $ref: "#/$defs/__proto__" }, y: { $ref: "#/$defs/constructor" }, z: { $ref: "" }, q: { $ref: "http://127.0.0.1/schema" } } }],
    ["a pattern that is slow", { type: "object", properties: { x: { type: "string", pattern: "^(a+)+$" } } }],
    ["a pattern that is none", { type: "object", properties: { x: { type: "string", pattern: "((((" } } }],
  ]; // prettier-ignore
  test.each(recursive)("%s", async (_name, schema) => {
    for (const model of [nova, claude.sonnet45, claude.haiku3]) {
      for (const more of [
        { tools: [toolNamed("f", { parameters: schema })] },
        { tools: [toolNamed("f", { parameters: schema, strict: true })] },
        { response_format: { type: "json_schema", json_schema: { name: "x", schema, strict: true } } },
      ]) {
        const answer = await survives(JSON.stringify(question("hi", { model, ...more })));
        expect([200, 400]).toContain(answer.status);
      }
    }
  });
});
