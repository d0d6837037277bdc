import { describe, expect, it } from "vitest";
import type { BillableUsage } from "./billed-units.ts";
import { costOf } from "./cost.ts";
import { dollarsOf } from "./dollars.ts";
import type { PricePlace } from "./find-row.ts";
import { shippedPrices } from "./shipped-prices.ts";
import { tableOf } from "./testing/table-of.ts";

const table = shippedPrices();
const place = { model: "anthropic.claude-sonnet-4-6", region: "us-east-1" };

describe("the cost of a call", () => {
  it("is the sum of its parts, each by its own price", () => {
    // Claude Sonnet 4.6, dollars per million: 3 in, 15 out, 0.30 read, 3.75 written for 5 minutes, 6 for an hour.
    const cost = costOf(
      {
        inputTokens: 1_000,
        outputTokens: 500,
        cacheReadInputTokens: 20_000,
        cacheWriteInputTokens: 3_000,
        cacheDetails: [
          { ttl: "1h", inputTokens: 1_000 },
          { ttl: "5m", inputTokens: 2_000 },
        ],
      },
      place,
      table,
    );
    expect(cost).toEqual({
      known: true,
      parts: {
        input: 3_000_000n,
        output: 7_500_000n,
        cacheRead: 6_000_000n,
        cacheWrite5m: 7_500_000n,
        cacheWrite1h: 6_000_000n,
      },
      total: 30_000_000n,
      version: table.version,
    });
    expect(dollarsOf(cost.known ? cost.total : -1n)).toBe("0.03");
  });

  it("takes cache writes without details for AWS's default of five minutes, and what details leave open too", () => {
    const usage = { inputTokens: 0, outputTokens: 0, cacheWriteInputTokens: 1_000 };
    expect(costOf(usage, place, table)).toMatchObject({ total: 3_750_000n });
    expect(costOf({ ...usage, cacheDetails: [{ ttl: "1h", inputTokens: 400 }] }, place, table)).toMatchObject({
      parts: { cacheWrite1h: 2_400_000n, cacheWrite5m: 2_250_000n },
    });
    // Details that tell of more than the sum does, or without one, leave nothing open.
    const details: BillableUsage = {
      inputTokens: 0,
      outputTokens: 0,
      cacheDetails: [{ ttl: "1h", inputTokens: 400 }],
    };
    expect(costOf(details, place, table)).toMatchObject({ known: true, total: 2_400_000n });
  });

  it("rounds each part once, half to even", () => {
    // 0.5, 1.5 and 2.5 nano-dollars, and a hair more than a half.
    const half = tableOf({ models: { "x.y": { rows: [{ tier: "standard", input: 500_000, output: 500_001 }] } } });
    const input = (inputTokens: number): bigint | undefined =>
      costOf({ inputTokens, outputTokens: 0 }, { model: "x.y", region: "r" }, half).parts["input"];
    expect([1, 2, 3, 5].map(input)).toEqual([0n, 1n, 2n, 2n]);
    expect(costOf({ inputTokens: 1, outputTokens: 1 }, { model: "x.y", region: "r" }, half)).toMatchObject({
      parts: { input: 0n, output: 1n },
      total: 1n,
    });
  });

  it("stays exact where floats do not", () => {
    const cost = costOf(
      { inputTokens: 2 ** 53 - 1, outputTokens: 0 },
      { model: "anthropic.claude-3-haiku-20240307-v1:0", region: "us-east-1" },
      table,
    );
    expect(cost).toMatchObject({ known: true, total: 2_251_799_813_685_247_750n });
  });

  it("is the same by id, by profile and by ARN", () => {
    const usage = { inputTokens: 10, outputTokens: 10 };
    const total = costOf(usage, place, table);
    for (const model of [
      "us.anthropic.claude-sonnet-4-6",
      "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6",
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6",
    ]) {
      expect(costOf(usage, { ...place, model }, table)).toEqual(total);
    }
  });

  it("of an application inference profile is that of the model behind it (pains B 7)", () => {
    const model = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    const behind = {
      ...place,
      model,
      foundationModel: "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-6",
    };
    expect(costOf(usage, { ...place, model }, table)).toMatchObject({ known: false, missing: ["input", "output"] });
    expect(costOf(usage, behind, table)).toMatchObject({ total: 18_000_000_000n });
    expect(costOf(usage, { ...behind, geography: "eu" }, table)).toMatchObject({ total: 19_800_000_000n });
    const profile = { ...behind, foundationModel: "eu.anthropic.claude-sonnet-4-6" };
    expect(costOf(usage, profile, table)).toMatchObject({ total: 19_800_000_000n });
  });

  it("of what an OpenAI server had cached is that of input, where the model has no price for it", () => {
    // As recorded: AWS's own header tells 151 tokens of input.
    const usage = { inputTokens: 151 - 64, outputTokens: 61, cacheReadInputTokens: 64 };
    const gptOss = { model: "openai.gpt-oss-20b", region: "us-west-2", route: "openai" as const };
    expect(costOf(usage, gptOss, table)).toMatchObject({ known: true, total: 151n * 70n + 61n * 300n });
    expect(costOf(usage, { ...gptOss, model: "openai.gpt-5.5" }, table).parts).toMatchObject({ cacheRead: 64n * 550n });
    // Another host has prices of its own.
    const row = { tier: "standard" as const, input: 1_000_000_000, output: 0 };
    const own = { ...table, models: new Map([["gpt-4o", { rows: [row] }]]) };
    expect(costOf(usage, { ...gptOss, model: "gpt-4o" }, own)).toMatchObject({ missing: ["cacheRead"] });
    // Converse tells a cache of those that have one.
    expect(costOf(usage, { ...gptOss, route: "converse" }, table)).toMatchObject({ missing: ["cacheRead"] });
  });

  it("by a profile that an operator has priced is that, whichever way the profile is named", () => {
    const account = "arn:aws:bedrock:eu-west-1:123456789012";
    const named = "eu.anthropic.claude-sonnet-4-6";
    const [arn, own] = [
      `${account}:inference-profile/${named}`,
      `${account}:application-inference-profile/a1b2c3d4e5f6`,
    ];
    const rows = [{ tier: "standard" as const, input: 1_000_000_000, output: 0 }];
    const priced = { ...table, models: new Map([...table.models, [named, { rows }]]) };
    const total = (model: string, foundationModel?: string) =>
      costOf(
        { inputTokens: 7, outputTokens: 7 },
        { ...place, model, ...(foundationModel && { foundationModel }) },
        priced,
      );
    for (const cost of [total(named), total(arn), total(own, named), total(own, arn)]) {
      expect(cost).toMatchObject({ total: 7_000n });
    }
    expect(total("anthropic.claude-sonnet-4-6")).toMatchObject({ total: 21_000n + 105_000n });
    expect(total(own, "anthropic.claude-sonnet-4-6")).toMatchObject({ total: 21_000n + 105_000n });
  });

  it("does not count twice what GPT under Converse counts within its input (pains B 17)", () => {
    const gpt = { model: "us.openai.gpt-5.6-sol", region: "us-east-1" };
    // The second turn of earendil-works/pi#8752: 2 new tokens, 8,367 read, 4,032 written.
    const usage = { inputTokens: 12_401, outputTokens: 0, cacheReadInputTokens: 8_367, cacheWriteInputTokens: 4_032 };
    expect(costOf(usage, gpt, table).parts).toEqual({
      input: 11_000n,
      cacheRead: 4_601_850n,
      cacheWrite5m: 27_720_000n,
    });
    // A whole reply keeps to AWS's documents (maximhq/bifrost#6942).
    const whole = { inputTokens: 2, outputTokens: 0, cacheWriteInputTokens: 4_993 };
    expect(costOf(whole, gpt, table).parts).toEqual({ input: 11_000n, cacheWrite5m: 34_326_875n });
    // It does so where more is new than was cached, too.
    const mostlyNew = { inputTokens: 5_000, outputTokens: 0, cacheReadInputTokens: 3_000 };
    const told = (isStream: boolean) => costOf(mostlyNew, { ...gpt, isStream }, table).parts;
    expect(told(false)).toEqual({ input: 27_500_000n, cacheRead: 1_650_000n });
    expect(told(true)).toEqual({ input: 11_000_000n, cacheRead: 1_650_000n });
    // By other routes whoever reads OpenAI's counts has taken the cache out.
    expect(costOf(usage, { ...gpt, route: "openai" }, table).parts).toMatchObject({ input: 68_205_500n });
    // The same figures from Claude are taken as they are.
    expect(costOf(usage, place, table).parts).toMatchObject({ input: 37_203_000n });
  });

  it("takes the price for long contexts by the whole input, cache included", () => {
    const gpt = { model: "openai.gpt-5.6-terra", region: "us-east-1" };
    const at = (cacheReadInputTokens: number): unknown =>
      costOf({ inputTokens: 272_000 + cacheReadInputTokens, outputTokens: 1_000_000, cacheReadInputTokens }, gpt, table)
        .parts["output"];
    expect(at(0)).toBe(13_200_000_000n);
    expect(at(1)).toBe(19_800_000_000n);
  });
});

