/** What tests of limits on real databases need: limits, several gateways' managers on one database, and calls whose truth is known. */
import { Transport } from "@adit/bedrock";
import { hookTerms, postOver } from "@adit/bedrock/gateway";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import type { Actor } from "../../store/audit.ts";
import type { Store, StoreLocation } from "../../store/store.ts";
import type { House } from "../../store/testing/engines.ts";
import { openTestVault } from "../../vault/testing/test-vault.ts";
import type { Vault } from "../../vault/vault.ts";
import { alertsBy } from "../alerts/alert-sender.ts";
import { LimitSettings, type BudgetInput, type RateLimitInput } from "../settings/limit-settings.ts";
import type { TimeSource } from "../pools/limit-time.ts";
import type { Budget, LimitCharge, LimitSubject, RateLimit } from "../limit.ts";
import { Limits, type LimitRefusal, type LimitsOptions } from "../limits.ts";
import type { Reservation } from "../reservation.ts";

export const actor: Actor = { kind: "command" };
export const projectId = defaultProjectId;
export const subject = { projectId };

/** A clock of the database's that the test sets; what lasts is measured in true time, and what the test lets pass. */
export class HandTime implements TimeSource {
  time = Date.UTC(2026, 0, 2, 3, 4, 5);
  #passed = 0;
  readonly #byItself: () => number;

  /** @param byItself how it goes on besides, for the gateways: as the machine's does, or not at all where a test counts within a second. */
  constructor(byItself: () => number = () => performance.now()) {
    this.#byItself = byItself;
  }

  /** Time goes on, for the database and the gateways alike. */
  pass(ms: number): void {
    this.time += ms;
    this.#passed += ms;
  }

  ask(): Promise<number> {
    return Promise.resolve(this.time);
  }

  steady(): number {
    return this.#byItself() + this.#passed;
  }
}

export class LimitRig {
  readonly location: StoreLocation;
  readonly store: Store;
  readonly vault: Vault;
  readonly settings: LimitSettings;
  readonly customHosts: ReadonlySet<string> = new Set(["https://hooks.example.com"]);
  readonly #house: House;
  readonly #open: Limits[] = [];
  readonly #transport = new Transport();

  private constructor(house: House, location: StoreLocation, { store, vault }: { store: Store; vault: Vault }) {
    this.#house = house;
    this.location = location;
    this.store = store;
    this.vault = vault;
    this.settings = new LimitSettings({ store, vault, customHosts: this.customHosts });
  }

  static async start(house: House): Promise<LimitRig> {
    const location = await house.newLocation();
    const store = await house.open(location);
    return new LimitRig(house, location, { store, vault: await openTestVault(store) });
  }

  budget(input: Partial<BudgetInput>): Promise<Budget> {
    const common = { name: "b", scope: "project", scopeId: projectId, unit: "tokens", period: "total" } as const;
    return this.settings.createBudget(projectId, { ...common, amount: 1_000n, ...input }, actor);
  }

  rateLimit(input: Partial<RateLimitInput>): Promise<RateLimit> {
    const common = { name: "r", scope: "project", scopeId: projectId, unit: "requests", period: "minute" } as const;
    return this.settings.createRateLimit(projectId, { ...common, amount: 10n, ...input }, actor);
  }

  /** The limits of another gateway: it has a store of its own. */
  async gateway(options: Partial<LimitsOptions> = {}): Promise<Limits> {
    const store = await this.#house.open(this.location);
    const limits = await Limits.open({
      store,
      vault: this.vault,
      customHosts: this.customHosts,
      sendAlert: alertsBy(postOver(this.#transport, hookTerms)),
      tickMs: 200,
      ...options,
    });
    this.#open.push(limits);
    return limits;
  }

  gateways(count: number, options: Partial<LimitsOptions> = {}): Promise<Limits[]> {
    return Promise.all(Array.from({ length: count }, () => this.gateway(options)));
  }

  async close(): Promise<void> {
    for (const limits of this.#open.splice(0)) await limits.close();
    await this.#transport.close();
  }
}

export function charge(tokens: number, costNano = BigInt(tokens) * 1_000n): LimitCharge {
  return { tokens, costNano };
}

/** @throws Error where the call was refused. */
export function granted(result: Reservation | LimitRefusal): Reservation {
  if (result.isRefused) throw new Error(`refused: ${result.error.message}`);
  return result;
}

/** A tick that begins from now on: the one that is waited for first may have begun before what the test has just changed. */
export async function tickAnew(...gateways: readonly Limits[]): Promise<void> {
  // So may have the last look at the clock.
  for (const limits of gateways) await limits.tell();
  for (const limits of [...gateways, ...gateways]) await limits.tick();
}

/** Reserves and uses so many tokens, to the end. */
export async function use(limits: Limits, tokens: number, whose: LimitSubject = subject): Promise<void> {
  await granted(await limits.reserve(whose, charge(tokens))).settle(charge(tokens)).done;
}

/** Whether so many tokens would be let pass now; they are not used. */
export async function wouldPass(limits: Limits, tokens: number): Promise<boolean> {
  const result = await limits.reserve(subject, charge(tokens));
  if (!result.isRefused) await result.release();
  return !result.isRefused;
}

/** @throws Error where the call was not refused. */
export function refused(result: Reservation | LimitRefusal): LimitRefusal {
  if (result.isRefused) return result;
  throw new Error("not refused");
}
