import { describe, expect, it } from "vitest";
import { dearestCost } from "./dearest-cost.ts";
import { shippedPrices } from "./shipped-prices.ts";

const table = shippedPrices();
const claude = { model: "anthropic.claude-sonnet-4-6", region: "us-east-1" };

describe("the bound of a cost", () => {
  it("takes input at the price of a cache write, and for an hour's where that is asked for", () => {
    const most = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    // Two nano-dollars for the rounding of up to four parts.
    expect(dearestCost(most, [claude], table)).toMatchObject({
      parts: { input: 3_750_000_002n, output: 15_000_000_000n },
    });
    expect(dearestCost({ ...most, oneHourCache: true }, [claude], table).parts["input"]).toBe(6_000_000_002n);
  });

  it("takes the price for long contexts only where the input can be that long", () => {
    const gpt = { model: "global.openai.gpt-5.6-luna", region: "us-east-1" };
    const output = (inputTokens: number): unknown =>
      dearestCost({ inputTokens, outputTokens: 1_000_000 }, [gpt], table).parts["output"];
    expect(output(272_000)).toBe(1_200_000_000n);
    expect(output(272_001)).toBe(1_800_000_000n);
  });

  it("is the dearest of all places, part by part", () => {
    const places = [
      claude,
      { model: "eu.anthropic.claude-sonnet-4-6", region: "eu-west-1" },
      { model: "amazon.nova-lite-v1:0", region: "eu-west-1" },
    ];
    expect(dearestCost({ inputTokens: 0, outputTokens: 1_000_000 }, places, table)).toMatchObject({
      known: true,
      total: 16_500_000_000n,
    });
  });

  it("allows for the profile that stands in where AWS does not serve the model on demand", () => {
    const most = { inputTokens: 0, outputTokens: 1_000_000 };
    const dearest = (region: string, mayStandIn: boolean): unknown =>
      dearestCost(most, [{ model: "anthropic.claude-sonnet-4-6", region, mayStandIn }], table).parts["output"];
    expect([dearest("eu-west-1", false), dearest("eu-west-1", true)]).toEqual([15_000_000_000n, 16_500_000_000n]);
    expect(dearest("us-east-1", true)).toBe(15_000_000_000n);
  });

  it("allows for every geography behind an application inference profile", () => {
    const opaque = {
      model: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc",
      foundationModel: "anthropic.claude-sonnet-4-6",
      region: "eu-west-1",
    };
    expect(dearestCost({ outputTokens: 1_000_000 }, [opaque], table)).toMatchObject({ total: 16_500_000_000n });
    expect(dearestCost({ outputTokens: 1_000_000 }, [{ ...opaque, geography: "us" }], table)).toMatchObject({
      total: 15_000_000_000n,
    });
  });

  it("is unknown where any place is, and where there is none", () => {
    const most = { inputTokens: 5, outputTokens: 5 };
    expect(dearestCost(most, [claude, { model: "acme.m", region: "us-east-1" }], table)).toMatchObject({
      known: false,
      missing: ["input", "output"],
    });
    const nova = { model: "amazon.nova-lite-v1:0", region: "us-east-1" };
    expect(dearestCost({ ...most, oneHourCache: true }, [nova], table)).toMatchObject({ missing: ["cacheWrite1h"] });
    expect(dearestCost(most, [], table)).toMatchObject({ missing: ["price"] });
    expect(dearestCost({ guardrailUnits: { contentPolicyUnits: 1 } }, [claude], table)).toMatchObject({
      missing: ["guardrail.contentPolicyUnits"],
    });
  });
});
