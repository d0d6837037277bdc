/** Members of Nova's own body that Converse puts there from its additional fields too. */
import { choice, closed, integer, listOf, number, string, type Schema } from "../schema.ts";

const sampling: Record<string, Schema> = {
  maxTokens: integer(1),
  max_new_tokens: integer(1),
  temperature: number(0, 1),
  topP: number(0, 1),
  top_p: number(0, 1),
  topK: integer(0, 128),
  top_k: integer(0, 128),
  stopSequences: listOf(string),
};

const reasoningConfig = closed(
  { type: choice("enabled", "disabled"), maxReasoningEffort: choice("low", "medium", "high") },
  ["type"],
);

/** Recorded: the names of Converse and those of the first pages (`max_new_tokens`, `top_p`) are taken alike. Nova 2 reasons. */
export function novaMembers(baseId: string): Record<string, Schema> {
  return baseId.startsWith("amazon.nova-2")
    ? { inferenceConfig: closed({ ...sampling, reasoningConfig }), reasoningConfig }
    : { inferenceConfig: closed(sampling) };
}
