import type { Schemas } from "../../api/control.ts";

export type Budget = Schemas["Budget"];
export type RateLimit = Schemas["RateLimit"];
export type Limit = Budget | RateLimit;
export type Kind = "budget" | "rate-limit";
export type Scope = Limit["scope"];

interface KindWords {
  words: string;
  why: string;
  /** What an exhausted one answers. */
  refusal: string;
  units: readonly { value: Limit["unit"]; words: string }[];
  periods: readonly Limit["period"][];
  usualPeriod: Limit["period"];
}

export const kinds: Readonly<Record<Kind, KindWords>> = {
  budget: {
    words: "budget",
    why: "It bounds what a key, a credential, the project or each user may spend, in dollars or tokens. Nobody spends more, and nobody is refused who would have fitted.",
    refusal: "412",
    units: [
      { value: "cost", words: "dollars" },
      { value: "tokens", words: "tokens" },
    ],
    periods: ["total", "daily", "weekly", "monthly", "days"],
    usualPeriod: "monthly",
  },
  "rate-limit": {
    words: "rate limit",
    why: "It bounds how many calls or tokens may come in a time from a key, to a credential, in the project or by each user.",
    refusal: "429",
    units: [
      { value: "requests", words: "requests" },
      { value: "tokens", words: "tokens" },
    ],
    periods: ["second", "minute", "hour", "day", "week"],
    usualPeriod: "day",
  },
};

export const scopeWords: Readonly<Record<Scope, string>> = {
  project: "the project",
  gateway_key: "a gateway key",
  virtual_key: "a credential",
  metadata: "a field of the metadata",
};

export const periodWords: Readonly<Record<Limit["period"], string>> = {
  total: "in all",
  daily: "a day",
  weekly: "a week",
  monthly: "a month",
  second: "a second",
  minute: "a minute",
  hour: "an hour",
  day: "a day",
  week: "a week",
  days: "in some days",
};

/** "a week", "in 10 days". */
export function periodOf(limit: Limit): string {
  const days = "period_days" in limit ? limit.period_days : null;
  return days === null ? periodWords[limit.period] : `in ${days} days`;
}

/** `0.25` and cost as "$0.25"; `1000` and tokens as "1,000 tokens". */
export function amountWords(amount: string, unit: Limit["unit"]): string {
  if (unit === "cost") return `$${amount}`;
  return `${BigInt(amount).toLocaleString("en-US")} ${unit}`;
}
