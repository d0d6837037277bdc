/** What is left, in headers: rate limits under the names that OpenAI's clients know, budgets under Adit's. Pure. */
import { dollarsOf } from "@adit/bedrock";
import type { Counter } from "./counter.ts";
import type { Limit } from "./limit.ts";

type Figures = Pick<Counter, "limit" | "remaining" | "window">;
type KnownFigures = Figures & { remaining: bigint };

/** Of several limits of a kind the one with the smallest part left. What is not known is left out. */
export function limitHeaders(counters: readonly Figures[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const unit of ["requests", "tokens"] as const) {
    const rate = tightest(counters, (limit) => limit.kind === "rate" && limit.unit === unit);
    if (rate === undefined) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(rate.limit.amount);
    headers[`x-ratelimit-remaining-${unit}`] = String(rate.remaining);
    headers[`x-ratelimit-reset-${unit}`] = spanOf(rate.window.end - now);
  }
  const cost = tightest(counters, (limit) => limit.kind === "budget" && limit.unit === "cost");
  if (cost !== undefined) {
    headers["x-adit-budget-limit"] = dollarsOf(cost.limit.amount);
    headers["x-adit-budget-remaining"] = dollarsOf(cost.remaining);
  }
  const tokens = tightest(counters, (limit) => limit.kind === "budget" && limit.unit === "tokens");
  if (tokens !== undefined) {
    headers["x-adit-budget-limit-tokens"] = String(tokens.limit.amount);
    headers["x-adit-budget-remaining-tokens"] = String(tokens.remaining);
  }
  return headers;
}

function tightest(counters: readonly Figures[], isMeant: (limit: Limit) => boolean): KnownFigures | undefined {
  let found: KnownFigures | undefined;
  for (const { limit, remaining, window } of counters) {
    if (remaining === undefined || !isMeant(limit)) continue;
    // remaining / amount, compared without dividing.
    const isTighter = found === undefined || remaining * found.limit.amount < found.remaining * limit.amount;
    if (isTighter) found = { limit, remaining, window };
  }
  return found;
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
