import { describe, expect, test } from "vitest";
import { checkModelPatterns, isModelAllowed } from "./model-patterns.ts";

describe("a model is allowed", () => {
  test.each<[pattern: string, model: string, isAllowed: boolean]>([
    ["anthropic.claude-*", "anthropic.claude-3-haiku-20240307-v1:0", true],
    ["anthropic.claude-*", "us.anthropic.claude-3-haiku-20240307-v1:0", true],
    ["us.anthropic.claude-*", "us.anthropic.claude-3-haiku-20240307-v1:0", true],
    ["us.anthropic.claude-*", "anthropic.claude-3-haiku-20240307-v1:0", false],
    ["eu.*", "us.amazon.nova-lite-v1:0", false],
    ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", true],
    ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:01", false],
    ["*haiku*", "anthropic.claude-3-haiku-20240307-v1:0", true],
    ["amazon.nova-*", "amazon.nova-lite-v1:0/../../model/anthropic.claude-3-haiku-20240307-v1:0", false],
    ["a*b*b", "ab", false],
    ["a*b*b", "abb", true],
    ["*a*", "b", false],
    ["amazon.*", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0", true],
    ["amazon.*", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", false],
    [
      "arn:aws:bedrock:*:123456789012:application-inference-profile/*",
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
      true,
    ],
  ])("by %s: %s is %s", (pattern, model, isAllowed) => {
    expect(isModelAllowed([pattern], model)).toBe(isAllowed);
  });

  test("by no patterns at all, and not by an empty list", () => {
    expect(isModelAllowed(undefined, "anything")).toBe(true);
    expect(isModelAllowed([], "anything")).toBe(false);
  });

  test("in no time, however many stars stand in the pattern", () => {
    const started = performance.now();
    expect(isModelAllowed([`${"*a".repeat(250)}b`], "a".repeat(2_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test("patterns are trimmed, and what is none is named", () => {
  expect(checkModelPatterns([" amazon.* "], "allowed_models")).toEqual(["amazon.*"]);
  for (const pattern of ["", "a b", "(a+)+", "x".repeat(513)]) {
    expect(() => checkModelPatterns(["*", pattern], "allowed_models")).toThrow("allowed_models[1]");
  }
});
