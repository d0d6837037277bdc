import type { TokenUsage } from "../../converse/response.ts";
import { tokenCounts } from "../translation/token-counts.ts";
import type { ChatUsage } from "./chat-completion.ts";

/** OpenAI's usage of AWS's; undefined where AWS did not say both input and output. */
export function chatUsageFrom(usage: TokenUsage | undefined, strict: boolean): ChatUsage | undefined {
  const counts = tokenCounts(usage);
  if (counts === undefined) {
    return undefined;
  }
  const { input, output, cacheRead: read, cacheWritten: written } = counts;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
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
