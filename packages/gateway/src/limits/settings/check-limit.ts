/** The terms of limits, checked: each fault names its field. */
import { checkHook } from "../../vault/check-host.ts";
import type { BudgetPeriod, Cycle, LimitScope } from "../limit.ts";
import { dayMs } from "../pools/window.ts";
import { hasControls } from "../../terms/check-line.ts";
import { termFault } from "../../terms/term-fault.ts";

const longestField = 128;
const mostAlerts = 20;
const mostDays = 365;
/** PostgreSQL's and SQLite's largest whole number. */
export const mostAmount = 2n ** 63n - 1n;

export interface ScopeTerms {
  scope: LimitScope;
  scopeId: string;
  scopeValue?: string | undefined;
}

/** One of `allowed`. */
export function checkChoice<Choice extends string>(value: string, allowed: readonly Choice[], param: string): Choice {
  const found = allowed.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw termFault(param, `must be one of ${allowed.join(", ")}.`);
}

/** Nano-dollars, tokens or requests. */
export function checkAmount(amount: bigint, param: string): bigint {
  if (amount > 0n && amount <= mostAmount) return amount;
  throw termFault(param, `must be a whole number from 1 to ${mostAmount}.`);
}

/** From the beginning of this day in UTC, unless said otherwise. Other periods have no such terms. */
export function checkCycle(
  {
    period,
    periodDays,
    periodFrom,
  }: { period: BudgetPeriod; periodDays?: number | undefined; periodFrom?: number | undefined },
  now: number,
): Cycle {
  const terms = { period_days: periodDays, period_from: periodFrom };
  for (const [param, term] of Object.entries(terms)) {
    if (term !== undefined && period !== "days") throw termFault(param, "is for the period days alone.");
  }
  const isDays = periodDays !== undefined && Number.isInteger(periodDays) && periodDays >= 1 && periodDays <= mostDays;
  if (period === "days" && !isDays) throw termFault("period_days", `must be a whole number from 1 to ${mostDays}.`);
  return { days: periodDays ?? 1, from: periodFrom ?? Math.floor(now / dayMs) * dayMs };
}

/** Whether the key or project is there, only the store can say. */
export function checkScope({ scope, scopeId, scopeValue }: ScopeTerms, projectId: string): ScopeTerms {
  checkChoice(scope, ["gateway_key", "virtual_key", "project", "metadata"], "scope");
  if (scope === "project" && scopeId !== projectId) throw termFault("scope_id", "must be the limit's own project.");
  if (scope !== "metadata" && scopeValue !== undefined) {
    throw termFault("scope_value", "is for the scope metadata alone.");
  }
  const texts = { scope_id: scopeId, ...(scopeValue !== undefined && { scope_value: scopeValue }) };
  for (const [param, text] of Object.entries(texts)) {
    if (text === "" || text.length > longestField || hasControls(text)) {
      throw termFault(param, `must be 1 to ${longestField} characters on one line.`);
    }
  }
  return { scope, scopeId, scopeValue };
}

/** Whole percents from 1 to 100, in order, each once. */
export function checkAlertPercents(percents: readonly number[]): number[] {
  if (percents.length > mostAlerts) throw termFault("alert_percents", `must be at most ${mostAlerts}.`);
  for (const [index, percent] of percents.entries()) {
    if (!Number.isInteger(percent) || percent < 1 || percent > 100) {
      throw termFault(`alert_percents[${index}]`, "must be a whole number from 1 to 100.");
    }
  }
  return [...new Set(percents)].toSorted((one, other) => one - other);
}

/** Thresholds and an address come together. The address must be one that the operator allowed, as every host that a stored object names. */
export function checkAlerts(
  { percents, url }: { percents: readonly number[]; url: string | undefined },
  customHosts: ReadonlySet<string>,
): { alertPercents: number[]; alertUrl: string | undefined } {
  const alertPercents = checkAlertPercents(percents);
  const alertUrl = url === undefined ? undefined : checkHook(url, "alert_url", customHosts);
  if (alertPercents.length > 0 && alertUrl === undefined) {
    throw termFault("alert_url", "must say where alerts go, since alert_percents names thresholds.");
  }
  if (alertPercents.length === 0 && alertUrl !== undefined) {
    throw termFault("alert_percents", "must say at which shares alerts go out, since alert_url says where to.");
  }
  return { alertPercents, alertUrl };
}
