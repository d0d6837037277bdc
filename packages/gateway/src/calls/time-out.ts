import { AditError, type CancelSignal, type TimeLimits } from "@adit/bedrock";
import type { Target } from "../routing/plan.ts";
import { followingSignal } from "./following-signal.ts";

/** Node's timers take 31 bits of milliseconds, 24 days; beyond that they fire at once. */
const longestTimer = 2_147_483_647;

/** A signal that follows `signal` and also aborts after `ms` with `request_timeout`; `clear` ends the watch. */
export function withTimeout(signal: CancelSignal, ms: number): { signal: CancelSignal; clear: () => void } {
  const own = followingSignal(signal);
  const timer = setTimeout(
    () => {
      own.abort(new AditError("request_timeout", `Request exceeded the timeout sent in the request: ${ms}ms`));
    },
    Math.min(ms, longestTimer),
  );
  return { signal: own, clear: () => clearTimeout(timer) };
}

const patient: Partial<TimeLimits> = { firstByteMs: 3_600_000 };

/**
 * The limits of a stream from AWS. That of its first frame is the model's: how long the caller waits for a status line is decided elsewhere.
 * Between frames it may be as silent as the target's `idle_timeout` allows.
 */
export function streamLimitsOf({ idleTimeoutMs }: Pick<Target, "idleTimeoutMs">): Partial<TimeLimits> {
  return idleTimeoutMs === undefined ? patient : { ...patient, idleMs: idleTimeoutMs };
}
