/**
 * "rsn_" in base64, with which what GPT seals of its reasoning begins (UKGovernmentBEIS/inspect_ai#5217, and samples in other projects). To no
 * other model does it mean anything: Claude refuses the whole request for it.
 */
const ofGpt = "cnNuX";

/** True for the `redactedContent` of a GPT model. */
export function isSealedByGpt(redactedContent: string): boolean {
  return redactedContent.startsWith(ofGpt);
}
