import { expect, test } from "vitest";
import { Counter } from "./counter.ts";
import type { Budget } from "./limit.ts";
import { MemoryPool } from "./testing/memory-pool.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a counter is not let go while someone waits for others' answers, nor before the pool knows all", async () => {
  const pool = new MemoryPool(5_000);
  const limit = { id: "bud_1", kind: "budget", unit: "tokens", period: "total", amount: 100n } as Budget;
  const counter = (who: string): Counter => {
    pool.seenAt.set(who, 10_000);
    const place = { limit, bucket: "", windowStart: 0, windowEnd: Infinity };
    const clock = (): number => 10_000;
    return new Counter(place, {
      pools: pool.of(who),
      leaseId: who,
      now: clock,
      steady: clock,
      onAlert: () => {},
      onFailure: () => {},
      patienceMs: 60_000,
    });
  };
  const arriveAll = async (): Promise<void> => {
    await settled();
    for (let move = pool.moves.shift(); move !== undefined; move = pool.moves.shift()) {
      move("arrives");
      await settled();
    }
  };
  const [one, two] = [counter("one"), counter("two")];
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
