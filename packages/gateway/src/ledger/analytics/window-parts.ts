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
  /** A sum whose time ends behind this moment is not read where the window's end cuts it: the calls up to there are, one by one. */
  cutUntil: number;
}

/**
 * A sum that the window's end cuts is counted whole, and what lies behind the end is taken away: so windows that meet add up, also where
 * calls have been deleted whose sums stay.
 */
export function partsOf({ from, to }: Window, options: PartsOptions, isTaken = false): WindowPart[] {
  if (from >= to) return [];
  const [stepMs, ...steps] = options.steps;
  if (stepMs === undefined) return [{ from, to, stepMs, isTaken }];
  const finer = { ...options, steps };
  const first = ceiling(from, stepMs);
  const isCut = ceiling(to, stepMs) <= options.cutUntil;
  const last = isCut ? ceiling(to, stepMs) : to - (to % stepMs);
  const isKept = stepMs !== minuteMs || from - (from % minuteMs) >= options.minutesFrom;
  if (first >= last || !isKept) return partsOf({ from, to }, finer, isTaken);
  const rest = isCut ? partsOf({ from: to, to: last }, finer, !isTaken) : partsOf({ from: last, to }, finer, isTaken);
  return [...partsOf({ from, to: first }, finer, isTaken), { from: first, to: last, stepMs, isTaken }, ...rest];
}

function ceiling(at: number, stepMs: number): number {
  const over = at % stepMs;
  return over === 0 ? at : at + stepMs - over;
}
