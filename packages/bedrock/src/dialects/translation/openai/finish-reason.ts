import type { StopReason } from "../../../converse/response.ts";

/** What the finish reason depends on besides AWS's stop reason. */
export interface ReplyEnding {
  strict: boolean;
  /** The reply holds calls of the caller's tools. */
  hasToolCalls: boolean;
  /** A tool carried the structured answer: the caller sees text, not a call. */
  isAnsweredByTool: boolean;
  /** The call is told in OpenAI's older form. */
  callsFunctions?: true | undefined;
}

/** OpenAI's finish reasons by AWS's. `pause_turn` and `refusal` are Claude's own and may come through. */
const finishReasons: ReadonlyMap<string, string> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["pause_turn", "stop"],
  ["tool_use", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["content_filtered", "content_filter"],
  ["guardrail_intervened", "content_filter"],
  ["refusal", "content_filter"],
]);

/**
 * The finish reason of a whole reply or of a stream's last chunk. Strict: one of OpenAI's; `tool_calls` (or `function_call`) exactly where the model
 * ended by itself and the reply holds calls; a stop reason that AWS adds later is `stop`, or `tool_calls`. Not strict: AWS's word, but
 * `end_turn` for `tool_use` where only the structured answer came by a tool that the caller did not offer.
 */
export function finishReasonFrom(stopReason: StopReason, ending: ReplyEnding): string {
  if (!ending.strict) {
    const isOnlyAnswer = stopReason === "tool_use" && ending.isAnsweredByTool && !ending.hasToolCalls;
    return isOnlyAnswer ? "end_turn" : stopReason;
  }
  const reason = finishReasons.get(stopReason) ?? "stop";
  if (reason !== "stop" || !ending.hasToolCalls) {
    return reason;
  }
  return ending.callsFunctions === true ? "function_call" : "tool_calls";
}

/** OpenAI's finish reason, calls of tools not looked at; undefined for a stop reason that AWS adds later. */
export function knownFinishReason(stopReason: StopReason): string | undefined {
  return finishReasons.get(stopReason);
}
