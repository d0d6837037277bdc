/** The tier of an answer in Bedrock's own format that does not say at which it was served. */
import { expect, test } from "vitest";
import { tierOf } from "../../ledger/cost/call-cost.ts";
import { newFacts } from "../../ledger/record/request-facts.ts";
import { noteTierAsked } from "./passed-tier.ts";
import { noteWhole } from "./passed-usage.ts";

function tierOfAnswer(answer: object, request: object, header?: string): string {
  const facts = newFacts("bedrock");
  const reply = { body: Buffer.from(JSON.stringify(answer)), headers: {}, requestId: "", attempts: [], modelUsed: "" };
  const sent = JSON.stringify(request);
  noteWhole(facts, { action: "converse", request: sent }, reply);
  noteTierAsked(facts, sent, (name) => (name === "x-amzn-bedrock-service-tier" ? header : undefined));
  return tierOf(facts);
}

const silent = { stopReason: "end_turn", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } };

test("is the one that was asked for, in the body or in InvokeModel's header", () => {
  expect(tierOfAnswer(silent, { serviceTier: { type: "priority" } })).toBe("priority");
  expect(tierOfAnswer(silent, { performanceConfig: { latency: "optimized" } })).toBe("latency-optimized");
  expect(tierOfAnswer(silent, { service_tier: "flex" })).toBe("flex");
  expect(tierOfAnswer(silent, {}, "flex")).toBe("flex");
  expect(tierOfAnswer(silent, { messages: [{ content: [{ text: '{"serviceTier":"flex"}' }] }] })).toBe("standard");
});

test("is the one that the answer tells, whatever was asked for", () => {
  expect(tierOfAnswer({ ...silent, serviceTier: { type: "default" } }, { serviceTier: { type: "priority" } })).toBe(
    "standard",
  );
});
