import type { ConverseRequest } from "../converse/request.ts";
import type { JsonObject } from "../json.ts";
import type { NativeDraft } from "./native-draft.ts";

/** The family's own names for `inferenceConfig`; what it lacks has none. */
export interface InferenceNames {
  maxTokens: string;
  temperature: string;
  topP: string;
  stopSequences?: string;
}

/** The names that OpenAI gave and most families took. */
export const openAiNames: Required<InferenceNames> = {
  maxTokens: "max_tokens",
  temperature: "temperature",
  topP: "top_p",
  stopSequences: "stop",
};

/** `inferenceConfig` in the family's names, the figures as they are. What has no name only hints: it is left out and named. */
export function inferenceFields(draft: NativeDraft, request: ConverseRequest, names: InferenceNames): JsonObject {
  const { maxTokens, temperature, topP, stopSequences } = request.inferenceConfig ?? {};
  if (stopSequences !== undefined && stopSequences.length > 0 && names.stopSequences === undefined) {
    draft.drop("inferenceConfig.stopSequences");
  }
  return {
    ...(maxTokens !== undefined && { [names.maxTokens]: maxTokens }),
    ...(temperature !== undefined && { [names.temperature]: temperature }),
    ...(topP !== undefined && { [names.topP]: topP }),
    ...(names.stopSequences !== undefined && stopSequences !== undefined && { [names.stopSequences]: stopSequences }),
  };
}
