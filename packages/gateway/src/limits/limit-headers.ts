/** What is left, in headers: rate limits under the names that OpenAI's clients know, budgets under Adit's. Pure. */
import { dollarsOf } from "@adit/bedrock";
import type { Counter } from "./pools/counter.ts";
import type { Limit } from "./limit.ts";

type Figures = Pick<Counter, "limit" | "remaining" | "window">;

/** Of several limits of a kind the one with the smallest part left. What is not known is left out. */
export function limitHeaders(counters: readonly Figures[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  tellLimits(counters, now, (name, value) => (headers[name] = value));
  return headers;
}

/** As {@link limitHeaders}, one by one. */
export function tellLimits(
  counters: readonly Figures[],
  now: number,
  put: (name: string, value: string) => void,
): void {
  for (const unit of ["requests", "tokens"] as const) {
    const rate = tightest(counters, "rate", unit);
    if (rate?.remaining === undefined) continue;
    put(`x-ratelimit-limit-${unit}`, String(rate.limit.amount));
    put(`x-ratelimit-remaining-${unit}`, String(rate.remaining));
    put(`x-ratelimit-reset-${unit}`, spanOf(rate.window.end - now));
  }
  const cost = tightest(counters, "budget", "cost");
  if (cost?.remaining !== undefined) {
    put("x-adit-budget-limit", dollarsOf(cost.limit.amount));
    put("x-adit-budget-remaining", dollarsOf(cost.remaining));
  }
  const tokens = tightest(counters, "budget", "tokens");
  if (tokens?.remaining !== undefined) {
    put("x-adit-budget-limit-tokens", String(tokens.limit.amount));
    put("x-adit-budget-remaining-tokens", String(tokens.remaining));
  }
}

function tightest(counters: readonly Figures[], kind: Limit["kind"], unit: Limit["unit"]): Figures | undefined {
  let found: Figures | undefined;
  for (const counter of counters) {
    const { limit } = counter;
    if (limit.kind !== kind || limit.unit !== unit) continue;
    if (found === undefined || isTighter(counter, found)) found = counter;
  }
  return found;
}

/** A limit of which nothing is known is left out. */
function isTighter({ limit, remaining }: Figures, than: Figures): boolean {
  if (remaining === undefined || than.remaining === undefined) return than.remaining === undefined;
  // remaining / amount, compared without dividing.
  return remaining * than.limit.amount < than.remaining * limit.amount;
}

/** As OpenAI writes spans: `6m0s`, `1.5s`, `20ms`. */
export function spanOf(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms));
  if (whole < 1_000) return `${whole}ms`;
  const seconds = whole / 1_000;
  if (seconds < 60) return `${seconds}s`;
  const rounded = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(rounded / 3_600), Math.floor(rounded / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ""}${minutes}m${rounded % 60}s`;
}
