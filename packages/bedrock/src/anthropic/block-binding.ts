import { isJsonObject, type JsonObject } from "../json.ts";

/**
 * Thinking whose `block_binding` (what becomes of earlier blocks when the conversation before them has changed) is written as Bedrock has it:
 * Anthropic's own name, `prefix_mismatch_behavior`, is refused there (AWS's page on preserved thinking; vercel/ai#20728).
 */
export function withBedrocksBinding(thinking: JsonObject): JsonObject {
  const { block_binding: binding } = thinking;
  if (!isJsonObject(binding) || binding["prefix_mismatch_behavior"] === undefined) {
    return thinking;
  }
  const { prefix_mismatch_behavior: behaviour, ...rest } = binding;
  return { ...thinking, block_binding: { mismatch_behavior: behaviour, ...rest } };
}
