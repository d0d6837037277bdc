/** Which limits stand in the store, by whose they are. */
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from "kysely";
import { isListed, type ListFilter } from "../../store/list-page.ts";
import type { Database } from "../../store/store.ts";
import type { Tables } from "../../store/tables/tables.ts";
import { budgetFromRow, rateLimitFromRow } from "./limit-row.ts";
import type { Budget, Limit, LimitScope, RateLimit } from "../limit.ts";

export interface LimitFilter extends ListFilter {
  projectId?: string | undefined;
  scope?: LimitScope | undefined;
  /** One, or any of several: at least one. */
  scopeId?: string | readonly string[] | undefined;
  /** Whole, unlike `search`. */
  name?: string | undefined;
}

export function budgetsIn(db: Database, filter: LimitFilter) {
  return db.selectFrom("budgets").where((where) => isAmong(where, filter));
}

export function rateLimitsIn(db: Database, filter: LimitFilter) {
  return db.selectFrom("rateLimits").where((where) => isAmong(where, filter));
}

/** The oldest first. */
export async function findBudgets(db: Database, filter: LimitFilter): Promise<Budget[]> {
  const rows = await budgetsIn(db, filter).selectAll().orderBy("id").execute();
  return rows.map((row) => budgetFromRow(row));
}

/** The oldest first. */
export async function findRateLimits(db: Database, filter: LimitFilter): Promise<RateLimit[]> {
  const rows = await rateLimitsIn(db, filter).selectAll().orderBy("id").execute();
  return rows.map((row) => rateLimitFromRow(row));
}

export async function findLimits(db: Database, filter: LimitFilter): Promise<Limit[]> {
  return [...(await findRateLimits(db, filter)), ...(await findBudgets(db, filter))];
}

function isAmong<Table extends "budgets" | "rateLimits">(
  where: ExpressionBuilder<Tables, Table>,
  { projectId, scope, scopeId, name, ...listed }: LimitFilter,
): Expression<SqlBool> {
  const conditions = Object.entries({ projectId, scope, scopeId, name }).flatMap(([column, wanted]) =>
    wanted === undefined ? [] : [sql<SqlBool>`${sql.ref(column)} in (${sql.join([wanted].flat())})`],
  );
  return where.and([...conditions, isListed(where, listed, { search: [sql.ref<string>("name")] })]);
}
