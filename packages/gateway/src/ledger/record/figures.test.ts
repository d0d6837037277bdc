import { expect, test } from "vitest";
import { figuresOf } from "./figures.ts";

test("what Bedrock and OpenAI tell is kept", () => {
  const bedrock = {
    inputTokens: 1,
    outputTokens: 2,
    totalTokens: 3,
    cacheDetails: [{ ttl: "5m", inputTokens: 4 }],
  };
  expect(figuresOf(bedrock)).toEqual(bedrock);
  const openai = { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 }, total_tokens: 1 };
  expect(figuresOf(openai)).toEqual(openai);
  expect(figuresOf(undefined)).toBeUndefined();
});

test("what is no figure is not, and there is an end to what is", () => {
  const deep: Record<string, unknown> = {};
  deep["a"] = { b: { c: { d: { e: 1 } } } };
  expect(figuresOf({ note: "the whole answer of the model", n: null, b: true })).toBeUndefined();
  expect(JSON.stringify(figuresOf(deep) ?? {})).not.toContain("1");
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_value, index) => [`n${index}`, index]));
  expect(Object.keys(figuresOf({ many, ["x".repeat(100)]: 1 }) ?? {})).toEqual(["many"]);
  expect(JSON.stringify(figuresOf({ many })).length).toBeLessThan(1_000);
});
