import type { TokenUsage } from "../../converse/response.ts";
import { tokenCounts } from "../translation/answers/token-counts.ts";
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
  const details: ResponseUsage["input_tokens_details"] =
    cacheRead === undefined ? undefined : { cached_tokens: cacheRead };
  if (details !== undefined && cacheWritten !== undefined) {
    details.cache_write_tokens = cacheWritten;
  }
  return {
    input_tokens: input,
    ...(details === undefined ? {} : { input_tokens_details: details }),
    output_tokens: output,
    total_tokens: input + output,
  };
}
