import type { TokenUsage } from "../../../converse/response.ts";
import { tokenCounts } from "../answers/token-counts.ts";

/** Token counts. `prompt_tokens` includes what was read from and written to the cache. */
export interface ChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  /** prompt + completion. */
  total_tokens: number;
  /** A figure that AWS did not give is absent. */
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number };
  /** Not strict only. */
  cache_read_input_tokens?: number;
  /** Not strict only. */
  cache_creation_input_tokens?: number;
}

/** OpenAI's usage of AWS's; undefined where AWS did not say both input and output. */
export function chatUsageFrom(usage: TokenUsage | undefined, strict: boolean): ChatUsage | undefined {
  const counts = tokenCounts(usage);
  if (counts === undefined) {
    return undefined;
  }
  const { input, output, cacheRead: read, cacheWritten: written } = counts;
  const chat: ChatUsage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  if (read !== undefined || written !== undefined) {
    chat.prompt_tokens_details = promptDetails(read, written);
  }
  if (!strict && read !== undefined) {
    chat.cache_read_input_tokens = read;
  }
  if (!strict && written !== undefined) {
    chat.cache_creation_input_tokens = written;
  }
  return chat;
}

/** `cache_write_tokens` is the name in OpenAI's API reference. */
function promptDetails(
  read: number | undefined,
  written: number | undefined,
): NonNullable<ChatUsage["prompt_tokens_details"]> {
  return {
    ...(read === undefined ? {} : { cached_tokens: read }),
    ...(written === undefined ? {} : { cache_write_tokens: written }),
  };
}
