/**
 * The limits of a gateway key or virtual key as Portkey's clients set them, in the key's own fields: one budget and some rate limits.
 * Each is a limit like any other, told from the key's others by its name.
 */
import type { Actor } from "../../store/audit.ts";
import { databaseTime } from "../../store/database-time.ts";
import type { Database } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { findBudgets, findLimits, findRateLimits } from "./limit-lists.ts";
import type { LimitSettings } from "./limit-settings.ts";

import type { Budget, Limit, RateLimit } from "../limit.ts";
import { dayMs, windowOf } from "../pools/window.ts";
import { termFault } from "../../terms/term-fault.ts";

const usageLimitsName = "usage_limits";
const rateLimitsName = "rate_limits";
/** A statement takes only so many values. */
const budgetsAtOnce = 1_000;

export type KeyScope = "gateway_key" | "virtual_key";

export interface LimitedKey {
  scope: KeyScope;
  id: string;
  projectId: string;
}

export interface KeyBudget extends Pick<Budget, "unit" | "amount" | "period" | "alertPercents" | "alertUrl"> {
  /** For the period `days`. */
  periodDays?: number | undefined;
  /** When the present window ends, where that is to be said. */
  nextResetAt?: number | undefined;
}

/** What is to be different; null: none. */
export interface KeyLimitFields {
  budget?: KeyBudget | null | undefined;
  rates?: readonly Pick<RateLimit, "unit" | "amount" | "period">[] | null | undefined;
  /** True: the budget's count begins anew. */
  isReset?: boolean | undefined;
}

export interface ShownKeyLimits {
  budget: Budget | undefined;
  rates: readonly RateLimit[];
  /** True where the budget's present window is used up. */
  isExhausted: boolean;
  /** When the budget's count begins anew by itself; undefined: never. */
  nextResetAt: number | undefined;
}

export const noKeyLimits: ShownKeyLimits = { budget: undefined, rates: [], isExhausted: false, nextResetAt: undefined };

export class KeyLimits {
  readonly #store: StoreAccess;
  readonly #settings: LimitSettings;

  constructor(store: StoreAccess, settings: LimitSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  /** Of one key. */
  async of(scope: KeyScope, id: string): Promise<ShownKeyLimits> {
    return (await this.ofAll(scope, [id])).get(id) ?? noKeyLimits;
  }

  /** Of many keys; one that has none is not among them. */
  async ofAll(scope: KeyScope, ids: readonly string[]): Promise<Map<string, ShownKeyLimits>> {
    if (ids.length === 0) return new Map();
    const now = await databaseTime(this.#store);
    return this.#store.read(async (db) => {
      const budgets = await findBudgets(db, { scope, scopeId: ids, name: usageLimitsName });
      const rates = await findRateLimits(db, { scope, scopeId: ids, name: rateLimitsName });
      const exhausted = await exhaustedOf(db, budgets, now);
      const found = new Map<string, ShownKeyLimits>();
      for (const id of ids) {
        const budget = budgets.find(({ scopeId }) => scopeId === id);
        const own = rates.filter(({ scopeId }) => scopeId === id);
        if (budget === undefined && own.length === 0) continue;
        const end = budget === undefined ? Infinity : windowOf(budget, now).end;
        found.set(id, {
          budget,
          rates: own,
          isExhausted: budget !== undefined && exhausted.has(budget.id),
          nextResetAt: end === Infinity ? undefined : end,
        });
      }
      return found;
    });
  }

  /** @throws AditError that names the field at fault. */
  async set(key: LimitedKey, fields: KeyLimitFields, actor: Actor): Promise<void> {
    const { budget, rates } = await this.of(key.scope, key.id);
    if (fields.budget !== undefined) await this.#setBudget(key, { before: budget, wanted: fields.budget }, actor);
    else if (fields.isReset === true && budget !== undefined) await this.#settings.reset(budget.id, actor);
    if (fields.budget !== undefined && fields.isReset === true) {
      const { budget: after } = await this.of(key.scope, key.id);
      if (after !== undefined && after.id === budget?.id) await this.#settings.reset(after.id, actor);
    }
    if (fields.rates !== undefined) await this.#setRates(key, { before: rates, wanted: fields.rates ?? [] }, actor);
  }

