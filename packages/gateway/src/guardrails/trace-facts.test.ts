import { shippedPrices } from "@adit/bedrock";
import { expect, test } from "vitest";
import { pricedCall } from "../ledger/cost/call-cost.ts";
import { newFacts } from "../ledger/record/request-facts.ts";
import { noteTrace } from "./trace-facts.ts";

test("a trace of more assessments than a stack holds is noted whole", () => {
  const facts = newFacts("openai-chat");
  const ids = Array.from({ length: 200_000 }, (_each, index) => `g${index}`);
  const assessment = { invocationMetrics: { usage: { topicPolicyUnits: 1 } } };
  noteTrace(facts, { guardrail: { inputAssessment: Object.fromEntries(ids.map((id) => [id, assessment])) } });
  expect([facts.guardrails?.length, facts.guardrailUse?.length]).toEqual([200_000, 200_000]);
});

test("a call of a prompt router is one of the model that the router took, by the profile that it took it by", () => {
  const arn = (resource: string): string => `arn:aws:bedrock:us-east-1:123456789012:${resource}`;
  const usage = { inputTokens: 1_000, outputTokens: 100, totalTokens: 1_100 };
  const priced = (modelUsed: string, invokedModelId?: string) => {
    const facts = newFacts("openai-chat");
    Object.assign(facts, { modelUsed, region: "us-east-1", route: "converse", firstByteMs: 1, usage });
    noteTrace(facts, { promptRouter: { invokedModelId: invokedModelId ?? null } });
    return pricedCall(facts, shippedPrices()).totalNano;
  };
  const router = arn("default-prompt-router/anthropic.claude:1");
  for (const profile of ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.amazon.nova-lite-v1:0"]) {
    const expected = priced(profile);
    expect(expected).toBeTypeOf("bigint");
    expect(priced(router, arn(`inference-profile/${profile}`))).toBe(expected);
  }
  // Without its word the cost stays unknown, and what is no router has its own model, whatever the answer says.
  expect(priced(router)).toBeUndefined();
  expect(priced("amazon.nova-pro-v1:0", arn("inference-profile/us.amazon.nova-micro-v1:0"))).toBe(
    priced("amazon.nova-pro-v1:0"),
  );
});
