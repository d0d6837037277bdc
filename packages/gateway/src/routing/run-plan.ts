/** Walks a plan: draws by weight, goes on to the next member when one fails. */
import { AditError } from "@adit/bedrock";
import type { Circuit } from "./circuits.ts";
import { drawnMember, placeInShare } from "./plan/load-balance.ts";
import type { Fallback, LoadBalance, Plan, Target } from "./plan/plan.ts";

/**
 * Calls one target. `anotherRemains`: a failure here goes on to another target, so waiting to retry would only cost time. `goesOnAt`:
 * statuses that are listed by a strategy which has another member left.
 */
export type Attempt<T> = (target: Target, anotherRemains: boolean, goesOnAt: readonly number[]) => Promise<T>;

export interface RunOptions {
  /** A number from 0 (included) to 1 (excluded), for the draw by weight. */
  random: () => number;
  /** False once the caller has been given a status line: then no other target is tried. */
  mayGoOn?: (() => boolean) | undefined;
  /** Asked before another target is tried. Where it rejects, with AditError, none is. */
  beforeNext?: (() => Promise<void>) | undefined;
  /** Told of each failure that the plan went past. */
  onPassed?: (target: Target, error: AditError) => void;
  /** Told of each member that was passed over because its circuit is open. */
  onSkipped?: (path: string) => void;
}

/**
 * The first answer that the plan allows.
 * @throws the last target's AditError; what is not an AditError is a fault of the gateway and stops the walk at once.
 */
export function runPlan<T>(
  plan: Plan,
  attempt: Attempt<T>,
  options: RunOptions,
): Promise<{ result: T; target: Target }> {
  return walk(plan, nothingRemains, { attempt, options });
}

/** What is left where a member is called. */
interface Remaining {
  another: boolean;
  goesOnAt: readonly number[];
}

const nothingRemains: Remaining = { another: false, goesOnAt: [] };

interface Walk<T> {
  attempt: Attempt<T>;
  options: RunOptions;
}

async function walk<T>(plan: Plan, remaining: Remaining, way: Walk<T>): Promise<{ result: T; target: Target }> {
  switch (plan.kind) {
    case "target":
      try {
        return { result: await way.attempt(plan, remaining.another, remaining.goesOnAt), target: plan };
      } catch (error) {
        if (AditError.isInstance(error)) lastTarget.set(error, plan);
        throw error;
      }
    case "loadbalance": {
      const index = drawFrom(plan, plan.sticky?.draw() ?? way.options.random(), way.options);
      const member = plan.members[index];
      if (member === undefined) throw noTarget(plan);
      return watched(plan.circuits?.[index], () => walk(member.plan, remaining, way));
    }
    case "fallback":
      return walkFallback(plan, remaining, way);
  }
}

async function walkFallback<T>(
  plan: Fallback,
  remaining: Remaining,
  way: Walk<T>,
): Promise<{ result: T; target: Target }> {
  const able = ableMembers(plan, [...plan.members.keys()], way.options);
  const last = able.at(-1);
  for (const index of able) {
    const member = plan.members[index];
    if (member === undefined) continue;
    const isLast = index === last;
    try {
      const below = isLast ? remaining : remainingBefore(plan, remaining);
      return await watched(plan.circuits?.[index], () => walk(member, below, way));
    } catch (error) {
      if (!AditError.isInstance(error) || isLast || !goesOn(plan, error)) throw error;
      if (way.options.mayGoOn?.() === false) throw error;
      await way.options.beforeNext?.();
      const target = lastTarget.get(error);
      if (target !== undefined) way.options.onPassed?.(target, error);
    }
  }
  throw noTarget(plan);
}

function remainingBefore({ onStatusCodes = [] }: Fallback, { goesOnAt }: Remaining): Remaining {
  return { another: true, goesOnAt: goesOnAt.length === 0 ? onStatusCodes : [...goesOnAt, ...onStatusCodes] };
}

function noTarget({ path }: Fallback | LoadBalance): AditError {
  return new AditError("no_target", `${path} leaves no target to call.`, { param: path });
}

/** The indexes of the members whose circuits are closed; all of them where none is, since then there is nothing better to try. */
export function ableMembers(
  plan: Fallback | LoadBalance,
  indexes: number[],
  options: Pick<RunOptions, "onSkipped"> = {},
): number[] {
  const { circuits } = plan;
  if (circuits === undefined) return indexes;
  const closed = indexes.filter((index) => circuits[index]?.isOpen() !== true);
  if (closed.length === 0) return indexes;
  for (const index of indexes) if (!closed.includes(index)) options.onSkipped?.(pathOfMember(plan, index));
  return closed;
}

function pathOfMember(plan: Fallback | LoadBalance, index: number): string {
  const member = plan.kind === "fallback" ? plan.members[index] : plan.members[index]?.plan;
  return member?.path ?? plan.path;
}

/** Runs, and tells the circuit how it ended. */
async function watched<T>(circuit: Circuit | undefined, run: () => Promise<T>): Promise<T> {
  if (circuit === undefined) return run();
  try {
    const result = await run();
    circuit.note(200);
    return result;
  } catch (error) {
    if (AditError.isInstance(error) && !isOurEnd(error)) circuit.note(error.status);
    throw error;
  }
}

/** Where an error came from, for the report of the path; kept beside the error so that its shape stays the library's. */
const lastTarget = new WeakMap<AditError, Target>();

/** The target whose failure this is, if a plan's walk met it. */
export function targetOfError(error: AditError): Target | undefined {
  return lastTarget.get(error);
}

/** True where a failure has a fallback try its next member. */
export function goesOn(plan: Pick<Fallback, "onStatusCodes">, error: AditError): boolean {
  if (isOurEnd(error)) return false;
  return plan.onStatusCodes === undefined || plan.onStatusCodes.includes(error.status);
}

/** The caller has left, or the gateway stops: no target is at fault, and none can help. */
function isOurEnd({ code }: AditError): boolean {
  return code === "client_closed" || code === "shutting_down";
}

/**
 * The index of the member that a number falls on. One that is drawn and has its circuit open leaves the draw to the others, by their
 * weights: its share of the numbers is spread over them, and who was drawn to another stays there.
 */
export function drawFrom(plan: LoadBalance, number: number, options: Pick<RunOptions, "onSkipped"> = {}): number {
  const drawn = drawnMember(plan.members, number);
  if (plan.circuits?.[drawn]?.isOpen() !== true) return drawn;
  const able = ableMembers(plan, drawableMembers(plan), options);
  if (able.includes(drawn)) return drawn;
  return drawnMember(plan.members, placeInShare(plan.members, number, drawn), (index) => able.includes(index));
}

/** Indexes of the members that have a weight. */
export function drawableMembers({ members }: LoadBalance): number[] {
  return [...members.keys()].filter((index) => (members[index]?.weight ?? 0) > 0);
}