  /** Ids of the project's keys whose budget is used up. */
  async exhaustedIn(scope: KeyScope, projectId: string): Promise<string[]> {
    const now = await databaseTime(this.#store);
    return this.#store.read(async (db) => {
      const budgets = await findBudgets(db, { projectId, scope, name: usageLimitsName });
      const exhausted = await exhaustedOf(db, budgets, now);
      return budgets.filter(({ id }) => exhausted.has(id)).map(({ scopeId }) => scopeId);
    });
  }

  /** True where any limit is set for the key, by whatever name. */
  async isLimited(scope: KeyScope, id: string): Promise<boolean> {
    return (await this.#allOf(scope, id)).length > 0;
  }

  /** All limits of a key that is taken away. */
  async removeAll(scope: KeyScope, id: string, actor: Actor): Promise<void> {
    for (const limit of await this.#allOf(scope, id)) await this.#settings.remove(limit.id, actor);
  }

  /** By whatever name. */
  #allOf(scope: KeyScope, scopeId: string): Promise<Limit[]> {
    return this.#store.read((db) => findLimits(db, { scope, scopeId }));
  }

  /** A budget of another unit or period, or of other windows, is another budget: its count begins anew. */
  async #setBudget(
    key: LimitedKey,
    { before, wanted }: { before: Budget | undefined; wanted: KeyBudget | null },
    actor: Actor,
  ): Promise<void> {
    const now = await databaseTime(this.#store);
    if (before !== undefined && wanted !== null && isSameBudget(before, wanted)) {
      if (before.cycle === undefined) checkNextReset(wanted, now);
      const { amount, alertPercents, alertUrl = null } = wanted;
      await this.#settings.updateBudget(before.id, { amount, alertPercents, alertUrl }, actor);
      return;
    }
    const periodFrom = wanted === null ? undefined : checkNextReset(wanted, now);
    const isSameAddress = before?.alertUrl !== undefined && wanted?.alertUrl === before.alertUrl;
    const kept = isSameAddress ? await this.#settings.alertAddressOf(before) : undefined;
    if (before !== undefined) await this.#settings.remove(before.id, actor);
    if (wanted === null) return;
    const { alertUrl: given, nextResetAt: _asFrom, ...terms } = wanted;
    const alertUrl = kept ?? given;
    const input = { ...terms, periodFrom, ...(alertUrl !== undefined && { alertUrl }) };
    await this.#settings.createBudget(key.projectId, { ...placeOf(key), name: usageLimitsName, ...input }, actor);
  }

  async #setRates(
    key: LimitedKey,
    { before, wanted }: { before: readonly RateLimit[]; wanted: NonNullable<KeyLimitFields["rates"]> },
    actor: Actor,
  ): Promise<void> {
    const kept = new Set<string>();
    for (const rate of wanted) {
      const same = before.find((each) => isSameKind(each, rate) && !kept.has(each.id));
      if (same === undefined) {
        await this.#settings.createRateLimit(key.projectId, { ...placeOf(key), name: rateLimitsName, ...rate }, actor);
      } else {
        kept.add(same.id);
        if (same.amount !== rate.amount) {
          await this.#settings.updateRateLimit(same.id, { amount: rate.amount }, actor);
        }
      }
    }
    for (const { id } of before) if (!kept.has(id)) await this.#settings.remove(id, actor);
  }
}

function placeOf({ scope, id }: LimitedKey) {
  return { scope, scopeId: id };
}

function isSameKind(one: Pick<Limit, "unit" | "period">, other: Pick<Limit, "unit" | "period">): boolean {
  return one.unit === other.unit && one.period === other.period;
}

/** The same days from the same moment, whichever of its windows' ends is named. */
function isSameBudget(before: Budget, { unit, period, periodDays, nextResetAt }: KeyBudget): boolean {
  if (!isSameKind(before, { unit, period }) || before.cycle?.days !== periodDays) return false;
  return before.cycle === undefined || nextResetAt === undefined || windowOf(before, nextResetAt).start === nextResetAt;
}

/**
 * The end of the present window is to be chosen where windows are so many days; others follow the calendar. Gives a moment at which a
 * window begins.
 */
function checkNextReset({ period, periodDays = 1, nextResetAt }: KeyBudget, now: number): number | undefined {
  if (nextResetAt === undefined) return undefined;
  if (period === "days") {
    if (nextResetAt > now && nextResetAt <= now + periodDays * dayMs) return nextResetAt;
    throw termFault("period_from", `must be in the next ${periodDays} days.`);
  }
  const { end } = windowOf({ period }, now);
  if (nextResetAt === end) return undefined;
  const words =
    end === Infinity ? "is for budgets that begin anew." : `must be ${new Date(end).toISOString()}, or absent.`;
  throw termFault("period_from", words);
}

/** Ids of those of which nothing is left in the window that it is. */
async function exhaustedOf(db: Database, budgets: readonly Budget[], now: number): Promise<Set<string>> {
  const exhausted = new Set<string>();
  for (let at = 0; at < budgets.length; at += budgetsAtOnce) {
    const some = new Map(budgets.slice(at, at + budgetsAtOnce).map((budget) => [budget.id, budget]));
    const starts = new Map([...some].map(([id, budget]) => [id, windowOf(budget, now).start]));
    // Of the present windows alone: a year of days is kept of each budget. One count for all is a window without a bucket.
    const windows = await db
      .selectFrom("limitWindows")
      .select(["limitId", "windowStart", "settledAmount"])
      .where("limitId", "in", [...starts.keys()])
      .where("bucket", "=", "")
      .where("windowStart", "in", [...new Set(starts.values())])
      .execute();
    for (const { limitId, windowStart, settledAmount } of windows) {
      const budget = some.get(limitId);
      if (budget === undefined || windowStart !== starts.get(limitId)) continue;
      if (settledAmount >= budget.amount) exhausted.add(limitId);
    }
  }
  return exhausted;
}
