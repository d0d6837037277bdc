/** Budgets and rate limits as the API shows them. */
import { amountText } from "../../limits/settings/amounts.ts";
import type { Budget, Limit, RateLimit } from "../../limits/limit.ts";
import type { LimitUse } from "../../limits/settings/limit-use.ts";
import type { LimitWindow } from "../../limits/pools/window.ts";
import { momentOf } from "../schemas/schema.ts";

export function budgetView(budget: Budget) {
  return {
    ...commonOf(budget),
    object: "budget",
    unit: budget.unit,
    amount: amountText(budget.amount, budget.unit),
    period: budget.period,
    period_days: budget.cycle?.days ?? null,
    period_from: budget.cycle === undefined ? null : momentOf(budget.cycle.from),
    alert_percents: budget.alertPercents,
    alert_url: budget.alertUrl ?? null,
    unknown_price: budget.unknownPrice,
  };
}

export function rateLimitView(rateLimit: RateLimit) {
  const { unit, amount, period } = rateLimit;
  return { ...commonOf(rateLimit), object: "rate-limit", unit, amount: amountText(amount, unit), period };
}

function commonOf(limit: Limit) {
  return {
    id: limit.id,
    name: limit.name,
    workspace_id: limit.projectId,
    scope: limit.scope,
    scope_id: limit.scopeId,
    scope_value: limit.scopeValue ?? null,
    created_at: momentOf(limit.createdAt),
    last_updated_at: momentOf(limit.updatedAt),
  };
}

/** `uses` holds one more than `most` where there are more. */
/** `value`: the only one that was asked for. */
export function usageView(
  limit: Limit,
  { start, end }: LimitWindow,
  { uses, most, value: asked }: { uses: readonly LimitUse[]; most: number; value: string | undefined },
) {
  const text = (amount: bigint): string => amountText(amount, limit.unit);
  // A count that has not begun is zero so far. Values have no count before their first call.
  const counted = uses.length > 0 || (isCountedByValue(limit) && asked === undefined) ? uses : [unusedOf(asked)];
  return {
    object: "limit.usage",
    id: limit.id,
    unit: limit.unit,
    amount: text(limit.amount),
    window_start: end === Infinity ? null : momentOf(start),
    window_end: end === Infinity ? null : momentOf(end),
    has_more: uses.length > most,
    counts: counted.slice(0, most).map(({ value, settled, beyondBounds, held, unconfirmed, unpricedCalls }) => {
      const left = limit.amount - settled - held - unconfirmed;
      return {
        value: value ?? null,
        settled: text(settled),
        beyond_bounds: text(beyondBounds),
        held: text(held),
        unconfirmed: text(unconfirmed),
        remaining: text(left < 0n ? 0n : left),
        unpriced_calls: unpricedCalls,
      };
    }),
  };
}

function unusedOf(value: string | undefined) {
  return { value, settled: 0n, beyondBounds: 0n, held: 0n, unconfirmed: 0n, unpricedCalls: 0 };
}

/** True where each value of a field of metadata has a count of its own. */
export function isCountedByValue({ scope, scopeValue }: Pick<Limit, "scope" | "scopeValue">): boolean {
  return scope === "metadata" && scopeValue === undefined;
}
