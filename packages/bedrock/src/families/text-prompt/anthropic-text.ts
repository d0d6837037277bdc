/**
 * The older text API of Claude v1, v2 and Instant. Source: AWS's page "Anthropic Claude Text Completions API" and recorded traffic. The model ends
 * its turn by beginning the next: `stop_sequence` with the marker of a human turn is no stop that the caller asked for.
 */
import type { StopReason } from "../../converse/response.ts";
import type { JsonObject } from "../../json.ts";
import { maxTokensFor } from "../anthropic/max-tokens.ts";
import { converseReply } from "../converse-reply.ts";
import type { Family } from "../family.ts";
import { inferenceFields } from "../inference-names.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, NativeDraft, refuseTools } from "../native-draft.ts";
import { emptyOutput } from "../native-errors.ts";
import { TextStream } from "./text-stream.ts";
import { transcriptOf } from "./transcript.ts";

const form = { user: "Human:", assistant: "Assistant:", opening: "\n\n", before: "\n\n", after: " " };

const names = {
  maxTokens: "max_tokens_to_sample",
  temperature: "temperature",
  topP: "top_p",
  stopSequences: "stop_sequences",
};

export const anthropicText: Family = {
  request(request, context) {
    const draft = new NativeDraft("Claude's text API");
    checkCommonFields(draft, request, context);
    refuseTools(draft, request);
    const body: JsonObject = {
      prompt: transcriptOf(draft, request, form),
      max_tokens_to_sample: maxTokensFor(draft, request, context.model),
      ...inferenceFields(draft, request, names),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  },

  response(answer, context) {
    const { completion } = answer;
    if (typeof completion !== "string") {
      throw emptyOutput(answer, "completion");
    }
    return converseReply(answer, { content: [{ text: completion }], stopReason: textStopReasonIn(answer) }, context);
  },

  stream: (emit) =>
    new TextStream(emit, {
      names: ["type", "completion", "stop_reason", "stop"],
      read: (chunk) => ({ text: chunk["completion"], stopReason: textStopReasonIn(chunk) }),
    }),
};

export function textStopReasonIn(part: JsonObject): StopReason | undefined {
  const { stop_reason: reason, stop } = part;
  if (typeof reason !== "string") {
    return undefined;
  }
  return reason === "stop_sequence" && stop === `${form.before}${form.user}` ? "end_turn" : reason;
}
