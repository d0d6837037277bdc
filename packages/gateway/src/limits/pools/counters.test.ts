import { describe, expect, test } from "vitest";
import type { RateLimit } from "../limit.ts";
import { Counters } from "./counters.ts";

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

function countersAt(now: () => number): Counters {
  return new Counters({
    pools: { holderId: "h", report: () => Promise.reject(new Error("nobody asks")), forget: () => Promise.resolve() },
    patienceMs: 1_000,
    now,
    steady: now,
    onAlert: () => {},
    onFailure: () => {},
  });
}

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
});
