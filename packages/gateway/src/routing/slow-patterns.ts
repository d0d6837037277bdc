/**
 * Callers whose conditions keep taking too long. Each such request is refused after a bounded number of steps, for which all others wait;
 * who goes on sending them gets fewer steps for a while, each time longer. Requests whose conditions are quick pass all the while.
 */
import type { CallerPrincipal } from "../access/principal.ts";
import { BackOff } from "../access/back-off.ts";
import { steadyNow } from "../steady-now.ts";

/**
 * Steps that the patterns of all conditions of a request may take together: 10 ms of a small machine's, for which all others wait. Each
 * character of a text takes one at least, so this bounds the texts too.
 */
export const mostPatternSteps = 100_000;
/** For who has to wait. */
const fewPatternSteps = 5_000;

const rule = { free: 5, firstMs: 1_000, longestMs: 60_000 };

export class SlowPatterns {
  readonly #now: () => number;
  readonly #failures = new BackOff(rule);

  /** `now`: a clock that only goes forward. */
  constructor(now: () => number = steadyNow) {
    this.#now = now;
  }

  /** The steps that the caller's next request may take. */
  stepsFor(principal: CallerPrincipal): number {
    if (this.#failures.isEmpty) return mostPatternSteps;
    return this.#failures.waitMs(nameOf(principal), this.#now()) > 0 ? fewPatternSteps : mostPatternSteps;
  }

  /** Notes a request that took too long. Gives how many milliseconds the caller had to wait before it; 0 where it had not. */
  note(principal: CallerPrincipal): number {
    return this.#failures.begin(nameOf(principal), this.#now());
  }
}

function nameOf(principal: CallerPrincipal): string {
  return principal.kind === "gateway_key" ? principal.key.id : principal.kind;
}
