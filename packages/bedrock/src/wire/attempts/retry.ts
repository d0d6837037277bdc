import type { AditError } from "../../errors/adit-error.ts";

/** When and how often a call is tried again at the same target. */
export interface RetryPolicy {
  /** Tries after the first; 0 is one try. */
  attempts: number;
  /** The most that all waits between tries may add up to, in milliseconds. */
  maxTotalMs: number;
  /** Statuses that are tried again. Where they are given, the error table is not asked. */
  onStatusCodes?: readonly number[];
  /** True: an answer's `Retry-After` is the wait. */
  useRetryAfter?: boolean;
  /** A fixed wait between two tries, in milliseconds, instead of a random one that grows. */
  waitMs?: number;
  /** Asked before each further try: false ends them. */
  mayGoOn?: (() => boolean) | undefined;
  /** Told before the wait for each further try how many milliseconds it takes. */
  onWait?: ((ms: number) => void) | undefined;
  /** Asked after the wait for each further try. An error that it gives ends the tries and is thrown. */
  beforeRetry?: ((failure: AditError) => Promise<AditError | undefined> | undefined) | undefined;
}

/** At most two more tries, three seconds of waiting in all. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 2, maxTotalMs: 3_000 };

/** First wait at most this long; it doubles with every try. A quota needs longer to recover than a broken connection. */
const firstWaitMs = { quota: 500, other: 100 } as const;
const longestWaitMs = 20_000;

/**
 * The wait before the next try in milliseconds, or undefined when there is to be none. `retries` counts the tries after the
 * first so far, `waitedMs` adds up their waits. The wait is drawn evenly between 0 and a bound that doubles ("full jitter",
 * AWS Architecture Blog, "Exponential Backoff And Jitter"). `random` gives 0 to 1, 1 excluded.
 */
export function nextRetryWait(
  error: AditError,
  policy: RetryPolicy,
  spent: { retries: number; waitedMs: number },
  random: () => number,
): number | undefined {
  // Said so that what is no number ends the tries.
  if (!(spent.retries < policy.attempts) || !mayRetry(error, policy)) {
    return undefined;
  }
  const wait = waitFor(error, policy, spent.retries, random);
  return spent.waitedMs + wait <= policy.maxTotalMs ? wait : undefined;
}

/**
 * By the error table, unless the policy lists statuses. A quota of the day is never tried again; neither is, without a list,
 * a call that has already waited for its whole first-byte limit.
 */
function mayRetry(error: AditError, policy: RetryPolicy): boolean {
  if (policy.mayGoOn?.() === false) {
    return false;
  }
  if (error.code === "client_closed" || (error.code === "ThrottlingException" && !error.retryable)) {
    return false;
  }
  if (policy.onStatusCodes !== undefined) {
    return policy.onStatusCodes.includes(error.status);
  }
  return error.retryable && error.code !== "first_byte_timeout";
}

function waitFor(error: AditError, policy: RetryPolicy, retries: number, random: () => number): number {
  if (policy.useRetryAfter === true && error.retryAfterSeconds !== undefined) {
    return error.retryAfterSeconds * 1000;
  }
  if (policy.waitMs !== undefined) {
    return policy.waitMs;
  }
  const first = error.status === 429 ? firstWaitMs.quota : firstWaitMs.other;
  return random() * Math.min(longestWaitMs, first * 2 ** retries);
}
