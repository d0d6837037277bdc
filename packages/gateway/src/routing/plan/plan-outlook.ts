/** What a walk of a plan would come to, without walking it: who is called first, and who after a failure. */
import type { AditError } from "@adit/bedrock";
import type { Fallback, LoadBalance, Plan, Target } from "./plan.ts";
import { ableMembers, drawableMembers, drawFrom, goesOn } from "../run-plan.ts";

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
    case "fallback":
      return inOrder(plan)
        .slice(0, 1)
        .flatMap((first) => firstChances(first, share));
    case "loadbalance":
      return membersDrawn(plan).flatMap((drawn) => firstChances(drawn.plan, share * drawn.share));
  }
}

/** The members in the order in which they are called. */
function inOrder(plan: Fallback): Plan[] {
  return ableMembers(plan, [...plan.members.keys()]).flatMap((index) => plan.members[index] ?? []);
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

/** A fallback that still has a member to go on to, and those around it. */
interface Refuge {
  fallback: Fallback;
  next: Plan;
  outer: Refuge | undefined;
}

/** A target of a plan, with the fallbacks that a failure of it can go on in. */
export interface Outlook {
  target: Target;
  refuge: Refuge | undefined;
}

/** Every target of a plan, in the order in which they stand there. */
export function outlooksOf(plan: Plan): Outlook[] {
  const outlooks: Outlook[] = [];
  addOutlooks(plan, undefined, outlooks);
  return outlooks;
}

function addOutlooks(plan: Plan, refuge: Refuge | undefined, outlooks: Outlook[]): void {
  switch (plan.kind) {
    case "target":
      outlooks.push({ target: plan, refuge });
      return;
    case "loadbalance":
      for (const member of plan.members) addOutlooks(member.plan, refuge, outlooks);
      return;
    case "fallback": {
      const members = inOrder(plan);
      for (const [index, member] of members.entries()) {
        const next = members[index + 1];
        addOutlooks(member, next === undefined ? refuge : { fallback: plan, next, outer: refuge }, outlooks);
      }
    }
  }
}

/** Which part of the plan is tried when the target fails so; undefined where the caller gets the failure. */
export function nextAfter({ refuge }: Outlook, error: AditError): Plan | undefined {
  for (let at = refuge; at !== undefined; at = at.outer) if (goesOn(at.fallback, error)) return at.next;
  return undefined;
}
