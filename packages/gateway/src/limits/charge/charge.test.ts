import { shippedPrices } from "@adit/bedrock";
import { describe, expect, it } from "vitest";
import { chargeOf } from "./charge.ts";

const table = shippedPrices();
const claude = { model: "anthropic.claude-sonnet-4-6", region: "us-east-1" };

describe("what a call has used", () => {
  it("is each token once, cached or not, and its cost", () => {
    const usage = { inputTokens: 10, outputTokens: 20, cacheReadInputTokens: 1_000, cacheWriteInputTokens: 100 };
    // $3, $15, $0.30 and $3.75 a million.
    expect(chargeOf(usage, claude, table)).toMatchObject({
      tokens: 1_130,
      costNano: 30_000n + 300_000n + 300_000n + 375_000n,
    });
    // GPT under Converse counts its cache within the input (earendil-works/pi#8752).
    const gpt = { inputTokens: 12_401, outputTokens: 0, cacheReadInputTokens: 8_367, cacheWriteInputTokens: 4_032 };
    expect(chargeOf(gpt, { model: "us.openai.gpt-5.6-sol", region: "us-east-1" }, table).tokens).toBe(12_401);
  });

  it("is not known where it was not told, or not whole", () => {
    expect(chargeOf(undefined, claude, table)).toMatchObject({ tokens: undefined, costNano: undefined });
    expect(chargeOf({ outputTokens: 3 }, claude, table)).toMatchObject({ tokens: undefined, costNano: undefined });
    expect(chargeOf({ inputTokens: -1, outputTokens: 3 }, claude, table).tokens).toBeUndefined();
  });

  it("has tokens without a cost for a model without prices", () => {
    const acme = { model: "acme.model-v9", region: "us-east-1" };
    expect(chargeOf({ inputTokens: 1, outputTokens: 2 }, acme, table)).toMatchObject({
      tokens: 3,
      costNano: undefined,
    });
  });
});
