import { describe, expect, it } from "vitest";
import { factsOfModel } from "../models/facts-of-model.ts";
import { callCost, type CallCost } from "./call-cost.ts";

const nova = "us.amazon.nova-lite-v1:0";
const usage = { inputTokens: 1_000_000, outputTokens: 500_000, totalTokens: 1_500_000 };
const served = (model: string, more: object = {}) => ({
  model,
  facts: factsOfModel(model),
  region: "us-east-1",
  ...more,
});

describe("what a call cost", () => {
  // AWS's page on prices: Nova Lite at 0.06 and 0.24 dollars a million tokens.
  it("is exact in dollars, part by part", () => {
    expect(callCost(usage, served(nova))).toEqual({
      known: true,
      total: "0.18",
      parts: { input: "0.06", output: "0.12" },
      pricesVersion: expect.any(String) as unknown,
    });
    expect(callCost({ inputTokens: 1, outputTokens: 1 }, served(nova))).toMatchObject({ total: "0.0000003" });
  });

  it("can be written as JSON", () => {
    const cost = callCost(usage, served(nova));
    expect(JSON.parse(JSON.stringify(cost))).toEqual(cost);
  });

  it("is unknown, not 0, without figures and for a model without prices", () => {
    expect(callCost(undefined, served(nova))).toMatchObject({ known: false, missing: ["usage"], parts: {} });
    const unknown = callCost(usage, served("acme.model-v1:0"));
    expect(unknown).toMatchObject({ known: false, parts: {} });
    expect(unknown).not.toHaveProperty("total");
  });

  it("has no total where a try went out that may be billed and told nothing; what AWS refused is free", () => {
    const attempt = { number: 1, startedAt: 0, durationMs: 9, credentialsMs: 0, signMs: 0 };
    const totalOf = (first: object): unknown => {
      const cost = callCost(usage, served(nova, { attempts: [{ ...attempt, ...first }, attempt] }));
      return cost.known ? cost.total : cost.missing;
    };
    expect(totalOf({ errorCode: "upstream_reset", connectMs: 1 })).toEqual(["usage"]);
    expect(totalOf({ errorCode: "empty_output", connectMs: 1, status: 200 })).toEqual(["usage"]);
    expect(totalOf({ errorCode: "ThrottlingException", connectMs: 1, status: 429 })).toBe("0.18");
    expect(totalOf({ errorCode: "upstream_unreachable" })).toBe("0.18");
  });

  it("has no total where a guardrail took part, whose units the answer does not tell", () => {
    expect(callCost(usage, served(nova, { hasGuardrail: true }))).toMatchObject({
      known: false,
      missing: ["guardrail"],
      parts: { input: "0.06" },
    });
  });

  it("follows the model that stands behind an opaque ARN, or that the caller told", () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
    const behind = { ...served(arn), facts: factsOfModel(arn, "amazon.nova-lite-v1:0") };
    expect(callCost(usage, behind)).toMatchObject({ known: true, total: "0.18" });
    const told = { ...served("us.acme.tuned-v1:0"), facts: { ...factsOfModel(nova), id: "us.acme.tuned-v1:0" } };
    expect(callCost(usage, told)).toMatchObject({ known: true, total: "0.18" });
  });

  it("counts GPT's cache within the input of Converse's streams alone", () => {
    // $5.50 in and $0.55 read a million, $33 out.
    const told = { inputTokens: 5000, outputTokens: 10, cacheReadInputTokens: 3000 };
    const totalOf = (more: object): CallCost => callCost(told, served("openai.gpt-5.6-sol", more));
    expect(totalOf({ route: "converse", isStream: true })).toMatchObject({ total: "0.01298" });
    expect(totalOf({ route: "converse", isStream: false })).toMatchObject({ total: "0.02948" });
    expect(totalOf({ route: "invoke", isStream: true })).toMatchObject({ total: "0.02948" });
  });

  it("follows the tier that served", () => {
    const plain = callCost(usage, served(nova));
    const flex = callCost(usage, served(nova, { serviceTier: "flex" }));
    expect([plain.known, JSON.stringify(flex) === JSON.stringify(plain)]).toEqual([true, false]);
  });
});
