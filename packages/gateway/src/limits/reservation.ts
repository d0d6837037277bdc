/** What a call has reserved, until it is known what it used. */
import type { Counter } from "./counter.ts";
import { limitHeaders } from "./limit-headers.ts";
import type { Limit, LimitCharge } from "./limit.ts";

/** What one limit holds for the call. */
export interface Hold {
  readonly counter: Counter;
  /** Grows where the call is sent again. */
  amount: bigint;
  /** True: the bound is not known, and the limit lets such calls pass. */
  readonly isUnknown: boolean;
}

/** How a limit took a settlement, where it was not as foreseen. */
export interface SettlementFlag {
  limit: Limit;
  /**
   * `beyond_bound`: more was used than reserved. `by_bound`: it was not told what was used, and the bound counts.
   * `unknown_price`: neither is known; the call is counted among those without a price.
   */
  flag: "beyond_bound" | "by_bound" | "unknown_price";
}

export class Reservation {
  readonly isRefused = false;
  readonly #holds: readonly Hold[];
  readonly #now: () => number;
  #isOpen = true;

  constructor(holds: readonly Hold[], now: () => number) {
    this.#holds = holds;
    this.#now = now;
  }

  /** False once it is settled or released. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get holds(): readonly Hold[] {
    return this.#holds;
  }

  /** Limits that let the call pass though its price is not known. */
  get unpriced(): readonly Limit[] {
    return this.#holds.filter((hold) => hold.isUnknown).map((hold) => hold.counter.limit);
  }

  /** `x-ratelimit-...` and `x-adit-budget-...`, as of now; with those of what the same call has reserved elsewhere. */
  headers(beside?: Reservation): Record<string, string> {
    const holds = beside === undefined ? this.#holds : [...this.#holds, ...beside.#holds];
    const headers = limitHeaders(
      holds.map((hold) => hold.counter),
      this.#now(),
    );
    if (holds.some((hold) => hold.isUnknown)) headers["x-adit-budget-unknown-price"] = "allowed";
    return headers;
  }

  /**
   * What the call used. Where that is not known its bound counts. A second time does nothing. `done` resolves when others can have what
   * is freed; it never rejects and need not be awaited.
   */
  settle(actual: LimitCharge): { flags: readonly SettlementFlag[]; done: Promise<void> } {
    const flags: SettlementFlag[] = [];
    return {
      flags,
      done: this.#end((hold) => {
        const { counter, amount, isUnknown } = hold;
        const used = amountOf(counter.limit, actual);
        if (used === undefined) {
          flags.push({ limit: counter.limit, flag: isUnknown ? "unknown_price" : "by_bound" });
          if (isUnknown) counter.countUnpriced();
        } else if (used > amount) {
          flags.push({ limit: counter.limit, flag: "beyond_bound" });
        }
        return used ?? amount;
      }),
    };
  }

  /** The call was not made: it counts as no request either. */
  release(): Promise<void> {
    return this.#end(() => 0n);
  }

  async #end(usedOf: (hold: Hold) => bigint): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const told = this.#holds.map((hold) => hold.counter.settle(hold.amount, usedOf(hold)));
    await Promise.all(told);
  }
}

/** The part of a charge that a limit counts; undefined where it is not known. */
export function amountOf({ unit }: Limit, { tokens, costNano }: LimitCharge): bigint | undefined {
  switch (unit) {
    case "requests":
      return 1n;
    case "tokens":
      return tokens === undefined ? undefined : BigInt(tokens);
    case "cost":
      return costNano;
  }
}
