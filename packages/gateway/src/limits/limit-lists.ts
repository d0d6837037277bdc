/** Lists of the limits of a project: which of them. */
import { isListed, type ListFilter } from "../store/list-page.ts";
import type { Database } from "../store/store.ts";
import type { LimitScope } from "./limit.ts";

export interface LimitFilter extends ListFilter {
  scope?: LimitScope | undefined;
  scopeId?: string | undefined;
}

const columns = { search: ["name"] } as const;

export function budgetsIn(db: Database, projectId: string, filter: LimitFilter) {
  const { scope, scopeId } = filter;
  let found = db.selectFrom("budgets").where("projectId", "=", projectId);
  if (scope !== undefined) found = found.where("scope", "=", scope);
  if (scopeId !== undefined) found = found.where("scopeId", "=", scopeId);
  return found.where((where) => isListed(where, filter, columns));
}

export function rateLimitsIn(db: Database, projectId: string, filter: LimitFilter) {
  const { scope, scopeId } = filter;
  let found = db.selectFrom("rateLimits").where("projectId", "=", projectId);
  if (scope !== undefined) found = found.where("scope", "=", scope);
  if (scopeId !== undefined) found = found.where("scopeId", "=", scopeId);
  return found.where((where) => isListed(where, filter, columns));
}
