/** Sends alerts to the addresses that budgets name, and tries again what did not arrive. */
import { dollarsOf } from "@adit/bedrock";
import type { Post } from "@adit/bedrock/gateway";
import type { Store } from "../../store/store.ts";
import { originOf } from "../../vault/shown-address.ts";
import type { Vault } from "../../vault/vault.ts";
import { alertAddressOf } from "./alert-address.ts";
import { mostAttempts, noteSending, takeAlerts, type Alert } from "./alert-store.ts";
import { budgetFromRow } from "../settings/limit-row.ts";
import type { Budget } from "../limit.ts";
import type { LimitsOptions } from "../limits.ts";

/** What is posted, as JSON. `id` is the same however often it arrives. */
export interface AlertBody {
  id: string;
  type: "budget.threshold";
  created_at: string;
  budget: { id: string; name: string; project_id: string; scope: string; scope_id: string; period: string };
  /** The metadata value that is counted, where each has a count of its own. */
  value?: string;
  /** Start of the window; absent for a budget without an end. */
  window_start?: string;
  threshold_percent: number;
  unit: "usd" | "tokens";
  /** Dollars as a decimal, exact; or tokens. */
  spent: string;
  limit: string;
}

/** Posts the body. Rejects where it did not arrive, with words that name no secret. */
export type SendAlert = (url: string, body: AlertBody) => Promise<void>;

const waitMs = 10_000;

export function alertsBy(post: Post): SendAlert {
  return async (url, body) => {
    const { status } = await post({
      url,
      headers: { "content-type": "application/json", "idempotency-key": body.id },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(waitMs),
      statusOnly: true,
    });
    if (status < 200 || status > 299) throw new Error(`The address answered ${status}.`);
  };
}

export class AlertSender {
  readonly #store: Store;
  readonly #vault: Pick<Vault, "unseal">;
  readonly #customHosts: ReadonlySet<string>;
  readonly #now: () => number;
  readonly #send: SendAlert;
  readonly #onFailure: (error: unknown) => void;
  readonly #sending = new Set<Promise<void>>();

  constructor(
    { store, vault, customHosts }: Pick<LimitsOptions, "store" | "vault" | "customHosts">,
    options: { now: () => number; send: SendAlert; onFailure: (error: unknown) => void },
  ) {
    this.#store = store;
    this.#vault = vault;
    this.#customHosts = customHosts;
    this.#now = options.now;
    this.#send = options.send;
    this.#onFailure = options.onFailure;
  }

  /** Of an alert that this gateway has to itself. */
  start(alert: Alert): void {
    const sending = this.#sendOnce(alert)
      // What cannot be noted is taken again when its time is over.
      .catch(this.#onFailure)
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  /** Those that did not arrive, and those of gateways that died. */
  async takeWaiting(): Promise<void> {
    for (const alert of await takeAlerts(this.#store, this.#now())) this.start(alert);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sending);
  }

  async #sendOnce(alert: Alert): Promise<void> {
    const row = await this.#store.read((db) =>
      db.selectFrom("budgets").selectAll().where("id", "=", alert.budgetId).executeTakeFirst(),
    );
    const budget = row === undefined ? undefined : budgetFromRow(row);
    const error = await this.#failureOf(alert, budget);
    await noteSending(this.#store, alert, { error, now: this.#now() });
    if (error !== undefined) this.#tellFailure(alert, error);
  }

  /** The first and the last: nobody else would say that nothing arrives. */
  #tellFailure({ id, budgetId, attempts }: Alert, error: string): void {
    const isLast = attempts + 1 >= mostAttempts;
    if (attempts > 0 && !isLast) return;
    const words = isLast ? `It is given up after ${mostAttempts} tries.` : "It is tried again.";
    this.#onFailure(new Error(`The alert ${id} of the budget ${budgetId} did not arrive: ${error} ${words}`));
  }

  async #failureOf(alert: Alert, budget: Budget | undefined): Promise<string | undefined> {
    if (budget?.alertUrl === undefined) return "The budget names no address any more.";
    try {
      const address = await alertAddressOf(this.#vault, budget);
      if (address === undefined)
        return "The budget's address is not kept: enter it again, an import brings no secrets.";
      const origin = originOf(address) ?? "";
      if (!this.#customHosts.has(origin)) return `ADIT_CUSTOM_HOSTS does not list ${origin}.`;
      await this.#send(address, alertBody(alert, budget));
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  }
}

/** Where its time was over, the cause alone says so. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const why = error.cause instanceof Error ? error.cause.message : "";
  return error.message.includes(why) ? error.message : `${error.message} ${why}`;
}

function alertBody(alert: Alert, budget: Budget): AlertBody {
  const written = (amount: bigint): string => (budget.unit === "cost" ? dollarsOf(amount) : String(amount));
  const { id, name, projectId, scope, scopeId, period } = budget;
  return {
    id: alert.id,
    type: "budget.threshold",
    created_at: new Date(alert.createdAt).toISOString(),
    budget: { id, name, project_id: projectId, scope, scope_id: scopeId, period },
    ...(alert.bucket !== "" && { value: alert.bucket }),
    ...(period !== "total" && { window_start: new Date(alert.windowStart).toISOString() }),
    threshold_percent: alert.percent,
    unit: budget.unit === "cost" ? "usd" : "tokens",
    spent: written(alert.settledAmount),
    limit: written(alert.limitAmount),
  };
}
