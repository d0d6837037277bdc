import { AditError } from "@adit/bedrock";
import type { LoadBalance } from "./plan.ts";

/** Throws AditError `no_target` where no member can be drawn. */
export function loadBalance(path: string, members: LoadBalance["members"]): LoadBalance {
  if (!members.some((member) => member.weight > 0)) {
    throw noTarget(path);
  }
  return { kind: "loadbalance", path, members };
}

export function noTarget(path: string): AditError {
  return new AditError("no_target", `${path} has no target with a weight above 0.`, { param: path });
}

/** The index of the member that a number from 0 (included) to 1 (excluded) falls on, of those that may be drawn; -1 where none may. */
export function drawnMember(
  members: LoadBalance["members"],
  draw: number,
  mayBe: (index: number) => boolean = () => true,
): number {
  const weights = members.map(({ weight }, index) => (mayBe(index) ? weight : 0));
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    if (weight <= 0) continue;
    left -= weight;
    if (left < 0) return index;
  }
  // Sums of fractions are not exact: what is left over belongs to the last.
  return weights.findLastIndex((weight) => weight > 0);
}

/** Where a number lies within the share of the member that it fell on, from 0 to 1: a draw anew, among the numbers that fell there. */
export function placeInShare(members: LoadBalance["members"], draw: number, index: number): number {
  const sum = (weights: LoadBalance["members"]): number => weights.reduce((all, { weight }) => all + weight, 0);
  const place = (draw * sum(members) - sum(members.slice(0, index))) / (members[index]?.weight ?? 1);
  return Math.min(Math.max(place, 0), 1);
}
