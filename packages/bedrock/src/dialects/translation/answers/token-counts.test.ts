import { expect, it } from "vitest";
import type { TokenUsage } from "../../../converse/response.ts";
import { messagesUsageFrom } from "../../anthropic-messages/reply/messages-usage.ts";
import { models, translate } from "../../openai-chat/testing/translate.ts";
import { responseUsageFrom } from "../../openai-responses/usage.ts";
import { chatUsageFrom } from "../openai/usage.ts";

const written: TokenUsage = { inputTokens: 3, outputTokens: 2, totalTokens: 105, cacheWriteInputTokens: 100 };

it("what was written to the cache is told where AWS leaves out what was read: its total says that it is nothing", () => {
  expect(responseUsageFrom(written, [])).toEqual({
    input_tokens: 103,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 100 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 105,
  });
  expect(chatUsageFrom(written, true)?.prompt_tokens_details).toEqual({ cached_tokens: 0, cache_write_tokens: 100 });
  expect(responseUsageFrom({ ...written, totalTokens: 1_000 }, [])?.input_tokens_details.cached_tokens).toBe(895);
  // A total that is less than its parts tells nothing.
  const { totalTokens: _left, ...untold } = written;
  for (const usage of [{ ...written, totalTokens: 5 }, untold as TokenUsage]) {
    expect(chatUsageFrom(usage, true)?.prompt_tokens_details).toEqual({ cache_write_tokens: 100 });
  }
});

it("a figure below 0 is none", () => {
  const usage = { inputTokens: -3, outputTokens: 2, totalTokens: -1, cacheReadInputTokens: -1 };
  expect(chatUsageFrom(usage, true)).toBeUndefined();
  expect(responseUsageFrom(usage, [])).toBeUndefined();
  expect(messagesUsageFrom(usage, undefined)).toEqual({
    input_tokens: null,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    output_tokens: 2,
  });
});

it("streams of GPT alone are known to count their cache within the input", () => {
  const told = (model: string): unknown => translate({ stream: true }, { model }).notes.countsCacheTwice;
  expect(["us.openai.gpt-5.6-sol", models.gptOss, models.claudeSonnet45, models.novaLite].map(told)).toEqual([
    true,
    undefined,
    undefined,
    undefined,
  ]);
});
