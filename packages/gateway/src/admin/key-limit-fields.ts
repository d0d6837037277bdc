/** `usage_limits` and `rate_limits` of keys, as Portkey's clients send and read them. */
import { AditError } from "@adit/bedrock";
import type { z } from "zod";
import { amountFrom, amountText, shareOf } from "../limits/settings/amounts.ts";
import type { KeyBudget, KeyLimitFields, KeyScope, LimitedKey, ShownKeyLimits } from "../limits/settings/key-limits.ts";
import type { Budget, RatePeriod } from "../limits/limit.ts";
import { administering, type Call } from "./operation.ts";
import type { ControlParts } from "./parts.ts";
import { checkAnyRight, checkRight } from "./rights.ts";
import type { keyLimitsIn } from "./schemas/limits.ts";
import { momentOf } from "./schemas/schema.ts";

interface GivenLimits {
  usage_limits?: z.output<typeof keyLimitsIn.usage_limits>;
  rate_limits?: z.output<typeof keyLimitsIn.rate_limits>;
  reset_usage?: boolean | undefined;
}

const periods = { rps: "second", rpm: "minute", rph: "hour", rpd: "day", rpw: "week" } as const;
const units: Readonly<Record<RatePeriod, keyof typeof periods>> = {
  second: "rps",
  minute: "rpm",
  hour: "rph",
  day: "rpd",
  week: "rpw",
};

/** To lift a limit is for those who may set limits. */
const settingLimits = administering("limits", "project");

/** @throws AditError `forbidden` */
export function checkSetsLimits(principal: Call<unknown, unknown>["principal"], projectId: string): void {
  checkAnyRight(principal, settingLimits);
  checkRight(principal, settingLimits, projectId);
}

/**
 * Sets the limits of a key that was just made, since whoever may make keys may make one with limits. @throws AditError that names the field
 * at fault
 */
export async function giveLimits(
  { parts, actor }: Pick<Call<unknown, unknown>, "parts" | "actor">,
  key: LimitedKey,
  body: GivenLimits,
): Promise<ShownKeyLimits> {
  const present = await parts.keyLimits.of(key.scope, key.id);
  if (!namesLimits(body)) return present;
  const fields = fieldsOf(body, present.budget);
  await at(() => parts.keyLimits.set(key, fields, actor));
  return parts.keyLimits.of(key.scope, key.id);
}

/** Of a key that is there. @throws AditError as {@link giveLimits}; `forbidden` for who is no admin of the project */
export async function changeLimits(
  call: Pick<Call<unknown, unknown>, "parts" | "actor" | "principal">,
  key: LimitedKey,
  body: GivenLimits,
): Promise<ShownKeyLimits> {
  if (namesLimits(body)) checkSetsLimits(call.principal, key.projectId);
  return giveLimits(call, key, body);
}

function namesLimits({ usage_limits: usage, rate_limits: rates, reset_usage: isReset }: GivenLimits): boolean {
  return usage !== undefined || rates !== undefined || isReset === true;
}

function fieldsOf(
  { usage_limits: usage, rate_limits: rates, reset_usage: isReset }: GivenLimits,
  present: Budget | undefined,
): KeyLimitFields {
  return {
    budget: usage === undefined || usage === null ? usage : budgetOf(usage, present),
    rates:
      rates === undefined || rates === null
        ? rates
        : rates.map(({ type, unit, value }) => ({ unit: type, period: periods[unit], amount: BigInt(value) })),
    isReset,
  };
}

/** What is left out stays as it is: who raises an amount alone makes no dollars of tokens, no whole life of a month, and no alert silent. */
function budgetOf(
  usage: NonNullable<GivenLimits["usage_limits"]>,
  present: Budget | undefined,
): NonNullable<KeyLimitFields["budget"]> {
  const { type: unit = present?.unit ?? "cost", credit_limit } = usage;
  const kept = present?.unit === unit ? present : undefined;
  const amount = amountFrom(credit_limit, unit, "usage_limits.credit_limit");
  return {
    unit,
    amount,
    ...periodOf(usage, kept),
    nextResetAt: usage.next_usage_reset_at ?? undefined,
    ...alertsOf(usage, kept, { unit, amount }),
  };
}

