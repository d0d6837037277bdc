import type { TokenUsage } from "../../converse/response.ts";
import { tokenCounts } from "../translation/token-counts.ts";
import type { ResponseUsage } from "./response-object.ts";

/**
 * OpenAI's usage of AWS's; undefined where AWS did not say both input and output. Converse does not tell how many tokens went to reasoning:
 * `output_tokens_details` is absent, since OpenAI's clients take that, and refuse one without `reasoning_tokens`.
 */
export function responseUsageFrom(usage: TokenUsage | undefined): ResponseUsage | undefined {
  const counts = tokenCounts(usage);
  if (counts === undefined) {
    return undefined;
  }
  const { input, output, cacheRead, cacheWritten } = counts;
  const details = {
    input_tokens_details: {
      cached_tokens: cacheRead ?? 0,
      ...(cacheWritten === undefined ? {} : { cache_write_tokens: cacheWritten }),
    },
  };
  return {
    input_tokens: input,
    ...(cacheRead === undefined ? {} : details),
    output_tokens: output,
    total_tokens: input + output,
  };
}
