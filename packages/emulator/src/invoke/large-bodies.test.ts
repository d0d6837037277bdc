/** Bodies as large as AWS takes, of many small things: one of them must not hold up everybody else, nor end as an error of the emulator's own. */
import { describe, expect, it } from "vitest";
import { newState } from "../generate/testing/shared-state.ts";
import { randomFrom } from "../generate/random.ts";
import { valueFor } from "../generate/schema-value.ts";
import { matchesPattern } from "../faults/fault-book.ts";
import { emailsIn } from "../guardrail/findings.ts";
import { vectorOf } from "../embeddings/vectors.ts";
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

  it("a fault's stars", () => {
    expect(matchesPattern("*a*a*a*a*b", "a".repeat(10_000))).toBe(false);
    expect(matchesPattern("*a*a*b*", `${"a".repeat(10_000)}b`)).toBe(true);
    expect(matchesPattern("ab*ba", "aba")).toBe(false);
    expect(matchesPattern("a*b*a", "aba")).toBe(true);
  });

  it("long texts that guardrails and embeddings read", () => {
    const text = `${"a".repeat(20_000_000)}@b.example`;
    expect(emailsIn(text)).toEqual([{ at: 20_000_000 - 64, email: `${"a".repeat(64)}@b.example` }]);
    const start = performance.now();
    expect(vectorOf(text, 1536)).not.toEqual(vectorOf(`${text}.`, 1536));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
