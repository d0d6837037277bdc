import type { StopReason } from "../converse/response.ts";

const stopReasons: ReadonlyMap<string, string> = new Map([
  ["COMPLETE", "end_turn"],
  ["MAX_TOKENS", "max_tokens"],
  ["STOP_SEQUENCE", "stop_sequence"],
  ["ERROR_TOXIC", "content_filtered"],
  ["ERROR_LIMIT", "model_context_window_exceeded"],
]);

/** A `finish_reason` of Cohere's models in Converse's words (AWS's pages on them; seen in lower case too). One that is not known stays. */
export function cohereStopReason(reason: string): StopReason {
  return stopReasons.get(reason.toUpperCase()) ?? reason;
}
