import type { RetryPolicy } from "@adit/bedrock";
import type { RetryRule } from "../routing/plan.ts";

/** The waits of a target's own retries end here, as Portkey's do. */
const longestTotalMs = 60_000;

/**
 * How often one target is tried: as its `retry` says; without one, not again where another target remains,
 * else by the library's default (undefined).
 */
export function retryPolicyOf(rule: RetryRule | undefined, anotherRemains: boolean): RetryPolicy | undefined {
  if (rule === undefined) return anotherRemains ? { attempts: 0, maxTotalMs: 0 } : undefined;
  return {
    attempts: rule.attempts,
    maxTotalMs: longestTotalMs,
    useRetryAfter: rule.useRetryAfterHeader,
    ...(rule.onStatusCodes !== undefined && { onStatusCodes: rule.onStatusCodes }),
  };
}
