/** A body as Bedrock gets it, and whether Bedrock is the first to get it. */
import { AditError, mantlePlace, type JsonObject } from "@adit/bedrock";
import type { Interpretation } from "../../routing/request/interpret.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Plan } from "../../routing/plan/plan.ts";
import type { CallDialect } from "../call-dialect.ts";

/**
 * A request that Bedrock would be the first to get is refused before anything is sent. What Bedrock alone has no means for is the first
 * target's own refusal, where the plan has another: undefined then, as where another is the first to get it.
 */
export function checkedFirst<Request>(
  dialect: Pick<CallDialect<Request>, "check">,
  asked: Interpretation,
): Request | undefined {
  if (!startsAtBedrock(asked.plan)) return undefined;
  try {
    return dialect.check(asBedrockGetsIt(asked, {}));
  } catch (error) {
    const isBedrocksAlone = AditError.isInstance(error) && error.code === "unsupported_parameter";
    if (isBedrocksAlone && asked.plan.kind !== "target") return undefined;
    throw error;
  }
}

/**
 * True where the first call is translated for Bedrock as the body stands, however the weights fall. A target with parameters of its own
 * may mend what the body has wrong: it is checked with them.
 */
function startsAtBedrock(plan: Plan): boolean {
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
