/**
 * Any interleaving of what several gateways do with one limit (reserve, settle, recall, lose a report, die) exceeds nothing and refuses
 * nobody falsely. The gateways' own code runs; the messages between them travel when and in what order fast-check says.
 */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Counter } from "./counter.ts";
import type { Budget } from "../limit.ts";
import { MemoryPool, type Fate } from "../testing/memory-pool.ts";

const gateways = 3;
const limitAmount = 100n;
const termMs = 5_000;

type Step =
  | { kind: "reserve"; gateway: number; amount: number }
  | { kind: "settle"; call: number; share: number }
  | { kind: "move"; pick: number; fate: Fate }
  | { kind: "tick"; gateway: number }
  | { kind: "wait"; ms: number }
  | { kind: "kill"; gateway: number };

const gateway = fc.nat(gateways - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("reserve" as const), gateway, amount: fc.integer({ min: 1, max: 45 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("settle" as const), call: fc.nat(50), share: fc.nat(100) }) },
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant("move" as const),
      pick: fc.nat(20),
      fate: fc.oneof(
        { weight: 12, arbitrary: fc.constant("arrives" as const) },
        { weight: 1, arbitrary: fc.constantFrom("lost-before" as const, "lost-after" as const) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tick" as const), gateway }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(60, 700, 2_500, 6_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const), gateway }) },
);

interface Call {
  gateway: number;
  bound: bigint;
  used: bigint | undefined;
  /** The settlement is done: others can have the rest. */
  isSettled: boolean;
}

interface Ask {
  gateway: number;
  amount: bigint;
  /** The most that was settled and reserved at a time while it was asked. */
  most: bigint;
  state: "open" | "granted" | "refused" | "failed";
}

class World {
  readonly pool = new MemoryPool(termMs);
  readonly calls: Call[] = [];
  readonly asks: Ask[] = [];
  readonly #dead = new Set<number>();
  /** Gateways whose last report may have been taken or not. */
  readonly #inDoubt = new Set<number>();
  readonly #counters: Counter[];
  #now = 1_000_000;

  constructor() {
    const budget = { id: "bud_1", kind: "budget", unit: "tokens", period: "total", amount: limitAmount } as Budget;
    const place = { limit: budget, bucket: "", windowStart: 0, windowEnd: Infinity };
    this.#counters = Array.from({ length: gateways }, (_, index) => {
      const pool = this.pool.of(String(index));
      return new Counter(place, {
        leaseId: `lease-${index}`,
        now: () => this.#now,
        steady: () => this.#now,
        onAlert: () => {},
        onFailure: () => {},
        patienceMs: 60_000,
        pools: {
          report: async (...args) => {
            try {
              const answer = await pool.report(...args);
              this.#inDoubt.delete(index);
              return answer;
            } catch (error) {
              this.#inDoubt.add(index);
              throw error;
            }
          },
        },
      });
    });
    this.pool.onWord = (from, word) => {
      for (const [index, counter] of this.#counters.entries()) {
        if (String(index) === from) continue;
        // A word travels too; a dead gateway hears none.
        this.pool.moves.push(() => {
          if (this.#dead.has(index)) return;
          if (word === "answer") counter.onAnswer();
          else void counter.onRecall();
        });
      }
    };
    this.#live();
  }

  async run(next: Step): Promise<void> {
    switch (next.kind) {
      case "reserve":
        this.#reserve(next.gateway, BigInt(next.amount));
        break;
      case "settle":
        this.#settle(next.call, next.share);
        break;
      case "move":
        this.#move(next.pick, next.fate);
        break;
      case "tick":
        if (!this.#dead.has(next.gateway)) void this.#counters[next.gateway]!.tick();
        break;
      case "wait":
        this.#wait(next.ms);
        break;
      case "kill":
        if (this.#dead.size < gateways - 1) this.#dead.add(next.gateway);
        break;
    }
    await settled();
    this.check();
  }

  /** Lets everything arrive, until nobody waits. */
  async finish(): Promise<void> {
    for (let turn = 0; this.asks.some((ask) => ask.state === "open" && !this.#dead.has(ask.gateway)); turn += 1) {
      if (turn > 2_000) throw new Error("An ask is never answered.");
      await this.run(
        this.pool.moves.length > 0 ? { kind: "move", pick: 0, fate: "arrives" } : { kind: "wait", ms: 60 },
      );
    }
  }

  check(): void {
    const used = this.calls.reduce((total, call) => total + (call.used ?? call.bound), 0n);
    if (used > limitAmount) throw new Error(`${used} of ${limitAmount} are used or reserved.`);
    const counted = this.#counted();
    for (const ask of this.asks) {
      if (ask.state === "open" && counted > ask.most) ask.most = counted;
    }
  }

  /**
   * What is settled and reserved: a settlement counts from when it is done; of a gateway that has died, or does not know whether its last
   * report was taken, what the pool has it down for.
   */
  #counted(): bigint {
    let total = 0n;
    for (let index = 0; index < gateways; index += 1) {
      const lease = this.pool.leases.get(`lease-${index}`);
      const known = lease === undefined ? 0n : lease.held + lease.settled;
      const own = this.calls
        .filter((call) => call.gateway === index)
        .reduce(
          (sum, call) => sum + (call.isSettled ? (call.used ?? 0n) : call.bound),
          this.pool.granted.get(String(index)) ?? 0n,
        );
      const isUnsure = this.#dead.has(index) || this.#inDoubt.has(index);
      total += isUnsure && known > own ? known : own;
    }
    return total;
  }

  #reserve(index: number, amount: bigint): void {
    const counter = this.#counters[index]!;
    if (this.#dead.has(index)) return;
    const ask: Ask = { gateway: index, amount, most: this.#counted(), state: "open" };
    const grant = (): void => {
      ask.state = "granted";
      this.calls.push({ gateway: index, bound: amount, used: undefined, isSettled: false });
    };
    if (counter.isBeyond(amount)) this.#refused(ask);
    else if (counter.take(amount)) grant();
    else {
      this.asks.push(ask);
      counter.ask(amount).then(
        (isGranted) => {
          if (isGranted) grant();
          else this.#refused(ask);
        },
        () => (ask.state = "failed"),
      );
    }
  }

  #refused(ask: Ask): void {
    ask.state = "refused";
    // What its gateway would have said, had it lived.
    if (this.#dead.has(ask.gateway)) return;
    const most = this.#counted() > ask.most ? this.#counted() : ask.most;
    if (most + ask.amount <= limitAmount) throw new Error(`False refusal of ${ask.amount} at ${most}.`);
  }

  #settle(pick: number, share: number): void {
    const open = this.calls.filter((call) => call.used === undefined && !this.#dead.has(call.gateway));
    const call = open[pick % open.length];
    if (call === undefined) return;
    call.used = (call.bound * BigInt(share)) / 100n;
    const telling = this.#counters[call.gateway]!.settle(call.bound, call.used);
    if (telling === undefined) call.isSettled = true;
    else void telling.then(() => (call.isSettled = true));
  }

  #move(pick: number, fate: Fate): void {
    const { moves } = this.pool;
    const [move] = moves.length === 0 ? [] : moves.splice(pick % moves.length, 1);
    move?.(fate);
  }

  #wait(ms: number): void {
    this.#now += ms;
    this.#live();
    vi.advanceTimersByTime(ms);
  }

  #live(): void {
    for (let index = 0; index < gateways; index += 1) {
      if (!this.#dead.has(index)) this.pool.seenAt.set(String(index), this.#now);
    }
  }
}

/** Until all that follows at once has followed. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("never more than allowed, and no false refusal (pains B 19)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const faults: unknown[] = [];
      const onFault = (error: unknown): void => void faults.push(error);
      process.on("unhandledRejection", onFault);
      const world = new World();
      for (const next of steps) await world.run(next);
      await world.finish();
      process.off("unhandledRejection", onFault);
      expect(faults).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
});
