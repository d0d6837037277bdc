/** The tier of an answer in Bedrock's own format that does not say at which it was served. */
import { expect, test } from "vitest";
import { tierOf } from "../../ledger/cost/call-cost.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import { noteTierAsked } from "./passed-tier.ts";
import { noteWhole } from "./passed-usage.ts";

interface Asked {
  api?: "converse" | "invoke";
  request?: object;
  headers?: Readonly<Record<string, string>>;
}

function tierOfAnswer(answer: object, { api = "converse", request = {}, headers = {} }: Asked): string {
  const facts = newFacts("bedrock");
  const reply = { body: Buffer.from(JSON.stringify(answer)), headers: {}, requestId: "", attempts: [], modelUsed: "" };
  const sent = JSON.stringify(request);
  noteWhole(facts, { action: api, request: sent }, reply);
  noteTierAsked(facts, sent, { api, header: (name) => headers[name] });
  return tierOf(facts);
}

const silent = { stopReason: "end_turn", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };

const flexHeader = { "x-amzn-bedrock-service-tier": "flex" };

test("is the one that was asked for, in Converse's body or in InvokeModel's headers", () => {
  expect(tierOfAnswer(silent, { request: { serviceTier: { type: "priority" } } })).toBe("priority");
  expect(tierOfAnswer(silent, { request: { serviceTier: { type: "flex" } } })).toBe("flex");
  expect(tierOfAnswer(silent, { request: { performanceConfig: { latency: "optimized" } } })).toBe("latency-optimized");
  const latency = { "x-amzn-bedrock-performanceconfig-latency": "optimized" };
  expect(tierOfAnswer(silent, { api: "invoke", headers: flexHeader })).toBe("flex");
  expect(tierOfAnswer(silent, { api: "invoke", headers: latency })).toBe("latency-optimized");
  const said = { messages: [{ content: [{ text: '{"serviceTier":"flex"}' }] }] };
  expect(tierOfAnswer(silent, { request: said })).toBe("standard");
});

test("is none that is asked for where AWS does not read it, which would make a call half as dear", () => {
  for (const asked of [
    { headers: flexHeader },
    { request: { service_tier: "flex" } },
    { request: { serviceTier: "flex" } },
    { request: { performance_config: { latency: "optimized" } } },
    { api: "invoke", request: { serviceTier: { type: "flex" } } },
    { api: "invoke", request: { service_tier: "flex" } },
  ] satisfies Asked[]) {
    expect(tierOfAnswer(silent, asked), JSON.stringify(asked)).toBe("standard");
  }
  // Where a model may read it, what is dearer counts.
  expect(tierOfAnswer(silent, { api: "invoke", request: { service_tier: "priority" } })).toBe("priority");
});

test("is the one that the answer tells, whatever was asked for", () => {
  const told = { ...silent, serviceTier: { type: "default" } };
  expect(tierOfAnswer(told, { request: { serviceTier: { type: "priority" } } })).toBe("standard");
});
