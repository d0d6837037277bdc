import type { StopReason } from "../../converse/response.ts";

/** Why an answer is not complete, by AWS's stop reason; nothing where the model ended by itself, or AWS adds a reason. */
const incompleteReasons: ReadonlyMap<string, "max_output_tokens" | "content_filter"> = new Map([
  ["max_tokens", "max_output_tokens"],
  ["model_context_window_exceeded", "max_output_tokens"],
  ["content_filtered", "content_filter"],
  ["guardrail_intervened", "content_filter"],
  ["refusal", "content_filter"],
]);

export function incompleteReason(stopReason: StopReason): "max_output_tokens" | "content_filter" | undefined {
  return incompleteReasons.get(stopReason);
}
