/** Lists of the limits of a project: which, and which page of them. */
import { hasText, type ListPage } from "../store/list-page.ts";
import type { Database } from "../store/store.ts";
import type { Limit, LimitScope } from "./limit.ts";

export interface LimitFilter {
  scope?: LimitScope | undefined;
  scopeId?: string | undefined;
  /** Part of the name, in any case of letters. */
  search?: string | undefined;
}

export function budgetsIn(db: Database, projectId: string, { scope, scopeId, search }: LimitFilter) {
  let found = db.selectFrom("budgets").where("projectId", "=", projectId);
  if (scope !== undefined) found = found.where("scope", "=", scope);
  if (scopeId !== undefined) found = found.where("scopeId", "=", scopeId);
  return search === undefined ? found : found.where((where) => hasText(where, ["name"], search));
}

export function rateLimitsIn(db: Database, projectId: string, { scope, scopeId, search }: LimitFilter) {
  let found = db.selectFrom("rateLimits").where("projectId", "=", projectId);
  if (scope !== undefined) found = found.where("scope", "=", scope);
  if (scopeId !== undefined) found = found.where("scopeId", "=", scopeId);
  return search === undefined ? found : found.where((where) => hasText(where, ["name"], search));
}

export async function countOf(
  db: Database,
  kind: Limit["kind"],
  projectId: string,
  filter: LimitFilter,
): Promise<number> {
  const found =
    kind === "budget"
      ? budgetsIn(db, projectId, filter).select(({ fn }) => fn.countAll<number>().as("limits"))
      : rateLimitsIn(db, projectId, filter).select(({ fn }) => fn.countAll<number>().as("limits"));
  return Number((await found.executeTakeFirstOrThrow()).limits);
}

interface Pageable<Query> {
  where(column: "id", operator: ">", id: string): Query;
  orderBy(column: "id"): Query;
  limit(count: number): Query;
  offset(count: number): Query;
}

/** By age, since ids are. */
export function pageOf<Query extends Pageable<Query>>(query: Query, { after, limit, offset }: ListPage): Query {
  return query
    .where("id", ">", after ?? "")
    .orderBy("id")
    .limit(limit)
    .offset(offset ?? 0);
}