describe("an unknown price (pains B 16, attack 16)", () => {
  it("makes the total unknown and leaves the known parts to see", () => {
    const nova = { model: "amazon.nova-2-lite-v1:0", region: "us-east-1" };
    expect(costOf({ inputTokens: 1_000_000, outputTokens: 2, cacheReadInputTokens: 5 }, nova, table)).toEqual({
      known: false,
      parts: { input: 330_000_000n, output: 5_500n },
      missing: ["cacheRead"],
      version: table.version,
    });
  });

  it.each([
    ["a model that the table does not have", { model: "acme.model-v9", region: "us-east-1" }, ["input", "output"]],
    ["a tier that is not priced", { ...place, tier: "flex" as const }, ["input", "output"]],
    [
      "a profile that sources contradict each other about",
      { model: "au.anthropic.claude-opus-4-6-v1", region: "ap-southeast-2" },
      ["input", "output"],
    ],
    ...["provisioned-model", "imported-model"].map((type): [string, PricePlace, string[]] => [
      `a ${type}, which is paid by the time`,
      {
        model: `arn:aws:bedrock:us-east-1:123456789012:${type}/abc`,
        foundationModel: "anthropic.claude-sonnet-4-6",
        region: "us-east-1",
      },
      ["input", "output"],
    ]),
  ])("is that of %s", (_, where, missing) => {
    expect(costOf({ inputTokens: 1, outputTokens: 1 }, where, table)).toMatchObject({
      known: false,
      parts: {},
      missing,
    });
  });

  it("is never 0: a model without prices that used nothing is unknown too", () => {
    const acme = { model: "acme.model-v9", region: "us-east-1" };
    expect(costOf({ inputTokens: 0, outputTokens: 0 }, acme, table)).toMatchObject({
      known: false,
      missing: ["price"],
    });
    expect(costOf({}, acme, table)).toMatchObject({ known: false, missing: ["price"] });
  });

  it.each([
    ["cacheDetails", "x"],
    ["cacheDetails[0].ttl", [null]],
    ["cacheDetails[0].ttl", [{}]],
    ["cacheDetails[0].ttl", [{ ttl: { toString: 1, valueOf: 1 }, inputTokens: 5 }]],
  ])("names %s of an answer that is no usage of AWS's", (member, cacheDetails) => {
    const usage = { inputTokens: 1, outputTokens: 1, cacheDetails } as unknown as BillableUsage;
    expect(costOf(usage, place, table)).toMatchObject({
      missing: [`usage.${member}`],
    });
  });

  it("is that of usage that was not told, or is no count", () => {
    expect(costOf(undefined, place, table)).toMatchObject({ known: false, missing: ["usage"] });
    expect(costOf({ outputTokens: 3 }, place, table)).toMatchObject({ known: false, missing: ["usage.inputTokens"] });
    for (const bad of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      const usage = { inputTokens: bad, outputTokens: 3, cacheReadInputTokens: bad };
      expect(costOf(usage, place, table)).toEqual({
        known: false,
        parts: { output: 45_000n },
        missing: ["usage.inputTokens", "usage.cacheReadInputTokens"],
        version: table.version,
      });
    }
    const cacheDetails = [{ ttl: "24h" as "1h", inputTokens: 5 }];
    expect(costOf({ inputTokens: 1, outputTokens: 1, cacheDetails }, place, table)).toMatchObject({
      missing: ["usage.cacheDetails[0].ttl"],
    });
  });
});

