/** Fields of chat completions that other files do not read: what of them Bedrock has, and the names of the rest. */
import { fieldTable, hintUnless, member, type FieldTable } from "../translation/fields/extra-fields.ts";
import { streamOptions } from "../translation/openai/stream-options.ts";
import { penalty } from "../translation/openai/penalties.ts";
import type { ChatRequest } from "./chat-request.ts";

/** Fields that other files translate, that say how to answer, or that only hold what has no effect. */
const handledElsewhere: readonly (keyof ChatRequest & string)[] = [
  "model",
  "messages",
  "stream",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "reasoning_effort",
  "thinking",
  "anthropic_beta",
  "anthropic_version",
  "cache_control",
  "n",
  "logprobs",
  "top_logprobs",
  "modalities",
  "audio",
  "functions",
  "function_call",
  "web_search_options",
  "moderation",
  "metadata",
  "user",
];

export const chatFields: FieldTable = fieldTable(handledElsewhere, [
  ["outputConfig", member("outputConfig")],
  ["output_config", member("outputConfig")],
  ["stream_options", streamOptions],
  ["frequency_penalty", penalty],
  ["presence_penalty", penalty],
  ["store", hintUnless(false)],
]);
