/** The steps of effort that Claude's generations have. */
import type { ModelFacts } from "../models/model-facts.ts";

/**
 * The effort as the model takes it. `max` came with 4.6, `xhigh` with 4.7 (Anthropic's page on effort, "Available on"); the generations before
 * refuse the whole request for one (BerriAI/litellm#27074), so they get the highest step that is no higher. Words that are no step go as they
 * are, and so does what is asked of a model that nobody can name.
 */
export function takenEffort({ family, thinking }: ModelFacts, effort: string): string {
  const isTooNew = (effort === "xhigh" && thinking !== "adaptive") || (effort === "max" && thinking === "budget");
  return family === "anthropic" && isTooNew ? "high" : effort;
}
