/** Bodies as large as AWS takes, of many small things: one of them must not hold up everybody else, nor end as an error of the emulator's own. */
import { describe, expect, it } from "vitest";
import { converse } from "../generate/converse.ts";
import { newState } from "../generate/testing/shared-state.ts";
import { randomFrom } from "../generate/random.ts";
import { valueFor } from "../generate/schema-value.ts";
import { matchesPattern } from "../faults/fault-book.ts";
import { applyGuardrail } from "../guardrail/apply.ts";
import { guardrailChecks } from "../guardrail/checks.ts";
import { emailsIn } from "../guardrail/findings.ts";
import { vectorOf } from "../embeddings/vectors.ts";
import { routeOf } from "../server/routes.ts";
import { parsedBody } from "../services/runtime.ts";
import { validate } from "../validate/validate.ts";
import { invoke } from "./invoke.ts";

const claude = "us.anthropic.claude-opus-4-8";
/** At this number a walk of all pairs takes minutes. */
const many = 20_000;
const numbered = <T>(make: (index: number) => T) => Array.from({ length: many }, (_, index) => make(index));

function statusOf(modelId: string, body: object): number {
  const bytes = Buffer.from(JSON.stringify(body));
  const input = { modelId, region: "us-east-1", account: "123456789012", headers: {}, body: bytes, stream: false };
  const outcome = invoke(input, newState());
  return "refusal" in outcome ? outcome.refusal.status : 200;
}

function verdictOf(modelId: string, body: object): string {
  const verdict = validate({ modelId, region: "us-east-1", body, stream: false });
  return "refusal" in verdict ? verdict.refusal.message : "taken";
}

const named = { anthropic_version: "bedrock-2023-05-31", max_tokens: 5 };
const schema = { type: "object", additionalProperties: false };
const configured = { toolConfig: { tools: [{ toolSpec: { name: "look", inputSchema: { json: schema } } }] } };
const ask = { role: "user", content: [{ text: "a" }] };

describe("many small things", () => {
  it("messages of Claude's own API", () => {
    const messages = numbered(() => ({ role: "user", content: [{ type: "text", text: "a" }] }));
    expect(statusOf(claude, { ...named, messages })).toBe(200);
  });

  it("calls of tools and their results", () => {
    const calls = numbered((index) => ({ toolUse: { toolUseId: `t${index}`, name: "look", input: {} } }));
    const results = numbered((index) => ({ toolResult: { toolUseId: `t${index}`, content: [{ text: "a" }] } }));
    const messages = [ask, { role: "assistant", content: calls }, { role: "user", content: results }];
    expect(verdictOf("amazon.nova-lite-v1:0", { messages, ...configured })).toBe("taken");
  });

  it("stop sequences, each of which is looked for in an answer of megabytes", () => {
    const stop = numbered((index) => `aaaaaaab${index}`);
    const json_schema = { name: "long", schema: { const: "a".repeat(5_000_000) } };
    const response_format = { type: "json_schema", json_schema };
    const messages = [{ role: "user", content: "a" }];
    expect(statusOf("qwen.qwen3-32b-v1:0", { messages, max_tokens: 16_384, stop, response_format })).toBe(200);
  });

  /** More than a function call takes as its arguments. */
  const content = Array.from({ length: 130_000 }, () => ({ text: "a" }));

  it("blocks of two messages that are one turn", () => {
    expect(verdictOf(claude, { messages: [ask, { role: "user", content }] })).toBe("taken");
  });

  it("the same in Claude's own API", () => {
    const turns = content.map(({ text }) => ({ type: "text", text }));
    const messages = [
      { role: "user", content: "a" },
      { role: "user", content: turns },
    ];
    expect(statusOf(claude, { ...named, messages })).toBe(200);
  });

  it("images of a prompt", () => {
    const images = content.map(() => "");
    expect(statusOf("us.meta.llama3-2-90b-instruct-v1:0", { prompt: "a", images })).toBe(200);
  });

  it("definitions of a schema, each of the next", () => {
    const chain = numbered((index) => [`d${index}`, { $ref: `#/$defs/d${index + 1}` }]);
    const json = { ...schema, $defs: Object.fromEntries(chain) };
    const strict = { toolSpec: { name: "look", strict: true, inputSchema: { json } } };
    const sonnet = "us.anthropic.claude-sonnet-4-6";
    expect(verdictOf(sonnet, { messages: [ask], toolConfig: { tools: [strict] } })).toBe("taken");
    const closed = { ...json, $defs: { ...json.$defs, [`d${many}`]: { $ref: "#/$defs/d7" } } };
    const circle = { toolSpec: { ...strict.toolSpec, inputSchema: { json: closed } } };
    expect(verdictOf(sonnet, { messages: [ask], toolConfig: { tools: [circle] } })).toMatch(
      /Circular reference detected in schema definitions: d7 -> d8 -> .* -> d20000 -> d7\. Self-ref/,
    );
  });
});

