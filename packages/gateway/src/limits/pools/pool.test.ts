/** Single decisions; what follows from many of them is held by `interleavings.test.ts`. */
import { describe, expect, it } from "vitest";
import { decide, roundMs, type OtherLease, type Pool, type PoolAsk } from "./pool.ts";

const pool: Pool = { limit: 100n, settled: 0n, round: 4, roundAt: 10_000 };
const ask: PoolAsk = { settled: 0n, held: 0n, answered: 0, returnsIdle: true, asks: [], headroom: 0n };
const other = (held: bigint, answered = 0, isAlive = true): OtherLease => ({ held, answered, isAlive });
const later = 10_000 + roundMs;

describe("a decision", () => {
  it("grants in order what fits, each ask for itself", () => {
    const { outcomes, held, available } = decide(pool, { ...ask, held: 10n, asks: [60n, 40n, 30n] }, [], later);
    expect(outcomes).toEqual(["granted", "refused", "granted"]);
    expect([held, available]).toEqual([100n, 0n]);
  });

  it("gives an eighth of what is left to be idle, where nothing is short", () => {
    const decision = decide(pool, { ...ask, asks: [20n], headroom: 1_000n }, [], later);
    expect(decision).toMatchObject({ extra: 10n, held: 30n, answered: 3 });
    expect(decide(pool, { ...ask, asks: [20n], headroom: 3n }, [], later).extra).toBe(3n);
    // News alone keeps what is idle, and gets no more.
    expect(decide(pool, { ...ask, returnsIdle: false, held: 5n, headroom: 3n }, [], later).extra).toBe(0n);
  });

  it("opens a round where others may have something to give back, and waits", () => {
    const decision = decide(pool, { ...ask, asks: [60n] }, [other(50n, 4)], later);
    expect(decision).toMatchObject({ outcomes: ["wait"], opensRound: true, isTight: true, answered: 5 });
    expect(decision.pool).toMatchObject({ round: 5, roundAt: later });
  });

  it("within a round waits for those who have not answered, and refuses when all have", () => {
    const now = 10_000 + roundMs - 1;
    const asking = { ...ask, asks: [60n] };
    expect(decide(pool, asking, [other(50n, 4), other(1n, 3)], now)).toMatchObject({
      outcomes: ["wait"],
      opensRound: false,
    });
    expect(decide(pool, asking, [other(50n, 4), other(1n, 4)], now)).toMatchObject({ outcomes: ["refused"] });
    // Who holds nothing has nothing to answer.
    expect(decide(pool, asking, [other(50n, 4), other(0n, 3)], now)).toMatchObject({ outcomes: ["refused"] });
  });

  it("gives nothing to be idle within a round, whatever the clocks say of which came first", () => {
    for (const now of [10_000 - roundMs + 1, 10_000, 10_000 + roundMs - 1]) {
      expect(decide(pool, { ...ask, asks: [20n], headroom: 100n }, [], now)).toMatchObject({ extra: 0n, answered: 4 });
    }
  });

  it("does not wait for the dead, and counts what they hold as spent", () => {
    const dead = other(50n, 0, false);
    expect(decide(pool, { ...ask, asks: [51n, 50n] }, [dead], later).outcomes).toEqual(["refused", "granted"]);
    // Nor for anyone, where the living could not give enough.
    expect(decide(pool, { ...ask, asks: [51n] }, [dead, other(50n)], later).outcomes).toEqual(["refused"]);
  });

  it("refuses all, what costs nothing too, where more was used than allowed", () => {
    const decision = decide(
      { ...pool, settled: 90n },
      { ...ask, settled: 20n, asks: [0n, 1n], headroom: 5n },
      [],
      later,
    );
    expect(decision).toMatchObject({ outcomes: ["refused", "refused"], extra: 0n, available: -10n });
  });
});
