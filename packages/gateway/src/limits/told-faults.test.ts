/** What was used and could not be told to the store is no secret of this gateway's: only a store that is away need not be told of. */
import { AditError } from "@adit/bedrock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { onBothEngines } from "../store/testing/engines.ts";
import { LimitRig, tickAnew, use } from "./testing/limit-rig.ts";

onBothEngines((house) => {
  let rig: LimitRig;
  beforeEach(async () => {
    rig = await LimitRig.start(house);
  });
  afterEach(() => rig.close());

  test.each([
    ["the store is away", new AditError("store_unavailable", "away"), []],
    ["anything else, once", new TypeError("no such column"), ["no such column"]],
  ])("%s", async (_what, fault, expected) => {
    await rig.budget({ amount: 1_000_000n });
    let isBroken = false;
    const own = await house.open(rig.location);
    const store = new Proxy(own, {
      get: (target, name) => {
        if (String(name).startsWith("write") && isBroken) return () => Promise.reject(fault);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const told: unknown[] = [];
    const limits = await rig.gateway({
      store,
      tickMs: 60_000,
      onFault: (error) => told.push((error as Error).message),
    });
    await use(limits, 10);
    isBroken = true;
    await use(limits, 10);
    await tickAnew(limits);
    isBroken = false;
    expect(told).toEqual(expected);
  });
});
