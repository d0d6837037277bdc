import type { TokenUsage } from "../../converse/response.ts";
import type { ChatUsage } from "./chat-completion.ts";

/**
 * OpenAI's usage of AWS's. AWS's `inputTokens` excludes the cache (recorded: 13 + 5 + 1504 = 1522), OpenAI's prompt tokens
 * include it. Undefined where AWS did not say both input and output: an unknown figure is never 0.
 */
export function chatUsageFrom(usage: TokenUsage | undefined, strict: boolean): ChatUsage | undefined {
  if (usage === undefined || !isCount(usage.inputTokens) || !isCount(usage.outputTokens)) {
    return undefined;
  }
  const read = countOf(usage.cacheReadInputTokens);
  const written = countOf(usage.cacheWriteInputTokens);
  const prompt = usage.inputTokens + (read ?? 0) + (written ?? 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    ...promptDetails(read, written),
    ...(strict || read === undefined ? {} : { cache_read_input_tokens: read }),
    ...(strict || written === undefined ? {} : { cache_creation_input_tokens: written }),
  };
}

/** `cache_write_tokens` is the name in OpenAI's API reference. */
function promptDetails(
  read: number | undefined,
  written: number | undefined,
): Pick<ChatUsage, "prompt_tokens_details"> {
  if (read === undefined && written === undefined) {
    return {};
  }
  return {
    prompt_tokens_details: {
      ...(read === undefined ? {} : { cached_tokens: read }),
      ...(written === undefined ? {} : { cache_write_tokens: written }),
    },
  };
}

function countOf(value: number | undefined): number | undefined {
  return isCount(value) ? value : undefined;
}

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value);
}
