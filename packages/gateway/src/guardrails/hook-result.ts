/** What hooks found: as the reply shows it, in Portkey's shape, and as the log and the ledger keep it. Neither holds a piece of a text. */
import type { JsonObject } from "@adit/bedrock";
import type { Phase } from "./check.ts";
import type { Hook } from "./hook.ts";

export interface CheckResult {
  id: string;
  verdict: boolean;
  data: JsonObject | null;
  /** Milliseconds. */
  execution_time: number;
  transformed: boolean;
  created_at: string;
  log: null;
  error?: { name: string; message: string };
}

export interface HookResult {
  verdict: boolean;
  id: string;
  transformed: boolean;
  checks: CheckResult[];
  /** Null where the guardrail says nothing for this verdict. */
  feedback: HookFeedback | null;
  /** Milliseconds. */
  execution_time: number;
  async: boolean;
  type: Hook["type"];
  created_at: string;
  /** True for the one that refused, not for each that may. */
  deny: boolean;
}

export interface HookFeedback {
  value: number;
  weight: number;
  metadata: Record<string, string>;
}

export interface HookResults {
  before_request_hooks: HookResult[];
  after_request_hooks: HookResult[];
}

/** The name of what Bedrock's own guardrail did within a call, as a check, which Portkey has not. */
export const checkInCall = "bedrock.guardrailConfig";

/** One check's part in a request: names, verdict and time. */
export interface GuardrailFact {
  /** Id or slug of the guardrail. */
  guardrail: string;
  /** Such as `default.regexMatch`. */
  check: string;
  when: "before_request" | "after_request";
  verdict: boolean;
  /** True where it changed the request or the answer. */
  transformed: boolean;
  /** Milliseconds since 1970; undefined for a check that Bedrock made within the call. */
  startedAt: number | undefined;
  durationMs: number;
  /** Why the check itself failed. */
  error: string | undefined;
  /** True: nobody waited for it. */
  isAsync?: true;
}

/** What a guardrail's `on_success` or `on_fail` says of the request. */
export interface GuardrailFeedbackFact {
  guardrail: string;
  value: number;
  weight: number;
  metadata: Readonly<Record<string, string>>;
  /** True: nobody waited for it. */
  isAsync?: true;
}

export interface HookFacts {
  checks: GuardrailFact[];
  feedback: GuardrailFeedbackFact | undefined;
}

export function hookResult(hook: Hook, checks: CheckResult[], times: { startedAt: number; now: number }): HookResult {
  // What could not judge has not failed: those that fail on errors have the verdict without the error's excuse.
  const verdict =
    hook.type === "mutator" || checks.every(({ verdict: passed, error }) => passed || error !== undefined);
  return {
    verdict,
    id: hook.id,
    transformed: checks.some(({ transformed }) => transformed),
    checks,
    feedback: feedbackOf(verdict ? hook.onSuccess : hook.onFail, checks),
    execution_time: times.now - times.startedAt,
    async: hook.isAsync,
    type: hook.type,
    created_at: new Date(times.startedAt).toISOString(),
    deny: hook.deny && !verdict,
  };
}

/** The result without changes that nobody got; `isIn`: whether what the check of this place changed was given on. */
export function withChanges(result: HookResult, isIn: (index: number) => boolean): HookResult {
  const checks = result.checks.map((check, index) => ({ ...check, transformed: check.transformed && isIn(index) }));
  return { ...result, checks, transformed: checks.some(({ transformed }) => transformed) };
}

/** Of a guardrail that could not be run: each of its checks has failed, and says why. */
export function unjudged(hook: Hook, error: unknown, now: number): HookResult {
  const message = error instanceof Error ? error.message : "The guardrail failed.";
  const checks = hook.checks.map(({ id }) => ({
    id,
    verdict: false,
    data: null,
    execution_time: 0,
    transformed: false,
    created_at: new Date(now).toISOString(),
    log: null,
    error: { name: "Check error", message },
  }));
  return hookResult(hook, checks, { startedAt: now, now });
}

function feedbackOf(given: Hook["onSuccess"], checks: readonly CheckResult[]): HookFeedback | null {
  if (given === undefined) return null;
  const named = (holds: (check: CheckResult) => boolean): string =>
    checks
      .filter(holds)
      .map(({ id }) => id)
      .join(", ");
  return {
    value: given.value,
    weight: given.weight,
    metadata: {
      ...given.metadata,
      successfulChecks: named(({ verdict }) => verdict),
      failedChecks: named(({ verdict, error }) => !verdict && error === undefined),
      erroredChecks: named(({ verdict, error }) => !verdict && error !== undefined),
    },
  };
}

export function factsOf(result: HookResult, phase: Phase, hook: Hook): HookFacts {
  const { id, checks, feedback } = result;
  const mark = hook.isAsync ? { isAsync: true as const } : undefined;
  return {
    checks: checks.map((check) => ({
      guardrail: id,
      check: check.id,
      when: phase === "before" ? "before_request" : "after_request",
      verdict: check.verdict,
      transformed: check.transformed,
      startedAt: Date.parse(check.created_at),
      durationMs: check.execution_time,
      error: check.error?.message,
      ...mark,
    })),
    feedback: feedback === null ? undefined : { guardrail: id, ...feedback, ...mark },
  };
}