describe("what is not paid by the token", () => {
  const own = tableOf({
    models: {
      "stability.x": { rows: [{ tier: "standard", image: 40_000_000 }] },
      "amazon.reel": { rows: [{ tier: "standard", second: 80_000_000 }] },
      "twelvelabs.x": { rows: [{ tier: "standard", second: 490_000, output: 7_500_000_000 }] },
    },
    guardrails: [
      { units: { contentPolicyUnits: 150_000, wordPolicyUnits: 0 } },
      { regions: ["eu-west-1"], units: { contentPolicyUnits: 160_000 } },
    ],
  });

  it("is priced by image, second and query", () => {
    expect(costOf({ images: 3 }, { model: "stability.x", region: "us-west-2" }, own)).toMatchObject({
      total: 120_000_000n,
    });
    expect(costOf({ seconds: 6 }, { model: "amazon.reel", region: "us-east-1" }, own)).toMatchObject({
      total: 480_000_000n,
    });
    expect(costOf({ queries: 1 }, { model: "cohere.rerank-v3-5:0", region: "us-east-1" }, table)).toMatchObject({
      total: 2_000_000n,
    });
    expect(costOf({}, { model: "stability.x", region: "us-west-2" }, own)).toMatchObject({ missing: ["usage.images"] });
  });

  it("is not known where the model is paid by the second beside its tokens, and nobody told how many there were", () => {
    const at = { model: "twelvelabs.x", region: "us-east-1" };
    expect(costOf({ outputTokens: 100 }, at, own)).toMatchObject({ known: false, missing: ["usage.seconds"] });
    expect(costOf({ outputTokens: 100, seconds: 0 }, at, own)).toMatchObject({ total: 750_000n });
    expect(costOf({ outputTokens: 100, seconds: 10 }, at, own)).toMatchObject({ total: 5_650_000n });
  });

  it("is priced by the units of guardrails, with a model or alone, by region", () => {
    const guardrailUnits = { contentPolicyUnits: 2, wordPolicyUnits: 7, topicPolicyUnits: 0 };
    const alone = { model: "", region: "us-east-1" };
    expect(costOf({ guardrailUnits }, alone, own)).toMatchObject({ known: true, total: 300_000n });
    expect(costOf({ guardrailUnits }, { ...alone, region: "eu-west-1" }, own)).toMatchObject({
      known: false,
      parts: { "guardrail.contentPolicyUnits": 320_000n },
      missing: ["guardrail.wordPolicyUnits"],
    });
    expect(costOf({ guardrailUnits: { toString: 1 } }, alone, own)).toMatchObject({ missing: ["guardrail.toString"] });
  });
});
