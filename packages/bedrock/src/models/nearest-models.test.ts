import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factsOfModel } from "./facts-of-model.ts";
import { nearestModelIds, regionsOfModel } from "./nearest-models.ts";

describe("the nearest ids", () => {
  it.each([
    // A recorded slip: the letter O for the digit.
    ["amazon.nova-micro-v1:O", "amazon.nova-micro-v1:0"],
    ["us.amazon.nova-micro-v1:O", "us.amazon.nova-micro-v1:0"],
    ["anthropic.claude-sonnet-4.5", "anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["us.anthropic.claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-20250929-v1:0"],
    ["global.anthropic.claude-opus-4-8-v1:0", "global.anthropic.claude-opus-4-8"],
    ["anthropic.claude-sonnet-5-20260101-v1:0", "anthropic.claude-sonnet-5"],
    ["Claude 3.5 Haiku", "anthropic.claude-3-5-haiku-20241022-v1:0"],
    ["nova-lite", "amazon.nova-lite-v1:0"],
    ["llama-3.3-70b", "meta.llama3-3-70b-instruct-v1:0"],
    ["deepseek-r1", "deepseek.r1-v1:0"],
    ["openai.gpt-oss-120b", "openai.gpt-oss-120b-1:0"],
    ["gpt-oss-120b", "openai.gpt-oss-120b-1:0"],
    ["claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"],
    ["gpt-5.5", "openai.gpt-5.5"],
    ["titan-embed-text-v2", "amazon.titan-embed-text-v2:0"],
    ["converse/amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"],
    ["arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-light-v1:0", "us.amazon.nova-lite-v1:0"],
  ])("to %s begin with %s", (id, nearest) => {
    expect(nearestModelIds(id)[0]).toBe(nearest);
  });

  it.each(["gpt-4o", "invalid-model-id", "xxxxxxxxxx", "", "   ", "gemini-pro"])("to %j are none", (id) => {
    expect(nearestModelIds(id)).toEqual([]);
  });

  it("name a profile only where there is one", () => {
    const ids = nearestModelIds("jp.anthropic.claude-opus-4", 20);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.filter((id) => factsOfModel(id).geographies.includes("jp"))).toEqual(
      ids.filter((id) => id.startsWith("jp.")),
    );
  });

  it("are other ids than the one asked, known, as many as asked for", () => {
    expect(nearestModelIds("amazon.nova-lite-v1:0")).not.toContain("amazon.nova-lite-v1:0");
    expect(nearestModelIds("anthropic.claude-sonnet", 2)).toHaveLength(2);
    expect(nearestModelIds("anthropic.claude-sonnet", 0)).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(nearestModelIds(text).every((id) => factsOfModel(id).known)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("leave out what is retired", () => {
    expect(factsOfModel("anthropic.claude-3-5-sonnet-20240620-v1:0").lifecycle).toBe("retired");
    expect(nearestModelIds("claude-3-5-sonnet", 20)).not.toContain("anthropic.claude-3-5-sonnet-20240620-v1:0");
  });

  it("take no longer for long input", () => {
    const start = performance.now();
    nearestModelIds("a-b.".repeat(5_000_000));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("the regions of a model", () => {
  it("are those that the data knows", () => {
    expect(regionsOfModel("openai.gpt-oss-120b-1:0")).toContain("eu-central-1");
    expect(regionsOfModel("arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b-1:0")).toContain(
      "us-east-1",
    );
    expect(regionsOfModel("stranger.model")).toEqual([]);
  });
});
