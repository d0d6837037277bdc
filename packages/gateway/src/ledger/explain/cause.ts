/** What an explanation is made of. */
import type { AttemptOfCall, CallRecord } from "../record/call-record.ts";

export interface Cause {
  /** Stable, such as `throttled` or `error.ValidationException`. */
  id: string;
  about: "failure" | "slowness" | "cost" | "notice";
  /** What is behind it, in one sentence. */
  cause: string;
  /** What the record says for it. */
  evidence: string[];
  remedy: string;
  /** An IAM policy, or a config, ready to paste. */
  paste: object | undefined;
}

/** Undefined where the rule does not hold. */
export type Rule = (record: CallRecord) => Cause | undefined;

export function failedAttempts({ attempts }: CallRecord): AttemptOfCall[] {
  return attempts.filter(({ error }) => error !== undefined);
}
