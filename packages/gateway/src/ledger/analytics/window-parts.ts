/** What a window is counted by: whole hours and minutes by their sums, and at its edges the calls themselves. Pure. */
import { minuteMs } from "./call-sums.ts";

export interface Window {
  from: number;
  to: number;
}

/** A part that is added up, or taken away again. */
export interface WindowPart extends Window {
  /** Length of the sums that it is made of; undefined: calls, one by one. */
  stepMs: number | undefined;
  isTaken: boolean;
}

export interface PartsOptions {
  /** Lengths of the sums that may be read, the longest first. */
  steps: readonly number[];
  /** Sums by the minute are kept from here on. */
  minutesFrom: number;
}

/**
 * A sum that the window's end cuts is counted whole, and what lies behind the end is taken away: so windows that meet add up, also where
 * calls have been deleted whose sums stay.
 */
export function partsOf({ from, to }: Window, { steps, minutesFrom }: PartsOptions, isTaken = false): WindowPart[] {
  if (from >= to) return [];
  const [stepMs, ...finer] = steps;
  if (stepMs === undefined) return [{ from, to, stepMs, isTaken }];
  const options = { steps: finer, minutesFrom };
  const first = ceiling(from, stepMs);
  const last = ceiling(to, stepMs);
  const isKept = stepMs !== minuteMs || from - (from % minuteMs) >= minutesFrom;
  if (first >= last || !isKept) return partsOf({ from, to }, options, isTaken);
  return [
    ...partsOf({ from, to: first }, options, isTaken),
    { from: first, to: last, stepMs, isTaken },
    ...partsOf({ from: to, to: last }, options, !isTaken),
  ];
}

function ceiling(at: number, stepMs: number): number {
  const over = at % stepMs;
  return over === 0 ? at : at + stepMs - over;
}
