import { serverTimeOf } from "../../auth/server-time.ts";
import type { AditError } from "../../errors/adit-error.ts";

/** AWS refuses at five minutes; a smaller difference of the clocks is not what it complains of. */
const leastSkewMs = 4 * 60_000;

/** Codes under which AWS reports a signature's age, which its words then confirm. */
const ageWords = /signature expired|not yet current|too skewed|request (has )?expired/i;

/** How far AWS's clock is ahead of ours, by origin, learned from refusals. */
export class ClockOffsets {
  readonly #byOrigin = new Map<string, number>();

  /** Milliseconds to add to our clock for this origin; 0 until learned. */
  of(origin: string): number {
    return this.#byOrigin.get(origin) ?? 0;
  }

  /**
   * Learns from a refusal: true when its words speak of the signature's age and its `Date` differs from the time that was signed,
   * so that one more try can succeed. A refusal with a `Date` that agrees with it is not the clock's fault. What is known by now tells
   * nothing of that: of calls that were sent together the first that is refused teaches it, and the others were signed before.
   */
  learn(refusal: {
    error: AditError;
    origin: string;
    date: string | undefined;
    /** The time that was signed, in milliseconds since 1970, and our clock as the refusal came. */
    signed: number;
    now: number;
  }): boolean {
    if (refusal.error.status !== 403 && refusal.error.status !== 400) {
      return false;
    }
    const serverTime = serverTimeOf(refusal.date);
    if (serverTime === undefined || !ageWords.test(refusal.error.message)) {
      return false;
    }
    if (Math.abs(serverTime - refusal.signed) < leastSkewMs) {
      return false;
    }
    this.#byOrigin.set(refusal.origin, serverTime - refusal.now);
    return true;
  }
}
