/**
 * Titan Text. Source: AWS's page "Amazon Titan Text models" (parameters of InvokeModel) and recorded traffic. A stream is often one chunk; one that
 * a guardrail blocked has no completion reason and no metrics.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { converseReply } from "../converse-reply.ts";
import type { Family } from "../family.ts";
import { type InferenceNames, inferenceFields } from "../inference-names.ts";
import { billedUsage, known, type InvocationCounts } from "../../converse/invocation-counts.ts";
import { countOf } from "../../count.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, NativeDraft, refuseTools } from "../native-draft.ts";
import { emptyOutput } from "../native-errors.ts";
import { TextStream } from "./text-stream.ts";
import { transcriptOf } from "./transcript.ts";

/** Titan's own form of a conversation; AWS says that the model does best with it. */
const form = { user: "User:", assistant: "Bot:", opening: "", before: "\n", after: " " };

const names: InferenceNames = {
  maxTokens: "maxTokenCount",
  temperature: "temperature",
  topP: "topP",
  stopSequences: "stopSequences",
};

export const titanStopReasons: ReadonlyMap<string, string> = new Map([
  ["FINISH", "end_turn"],
  ["FINISHED", "end_turn"],
  ["LENGTH", "max_tokens"],
  ["STOP_CRITERIA_MET", "stop_sequence"],
  ["CONTENT_FILTERED", "content_filtered"],
]);

export const titan: Family = {
  request(request, context) {
    const draft = new NativeDraft("Titan Text");
    checkCommonFields(draft, request, context);
    refuseTools(draft, request);
    const body: JsonObject = {
      inputText: transcriptOf(draft, request, form),
      textGenerationConfig: inferenceFields(draft, request, names),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  },

  response(answer, context) {
    const results = answer["results"];
    const result = Array.isArray(results) ? results[0] : undefined;
    if (!isJsonObject(result) || typeof result["outputText"] !== "string") {
      throw emptyOutput(answer, "results");
    }
    return converseReply(
      answer,
      {
        content: [{ text: result["outputText"] }],
        stopReason: stopReasonOf(result["completionReason"]),
        usage: billedUsage(context.counts, countsOf(answer["inputTextTokenCount"], result["tokenCount"])),
      },
      context,
    );
  },

  stream: (emit) =>
    new TextStream(emit, {
      names: ["outputText", "index", "totalOutputTextTokenCount", "completionReason", "inputTextTokenCount"],
      read: (chunk) => ({
        text: chunk["outputText"],
        stopReason: stopReasonOf(chunk["completionReason"]),
        isEnded: countOf(chunk["totalOutputTextTokenCount"]) !== undefined,
        counts: countsOf(chunk["inputTextTokenCount"], chunk["totalOutputTextTokenCount"]),
      }),
    }),
};

function stopReasonOf(reason: JsonValue | undefined): string | undefined {
  return typeof reason === "string" ? (titanStopReasons.get(reason) ?? reason) : undefined;
}

function countsOf(input: JsonValue | undefined, output: JsonValue | undefined): InvocationCounts {
  return known({ inputTokens: countOf(input), outputTokens: countOf(output) });
}