function periodOf(
  { periodic_reset: period, periodic_reset_days: days }: NonNullable<GivenLimits["usage_limits"]>,
  kept: Budget | undefined,
): Pick<KeyBudget, "period" | "periodDays"> {
  if (period === undefined && days === undefined && kept !== undefined) {
    return { period: kept.period, periodDays: kept.cycle?.days };
  }
  return { period: period ?? (isGiven(days) ? "days" : "total"), periodDays: days ?? undefined };
}

function alertsOf(
  { alert_threshold: threshold, alert_url: url }: NonNullable<GivenLimits["usage_limits"]>,
  kept: Budget | undefined,
  budget: Pick<Budget, "unit" | "amount">,
): Pick<KeyBudget, "alertPercents" | "alertUrl"> {
  if (threshold === null && url === undefined) return { alertPercents: [], alertUrl: undefined };
  const presentPercents = threshold === undefined && url !== null ? (kept?.alertPercents ?? []) : [];
  return {
    alertPercents: isGiven(threshold) ? [percentOf(threshold, budget)] : presentPercents,
    alertUrl: url === undefined ? kept?.alertUrl : (url ?? undefined),
  };
}

function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

/** Rather early than late. */
function percentOf(threshold: number | string, { unit, amount }: Pick<Budget, "unit" | "amount">): number {
  const param = "usage_limits.alert_threshold";
  const asked = amountFrom(threshold, unit, param);
  const percent = amount === 0n ? 0n : (asked * 100n) / amount;
  if (percent >= 1n && percent <= 100n) return Number(percent);
  throw new AditError("invalid_request", `${param} must be from a hundredth of credit_limit to credit_limit.`, {
    param,
    remedy: `Change ${param}.`,
  });
}

/** A limit's own fields stand under other names in a key. */
const names: Readonly<Record<string, string>> = {
  amount: "credit_limit",
  alert_percents: "alert_threshold",
  "alert_percents[0]": "alert_threshold",
  alert_url: "alert_url",
  period_from: "next_usage_reset_at",
};

async function at(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    const name = names[error.param ?? ""];
    if (name === undefined) throw error;
    const param = `usage_limits.${name}`;
    const words = error.message.replace(error.param ?? "", param).replace("alert_percents", "alert_threshold");
    throw new AditError(error.code, words, { param, remedy: `Change ${param}.`, cause: error });
  }
}

/** For the answers that show the key. */
export function shownLimits({ budget, rates, nextResetAt }: ShownKeyLimits) {
  return {
    usage_limits: budget === undefined ? null : usageOf(budget, nextResetAt),
    rate_limits: rates.map(({ unit, period, amount }) => ({ type: unit, unit: units[period], value: Number(amount) })),
  };
}

/** What the ETag of a key is made from: its limits are set elsewhere too, and shown in it. When they begin anew by themselves is no change. */
export function withLimits<Key extends object>(key: Key, limits: ShownKeyLimits) {
  return { ...key, ...shownLimits({ ...limits, nextResetAt: undefined }) };
}

/** That key as it is, for a change that says from which state it was made. */
export async function limitedNow<Key extends { id: string }>(
  key: Key,
  scope: KeyScope,
  { keyLimits }: Pick<ControlParts, "keyLimits">,
) {
  return withLimits(key, await keyLimits.of(scope, key.id));
}

function usageOf(budget: Budget, nextResetAt: number | undefined) {
  const { id, unit, amount, period, cycle, alertPercents, alertUrl } = budget;
  const shown = (part: bigint): number => Number(amountText(part, unit));
  const [percent] = alertPercents;
  return {
    id,
    type: unit,
    credit_limit: shown(amount),
    periodic_reset: period === "total" || period === "days" ? null : period,
    periodic_reset_days: cycle?.days ?? null,
    next_usage_reset_at: nextResetAt === undefined ? null : momentOf(nextResetAt),
    // Rounded up, as it is rounded down where it is given: what is shown may be sent again, and is the same share.
    alert_threshold: percent === undefined ? null : shown(shareOf(amount, percent)),
    alert_url: alertUrl ?? null,
  };
}
