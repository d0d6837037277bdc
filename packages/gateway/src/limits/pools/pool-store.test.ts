import { expect, test } from "vitest";
import type { Store } from "../../store/store.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { onEngine } from "../../store/testing/engines.ts";
import type { Budget } from "../limit.ts";
import { Counter } from "./counter.ts";
import { PoolStore } from "./pool-store.ts";

const limit: Budget = {
  id: "bud_1",
  projectId: defaultProjectId,
  name: "b",
  kind: "budget",
  scope: "project",
  scopeId: defaultProjectId,
  scopeValue: undefined,
  unit: "tokens",
  period: "total",
  amount: 1_000n,
  alertPercents: [],
  alertUrl: undefined,
  unknownPrice: "block",
  createdAt: 0,
  updatedAt: 0,
};

/** The names of the ways by which it is written. */
function watched(store: Store): ("write" | "writeLightly")[] {
  const ways: ("write" | "writeLightly")[] = [];
  for (const way of ["write", "writeLightly"] as const) {
    const through = store[way].bind(store);
    store[way] = (change, lane) => {
      ways.push(way);
      return through(change, lane);
    };
  }
  return ways;
}

onEngine("sqlite", (house) => {
  test("what a gateway has used of what it was given is told without waiting for the disk, and nothing else is", async () => {
    const store = await house.open();
    const ways = watched(store);
    const pools = new PoolStore(store, { holderId: "h", termMs: 5_000, steady: () => 0 });
    const place = { limit, bucket: "", windowStart: 0, windowEnd: Infinity };
    const failures: unknown[] = [];
    const counter = new Counter(place, {
      pools,
      leaseId: "h.1",
      now: () => 10_000,
      steady: () => 10_000,
      onAlert: () => {},
      onFailure: (error) => failures.push(error),
      patienceMs: 1_000,
    });
    await pools.heartbeat(10_000, undefined);
    expect(ways.splice(0)).toEqual(["writeLightly"]);
    expect(await counter.ask(100n)).toBe(true);
    expect(ways.splice(0)).toEqual(["write"]);
    await counter.settle(100n, 40n);
    await counter.tick();
    expect(ways.splice(0)).toEqual(["writeLightly"]);
    // Beyond its bound, and beyond what was idle with it: a loss of it would let it be spent again.
    await counter.settle(0n, 900n);
    expect(ways.splice(0)).toEqual(["write"]);
    await counter.close();
    expect(ways.splice(0)).toEqual(["writeLightly"]);
    expect(failures).toEqual([]);
    const row = await store.read((db) => db.selectFrom("limitWindows").selectAll().executeTakeFirstOrThrow());
    expect(row.settledAmount).toBe(940n);
  });
});
