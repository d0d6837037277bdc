import type { ModelFacts } from "./model-facts.ts";

/** True for a model that may have AWS's own `nova_grounding`: at any other a tool of that name is the caller's. Of one that is not known its call alone tells. */
export function mayGround({ family }: Pick<ModelFacts, "family">): boolean {
  return family === "nova" || family === "unknown";
}
