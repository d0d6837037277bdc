/** Limits to and from their rows. */
import type { Row } from "../../store/tables/tables.ts";
import type { Budget, RateLimit } from "../limit.ts";

export function budgetFromRow(row: Row<"budgets">): Budget {
  return {
    kind: "budget",
    ...commonOf(row),
    unit: row.costLimitNano === null ? "tokens" : "cost",
    amount: row.costLimitNano ?? BigInt(row.tokenLimit ?? 0),
    ...(row.periodDays === null
      ? { period: row.period }
      : { period: "days", cycle: { days: row.periodDays, from: row.periodFrom ?? 0 } }),
    alertPercents: row.alertPercents === null ? [] : (JSON.parse(row.alertPercents) as number[]),
    alertUrl: row.alertUrl ?? undefined,
    unknownPrice: row.unknownPrice,
  };
}

export function rateLimitFromRow(row: Row<"rateLimits">): RateLimit {
  const period = row.periodDays === null ? row.period : "week";
  return { kind: "rate", ...commonOf(row), unit: row.unit, amount: BigInt(row.amount), period };
}

function commonOf(row: Row<"budgets"> | Row<"rateLimits">) {
  const { id, projectId, name, scope, scopeId, createdAt, updatedAt } = row;
  return { id, projectId, name, scope, scopeId, scopeValue: row.scopeValue ?? undefined, createdAt, updatedAt };
}
