/**
 * The older text API of Claude v1, v2 and Instant. Source: AWS's page "Anthropic Claude Text Completions API" and recorded traffic. The model ends
 * its turn by beginning the next: `stop_sequence` with the marker of a human turn is no stop that the caller asked for.
 */
import type { StopReason } from "../converse/response.ts";
import type { JsonObject } from "../json.ts";
import { converseReply } from "./converse-reply.ts";
import type { Family } from "./family.ts";
import { maxTokensFor } from "./anthropic/max-tokens.ts";
import { finishedBody } from "./native-body.ts";
import { checkCommonFields, NativeDraft, refuseTools } from "./native-draft.ts";
import { emptyOutput } from "./native-errors.ts";
import { TextStream } from "./text-stream.ts";
import { transcriptOf } from "./transcript.ts";

const form = { user: "Human:", assistant: "Assistant:", opening: "\n\n", before: "\n\n", after: " " };

export const anthropicText: Family = {
  request(request, context) {
    const draft = new NativeDraft("Claude's text API");
    checkCommonFields(draft, request, context);
    refuseTools(draft, request);
    const { temperature, topP, stopSequences } = request.inferenceConfig ?? {};
    const body: JsonObject = {
      prompt: transcriptOf(draft, request, form),
      max_tokens_to_sample: maxTokensFor(draft, request, context.model),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { top_p: topP }),
      ...(stopSequences !== undefined && { stop_sequences: stopSequences }),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  },

  response(answer, context) {
    const { completion } = answer;
    if (typeof completion !== "string") {
      throw emptyOutput(answer, "completion");
    }
    return converseReply(
      answer,
      { content: [{ text: completion }], stopReason: stopReasonIn(answer) ?? "end_turn" },
      context,
    );
  },

  stream: (emit) =>
    new TextStream(emit, {
      names: ["type", "completion", "stop_reason", "stop"],
      read: (chunk) => ({ text: chunk["completion"], stopReason: stopReasonIn(chunk) }),
    }),
};

function stopReasonIn(part: JsonObject): StopReason | undefined {
  const { stop_reason: reason, stop } = part;
  if (typeof reason !== "string") {
    return undefined;
  }
  return reason === "stop_sequence" && stop === `${form.before}${form.user}` ? "end_turn" : reason;
}
