/** A plan as data to show: names and numbers, never a secret nor a value of the body's. */
import type { LoadBalance, Plan, Target } from "./plan.ts";
import type { HookSource } from "../../guardrails/hook.ts";
import { pathsOfRules } from "../config/params.ts";
import { drawableMembers, drawFrom } from "../run-plan.ts";

export type PlanView = TargetView | FallbackView | LoadBalanceView;

export interface TargetView {
  kind: "target";
  path: string;
  provider: Target["provider"];
  model: string;
  /** Absent for `openai`. */
  region?: string;
  /** Name and source of the credential. */
  credential: string;
  /** Absent where it is AWS's own. */
  host?: string;
  /** Rules for the body, by their paths. */
  params: string[];
  /** What they take out of the body, and those that are not followed. */
  dropped: readonly string[];
  retry?: { attempts: number; on_status_codes?: readonly number[]; use_retry_after_header: boolean };
  request_timeout?: number;
  idle_timeout?: number;
  cache?: { mode: string; max_age?: number };
  /** Ids of its guardrails, or slugs of saved ones. Absent where it has none. */
  guardrails?: { before: string[]; after: string[] };
}

export interface FallbackView {
  kind: "fallback";
  path: string;
  /** Absent: any that is not 2xx. */
  on_status_codes?: readonly number[];
  members: PlanView[];
}

export interface LoadBalanceView {
  kind: "loadbalance";
  path: string;
  /** Where requests that are alike are drawn alike: the member that this one falls on. */
  sticky?: string;
  /** `share`: of all draws, from 0 to 1. */
  members: { weight: number; share: number; plan: PlanView }[];
}

export function viewOfPlan(plan: Plan): PlanView {
  switch (plan.kind) {
    case "target":
      return viewOfTarget(plan);
    case "fallback": {
      const { kind, path, onStatusCodes, members } = plan;
      return {
        kind,
        path,
        ...(onStatusCodes !== undefined && { on_status_codes: onStatusCodes }),
        members: members.map(viewOfPlan),
      };
    }
    case "loadbalance":
      return viewOfLoadBalance(plan);
  }
}

function viewOfLoadBalance(plan: LoadBalance): LoadBalanceView {
  const { kind, path, members, sticky } = plan;
  const total = drawableMembers(plan).reduce((sum, index) => sum + (members[index]?.weight ?? 0), 0);
  const drawn = sticky === undefined ? undefined : members[drawFrom(plan, sticky.peek())];
  return {
    kind,
    path,
    ...(drawn !== undefined && { sticky: drawn.plan.path }),
    members: members.map(({ weight, plan: member }) => ({ weight, share: weight / total, plan: viewOfPlan(member) })),
  };
}

function viewOfTarget(target: Target): TargetView {
  const { path, provider, model, region, retry, requestTimeoutMs, idleTimeoutMs, cache, baseUrl, hooks } = target;
  return {
    kind: "target",
    path,
    provider,
    model,
    ...(region !== "" && { region }),
    credential: target.credentials?.label ?? target.apiKeyLabel ?? "",
    // The path of a host is the caller's own text.
    ...(baseUrl !== undefined && { host: new URL(baseUrl).origin }),
    params: pathsOfRules(target.paramRules, path),
    dropped: target.droppedParams,
    ...(retry !== undefined && {
      retry: {
        attempts: retry.attempts,
        ...(retry.onStatusCodes !== undefined && { on_status_codes: retry.onStatusCodes }),
        use_retry_after_header: retry.useRetryAfterHeader,
      },
    }),
    ...(requestTimeoutMs !== undefined && { request_timeout: requestTimeoutMs }),
    ...(idleTimeoutMs !== undefined && { idle_timeout: idleTimeoutMs }),
    ...(cache !== undefined && {
      cache: { mode: cache.mode, ...(cache.max_age !== undefined && { max_age: cache.max_age }) },
    }),
    ...(hooks !== undefined && {
      guardrails: { before: hooks.before.map(nameOfHook), after: hooks.after.map(nameOfHook) },
    }),
  };
}

function nameOfHook(source: HookSource): string {
  return source.kind === "saved" ? source.slug : source.hook.id;
}
