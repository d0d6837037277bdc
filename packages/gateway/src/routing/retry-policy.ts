import { AditError, defaultRetryPolicy, type AttemptRecord, type RetryPolicy } from "@adit/bedrock";
import type { RetryRule } from "./plan/plan.ts";

/** The waits of a target's own retries end here, as Portkey's do. */
const longestTotalMs = 60_000;
const onlyOnce: RetryPolicy = { attempts: 0, maxTotalMs: 0 };

/** A transmission. */
export interface AttemptOfPart extends AttemptRecord {
  /** Which of the calls it is for, where the target gets the request as several. */
  part?: number | undefined;
}

/** What is around a target's tries. */
export interface RetryPlace {
  /** A failure here goes on to another target, so waiting to try again would only cost time. */
  anotherRemains: boolean;
  /** False once the caller has been given a status line: then nothing is re-run. Undefined where that comes with the answer alone. */
  mayGoOn: (() => boolean) | undefined;
  /** Told of the wait before each try after the first. Undefined: nobody is. */
  onWait?: RetryPolicy["onWait"];
  /** Asked before each try after the first: an error that it gives stands for the failure, and ends the tries. Undefined: nothing asks. */
  beforeRetry: RetryPolicy["beforeRetry"];
  /** Tries that the target's rule has paid for before: those that ran into its `request_timeout`. */
  triesBefore?: number | undefined;
  /** Called after each transmission; the code is there where it failed. */
  onAttempt: (made: AttemptOfPart) => void;
}

/**
 * How often one target is tried: as its `retry` says; without one, not again where another target remains, else by the library's
 * default.
 */
export function retryPolicyOf(rule: RetryRule | undefined, place: Omit<RetryPlace, "onAttempt">): RetryPolicy {
  const policy =
    rule === undefined ? (place.anotherRemains ? onlyOnce : defaultRetryPolicy) : policyOf(rule, place.triesBefore);
  const { mayGoOn, onWait, beforeRetry } = place;
  return mayGoOn === undefined && beforeRetry === undefined ? policy : { mayGoOn, onWait, beforeRetry, ...policy };
}

function policyOf(rule: RetryRule, triesBefore = 0): RetryPolicy {
  return {
    attempts: rule.attempts - triesBefore,
    maxTotalMs: longestTotalMs,
    useRetryAfter: rule.useRetryAfterHeader,
    ...(rule.onStatusCodes !== undefined && { onStatusCodes: rule.onStatusCodes }),
    ...(rule.waitMs !== undefined && { waitMs: rule.waitMs }),
  };
}

/** True where the target's rule would have tried again, had the answer not asked for a longer wait than its tries get. */
export function isWaitTooLong(rule: RetryRule | undefined, thrown: unknown): boolean {
  if (rule === undefined || rule.attempts === 0 || !rule.useRetryAfterHeader || !AditError.isInstance(thrown))
    return false;
  const isTriedAgain = rule.onStatusCodes?.includes(thrown.status) ?? thrown.retryable;
  return isTriedAgain && (thrown.retryAfterSeconds ?? 0) * 1_000 > longestTotalMs;
}
