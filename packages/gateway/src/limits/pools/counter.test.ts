import { expect, test, vi } from "vitest";
import { Counter } from "./counter.ts";
import type { Budget } from "../limit.ts";
import { MemoryPool } from "../testing/memory-pool.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const limit = { id: "bud_1", kind: "budget", unit: "tokens", period: "total", amount: 100n } as Budget;

function counterOf(pool: MemoryPool, who: string, of = limit, clock = (): number => 10_000): Counter {
  pool.seenAt.set(who, clock());
  const place = { limit: of, bucket: "", windowStart: 0, windowEnd: Infinity };
  return new Counter(place, {
    pools: pool.of(who),
    leaseId: who,
    now: clock,
    steady: clock,
    onAlert: () => {},
    onFailure: () => {},
    patienceMs: 60_000,
  });
}

async function arrive(pool: MemoryPool): Promise<void> {
  await settled();
  pool.moves.shift()?.("arrives");
  await settled();
}

/** So much is asked of the pool and granted. */
async function had(counter: Counter, pool: MemoryPool, amount: bigint): Promise<void> {
  const asked = counter.ask(amount);
  await arrive(pool);
  await arrive(pool);
  expect(await asked).toBe(true);
}

test("what a limit gave to be idle is not used once it was lowered meanwhile", async () => {
  const pool = new MemoryPool(5_000);
  const [kept, lowered] = [counterOf(pool, "kept"), counterOf(pool, "lowered")];
  for (const counter of [kept, lowered]) {
    const asked = counter.ask(10n);
    await arrive(pool);
    if (counter === lowered) counter.renew({ ...limit, amount: 20n });
    await arrive(pool);
    expect(await asked).toBe(true);
  }
  expect([kept.take(1n), lowered.take(1n)]).toEqual([true, false]);
});

test("what a reset took away while its gateway was cut off, and others have had since, is not used", async () => {
  const pool = new MemoryPool(5_000);
  const [cutOff, other] = [counterOf(pool, "cutOff"), counterOf(pool, "other")];
  await had(cutOff, pool, 60n);
  const lease = pool.leases.get("cutOff");
  if (lease !== undefined) lease.held = 0n;
  await had(other, pool, 100n);
  void cutOff.settle(60n, 10n);
  const told = cutOff.tick();
  await arrive(pool);
  await arrive(pool);
  await told;
  expect([cutOff.take(1n), pool.leases.get("cutOff")?.held]).toEqual([false, 55n]);
  // That it is idle no more is told with the next turn.
  void cutOff.tick();
  await arrive(pool);
  expect(pool.leases.get("cutOff")?.held).toBe(0n);
});

test("calls that come while it asks make it hold no more than twice what was used", async () => {
  const pool = new MemoryPool(5_000);
  const counter = counterOf(pool, "busy", { ...limit, amount: 1_000_000n });
  const asked = [counter.ask(1n)];
  for (let call = 0; call < 12; call += 1) {
    await settled();
    asked.push(counter.ask(1n));
    await arrive(pool);
    await arrive(pool);
  }
  await arrive(pool);
  await arrive(pool);
  expect(await Promise.all(asked)).not.toContain(false);
  expect([counter.take(26n), counter.take(2n)]).toEqual([false, true]);
});

test("calls that come and end while it asks do not have it ask without end", async () => {
  const pool = new MemoryPool(5_000);
  const counter = counterOf(pool, "busy", { ...limit, amount: 1_000_000n });
  const going: (true | Promise<boolean>)[] = [];
  for (let call = 0; call < 200; call += 1) {
    going.push(counter.take(2n) || counter.ask(2n));
    // The one before the last ten is over: it used less than was reserved for it.
    if (call >= 10) void Promise.resolve(going[call - 10]).then(() => counter.settle(2n, 1n));
    await arrive(pool);
  }
  expect(going.filter((asked) => asked !== true).length).toBeLessThan(30);
});

test("a counter is not let go while someone waits for others' answers, nor before the pool knows all", async () => {
  const pool = new MemoryPool(5_000);
  const arriveAll = async (): Promise<void> => {
    do await arrive(pool);
    while (pool.moves.length > 0);
  };
  const [one, two] = [counterOf(pool, "one"), counterOf(pool, "two")];
  expect(one.isDone).toBe(true);
  const first = one.ask(60n);
  expect(one.isDone).toBe(false);
  await arriveAll();
  expect(await first).toBe(true);
  expect(one.isDone).toBe(false);

  const second = two.ask(80n);
  await arriveAll();
  // It waits for the first's answer: it has neither reserved anything, nor is a report under way.
  expect(two.isDone).toBe(false);
  const settling = one.settle(60n, 10n);
  const answer = one.onRecall();
  await arriveAll();
  await Promise.all([settling, answer]);
  two.onAnswer();
  await arriveAll();
  expect(await second).toBe(true);
  expect(one.isDone).toBe(true);

  const settlingToo = two.settle(80n, 70n);
  expect(two.isDone).toBe(false);
  await arriveAll();
  await settlingToo;
  expect(two.isDone).toBe(true);
  expect(pool.settled).toBe(80n);
});

test("who asks a store that takes too long is sent away, and what it gives late is for others", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const pool = new MemoryPool(5_000);
    const counter = counterOf(pool, "one");
    await had(counter, pool, 60n);
    const second = counter.ask(30n);
    await settled();
    void counter.settle(60n, 10n);
    vi.advanceTimersByTime(30_000);
    await expect(second).rejects.toMatchObject({ code: "store_unavailable", status: 503 });
    while (pool.moves.length > 0) await arrive(pool);
    // All that is left can be had.
    const last = counter.ask(90n);
    do await arrive(pool);
    while (pool.moves.length > 0);
    expect([await last, pool.settled]).toEqual([true, 10n]);
  } finally {
    vi.useRealTimers();
  }
});

test("who fits with what a call here has freed while the pool was asked is not refused", async () => {
  const pool = new MemoryPool(5_000);
  const counter = counterOf(pool, "one");
  await had(counter, pool, 60n);
  const second = counter.ask(50n);
  const third = counter.ask(95n);
  await settled();
  void counter.settle(60n, 10n);
  do await arrive(pool);
  while (pool.moves.length > 0);
  expect([await second, await third]).toEqual([true, false]);
});

test("a report that was on its way for long before a round does not answer the round with what is freed meanwhile", async () => {
  const pool = new MemoryPool(60_000);
  let now = 10_000;
  const clock = (): number => now;
  const slow = counterOf(pool, "slow", limit, clock);
  const other = counterOf(pool, "other", limit, clock);
  const asked = slow.ask(40n);
  await arrive(pool);
  await arrive(pool);
  expect(await asked).toBe(true);
  void slow.onRecall();
  await settled();
  const reports = pool.moves.splice(0);
  now += 6_000;
  let isFreed = false;
  void slow.settle(40n, 4n)?.then(() => (isFreed = true));
  const wanted = other.ask(90n);
  await arrive(pool);
  // The round is opened; now the report arrives that was made before the settlement, and its answer.
  pool.moves.push(...reports);
  for (let move = 0; move < 3; move += 1) await arrive(pool);
  expect(isFreed).toBe(false);
  for (let move = 0; move < 8; move += 1) {
    await arrive(pool);
    other.onAnswer();
  }
  expect([isFreed, await wanted]).toEqual([true, true]);
});
