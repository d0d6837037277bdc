/** The database goes away and comes back (pains D): leases serve on, what needs more is refused, and nothing that was used is lost. */
import { expect, test } from "vitest";
import { onPostgresAlone } from "../store/testing/engines.ts";
import { livingGateways } from "../store/living-gateways.ts";
import { until } from "../store/testing/until.ts";
import { LimitBook } from "./limit-book.ts";
import { usesOf } from "./settings/limit-use.ts";
import { charge, granted, LimitRig, subject, use, tickAnew } from "./testing/limit-rig.ts";

onPostgresAlone((house) => {
  test("limits that were known count on where the database goes away again as soon as it is back", async () => {
    const rig = await LimitRig.start(house);
    const budget = await rig.budget({ amount: 1_000_000n });
    const book = new LimitBook(rig.store);
    const known = [{ limit: budget, bucket: "" }];
    expect(await book.find(subject)).toEqual(known);
    await house.server().kill();
    await until(() => rig.store.deafSince !== undefined);
    await house.server().run();
    await until(() => rig.store.deafSince === undefined);
    expect(book.held(subject)).toBeUndefined();
    await house.server().kill();
    expect(await book.find(subject)).toEqual(known);
    await house.server().run();
    await rig.close();
  });

  test("what a lease holds is served while the database is away; more is a 503; all is told when it is back", async () => {
    const rig = await LimitRig.start(house);
    const budget = await rig.budget({ amount: 1_000_000n });
    const limits = await rig.gateway({ tickMs: 60_000 });
    for (let number = 0; number < 10; number += 1) await use(limits, 10);
    const underWay = granted(await limits.reserve(subject, charge(10)));

    await house.server().kill();
    await use(limits, 10);
    await underWay.settle(charge(5)).done;
    await expect(limits.reserve(subject, charge(900_000))).rejects.toMatchObject({
      code: "store_unavailable",
      status: 503,
    });
    await tickAnew(limits);

    await house.server().run();
    await until(async () => {
      const result = await Promise.resolve(limits.reserve(subject, charge(10))).catch(() => undefined);
      await (result?.isRefused === false ? result.release() : undefined);
      return result !== undefined;
    });
    await tickAnew(limits);
    const [use_] = await usesOf(rig.store, budget, { now: Date.now() });
    expect(use_).toMatchObject({ settled: 115n, unconfirmed: 0n });
    await rig.close();
    const [after] = await usesOf(rig.store, budget, { now: Date.now() });
    expect(after).toMatchObject({ settled: 115n, held: 0n });
  });

  test("a gateway whose connections are all busy still says that it lives", async () => {
    const rig = await LimitRig.start(house);
    const store = await house.open(rig.location, { postgres: { connections: 1, connectMs: 200 } });
    const limits = await rig.gateway({ store, tickMs: 60_000 });
    const seenAt = async (): Promise<number> => (await rig.store.read((db) => livingGateways(db, 0)))[0]?.seenAt ?? 0;
    const before = await seenAt();
    let finish: (() => void) | undefined;
    const holding = store.write(() => new Promise<void>((resolve) => (finish = resolve)));
    await until(() => finish !== undefined);
    await until(() => Date.now() > before);
    await limits.tell();
    expect(await seenAt()).toBeGreaterThan(before);
    finish?.();
    await holding;
    await rig.close();
  });
});
