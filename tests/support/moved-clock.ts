/** Time that a test moves, for both ends at once: the gateway and the emulator run in one process. */
import { vi } from "vitest";

/** The emulator's clock in such a test: read anew, because `Date.now` itself is exchanged. */
export const heldNow = (): number => Date.now();

export interface MovedClock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Moves the time of day, and fires no timer: as if all had happened at once. */
  jump: (ms: number) => void;
  /** Lets the time pass: every timer that falls due fires, in order. Sockets live on meanwhile. */
  pass: (ms: number) => Promise<void>;
  restore: () => void;
}

/** Only `Date` is held: timers are the machine's. */
export function holdDate(): MovedClock {
  vi.useFakeTimers({ toFake: ["Date"] });
  return moved();
}

/** `Date`, the steady clock and timers are held. Nothing in this process times out unless the test lets the time pass. */
export function holdTime(): MovedClock {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  return moved();
}

function moved(): MovedClock {
  return {
    now: () => Date.now(),
    jump: (ms) => void vi.setSystemTime(Date.now() + ms),
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    restore: () => void vi.useRealTimers(),
  };
}

const realTimeout = globalThis.setTimeout;

/** Waits, by the machine's clock, until something is so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 12_000; tries += 1) {
    if (isSo()) return;
    await new Promise((resolve) => realTimeout(resolve, 5));
  }
  throw new Error(`Waited a minute in vain for ${what}.`);
}
