/** What a call has reserved, until it is known what it used. */
import type { Counter } from "./pools/counter.ts";
import { tellLimits } from "./limit-headers.ts";
import type { Limit, LimitCharge } from "./limit.ts";

/** What one limit holds for the call. */
export interface Hold {
  readonly counter: Counter;
  /** Grows where the call is sent again. */
  amount: bigint;
  /** True: the bound is not known, and the limit lets such calls pass. */
  readonly isUnknown: boolean;
  /** True: a part of the bound is not known, and the limit lets such calls pass. */
  readonly isPartial: boolean;
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

/** What came of settling. */
export interface Settlement {
  flags: readonly SettlementFlag[];
  /** Resolves when others can have what is freed; undefined where they can. It never rejects and need not be awaited. */
  done: Promise<unknown> | undefined;
}

const alreadySettled: Settlement = { flags: [], done: undefined };
const noFlags: readonly SettlementFlag[] = [];

export class Reservation {
  readonly isRefused = false;
  readonly holds: readonly Hold[];
  readonly #clock: { now: () => number };
  #isOpen = true;
  /** False once nothing can come any more. */
  #isHeld = true;

  constructor(holds: readonly Hold[], clock: { now: () => number }) {
    this.holds = holds;
    this.#clock = clock;
    for (const { counter } of holds) counter.enter();
  }

  /** False once it is settled or released. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Limits that let the call pass though its price is not known. */
  get unpriced(): readonly Limit[] {
    return this.holds.filter(isUnpriced).map((hold) => hold.counter.limit);
  }

  /** `x-ratelimit-...` and `x-adit-budget-...`, as of now. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    this.tell((name, value) => (headers[name] = value));
    return headers;
  }

  /** As {@link headers}, one by one; with those of what the same call has reserved elsewhere. */
  tell(put: (name: string, value: string) => void, beside?: Reservation): void {
    const holds = beside === undefined ? this.holds : [...this.holds, ...beside.holds];
    if (holds.length === 0) return;
    tellLimits(
      holds.map((hold) => hold.counter),
      this.#clock.now(),
      put,
    );
    if (holds.some(isUnpriced)) put("x-adit-budget-unknown-price", "allowed");
  }

  /**
   * What the call used. Where that is not known its bound counts. A second time does nothing. Of what is left, `kept` stays reserved for
   * what comes late.
   */
  settle(actual: LimitCharge, kept?: LimitCharge): Settlement {
    if (!this.#isOpen) return alreadySettled;
    this.#isOpen = false;
    let flags: SettlementFlag[] | undefined;
    let telling: Promise<void>[] | undefined;
    for (const hold of this.holds) {
      const { counter, amount } = hold;
      const used = amountOf(counter.limit, actual);
      const flag = isPartOf(hold, actual) ? "unknown_price" : flagOf(hold, used);
      if (flag !== undefined) (flags ??= []).push({ limit: counter.limit, flag });
      if (flag === "unknown_price") counter.countUnpriced();
      hold.amount = keptOf(hold, used, kept);
      const told = counter.settle(amount - hold.amount, used ?? amount - hold.amount);
      if (told !== undefined) (telling ??= []).push(told);
    }
    if (kept === undefined) this.#leave();
    return { flags: flags ?? noFlags, done: telling === undefined ? undefined : Promise.all(telling) };
  }

  /** What comes after the call has been settled: it counts at once, out of what was kept for it. */
  addLate({ costNano, isPartial }: LimitCharge): void {
    for (const hold of this.holds) {
      const { counter, amount } = hold;
      if (counter.limit.unit !== "cost") continue;
      if (isPartial === true) counter.countUnpriced();
      const used = costNano ?? 0n;
      const covered = used < amount ? used : amount;
      hold.amount -= covered;
      void counter.settle(covered, used);
    }
  }

  /** Nothing more can come: what was kept for it is free. Resolves as a settlement's `done`. */
  endLate(): Promise<unknown> | undefined {
    const kept = this.holds.filter(({ amount }) => amount > 0n);
    const telling = freed(kept);
    for (const hold of kept) hold.amount = 0n;
    this.#leave();
    return telling;
  }

  #leave(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const { counter } of this.holds) counter.leave();
  }

  /** The call was not made: it counts as no request either. Resolves as a settlement's `done`. */
  release(): Promise<unknown> | undefined {
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    return this.endLate();
  }
}

/** Gives back what is held. Undefined where others can have it at once. */
export function freed(holds: readonly Hold[]): Promise<unknown> | undefined {
  let telling: Promise<void>[] | undefined;
  for (const { counter, amount } of holds) {
    const told = counter.settle(amount, 0n);
    if (told !== undefined) (telling ??= []).push(told);
  }
  return telling === undefined ? undefined : Promise.all(telling);
}

function isUnpriced({ isUnknown, isPartial }: Hold): boolean {
  return isUnknown || isPartial;
}

/** True where a part of what a budget of cost is to count has no price. */
function isPartOf({ counter }: Hold, { isPartial }: LimitCharge): boolean {
  return isPartial === true && counter.limit.unit === "cost";
}

/** Of what is reserved beyond what was used. */
function keptOf({ counter, amount }: Hold, used: bigint | undefined, kept: LimitCharge | undefined): bigint {
  if (kept === undefined || used === undefined || counter.limit.unit !== "cost") return 0n;
  const left = amount > used ? amount - used : 0n;
  const wanted = kept.costNano ?? 0n;
  return wanted < left ? wanted : left;
}

function flagOf({ amount, isUnknown }: Hold, used: bigint | undefined): SettlementFlag["flag"] | undefined {
  if (used === undefined) return isUnknown ? "unknown_price" : "by_bound";
  return used > amount ? "beyond_bound" : undefined;
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
