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
  feedback: HookFeedback;
  /** Milliseconds. */
  execution_time: number;
  async: boolean;
  type: Hook["type"];
  created_at: string;
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

/** One guardrail's part in a request: names, verdicts and times. */
export interface GuardrailFact {
  id: string;
  phase: Phase;
  verdict: boolean;
  /** Milliseconds. */
  ms: number;
  deny: boolean;
  async: boolean;
  transformed: boolean;
  checks: { id: string; verdict: boolean; ms: number; error?: string }[];
  /** What its `on_success` or `on_fail` gives, where it says something. */
  feedback?: { value: number; weight: number };
}

export function hookResult(hook: Hook, checks: CheckResult[], times: { startedAt: number; now: number }): HookResult {
  return {
    // What could not judge has not failed: those that fail on errors have the verdict without the error's excuse.
    verdict: hook.type === "mutator" || checks.every(({ verdict, error }) => verdict || error !== undefined),
    id: hook.id,
    transformed: checks.some(({ transformed }) => transformed),
    checks,
    feedback: feedbackOf(hook, checks),
    execution_time: times.now - times.startedAt,
    async: hook.isAsync,
    type: hook.type,
    created_at: new Date(times.startedAt).toISOString(),
    deny: hook.deny,
  };
}

function feedbackOf(hook: Hook, checks: readonly CheckResult[]): HookFeedback {
  const named = (holds: (check: CheckResult) => boolean): string =>
    checks.filter(holds).map(({ id }) => id).join(", "); // prettier-ignore
  const given = checks.some(({ verdict }) => !verdict) ? hook.onFail : hook.onSuccess;
  return {
    value: given?.value ?? 0,
    weight: given?.weight ?? 0,
    metadata: {
      ...given?.metadata,
      successfulChecks: named(({ verdict }) => verdict),
      failedChecks: named(({ verdict, error }) => !verdict && error === undefined),
      erroredChecks: named(({ verdict, error }) => !verdict && error !== undefined),
    },
  };
}

export function factOf(result: HookResult, phase: Phase, hook: Hook): GuardrailFact {
  const { id, verdict, execution_time: ms, deny, async: isAsync, transformed, checks, feedback } = result;
  const hasFeedback = hook.onFail !== undefined || hook.onSuccess !== undefined;
  return {
    id,
    phase,
    verdict,
    ms,
    deny,
    async: isAsync,
    transformed,
    checks: checks.map((check) => ({
      id: check.id,
      verdict: check.verdict,
      ms: check.execution_time,
      ...(check.error !== undefined && { error: check.error.name }),
    })),
    ...(hasFeedback && { feedback: { value: feedback.value, weight: feedback.weight } }),
  };
}
