/** What a call's guardrails have asked of Bedrock: each use is charged once, with the call or, where it comes later, behind it. */
import type { PriceTable } from "@adit/bedrock";
import type { GuardrailUse } from "../../guardrails/guardrail-use.ts";
import { guardrailCostOf } from "../../ledger/cost/guardrail-cost.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Reservation } from "../../limits/reservation.ts";
import { useAtMost } from "./guardrail-bound.ts";

export class GuardrailHold {
  readonly #prices: PriceTable;
  readonly #uses: GuardrailUse[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** Once the call has been settled: what late uses are charged to. */
  #late: readonly Reservation[] | undefined;

  constructor(prices: PriceTable) {
    this.#prices = prices;
  }

  /** One call of a check's, or AWS's own guardrail in the call. */
  add(use: GuardrailUse): void {
    if (this.#late === undefined) {
      this.#uses.push(use);
      return;
    }
    const charge = useCharge([use], this.#prices);
    for (const reservation of this.#late) reservation.addLate(charge);
  }

  /** A check that nobody waits for. `work` never rejects. */
  waitFor(work: Promise<void>): void {
    this.#pending.add(work);
    void work.finally(() => this.#pending.delete(work));
  }

  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** True where something is to be charged by its bound: AWS did not say what it used. */
  get isByBound(): boolean {
    return this.#uses.some((use) => useAtMost(use, this.#prices) !== use);
  }

  /** What is to be charged since the last time; undefined where nothing is. */
  take(): LimitCharge | undefined {
    if (this.#uses.length === 0) return undefined;
    return useCharge(this.#uses.splice(0), this.#prices);
  }

  /** The call has been settled: what comes later is charged to what it had reserved, which is free once nothing can come. */
  end(reservations: readonly Reservation[]): void {
    this.#late = reservations;
    void Promise.all(this.#pending).then(() => {
      for (const reservation of reservations) void reservation.endLate();
    });
  }
}

/** What calls of checks cost: where AWS did not say what it used, by the most that it can have. */
export function useCharge(uses: readonly GuardrailUse[], prices: PriceTable): LimitCharge {
  const { knownNano, missing } = guardrailCostOf(
    uses.map((use) => useAtMost(use, prices)),
    prices,
  );
  return { tokens: 0, costNano: knownNano, ...(missing.length > 0 && { isPartial: true }) };
}
