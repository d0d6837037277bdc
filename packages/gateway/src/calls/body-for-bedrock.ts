/** A body as Bedrock gets it, and whether Bedrock is the first to get it. */
import { mantlePlace, type JsonObject } from "@adit/bedrock";
import type { Interpretation } from "../routing/interpret.ts";
import { withParams } from "../routing/params.ts";
import type { Plan } from "../routing/plan.ts";

/**
 * True where the first call is translated for Bedrock as the body stands, however the weights fall. A target with parameters of its own
 * may mend what the body has wrong: it is checked with them.
 */
export function startsAtBedrock(plan: Plan): boolean {
  switch (plan.kind) {
    case "target":
      return (
        plan.provider === "bedrock" &&
        mantlePlace(plan.model) === undefined &&
        Object.keys(plan.overrideParams).every((name) => name === "model")
      );
    case "fallback":
      return plan.members[0] !== undefined && startsAtBedrock(plan.members[0]);
    case "loadbalance":
      return plan.members.every((member) => member.weight === 0 || startsAtBedrock(member.plan));
  }
}

export function asBedrockGetsIt({ body, anthropicVersion }: Interpretation, overrideParams: JsonObject): JsonObject {
  const merged = Object.keys(overrideParams).length === 0 ? body : withParams(body, overrideParams);
  if (anthropicVersion === undefined || !isNothing(merged["anthropic_version"])) return merged;
  return { ...merged, anthropic_version: anthropicVersion };
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
