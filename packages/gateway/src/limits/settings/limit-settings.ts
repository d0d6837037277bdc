/** Budgets and rate limits in the store: made, changed, listed, taken away, and what is used of them. */
import { AditError } from "@adit/bedrock";
import { recordChange, type Actor, type AuditedChange } from "../../store/audit.ts";
import { databaseTime } from "../../store/database-time.ts";
import { newId } from "../../store/new-id.ts";
import { countOf, pageOf, type ListPage } from "../../store/list-page.ts";
import type { Database, Writing } from "../../store/store.ts";
import { within, type StoreAccess } from "../../store/within.ts";
import { checkHook } from "../../vault/check-host.ts";
import { isHiddenAddress, originOf, shownAddress } from "../../vault/shown-address.ts";
import type { Vault } from "../../vault/vault.ts";
import { alertAddressOf, isAlertAddress, keepAlertAddress } from "../alerts/alert-address.ts";
import { renewAlerts } from "../alerts/alert-store.ts";
import { checkAlerts, checkAmount, checkChoice, checkCycle, checkScope, type ScopeTerms } from "./check-limit.ts";
import { budgetsIn, findLimits, rateLimitsIn, type LimitFilter } from "./limit-lists.ts";
import { budgetFromRow, rateLimitFromRow } from "./limit-row.ts";
import type { Budget, Limit, RateLimit } from "../limit.ts";
import { windowOf } from "../pools/window.ts";
import { checkLine } from "../../terms/check-line.ts";
import { termFault } from "../../terms/term-fault.ts";

interface NewLimit extends ScopeTerms {
  name: string;
}

export interface BudgetInput extends NewLimit {
  unit: Budget["unit"];
  /** Nano-dollars, or tokens. */
  amount: bigint;
  period: Budget["period"];
  /** For the period `days`: 1 to 365. */
  periodDays?: number | undefined;
  /** A moment at which one of these windows begins, in milliseconds since 1970; the beginning of this day in UTC where it is absent. */
  periodFrom?: number | undefined;
  alertPercents?: readonly number[];
  /** The whole address. */
  alertUrl?: string;
  /** `block` where it is absent. */
  unknownPrice?: Budget["unknownPrice"];
}

/** What is to be different. Whom a budget concerns, what it counts and its period stay: a budget of another kind is another budget. */
export interface BudgetPatch {
  name?: string;
  amount?: bigint;
  alertPercents?: readonly number[];
  /** What is shown of it, sent back, lets it be. */
  alertUrl?: string | null;
  unknownPrice?: Budget["unknownPrice"];
}

export interface RateLimitInput extends NewLimit {
  unit: RateLimit["unit"];
  amount: bigint;
  period: RateLimit["period"];
}

export interface RateLimitPatch {
  name?: string;
  amount?: bigint;
}

export interface LimitSettingsOptions {
  store: StoreAccess;
  /** Keeps the addresses of alerts. */
  vault: Vault;
  /** `ADIT_CUSTOM_HOSTS`: alerts go nowhere else. */
  customHosts: ReadonlySet<string>;
}

const deadMs = 60_000;
const mostInNumber = BigInt(Number.MAX_SAFE_INTEGER);

export class LimitSettings {
  readonly #store: StoreAccess;
  readonly #vault: Vault;
  readonly #customHosts: ReadonlySet<string>;

  constructor({ store, vault, customHosts }: LimitSettingsOptions) {
    this.#store = store;
    this.#vault = vault;
    this.#customHosts = customHosts;
  }

