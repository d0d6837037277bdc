/** The words for a call that a limit refuses. */
import { AditError, dollarsOf } from "@adit/bedrock";
import type { Counter } from "./pools/counter.ts";
import type { Limit } from "./limit.ts";

type Figures = Pick<Counter, "limit" | "remaining" | "settled" | "window">;

/** Where calls under way hold what is asked for: some of it may be free again by then. */
const underWaySeconds = 1;

/** `amount` did not fit. */
export function refusalOf(counter: Figures, amount: bigint, now: number): AditError {
  const { limit, settled, window } = counter;
  const isTooLarge = amount > limit.amount;
  // A request that is under way has been made, and stays counted.
  const isHeld = !isTooLarge && limit.unit !== "requests" && settled + amount <= limit.amount;
  const untilEnd = window.end === Infinity ? undefined : Math.max(1, Math.ceil((window.end - now) / 1_000));
  const wait = isHeld ? Math.min(underWaySeconds, untilEnd ?? underWaySeconds) : untilEnd;
  const words = `${nameOf(limit)} allows ${inWords(limit, limit.amount)} ${periodWords(limit)}: ${leftWords(limit, counter.remaining ?? 0n)}, and this request may use ${inWords(limit, amount)}.`;
  return new AditError(limit.kind === "budget" ? "budget_exhausted" : "rate_limited", words, {
    remedy: remedyOf({ isTooLarge, isHeld, limit, wait }),
    ...(isTooLarge && { retryable: false }),
    ...(!isTooLarge && wait !== undefined && { retryAfterSeconds: wait }),
    vendor: vendorWords(limit),
  });
}

/** The price is not known, and the budget blocks such calls. */
export function unknownPrice(limit: Limit): AditError {
  return new AditError("unknown_price", `${nameOf(limit)} lets no call pass whose price is not known.`, {
    vendor: vendorWords(limit),
  });
}

/** A failure as the caller is to get it where a limit has no room for another try: what happened, and why that was the last one. */
export function notRetried(failure: AditError, refusal: AditError): AditError {
  const { status, param, aws, retryable, vendor, beside, quotesAnswer, cause, place } = failure;
  const said = /[.!?]$/.test(failure.message) ? failure.message : `${failure.message}.`;
  const told = new AditError(failure.code, `${said} It was not tried again. ${refusal.message}`, {
    status,
    retryable,
    remedy: refusal.remedy,
    quotesAnswer,
    cause,
    ...(param !== undefined && { param }),
    ...(aws !== undefined && { aws }),
    ...(refusal.retryAfterSeconds !== undefined && { retryAfterSeconds: refusal.retryAfterSeconds }),
    ...(vendor !== undefined && { vendor }),
    ...(beside !== undefined && { beside }),
  });
  told.place = place;
  return told;
}

function remedyOf({
  isTooLarge,
  isHeld,
  limit,
  wait,
}: {
  isTooLarge: boolean;
  isHeld: boolean;
  limit: Limit;
  wait: number | undefined;
}): string {
  const less = limit.unit === "requests" ? "" : "Lower max_tokens or shorten the request";
  if (isTooLarge) return less === "" ? "Have the limit raised." : `${less}, or have the limit raised.`;
  const later = wait === undefined ? "have the budget raised" : `try again in ${wait} s`;
  // Nobody here knows whether those who hold it are alive: what a killed gateway held stays counted as long as the window lasts.
  if (isHeld) {
    const till = limit.period === "total" ? "for good" : "until the window ends";
    return `${less}, or ${later}: calls under way hold what is missing. Where it stays so, a gateway that was killed held it, and it stays counted ${till} (\`unconfirmed\` in the budget's usage): have the budget raised or reset.`;
  }
  return less === "" ? `${later.charAt(0).toUpperCase()}${later.slice(1)}.` : `${less}, or ${later}.`;
}

const scopeWords = {
  gateway_key: "of the gateway key",
  virtual_key: "of the virtual key",
  project: "of the project",
  metadata: "on the request's metadata",
} as const;

function periodWords(limit: Limit): string {
  if (limit.period !== "days") return inPeriod[limit.period];
  const days = limit.cycle?.days ?? 1;
  return days === 1 ? inPeriod.day : `in ${days} days`;
}

const inPeriod = {
  total: "in all",
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
  second: "a second",
  minute: "a minute",
  hour: "an hour",
  day: "a day",
  week: "a week",
} as const;

function nameOf(limit: Limit): string {
  return `The ${limit.kind === "budget" ? "budget" : "rate limit"} "${limit.name}" ${scopeWords[limit.scope]}`;
}

function inWords({ unit }: Limit, amount: bigint): string {
  if (unit === "cost") return `$${dollarsOf(amount)}`;
  return amount === 1n ? `1 ${unit.slice(0, -1)}` : `${amount} ${unit}`;
}

function leftWords(limit: Limit, amount: bigint): string {
  const isOne = limit.unit === "cost" || amount === 1n;
  return `${inWords(limit, amount)} of it ${isOne ? "is" : "are"} left`;
}

/** Portkey's words for whose limit it is. A key's own limits have its numbered codes there. */
function vendorWords({ scope, kind }: Limit): { type?: string; code?: string } {
  const isBudget = kind === "budget";
  switch (scope) {
    case "gateway_key":
      return { code: isBudget ? "04" : "05" };
    case "virtual_key":
      return { type: isBudget ? "virtual_key_exhaust_error" : "virtual_key_rate_limit_error" };
    case "project":
      return { type: isBudget ? "workspace_exhaust_error" : "workspace_rate_limit_error" };
    case "metadata":
      return { type: isBudget ? "usage_limits_policy_exhaust_error" : "rate_limits_policy_exhaust_error" };
  }
}
