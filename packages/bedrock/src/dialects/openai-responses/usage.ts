import type { TokenUsage } from "../../converse/response.ts";
import { tokenCounts } from "../translation/answers/token-counts.ts";
import type { OutputItem, ResponseUsage } from "./response-object.ts";

/**
 * OpenAI's usage of AWS's; undefined where AWS did not say both input and output. OpenAI and bedrock-mantle (recorded) always send both details,
 * and OpenAI's schema wants each of their figures: clients that check an answer against it (Effect, async-openai) refuse it without them. AWS
 * says what it read from the cache and wrote to it where a model has one: 0 is the figure of the others.
 */
export function responseUsageFrom(
  usage: TokenUsage | undefined,
  written: readonly OutputItem[],
): ResponseUsage | undefined {
  const counts = tokenCounts(usage);
  if (counts === undefined) {
    return undefined;
  }
  const { input, output, cacheRead = 0, cacheWritten = 0 } = counts;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWritten },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoningTokens(output, written) },
    total_tokens: input + output,
  };
}

/**
 * Converse counts reasoning within the output and tells no figure of its own: 0 where there was none, else the reasoning's share of what was
 * written, by length.
 */
function reasoningTokens(output: number, written: readonly OutputItem[]): number {
  let reasoning = 0;
  let whole = 0;
  for (const item of written) {
    const length = lengthOf(item);
    whole += length;
    reasoning += item.type === "reasoning" ? length : 0;
  }
  return reasoning === 0 ? 0 : Math.ceil((output * reasoning) / whole);
}

/** Characters; of reasoning that is not shown, those of what the model has sealed it in. */
function lengthOf(item: OutputItem): number {
  switch (item.type) {
    case "message":
      return item.content.reduce((sum, { text }) => sum + text.length, 0);
    case "reasoning": {
      const shown = [...item.summary, ...(item.content ?? [])].reduce((sum, { text }) => sum + text.length, 0);
      return shown === 0 ? (item.encrypted_content ?? "").length : shown;
    }
    case "function_call":
      return item.name.length + item.arguments.length;
    case "custom_tool_call":
      return item.name.length + item.input.length;
  }
}
