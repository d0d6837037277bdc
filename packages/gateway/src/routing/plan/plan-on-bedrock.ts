/** The plan of a call in a dialect that targets elsewhere do not speak. */
import { targetsIn, type Plan } from "./plan.ts";

export interface PlanOnBedrock {
  plan: Plan;
  /** Paths of the members that are left out of it. */
  passedOver: readonly string[];
}

/**
 * The plan without the members of a fallback that lead elsewhere alone. They could only refuse the call: where AWS throttles, the caller must
 * not hear that the next target does not speak its dialect, nor miss the tries that a last target gets. A plan with nothing on Bedrock stays,
 * to be refused by its name; so does a load balance, whose shares are the operator's.
 */
export function planOnBedrock(plan: Plan): PlanOnBedrock {
  if (plan.kind !== "fallback" || !isOnBedrock(plan) || targetsIn(plan).every(isOnBedrock)) {
    return { plan, passedOver: [] };
  }
  const { members, circuits } = plan;
  const kept = members.filter(isOnBedrock).map(planOnBedrock);
  const left = members.filter((member) => !isOnBedrock(member));
  return {
    plan: {
      ...plan,
      members: kept.map((member) => member.plan),
      circuits: circuits?.filter((_circuit, index) => members[index] !== undefined && isOnBedrock(members[index])),
    },
    passedOver: [...left.map(({ path }) => path), ...kept.flatMap(({ passedOver }) => passedOver)],
  };
}

function isOnBedrock(plan: Plan): boolean {
  return targetsIn(plan).some(({ provider }) => provider === "bedrock");
}
