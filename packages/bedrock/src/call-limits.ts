/** How often and how long a call is tried, as a program gives it. */
import {
  aFunction,
  needKnownOptions,
  withoutNulls,
  yesOrNo,
  type KnownOptions,
  type OptionForm,
} from "./known-options.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./wire/attempts/retry.ts";
import type { TimeLimits } from "./wire/transport/time-limits.ts";

/** Infinity is one. */
const aNumber: OptionForm = {
  words: "a number of at least 0",
  fits: (value) => typeof value === "number" && value >= 0,
};
/** Node's timers take 31 bits, and fire at once beyond. */
const milliseconds: OptionForm = {
  words: "a number of milliseconds from 0 to 2147483647",
  fits: (value) => typeof value === "number" && value >= 0 && value <= 2_147_483_647,
};

const ofRetry: KnownOptions<keyof RetryPolicy> = {
  attempts: aNumber,
  maxTotalMs: aNumber,
  onStatusCodes: {
    words: "a list of HTTP statuses",
    fits: (value) => Array.isArray(value) && value.every((status) => Number.isInteger(status)),
  },
  useRetryAfter: yesOrNo,
  waitMs: milliseconds,
  mayGoOn: aFunction,
  onWait: aFunction,
  beforeRetry: aFunction,
};

const ofLimits: KnownOptions<keyof TimeLimits> = {
  connectMs: milliseconds,
  firstByteMs: milliseconds,
  idleMs: milliseconds,
  totalMs: milliseconds,
};

/** The policy, with defaults for what it leaves out. Throws AditError `invalid_request` where it is not a policy. */
export function retryPolicyFrom(given: Partial<RetryPolicy>, path: string): RetryPolicy {
  needKnownOptions(given, ofRetry, path, path);
  return { ...defaultRetryPolicy, ...withoutNulls(given) };
}

/**
 * The limits that are given. Throws AditError `invalid_request` for other values: a text, say, would be taken for a moment in the far
 * future.
 */
export function timeLimitsFrom(given: Partial<TimeLimits>, path: string): Partial<TimeLimits> {
  needKnownOptions(given, ofLimits, path, path);
  return withoutNulls(given);
}
