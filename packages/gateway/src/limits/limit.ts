/** Limits as they are set, whom they concern, and what a call uses of them. */
import type { LimitScope } from "../store/tables/tables.ts";

export type { LimitScope } from "../store/tables/tables.ts";

export type BudgetPeriod = "total" | "daily" | "weekly" | "monthly" | "days";
export type RatePeriod = "second" | "minute" | "hour" | "day" | "week";
export type LimitPeriod = BudgetPeriod | RatePeriod;
/** For the period `days`: windows of so many days follow each other, before and after the moment `from`. */
export interface Cycle {
  days: number;
  /** Milliseconds since 1970. */
  from: number;
}

export type LimitUnit = "cost" | "tokens" | "requests";

interface LimitBase {
  id: string;
  projectId: string;
  name: string;
  scope: LimitScope;
  /** Id of the key or project; the field's name for `metadata`. */
  scopeId: string;
  /** The field's value for `metadata`; undefined: each value has a count of its own. */
  scopeValue: string | undefined;
  /** Nano-dollars, tokens or requests. */
  amount: bigint;
  createdAt: number;
  updatedAt: number;
}

/** What may be spent. Reached, it answers 412. */
export interface Budget extends LimitBase {
  kind: "budget";
  unit: "cost" | "tokens";
  period: BudgetPeriod;
  /** Of the period `days`. */
  cycle?: Cycle | undefined;
  /** Shares of the budget at which an alert goes out, ascending. */
  alertPercents: readonly number[];
  /** As it may be shown: where it has more than an origin, that and `/...`. */
  alertUrl: string | undefined;
  /** What becomes of calls whose price is not known; for budgets of cost. */
  unknownPrice: "block" | "allow";
}

/** How much may come in a time. Reached, it answers 429. */
export interface RateLimit extends LimitBase {
  kind: "rate";
  unit: "requests" | "tokens";
  period: RatePeriod;
}

export type Limit = Budget | RateLimit;

/** Whom a call is counted to. What is absent has no limits of its own here. */
export interface LimitSubject {
  gatewayKeyId?: string | undefined;
  virtualKeyId?: string | undefined;
  projectId?: string | undefined;
  /** Counted by the project's limits on metadata: it needs `projectId`. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** What a call may use at most, or has used. Undefined is unknown. */
export interface LimitCharge {
  /** Input, cache and output. */
  tokens: number | undefined;
  costNano: bigint | undefined;
  /** True: some of it has no price, and is not in `costNano`. */
  isPartial?: boolean;
}
