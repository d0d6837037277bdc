import type { ConverseRequest } from "../../converse/request.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { NativeDraft } from "../native-draft.ts";

/** Every Claude writes as much. */
const leastMaximum = 4_096;

/**
 * Claude's own bodies must say how much the model may write: the caller's word, else the model's maximum. Where that is not known, what
 * every Claude writes; then the answer may be cut short, which is named.
 */
export function maxTokensFor(draft: NativeDraft, request: ConverseRequest, model: ModelFacts): number {
  const asked = request.inferenceConfig?.maxTokens ?? model.maxOutputTokens;
  if (asked === undefined) {
    draft.drop("inferenceConfig.maxTokens");
  }
  return asked ?? leastMaximum;
}
