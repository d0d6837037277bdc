/** What AWS merges into answers and chunks of InvokeModel where a guardrail goes with the call. */
import type { JsonObject } from "../json.ts";

export const guardrailActionKey = "amazon-bedrock-guardrailAction";

/** True where a guardrail stepped in: the words may then be the guardrail's instead of the model's. */
export function isIntervened(part: JsonObject): boolean {
  return part[guardrailActionKey] === "INTERVENED";
}
