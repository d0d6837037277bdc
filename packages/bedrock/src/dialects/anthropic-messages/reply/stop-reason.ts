import type { StopReason } from "../../../converse/response.ts";
import type { MessageEnding } from "./message.ts";
import type { MessagesReplyContext } from "./reply-context.ts";

/** AWS's words for an answer that was held back, in a sentence. Anthropic's clients know one stop reason for it. */
const refusals: ReadonlyMap<string, string> = new Map([
  ["content_filtered", "The model's content filter held the answer back (content_filtered)."],
  ["guardrail_intervened", "A guardrail intervened (guardrail_intervened)."],
]);

/**
 * AWS's other reasons are Anthropic's own words; one that AWS adds later arrives as it is. Where the model ended by itself, `tool_use` stands
 * exactly where the message holds calls, as with Anthropic's own models: clients run their tools by this word alone, and AWS says `end_turn`
 * beside a call, and `tool_use` without one, of some answers (strands-rl/strands-env#252). A tool that carried the structured answer is no call.
 */
export function endingFrom(stopReason: StopReason, context: MessagesReplyContext, hasCalls: boolean): MessageEnding {
  const explanation = refusals.get(stopReason);
  if (explanation !== undefined) {
    return {
      stop_reason: "refusal",
      stop_sequence: null,
      stop_details: { type: "refusal", category: null, explanation },
    };
  }
  return {
    stop_reason: endedByItself.has(stopReason) ? (hasCalls ? "tool_use" : "end_turn") : stopReason,
    stop_sequence: stopReason === "stop_sequence" ? metSequence(context) : null,
    stop_details: null,
  };
}

const endedByItself: ReadonlySet<StopReason> = new Set(["end_turn", "tool_use"]);

/** AWS does not say which one was met. */
function metSequence({ stopSequences }: MessagesReplyContext): string | null {
  return stopSequences?.length === 1 ? (stopSequences[0] ?? null) : null;
}
