import { listenForAbort, type CancelSignal } from "./cancel-signal.ts";

/** Time as the library sees it. Passed in, so that tests can hold or move it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /**
   * Milliseconds from anywhere, by a clock that only goes forward. Limits of time and spans go by it: the time of day may be set meanwhile,
   * and all that waits would be late at once, or wait for the time that was set back, too. Default: `now`.
   */
  steady?(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: CancelSignal): Promise<void>;
}

/** The moment from which and until which a span is measured. */
export function steadyTime(clock: Clock): number {
  return clock.steady === undefined ? clock.now() : clock.steady();
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => Math.floor(performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        // Of two signals as one, the other still has it.
        signal?.removeEventListener("abort", onAbort);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      listenForAbort(signal, onAbort);
    }),
};
