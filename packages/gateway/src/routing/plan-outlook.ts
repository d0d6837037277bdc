/** What a walk of a plan would come to, without walking it: who is called first, and who after a failure. */
import type { AditError } from "@adit/bedrock";
import type { LoadBalance, Plan, Target } from "./plan.ts";
import { ableMembers, drawableMembers, drawFrom, goesOn } from "./run-plan.ts";

/** A target that may be called, and how likely it is: the chances of one moment add up to 1. */
export interface Chance {
  target: Target;
  share: number;
}

/** Who is called first. */
export function firstChances(plan: Plan, share = 1): Chance[] {
  switch (plan.kind) {
    case "target":
      return [{ target: plan, share }];
    case "fallback": {
      const first = plan.members[ableMembers(plan, [...plan.members.keys()])[0] ?? 0];
      return first === undefined ? [] : firstChances(first, share);
    }
    case "loadbalance":
      return membersDrawn(plan).flatMap((drawn) => firstChances(drawn.plan, share * drawn.share));
  }
}

/** The members that may be drawn now, each with its chance. A sticky draw is no chance any more. */
function membersDrawn(plan: LoadBalance): { plan: Plan; share: number }[] {
  if (plan.sticky !== undefined) {
    const member = plan.members[drawFrom(plan, plan.sticky.peek())];
    return member === undefined ? [] : [{ plan: member.plan, share: 1 }];
  }
  const able = ableMembers(plan, drawableMembers(plan)).flatMap((index) => plan.members[index] ?? []);
  const total = able.reduce((sum, { weight }) => sum + weight, 0);
  return able.map((member) => ({ plan: member.plan, share: member.weight / total }));
}

/** Who is called when this target fails so; nobody where the caller gets the failure. */
export function chancesAfter(plan: Plan, target: Target, error: AditError): Chance[] {
  switch (plan.kind) {
    case "target":
      return [];
    case "loadbalance": {
      const member = plan.members.find((entry) => holds(entry.plan, target));
      return member === undefined ? [] : chancesAfter(member.plan, target, error);
    }
    case "fallback": {
      const members = ableMembers(plan, [...plan.members.keys()]).flatMap((index) => plan.members[index] ?? []);
      const index = members.findIndex((member) => holds(member, target));
      const [member, next] = [members[index], members[index + 1]];
      if (member === undefined) return [];
      const inside = chancesAfter(member, target, error);
      if (inside.length > 0 || next === undefined || !goesOn(plan, error)) return inside;
      return firstChances(next);
    }
  }
}

/** True where a fallback has a member left after the one that holds this target. */
export function anotherRemainsAfter(plan: Plan, target: Target): boolean {
  switch (plan.kind) {
    case "target":
      return false;
    case "loadbalance":
      return plan.members.some((member) => holds(member.plan, target) && anotherRemainsAfter(member.plan, target));
    case "fallback": {
      const index = plan.members.findIndex((member) => holds(member, target));
      const member = plan.members[index];
      return member !== undefined && (index < plan.members.length - 1 || anotherRemainsAfter(member, target));
    }
  }
}

/** The targets of a plan, in the order in which they stand there. */
export function targetsOf(plan: Plan): Target[] {
  switch (plan.kind) {
    case "target":
      return [plan];
    case "fallback":
      return plan.members.flatMap(targetsOf);
    case "loadbalance":
      return plan.members.flatMap((member) => targetsOf(member.plan));
  }
}

function holds(plan: Plan, target: Target): boolean {
  return targetsOf(plan).includes(target);
}
