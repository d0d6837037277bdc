/** Calls against one budget as they truly went, by whichever gateway or process, and whether any refusal was false. */

/** One thing that happened to a call. Times are of one clock that only goes forward. */
export interface SpendingEvent {
  at: number;
  /** Of the gateway and the call. */
  who: string;
  call: number;
  what: "asked" | "granted" | "refused" | "used" | "settled";
  /** The bound, or with `used` what was used. */
  amount: number;
}

interface Counted {
  at: number;
  total: number;
}

/** A gateway that died: from then on it counts with what the store has it down for. */
export interface Death {
  who: string;
  at: number;
  counted: number;
}

export class Spending {
  readonly events: SpendingEvent[];
  readonly #deaths: readonly Death[];

  constructor(events: readonly SpendingEvent[], deaths: readonly Death[] = []) {
    this.events = [...events].toSorted((one, other) => one.at - other.at);
    this.#deaths = deaths;
  }

  /** What was used; of calls whose gateway died the bound, for AWS may have billed it. */
  get used(): number {
    const amounts = new Map<string, number>();
    for (const event of this.events) {
      if (event.what === "granted" || event.what === "used") amounts.set(keyOf(event), event.amount);
    }
    return [...amounts.values()].reduce((total, amount) => total + amount, 0);
  }

  count(what: SpendingEvent["what"]): number {
    return this.events.filter((event) => event.what === what).length;
  }

  /** Refusals of what would have fitted at each moment between the asking and the answer. */
  falseRefusals(limit: number): SpendingEvent[] {
    const counted = this.#counted();
    const asked = new Map(
      this.events.filter((event) => event.what === "asked").map((event) => [keyOf(event), event.at]),
    );
    return this.events.filter((event) => {
      if (event.what !== "refused") return false;
      const from = asked.get(keyOf(event)) ?? event.at;
      // What was counted when it was asked, and all that was counted until the answer.
      const before = counted.findLast(({ at }) => at <= from)?.total ?? 0;
      const within = counted.filter(({ at }) => at > from && at <= event.at).map(({ total }) => total);
      return Math.max(before, ...within) + event.amount <= limit;
    });
  }

  /**
   * Settled and reserved over time. The pool grants between the asking and the answer, which may travel long: a call that was granted
   * counts from its asking on. A settlement counts from when it is done.
   */
  #counted(): Counted[] {
    const granted = new Set(this.events.filter((event) => event.what === "granted").map((event) => keyOf(event)));
    const byGateway = new Map<string, Map<number, number>>();
    const used = new Map<string, number>();
    const deaths = [...this.#deaths].toSorted((one, other) => one.at - other.at);
    const dead = new Map<string, number>();
    const counted: Counted[] = [];
    for (const event of this.events) {
      while (deaths[0] !== undefined && deaths[0].at <= event.at) {
        dead.set(deaths[0].who, deaths[0].counted);
        deaths.shift();
      }
      const calls = byGateway.get(event.who) ?? new Map<number, number>();
      byGateway.set(event.who, calls);
      if (event.what === "asked" && granted.has(keyOf(event))) calls.set(event.call, event.amount);
      if (event.what === "used") used.set(keyOf(event), event.amount);
      if (event.what === "settled") calls.set(event.call, used.get(keyOf(event)) ?? 0);
      let total = 0;
      for (const [who, amounts] of byGateway) {
        total += dead.get(who) ?? [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
      }
      counted.push({ at: event.at, total });
    }
    return counted;
  }
}

function keyOf({ who, call }: SpendingEvent): string {
  return `${who}/${call}`;
}
