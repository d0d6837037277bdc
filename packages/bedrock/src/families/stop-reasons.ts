import type { StopReason } from "../converse/response.ts";

/** Stop reasons as the families with a prompt and the families with a chat body write them. `max_tokens` is recorded of Llama, `eos_token` read of DeepSeek. */
const converseReasons: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end_turn"],
  ["endoftext", "end_turn"],
  ["eos_token", "end_turn"],
  ["length", "max_tokens"],
  ["max_tokens", "max_tokens"],
  ["model_length", "max_tokens"],
  ["tool_calls", "tool_use"],
  ["function_call", "tool_use"],
  ["content_filter", "content_filtered"],
]);

/** Converse's word for a native one; what is not known stays as it is, as AWS's own later words do. Undefined where the answer names none. */
export function stopReasonFrom(native: unknown): StopReason | undefined {
  return typeof native === "string" && native !== "" ? (converseReasons.get(native) ?? native) : undefined;
}
