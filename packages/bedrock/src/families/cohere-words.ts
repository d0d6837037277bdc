import type { StopReason } from "../converse/response.ts";
import { AditError } from "../errors/adit-error.ts";
import type { InferenceNames } from "./inference-names.ts";

/** How Cohere's models on Bedrock name what Converse has in `inferenceConfig`. */
export const cohereNames: InferenceNames = {
  maxTokens: "max_tokens",
  temperature: "temperature",
  topP: "p",
  stopSequences: "stop_sequences",
};

export const cohereStopReasons: ReadonlyMap<string, string> = new Map([
  ["COMPLETE", "end_turn"],
  ["MAX_TOKENS", "max_tokens"],
  ["STOP_SEQUENCE", "stop_sequence"],
  ["ERROR_TOXIC", "content_filtered"],
  ["ERROR_LIMIT", "model_context_window_exceeded"],
]);

/**
 * A `finish_reason` of Cohere's models in Converse's words (AWS's pages on them; seen in lower case too). One that is not known stays.
 * Throws for `ERROR`: what the model wrote until then is no answer.
 */
export function cohereStopReason(reason: string): StopReason {
  const word = reason.toUpperCase();
  if (word === "ERROR") {
    throw new AditError("ModelErrorException", `The model stopped with ${reason}.`);
  }
  return cohereStopReasons.get(word) ?? reason;
}
