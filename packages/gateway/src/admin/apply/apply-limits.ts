/** Brings budgets and rate limits to what the file of `adit apply` says. */
import { AditError } from "@adit/bedrock";
import { amountFrom } from "../../limits/settings/amounts.ts";
import { checkAlertPercents } from "../../limits/settings/check-limit.ts";
import { checkLine } from "../../terms/check-line.ts";
import type { Limit } from "../../limits/limit.ts";
import { allNamed } from "./all-named.ts";
import type { BudgetEntry, RateLimitEntry } from "./apply-file.ts";
import { differing, step, type ApplyStep, type Place } from "./apply-step.ts";
import { keysNamed } from "./keys-named.ts";

/** Of budgets of one name the oldest counts. */
export async function applyBudget(entry: BudgetEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const name = checkLine(entry.name, "name");
  const { unit, period, alert_percents: alertPercents, alert_url: alertUrl } = entry;
  const fixed = { ...(await scopeOf(entry, place)), unit, period };
  const wanted = {
    amount: amountFrom(entry.amount, unit, "amount"),
    ...(alertPercents !== undefined && { alertPercents: checkAlertPercents(alertPercents) }),
    ...(entry.unknown_price !== undefined && { unknownPrice: entry.unknown_price }),
  };
  const [found] = await allNamed(name, (page) => parts.limitSettings.listBudgets(projectId, page));
  const periodDays = entry.period_days ?? undefined;
  const periodFrom = entry.period_from ?? undefined;
  const address = alertUrl !== undefined && { alertUrl };
  if (found === undefined) {
    const input = { name, ...fixed, periodDays, periodFrom, ...wanted, ...address };
    await parts.limitSettings.createBudget(projectId, input, actor);
    return step("create", "budget", `${projectSlug}/${name}`);
  }
  const { days, from } = found.cycle ?? {};
  // Without a word on it windows go from the day on which the budget was made.
  const cycle = { periodDays, periodFrom: periodFrom ?? from };
  checkFixed({ ...fixed, ...cycle }, { ...found, periodDays: days, periodFrom: from });
  const fields = differing(wanted, found);
  if (alertUrl !== undefined && !(await parts.limitSettings.isAlertAddress(found, alertUrl))) fields.push("alertUrl");
  if (fields.length > 0) await parts.limitSettings.updateBudget(found.id, { ...wanted, ...address }, actor);
  return { ...step(fields.length > 0 ? "update" : "keep", "budget", `${projectSlug}/${name}`), fields };
}

/** Of rate limits of one name the oldest counts. */
export async function applyRateLimit(entry: RateLimitEntry, place: Place): Promise<ApplyStep> {
  const { parts, actor, projectId, projectSlug } = place;
  const name = checkLine(entry.name, "name");
  const { unit, period } = entry;
  const fixed = { ...(await scopeOf(entry, place)), unit, period };
  const amount = amountFrom(entry.amount, unit, "amount");
  const [found] = await allNamed(name, (page) => parts.limitSettings.listRateLimits(projectId, page));
  if (found === undefined) {
    await parts.limitSettings.createRateLimit(projectId, { name, ...fixed, amount }, actor);
    return step("create", "rate limit", `${projectSlug}/${name}`);
  }
  checkFixed(fixed, found);
  if (found.amount === amount) return step("keep", "rate limit", `${projectSlug}/${name}`);
  await parts.limitSettings.updateRateLimit(found.id, { amount }, actor);
  return { ...step("update", "rate limit", `${projectSlug}/${name}`), fields: ["amount"] };
}

interface FixedTerms extends Pick<Limit, "scope" | "scopeId" | "scopeValue" | "unit" | "period"> {
  periodDays?: number | undefined;
  periodFrom?: number | undefined;
}

/** The key by its name, the virtual key by its slug: ids are not known when the file is written. */
async function scopeOf(entry: BudgetEntry | RateLimitEntry, place: Place) {
  const { parts, projectId } = place;
  const { scope, scope_id: named = scope === "project" ? projectId : "", scope_value: scopeValue } = entry;
  if (scope === "virtual_key") {
    const found = await parts.virtualKeys.bySlug(projectId, named.replace(/^@/, ""));
    return { scope, scopeId: found?.id ?? named, scopeValue };
  }
  if (scope !== "gateway_key") return { scope, scopeId: named, scopeValue };
  const { unowned, owned } = await keysNamed(named, place);
  return { scope, scopeId: (unowned[0] ?? owned[0])?.id ?? named, scopeValue };
}

/** @throws AditError that names the first field that cannot change */
function checkFixed(fixed: FixedTerms, found: FixedTerms): void {
  const [field] = differing(fixed, found);
  if (field === undefined) return;
  const param = field.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  throw new AditError(
    "invalid_request",
    `${param} is another than that of the limit of this name, and cannot change.`,
    {
      param,
      remedy: "Give the new limit another name, or take the old one away.",
    },
  );
}