  /** The same inside of a transaction. */
  within(store: StoreAccess): LimitSettings {
    return new LimitSettings({ store, vault: this.#vault, customHosts: this.#customHosts });
  }

  /** @throws AditError that names the field at fault. */
  async createBudget(projectId: string, input: BudgetInput, actor: Actor): Promise<Budget> {
    const now = this.#store.clock.now();
    const alerts = this.#alertsOf({ percents: input.alertPercents ?? [], url: input.alertUrl }, undefined);
    const row = {
      ...newColumns(projectId, input, { id: newId("bud", now), now }),
      ...amountColumns(checkChoice(input.unit, ["cost", "tokens"], "unit"), input.amount),
      ...budgetPeriodColumns(input, now),
      ...alerts.columns,
      unknownPrice: checkUnknownPrice(input.unknownPrice ?? "block"),
    };
    return this.#store.write(async (writing) => {
      await checkOwner(writing.db, projectId, input);
      await writing.db.insertInto("budgets").values(row).execute();
      if (alerts.isNew) await keepAlertAddress(this.#vault, writing, { id: row.id, address: alerts.address });
      return this.#record(writing, { id: row.id, actor, action: "budget.create", read: budgetInStore });
    });
  }

  /** @throws AditError as {@link createBudget}; `not_found`. */
  async updateBudget(id: string, patch: BudgetPatch, actor: Actor): Promise<Budget> {
    return this.#store.write(async (writing) => {
      const before = await budgetInStore(writing.db, id);
      const url = patch.alertUrl === null ? undefined : (patch.alertUrl ?? before.alertUrl);
      const alerts = this.#alertsOf({ percents: patch.alertPercents ?? before.alertPercents, url }, before.alertUrl);
      await writing.db
        .updateTable("budgets")
        .set({
          name: checkLine(patch.name ?? before.name, "name"),
          ...amountColumns(before.unit, patch.amount ?? before.amount),
          ...alerts.columns,
          unknownPrice: checkUnknownPrice(patch.unknownPrice ?? before.unknownPrice),
          updatedAt: this.#store.clock.now(),
        })
        .where("id", "=", id)
        .execute();
      if (alerts.isNew) await keepAlertAddress(this.#vault, writing, { id, address: alerts.address });
      await renewAlerts(writing, await budgetInStore(writing.db, id), await this.#timeIn(writing));
      return this.#record(writing, { id, actor, action: "budget.update", before, read: budgetInStore });
    });
  }

  /** @throws AditError that names the field at fault. */
  async createRateLimit(projectId: string, input: RateLimitInput, actor: Actor): Promise<RateLimit> {
    const now = this.#store.clock.now();
    const row = {
      ...newColumns(projectId, input, { id: newId("rl", now), now }),
      unit: checkChoice(input.unit, ["requests", "tokens"], "unit"),
      ...ratePeriodColumns(input),
      amount: checkCount(input.amount),
    };
    return this.#store.write(async (writing) => {
      await checkOwner(writing.db, projectId, input);
      await writing.db.insertInto("rateLimits").values(row).execute();
      return this.#record(writing, { id: row.id, actor, action: "rate_limit.create", read: rateLimitInStore });
    });
  }

  /** @throws AditError as {@link createRateLimit}; `not_found`. */
  async updateRateLimit(id: string, patch: RateLimitPatch, actor: Actor): Promise<RateLimit> {
    return this.#store.write(async (writing) => {
      const before = await rateLimitInStore(writing.db, id);
      await writing.db
        .updateTable("rateLimits")
        .set({
          name: checkLine(patch.name ?? before.name, "name"),
          amount: checkCount(patch.amount ?? before.amount),
          updatedAt: this.#store.clock.now(),
        })
        .where("id", "=", id)
        .execute();
      return this.#record(writing, { id, actor, action: "rate_limit.update", before, read: rateLimitInStore });
    });
  }

  /** @throws AditError `not_found`. */
  getBudget(id: string): Promise<Budget> {
    return this.#store.read((db) => budgetInStore(db, id));
  }

  /** @throws AditError `not_found`. */
  getRateLimit(id: string): Promise<RateLimit> {
    return this.#store.read((db) => rateLimitInStore(db, id));
  }

  /** The project's budgets by age. */
  async listBudgets(projectId: string, page: ListPage & LimitFilter): Promise<Budget[]> {
    const filter = { projectId, ...page };
    const rows = await this.#store.read((db) => pageOf(budgetsIn(db, filter).selectAll(), page).execute());
    return rows.map((row) => budgetFromRow(row));
  }

  /** The project's rate limits by age. */
  async listRateLimits(projectId: string, page: ListPage & LimitFilter): Promise<RateLimit[]> {
    const filter = { projectId, ...page };
    const rows = await this.#store.read((db) => pageOf(rateLimitsIn(db, filter).selectAll(), page).execute());
    return rows.map((row) => rateLimitFromRow(row));
  }

  /** How many a list without pages would have. */
  count(kind: Limit["kind"], projectId: string, filter: LimitFilter): Promise<number> {
    const ofProject = { projectId, ...filter };
    return this.#store.read((db) =>
      kind === "budget" ? countOf(budgetsIn(db, ofProject)) : countOf(rateLimitsIn(db, ofProject)),
    );
  }

  /**
   * A budget or a rate limit. What was counted of it is swept away afterwards: a million windows of a limit on each of many users would hold
   * everybody up. @throws AditError `not_found`.
   */
  async remove(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const before = await limitInStore(writing.db, id);
      const action = `${changeOf(before)}.delete` as const;
      await recordChange(writing, { actor, action, object: before, before: shownLimit(before) }, this.#store.clock);
      if (before.kind === "budget") await keepAlertAddress(this.#vault, writing, { id, address: undefined });
      await writing.db
        .deleteFrom(before.kind === "budget" ? "budgets" : "rateLimits")
        .where("id", "=", id)
        .execute();
      writing.changed(changeOf(before), id);
    });
  }

  /** All limits of a project, each with its entry in the audit log. */
  async removeOfProject(projectId: string, actor: Actor): Promise<void> {
    const limits = await this.#store.read((db) => findLimits(db, { projectId }));
    for (const { id } of limits) await this.remove(id, actor);
  }

  /**
   * Begins the count anew, of all its values: what was settled counts no more, nor what gateways have left that died more than a minute
   * ago. Calls under way count on. @throws AditError `not_found`.
   */
  async reset(id: string, actor: Actor): Promise<void> {
    await this.#store.write(async (writing) => {
      const limit = await limitInStore(writing.db, id);
      const action = `${changeOf(limit)}.reset` as const;
      await recordChange(writing, { actor, action, object: limit }, this.#store.clock);
      const now = await this.#timeIn(writing);
      // Those that are over stay: of each value there may be hundreds, and nothing is asked of them any more.
      await writing.db
        .updateTable("limitWindows")
        .set({ settledAmount: 0n, overAmount: 0n, unpricedCalls: 0 })
        .where("limitId", "=", id)
        .where("windowStart", ">=", windowOf(limit, now).start)
        .execute();
      if (limit.kind === "budget") await renewAlerts(writing, limit, now);
      const living = writing.db
        .selectFrom("limitHolders")
        .select("id")
        .where("seenAt", ">", now - deadMs);
      // The row stays: one that was only cut off tells sums from its lease's beginning, and what it told before counts no more.
      await writing.db
        .updateTable("limitLeases")
        .set({ heldAmount: 0n })
        .where("limitId", "=", id)
        .where("holderId", "not in", living)
        .execute();
      writing.changed(changeOf(limit), id);
    });
  }

  /** By the database's clock, as gateways count. */
  #timeIn(writing: Writing): Promise<number> {
    return databaseTime(within(this.#store, writing));
  }

  /** The whole address of a budget's alerts, for the budget that replaces it; undefined where none is kept. */
  alertAddressOf(budget: Budget): Promise<string | undefined> {
    return alertAddressOf(this.#vault, budget);
  }

  /** True where the budget's alerts go there. @throws AditError as {@link createBudget} */
  isAlertAddress(budget: Budget, url: string): Promise<boolean> {
    return isAlertAddress(this.#vault, budget, checkHook(url, "alert_url", this.#customHosts));
  }

  /** `shown`: of the address that is kept, which stays where this is sent back. */
  #alertsOf(alerts: { percents: readonly number[]; url: string | undefined }, shown: string | undefined) {
    // A host that is not listed any more is no fault of a change that leaves it: whenever an alert goes out it is asked for.
    const hosts =
      alerts.url !== undefined && alerts.url === shown ? new Set([originOf(shown) ?? ""]) : this.#customHosts;
    const { alertPercents, alertUrl: address } = checkAlerts(alerts, hosts);
    const isNew = address !== shown;
    if (isNew && address !== undefined && isHiddenAddress(address)) {
      throw termFault("alert_url", "must be the whole address: none is kept that is shown so.");
    }
    const columns = {
      alertPercents: alertPercents.length === 0 ? null : JSON.stringify(alertPercents),
      alertUrl: address === undefined ? null : shownAddress(address),
    };
    return { columns, address, isNew };
  }

  async #record<Kind extends Limit>(
    writing: Writing,
    change: {
      id: string;
      actor: Actor;
      action: AuditedChange["action"];
      before?: Kind;
      read: (db: Database, id: string) => Promise<Kind>;
    },
  ): Promise<Kind> {
    const after = await change.read(writing.db, change.id);
    const { actor, action, before } = change;
    const shown = { before: before === undefined ? undefined : shownLimit(before), after: shownLimit(after) };
    await recordChange(writing, { actor, action, object: after, ...shown }, this.#store.clock);
    writing.changed(changeOf(after), change.id);
    return after;
  }
}

/** A limit as JSON can hold it: the amount as text. */
function shownLimit(limit: Limit): object {
  return { ...limit, amount: String(limit.amount) };
}

function newColumns(projectId: string, input: NewLimit, { id, now }: { id: string; now: number }) {
  const { scope, scopeId, scopeValue } = checkScope(input, projectId);
  return {
    id,
    projectId,
    scope,
    scopeId,
    scopeValue: scopeValue ?? null,
    name: checkLine(input.name, "name"),
    createdAt: now,
    updatedAt: now,
  };
}

function budgetPeriodColumns(input: BudgetInput, now: number) {
  const period = checkChoice(input.period, ["total", "daily", "weekly", "monthly", "days"], "period");
  const cycle = checkCycle(input, now);
  if (period === "days") return { period: "daily" as const, periodDays: cycle.days, periodFrom: cycle.from };
  return { period, periodDays: null, periodFrom: null };
}

function ratePeriodColumns({ period }: RateLimitInput) {
  const checked = checkChoice(period, ["second", "minute", "hour", "day", "week"], "period");
  return checked === "week" ? { period: "day" as const, periodDays: 7 } : { period: checked, periodDays: null };
}

function amountColumns(unit: Budget["unit"], amount: bigint) {
  if (unit === "cost") return { costLimitNano: checkAmount(amount, "amount"), tokenLimit: null };
  return { costLimitNano: null, tokenLimit: checkCount(amount) };
}

/** Tokens and requests are kept as numbers. */
function checkCount(amount: bigint): number {
  if (amount > mostInNumber) throw termFault("amount", `must be a whole number from 1 to ${mostInNumber}.`);
  return Number(checkAmount(amount, "amount"));
}

function checkUnknownPrice(choice: string): Budget["unknownPrice"] {
  return checkChoice(choice, ["block", "allow"], "unknown_price");
}

function changeOf({ kind }: Limit): "budget" | "rate_limit" {
  return kind === "budget" ? "budget" : "rate_limit";
}

function limitInStore(db: Database, id: string): Promise<Limit> {
  return id.startsWith("rl_") ? rateLimitInStore(db, id) : budgetInStore(db, id);
}

async function budgetInStore(db: Database, id: string): Promise<Budget> {
  const row = await db.selectFrom("budgets").selectAll().where("id", "=", id).executeTakeFirst();
  return budgetFromRow(row ?? notFound("budget", id));
}

async function rateLimitInStore(db: Database, id: string): Promise<RateLimit> {
  const row = await db.selectFrom("rateLimits").selectAll().where("id", "=", id).executeTakeFirst();
  return rateLimitFromRow(row ?? notFound("rate limit", id));
}

function notFound(kind: string, id: string): never {
  throw new AditError("not_found", `There is no ${kind} ${JSON.stringify(id.slice(0, 64))}.`, {
    remedy: "Check its id.",
  });
}

/** The key that the limit is for must be there, in the limit's own project. */
async function checkOwner(db: Database, projectId: string, { scope, scopeId }: ScopeTerms): Promise<void> {
  if (scope === "project" || scope === "metadata") return;
  const table = scope === "gateway_key" ? "gatewayKeys" : "virtualKeys";
  const row = await db
    .selectFrom(table)
    .select("id")
    .where("projectId", "=", projectId)
    .where("id", "=", scopeId)
    .executeTakeFirst();
  if (row === undefined) throw termFault("scope_id", `must be the id of a ${scope.replace("_", " ")} of the project.`);
}