describe("what no conversation holds", () => {
  const empty = (count: number) => ({ messages: Array.from({ length: count }, () => ({})) });

  it("is refused before it is walked: more than a million values", () => {
    expect(verdictOf(claude, empty(1_100_000))).toMatch(/too many values/);
    expect(statusOf(claude, empty(1_100_000))).toBe(400);
  });

  it("is refused before it is parsed, but not what only looks like it in a text", () => {
    const inList = (values: string) => Buffer.from(`{"messages":[${values}]}`);
    for (const value of ["{}", "[]", "1", '{"a":1}', '""'])
      expect(parsedBody(inList(`${value},`.repeat(1_100_000) + value))).toHaveProperty("reply.status", 400);
    expect(parsedBody(inList("[".repeat(1_100_000)))).toHaveProperty("reply.status", 400);
    for (const part of [",", "[{", '"', "\\", '\\",']) {
      const text = part.repeat(1_100_000);
      expect(parsedBody(inList(JSON.stringify(text)))).toEqual({ value: { messages: [text] } });
    }
  });

  it("is not parsed twenty times where a schema is looked for", () => {
    const system = [{ text: `Answer in JSON: ${'{"a":'.repeat(20)}[${"{},".repeat(5_000_000)}!]${"}".repeat(20)}` }];
    const input = { modelId: "amazon.nova-lite-v1:0", region: "us-east-1", account: "123456789012", stream: false };
    expect(converse({ ...input, body: { messages: [ask], system } }, newState()).kind).toBe("answer");
  });

  it("is refused in words that a text can hold", () => {
    const words = verdictOf(claude, empty(200_000));
    expect(words).toMatch(/^400000 validation errors detected: Value null at 'messages\.1\.member\.role' failed/);
    expect(words.length).toBeLessThan(200_000);
  });

  /** JSON within JSON, which is read apart. */
  const deep = (name: string) => `${`{"${name}":`.repeat(100_000)}{}${"}".repeat(100_000)}`;

  it("is refused, or passed over, in a text: schemas and arguments as deep as no walk goes", () => {
    const outputConfig = (schema: string) => ({
      textFormat: { type: "json_schema", structure: { jsonSchema: { schema } } },
    });
    const refused = /^The format of the value at outputConfig\.textFormat\.structure\.jsonSchema\.schema is invalid/;
    for (const modelId of ["us.anthropic.claude-sonnet-4-6", "openai.gpt-oss-20b-1:0"])
      expect(verdictOf(modelId, { messages: [ask], outputConfig: outputConfig(deep("items")) })).toMatch(refused);
    const input = { modelId: "amazon.nova-lite-v1:0", region: "us-east-1", account: "123456789012", stream: false };
    const system = [{ text: `Answer in JSON: {"type":"object","const":${deep("a")}}` }];
    expect(converse({ ...input, body: { messages: [ask], system } }, newState()).kind).toBe("answer");
    const call = { id: "a", type: "function", function: { name: "look", arguments: deep("a") } };
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "a", content: "b" },
    ];
    const tools = [{ type: "function", function: { name: "look", parameters: schema } }];
    expect(statusOf("openai.gpt-oss-20b-1:0", { messages, tools })).toBe(200);
  });

  it("is no form of STS", () => {
    const request = { method: "POST", path: "/", query: "", headers: {}, tooLarge: false };
    const form = (tail: string) => Buffer.from(`Action=GetCallerIdentity&${tail}`);
    expect(routeOf({ ...request, body: form("a&".repeat(1000)) })?.service).toBe("sts");
    expect(routeOf({ ...request, body: form("a&".repeat(1_000_000)) })).toBeUndefined();
  });

  it("optional members of a strict schema", () => {
    const names = Array.from({ length: 90_000 }, (_, index) => `k${index}`);
    const json = {
      ...schema,
      properties: Object.fromEntries(names.map((name) => [name, {}])),
      required: names.toReversed().slice(1),
    };
    const strict = { toolSpec: { name: "look", strict: true, inputSchema: { json } } };
    const long = { anthropic_beta: ["context-1m-2025-08-07"] };
    const start = performance.now();
    const body = { messages: [ask], toolConfig: { tools: [strict] }, additionalModelRequestFields: long };
    expect(verdictOf("us.anthropic.claude-sonnet-4-6", body)).toBe("taken");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("small things of which much is made", () => {
  it("parts of a schema that name each other several times, and counts within counts", () => {
    const endless = {
      $ref: "#/$defs/a",
      $defs: { a: { allOf: Array.from({ length: 10 }, () => ({ $ref: "#/$defs/a" })) } },
    };
    expect(valueFor(endless, randomFrom("seed"))).toBeDefined();
    const long = { type: "string", pattern: "^(((a{900}){900}){500})$" };
    expect(valueFor(long, randomFrom("seed"))).toBe("example value");
  });

  it("a pattern that tries for ever", () => {
    const endless = { type: "string", pattern: "^(a|a?)+(a|a?){30}(?=b)$" };
    expect(valueFor(endless, randomFrom("seed"))).toBe("example value");
  });

  it.each(["a*a*a*a*a*a*[^a]a$", "^(a{1,}){1,1000}b$", "^(?:a|a|a|a|a|a|a|a){24}(?=b)$"])(
    "the pattern %s and a long text",
    (pattern) => {
      expect(valueFor({ type: "string", minLength: 9000, pattern }, randomFrom("seed"))).toHaveLength(9000);
    },
  );

  it("a constant that stands in a long list, and many long texts", () => {
    const long = { type: "array", minItems: 10_000, items: { const: "x".repeat(1_000_000) } };
    const texts = { type: "array", minItems: 10_000, items: { type: "string", minLength: 10_000 } };
    for (const schema of [long, { type: "object", properties: { long, texts } }, { ...long, uniqueItems: true }])
      expect(JSON.stringify(valueFor(schema, randomFrom("seed"))).length).toBeLessThan(5_000_000);
  });

  it("a part of many names that stands in many places", () => {
    const names = numbered((index) => `k${index}`);
    const members = Object.fromEntries(names.map((name) => [name, {}]));
    const allOf = Array.from({ length: 1900 }, () => ({ $ref: "#/$defs/big" }));
    for (const big of [{ required: names }, { type: "object", properties: members }]) {
      const schema = { type: "object", properties: { a: { allOf }, b: { type: "integer" } }, $defs: { big } };
      expect(valueFor(schema, randomFrom("seed"))).toHaveProperty("a");
    }
  });

  it("names of tools in a long text", () => {
    const tools = numbered((index) => ({ toolSpec: { name: `q${index}`, inputSchema: { json: schema } } }));
    const body = { messages: [{ role: "user", content: [{ text: "x".repeat(10_000_000) }] }], toolConfig: { tools } };
    const start = performance.now();
    const input = { modelId: "amazon.nova-lite-v1:0", region: "us-east-1", account: "123456789012", stream: false };
    expect(converse({ ...input, body }, newState()).kind).toBe("answer");
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("a fault's stars", () => {
    expect(matchesPattern("*a*a*a*a*b", "a".repeat(10_000))).toBe(false);
    expect(matchesPattern("*a*a*b*", `${"a".repeat(10_000)}b`)).toBe(true);
    expect(matchesPattern("ab*ba", "aba")).toBe(false);
    expect(matchesPattern("a*b*a", "aba")).toBe(true);
  });

  it("addresses that a guardrail finds in a long text", () => {
    const place = { identifier: "abc", version: "1", region: "us-east-1", account: "123456789012" };
    const text = "a@b.cc ".repeat(many);
    const applied = JSON.stringify(applyGuardrail(place, { source: "INPUT", content: [{ text: { text } }] }));
    expect([...applied.matchAll(/"match"/g)]).toHaveLength(1000);
    const checks = { sensitiveInformation: { entities: [{ type: "EMAIL" }] } };
    const checked = JSON.stringify(guardrailChecks({ messages: [{ role: "user", content: [{ text }] }], checks }));
    expect([...checked.matchAll(/"beginOffset"/g)]).toHaveLength(1000);
    expect(checked).toContain('"truncated":true');
  });

  it("long texts that guardrails and embeddings read", () => {
    const text = `${"a".repeat(20_000_000)}@b.example`;
    expect(emailsIn(text)).toEqual([{ at: 20_000_000 - 64, email: `${"a".repeat(64)}@b.example` }]);
    const start = performance.now();
    expect(vectorOf(text, 1536)).not.toEqual(vectorOf(`${text}.`, 1536));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
