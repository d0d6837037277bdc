import { describe, expect, test } from "vitest";
import type { RateLimit } from "../limit.ts";
import { Counters } from "./counters.ts";
import type { PoolAnswer, PoolPlace, PoolReport } from "./pool-store.ts";

const limit: RateLimit = {
  kind: "rate",
  id: "rl_1",
  projectId: "default",
  name: "each user",
  scope: "metadata",
  scopeId: "_user",
  scopeValue: undefined,
  unit: "requests",
  period: "minute",
  amount: 10n,
  createdAt: 0,
  updatedAt: 0,
};

type Report = (place: PoolPlace, report: PoolReport) => Promise<PoolAnswer>;

const nobodyAsks: Report = () => Promise.reject(new Error("nobody asks"));

function countersAt(now: () => number, report = nobodyAsks): Counters {
  return new Counters({
    pools: { holderId: "h", report, forget: () => Promise.resolve() },
    patienceMs: 1_000,
    now,
    steady: now,
    onAlert: () => {},
    onFailure: () => {},
  });
}

const taken: Report = (place, report) => {
  const pool = { limit: place.limit.amount, settled: report.settled, round: 0, roundAt: 0 };
  const nothing = { outcomes: [], extra: 0n, isTight: false, opensRound: false, alerts: [] };
  return Promise.resolve({ ...nothing, pool, held: report.held, answered: 0, available: 5n });
};

describe("the counters of a gateway", () => {
  test("are let go when their windows are over, each without a look at the others", async () => {
    let now = Date.UTC(2026, 0, 2);
    const counters = countersAt(() => now);
    const values = Array.from({ length: 60_000 }, (_, index) => `user-${index}`);
    for (const value of values) counters.of(limit, value, now);
    now += 120_000;
    const before = process.cpuUsage();
    await counters.tick();
    const { user } = process.cpuUsage(before);
    expect(counters.size).toBe(0);
    // Each with a look at all took seconds.
    expect(user / 1_000).toBeLessThan(1_500);
  });

  test("of a window that is over goes without the one that came after it", async () => {
    let now = Date.UTC(2026, 0, 2);
    const counters = countersAt(() => now);
    counters.of(limit, "ann", now);
    now += 65_000;
    const next = counters.of(limit, "ann", now);
    next.enter();
    now += 10_000;
    await counters.tick();
    expect(counters.size).toBe(1);
    expect(counters.of(limit, "ann", now)).toBe(next);
  });

  test("a turn ends, however many new values come while it lasts", async () => {
    const now = Date.UTC(2026, 0, 2);
    let made = 0;
    let asked = 0;
    const begin = (): void => {
      made += 1;
      const counter = counters.of(limit, `user-${made}`, now);
      counter.enter();
      counter.countUnpriced();
    };
    const counters = countersAt(
      () => now,
      (place, report) => {
        asked += 1;
        // As many come as are told of, up to a bound for the test's sake.
        if (made < 1_000) begin();
        return taken(place, report);
      },
    );
    for (let index = 0; index < 10; index += 1) begin();
    await counters.tick();
    expect(asked).toBe(10);
  });

  test("others have their turn between what is told of one and of the next", async () => {
    const now = Date.UTC(2026, 0, 2);
    const turnAt: number[] = [];
    let turn = 0;
    const counters = countersAt(
      () => now,
      (place, report) => {
        turnAt.push(turn);
        return taken(place, report);
      },
    );
    for (let index = 0; index < 20; index += 1) {
      const counter = counters.of(limit, `user-${index}`, now);
      counter.enter();
      counter.countUnpriced();
    }
    let isOver = false;
    const onTurn = (): void => {
      turn += 1;
      if (!isOver) setImmediate(onTurn);
    };
    setImmediate(onTurn);
    await counters.tick();
    isOver = true;
    expect(new Set(turnAt).size).toBe(20);
  });
});
