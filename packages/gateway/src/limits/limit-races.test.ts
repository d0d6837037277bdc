/** Limits that are changed, begun anew and taken away while calls are under way on several gateways. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { Store } from "../store/store.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { usesOf } from "./settings/limit-use.ts";
import type { Limits } from "./limits.ts";
import { actor, charge, granted, HandTime, LimitRig, refused, subject, use, tickAnew } from "./testing/limit-rig.ts";

onBothEngines((house) => {
  test("many first calls at once read the limit once, and each is told what is left", async () => {
    const rig = await LimitRig.start(house);
    await rig.budget({ amount: 1_000n });
    const limits = await rig.gateway();
    const reads = vi.spyOn(Store.prototype, "read");
    const reserved = await Promise.all(Array.from({ length: 20 }, async () => limits.reserve(subject, charge(10))));
    // Once, not for each call; the pool's own looks at the store may fall into the same moment.
    expect(reads.mock.calls.length).toBeLessThan(reserved.length / 2);
    for (const each of reserved) expect(granted(each).headers()).toHaveProperty("x-adit-budget-remaining-tokens");
    reads.mockRestore();
    await Promise.all(reserved.map(async (each) => granted(each).release()));
    await rig.close();
  });

  describe("a limit that is changed under way", () => {
    test("deleted: the call ends well, and nothing is left of it", async () => {
      const rig = await LimitRig.start(house);
      const time = new HandTime();
      const budget = await rig.budget({ amount: 1_000n });
      const limits = await rig.gateway({ time });
      const reservation = granted(await limits.reserve(subject, charge(100)));
      await rig.settings.remove(budget.id, actor);
      expect(reservation.settle(charge(2_000)).flags.map(({ flag }) => flag)).toEqual(["beyond_bound"]);
      await tickAnew(limits);
      time.pass(61_000);
      await tickAnew(limits);
      const windows = await rig.store.read((db) => db.selectFrom("limitWindows").selectAll().execute());
      const leases = await rig.store.read((db) => db.selectFrom("limitLeases").selectAll().execute());
      expect([windows, leases]).toEqual([[], []]);
      await rig.close();
    });

    test("lowered below what is used: nothing passes, and nothing is less than nothing", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ amount: 1_000n });
      const limits = await rig.gateway();
      await use(limits, 500);
      await tickAnew(limits);
      await rig.settings.updateBudget(budget.id, { amount: 100n }, actor);
      const other = await rig.gateway();
      const { error, headers } = refused(await other.reserve(subject, charge(1)));
      expect(error.status).toBe(412);
      expect(headers["x-adit-budget-remaining-tokens"]).toBe("0");
      const [counted] = await usesOf(rig.store, budget, { now: Date.now() });
      expect(counted?.settled).toBe(500n);
      await rig.close();
    });

    test("lowered: what the gateway has in hand for the next calls is not spent, what calls under way have reserved is", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ amount: 100_000n });
      // On the store that the change goes through, so that it is heard of at once.
      const limits = await rig.gateway({ store: rig.store });
      for (let call = 0; call < 5; call += 1) await use(limits, 100);
      const under = granted(await limits.reserve(subject, charge(100)));
      await rig.settings.updateBudget(budget.id, { amount: 600n }, actor);
      expect(refused(await limits.reserve(subject, charge(100))).error.status).toBe(412);
      expect(under.settle(charge(100)).flags).toEqual([]);
      await tickAnew(limits);
      expect(refused(await limits.reserve(subject, charge(1))).error.status).toBe(412);
      const [counted] = await usesOf(rig.store, budget, { now: Date.now() });
      expect(counted).toMatchObject({ settled: 600n, held: 0n });
      await rig.close();
    });

    test("lowered while a call waits for what it can use: it is held to the new amount, and so is the next one", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ amount: 100_000n });
      const limits = await rig.gateway({ store: rig.store });
      await use(limits, 100);
      let tell = (_tokens: number): void => {};
      const told = new Promise<number>((resolve) => (tell = resolve));
      const waiting = limits.reserve(subject, () => told.then((tokens) => charge(tokens)));
      await rig.settings.updateBudget(budget.id, { amount: 600n }, actor);
      await use(limits, 100);
      tell(5_000);
      expect(refused(await waiting).error.status).toBe(412);
      expect(refused(await limits.reserve(subject, charge(500))).error.status).toBe(412);
      await rig.settings.remove(budget.id, actor);
      await rig.close();
    });

    test("reset: what is under way counts on, once", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ amount: 1_000n });
      const limits = await rig.gateway();
      await use(limits, 300);
      const reservation = granted(await limits.reserve(subject, charge(200)));
      await tickAnew(limits);
      await rig.settings.reset(budget.id, actor);
      await reservation.settle(charge(150)).done;
      await tickAnew(limits);
      const [counted] = await usesOf(rig.store, budget, { now: Date.now() });
      expect(counted?.settled).toBe(150n);
      await rig.close();
    });

    test("raised and lowered all the time: never more than the largest of its amounts, on four gateways", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ amount: 500n });
      const gateways = await rig.gateways(4);
      let isOver = false;
      const changing = (async () => {
        for (let number = 0; !isOver; number += 1) {
          await rig.settings.updateBudget(budget.id, { amount: number % 2 === 0 ? 1_000n : 500n }, actor);
          await pause(3);
        }
      })();
      const used = await Promise.all(
        Array.from({ length: 200 }, (_, number) => callOnce(gateways[number % 4]!, number)),
      );
      isOver = true;
      await changing;
      await rig.close();
      const total = used.reduce((sum, amount) => sum + amount, 0);
      const [counted] = await usesOf(rig.store, budget, { now: Date.now() });
      expect(counted).toMatchObject({ settled: BigInt(total), held: 0n, unconfirmed: 0n });
      expect(total).toBeLessThanOrEqual(1_000);
    });
  });
});

/** What it used. */
async function callOnce(limits: Limits, number: number): Promise<number> {
  const result = await limits.reserve(subject, charge(20));
  if (result.isRefused) return 0;
  await pause(number % 7);
  const used = number % 21;
  await result.settle(charge(used)).done;
  return used;
}
