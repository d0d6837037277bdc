import { AditError, type CancelSignal, type TimeLimits } from "@adit/bedrock";
import type { RetryRule, Target } from "../routing/plan/plan.ts";
import { followingSignal } from "./following-signal.ts";
import type { RetryPlace } from "../routing/retry-policy.ts";

/** Node's timers take 31 bits of milliseconds, 24 days; beyond that they fire at once. */
const longestTimer = 2_147_483_647;

/** A signal that follows `signal` and also aborts after `ms` with `request_timeout`; `clear` ends the watch. */
export function withTimeout(signal: CancelSignal, ms: number): Timeout {
  const own = followingSignal(signal);
  const end = (): void => {
    own.abort(new AditError("request_timeout", `Request exceeded the timeout sent in the request: ${ms}ms`));
  };
  const begin = (waitMs: number): NodeJS.Timeout => setTimeout(end, Math.min(waitMs + ms, longestTimer));
  let timer = begin(0);
  const restart = (waitMs = 0): void => {
    clearTimeout(timer);
    timer = begin(waitMs);
  };
  return { signal: own, restart, clear: () => clearTimeout(timer) };
}

interface Timeout {
  signal: CancelSignal;
  /** The whole time from now on, or from the end of a wait of so many milliseconds. Not after its end. */
  restart: (waitMs?: number) => void;
  clear: () => void;
}

/**
 * Runs a target's tries, each of which has the whole of `ms`; waits between them are none. One that takes longer is a 408, and is followed by
 * another where the target's `retry` lists that status and has tries left.
 */
export async function triesInTime<Way extends RetryPlace & { signal: CancelSignal }, Answer>(
  way: Way,
  { ms, rule }: { ms: number; rule: RetryRule | undefined },
  run: (way: Way) => Promise<Answer>,
): Promise<Answer> {
  for (let triesBefore = 0; ;) {
    const timeout = withTimeout(way.signal, ms);
    const timed = timedWay(way, timeout, triesBefore);
    try {
      return await run(timed.way);
    } catch (error) {
      // A try that waited for its credentials alone was none that anybody was told of.
      triesBefore += Math.max(1, timed.tries());
      if (!isTriedAgain(error, rule, triesBefore) || way.mayGoOn?.() === false) throw error;
      const refusal = await way.beforeRetry?.(error);
      if (refusal !== undefined) throw refusal;
    } finally {
      timeout.clear();
    }
  }
}

/** The way of tries under one timeout, and how many there were. */
function timedWay<Way extends RetryPlace>(
  way: Way,
  { signal, restart }: Timeout,
  triesBefore: number,
): { way: Way; tries: () => number } {
  let tries = 0;
  const beforeRetry = async (failure: AditError): Promise<AditError | undefined> => {
    const refusal = await way.beforeRetry?.(failure);
    restart();
    return refusal;
  };
  const onAttempt: RetryPlace["onAttempt"] = (made) => {
    tries = Math.max(tries, made.number);
    way.onAttempt({ ...made, number: made.number + triesBefore });
  };
  return { way: { ...way, signal, triesBefore, onWait: restart, beforeRetry, onAttempt }, tries: () => tries };
}

function isTriedAgain(error: unknown, rule: RetryRule | undefined, tries: number): error is AditError {
  return (
    AditError.isInstance(error) &&
    error.code === "request_timeout" &&
    rule?.onStatusCodes?.includes(error.status) === true &&
    tries <= rule.attempts
  );
}

const patient: Partial<TimeLimits> = { firstByteMs: 3_600_000 };

/**
 * The limits of a stream, from AWS or from another host. That of its first frame is the model's: how long the caller waits for a status
 * line is decided elsewhere. Between frames it may be as silent as the target's `idle_timeout` allows.
 */
export function streamLimitsOf({ idleTimeoutMs }: Pick<Target, "idleTimeoutMs">): Partial<TimeLimits> {
  return idleTimeoutMs === undefined ? patient : { ...patient, idleMs: idleTimeoutMs };
}
