/** The windows in which limits count, in UTC. Pure. */
import type { Cycle, LimitPeriod } from "../limit.ts";

/** From `start` until just before `end`, in milliseconds since 1970. */
export interface LimitWindow {
  start: number;
  end: number;
}

export const dayMs = 86_400_000;
/** 1970 began on a Thursday; weeks begin on Sunday, as Portkey's do. */
const firstSundayMs = 3 * dayMs;

const lengths = { second: 1_000, minute: 60_000, hour: 3_600_000, day: dayMs, daily: dayMs } as const;

/** What of a limit says when its windows begin. */
export interface Periodic {
  period: LimitPeriod;
  cycle?: Cycle | undefined;
}

/** The window that `now` falls into. */
export function windowOf({ period, cycle }: Periodic, now: number): LimitWindow {
  switch (period) {
    case "total":
      return { start: 0, end: Infinity };
    case "days": {
      const { days, from } = cycle ?? { days: 1, from: 0 };
      return fixedWindow(now, { length: days * dayMs, from });
    }
    case "week":
    case "weekly":
      return fixedWindow(now, { length: 7 * dayMs, from: firstSundayMs });
    case "monthly":
      return monthOf(new Date(now));
    case "second":
    case "minute":
    case "hour":
    case "day":
    case "daily":
      return fixedWindow(now, { length: lengths[period], from: 0 });
  }
}

function fixedWindow(now: number, { length, from }: { length: number; from: number }): LimitWindow {
  const start = Math.floor((now - from) / length) * length + from;
  return { start, end: start + length };
}

function monthOf(date: Date): LimitWindow {
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
}
