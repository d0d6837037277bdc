/** Walks a plan: draws by weight, goes on to the next member when one fails. */
import { AditError } from "@adit/bedrock";
import type { Fallback, LoadBalance, Plan, Target } from "./plan.ts";

/** Calls one target. `anotherRemains`: a failure here goes on to another target, so waiting to retry would only cost time. */
export type Attempt<T> = (target: Target, anotherRemains: boolean) => Promise<T>;

export interface RunOptions {
  /** A number from 0 (included) to 1 (excluded), for the draw by weight. */
  random: () => number;
  /** False once the caller has been given a status line: then no other target is tried. */
  mayGoOn?: (() => boolean) | undefined;
  /** Told of each failure that the plan went past. */
  onPassed?: (target: Target, error: AditError) => void;
}

/**
 * The first answer that the plan allows.
 * @throws the last target's AditError; what is not an AditError is a fault of the gateway and stops the walk at once.
 */
export async function runPlan<T>(
  plan: Plan,
  attempt: Attempt<T>,
  options: RunOptions,
): Promise<{ result: T; target: Target }> {
  return walk(plan, false, { attempt, options });
}

interface Walk<T> {
  attempt: Attempt<T>;
  options: RunOptions;
}

async function walk<T>(plan: Plan, anotherRemains: boolean, way: Walk<T>): Promise<{ result: T; target: Target }> {
  switch (plan.kind) {
    case "target":
      try {
        return { result: await way.attempt(plan, anotherRemains), target: plan };
      } catch (error) {
        if (AditError.isInstance(error)) lastTarget.set(error, plan);
        throw error;
      }
    case "loadbalance":
      return walk(draw(plan, way.options.random), anotherRemains, way);
    case "fallback":
      return walkFallback(plan, anotherRemains, way);
  }
}

async function walkFallback<T>(
  plan: Fallback,
  anotherRemains: boolean,
  way: Walk<T>,
): Promise<{ result: T; target: Target }> {
  const last = plan.members.length - 1;
  for (const [index, member] of plan.members.entries()) {
    try {
      return await walk(member, anotherRemains || index < last, way);
    } catch (error) {
      if (!AditError.isInstance(error) || index === last || !goesOn(plan, error)) throw error;
      if (way.options.mayGoOn?.() === false) throw error;
      const target = lastTarget.get(error);
      if (target !== undefined) way.options.onPassed?.(target, error);
    }
  }
  throw new AditError("no_target", `${plan.path} has no target.`, { param: plan.path });
}

/** Where an error came from, for the report of the path; kept beside the error so that its shape stays the library's. */
const lastTarget = new WeakMap<AditError, Target>();

/** The target whose failure this is, if a plan's walk met it. */
export function targetOfError(error: AditError): Target | undefined {
  return lastTarget.get(error);
}

function goesOn(plan: Fallback, error: AditError): boolean {
  // The caller has left, or the gateway stops: no other target can help.
  if (error.code === "client_closed" || error.code === "shutting_down") return false;
  return plan.onStatusCodes === undefined || plan.onStatusCodes.includes(error.status);
}

function draw(plan: LoadBalance, random: () => number): Plan {
  const total = plan.members.reduce((sum, member) => sum + member.weight, 0);
  let left = random() * total;
  for (const member of plan.members) {
    if (member.weight <= 0) continue;
    left -= member.weight;
    if (left < 0) return member.plan;
  }
  const drawable = plan.members.findLast((member) => member.weight > 0);
  if (drawable === undefined) {
    throw new AditError("no_target", `${plan.path} has no target with a weight above 0.`, { param: plan.path });
  }
  return drawable.plan;
}
