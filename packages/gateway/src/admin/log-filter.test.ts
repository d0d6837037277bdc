import { expect, test } from "vitest";
import { modelsOf } from "./log-filter.ts";

test("models by Portkey's names and by their own are those in both lists, whatever geography they are named with", () => {
  const [nova, haiku] = ["amazon.nova-pro-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"];
  expect(modelsOf(undefined, undefined)).toBeUndefined();
  expect(modelsOf(`bedrock__${nova}`, undefined)).toEqual([nova]);
  expect(modelsOf(undefined, `${nova},${haiku}`)).toEqual([nova, haiku]);
  expect(modelsOf(`bedrock__${nova},bedrock__${haiku}`, `us.${haiku}`)).toEqual([haiku]);
  expect(modelsOf(`bedrock__${nova}`, haiku)).toEqual([]);
});
