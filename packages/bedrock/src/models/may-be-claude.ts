import type { ModelFacts } from "./model-facts.ts";

/** Whether Anthropic's own fields, tools and flags may go to the model: Claude takes them, and of a model that is not known AWS decides. */
export function mayBeClaude({ family }: Pick<ModelFacts, "family">): boolean {
  return family === "anthropic" || family === "unknown";
}
