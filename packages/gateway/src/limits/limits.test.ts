import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../store/new-id.ts";
import { Store } from "../store/store.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { until } from "../store/testing/until.ts";
import type { AlertBody } from "./alerts/alert-sender.ts";
import { usesOf } from "./settings/limit-use.ts";
import { Limits } from "./limits.ts";
import { PoolStore } from "./pools/pool-store.ts";
import {
  actor,
  charge,
  granted,
  HandTime,
  LimitRig,
  projectId,
  refused,
  subject,
  use,
  wouldPass,
  tickAnew,
} from "./testing/limit-rig.ts";

const dayMs = 86_400_000;

onBothEngines((house) => {
  let rig: LimitRig;
  beforeEach(async () => (rig = await LimitRig.start(house)));
  afterEach(() => rig.close());

  describe("a budget", () => {
    test("lets pass what fits, refuses with 412 what does not, and gives back what was not used", async () => {
      await rig.budget({ name: "team", amount: 1_000n });
      const limits = await rig.gateway();
      const first = granted(await limits.reserve(subject, charge(600)));
      const { error } = refused(await limits.reserve(subject, charge(500)));
      expect(error).toMatchObject({ code: "budget_exhausted", status: 412, retryAfterSeconds: 1 });
      expect(error.message).toBe(
        'The budget "team" of the project allows 1000 tokens in all: 400 tokens of it are left, and this request may use 500 tokens.',
      );
      expect(first.settle(charge(100)).flags).toEqual([]);
      const second = granted(await limits.reserve(subject, charge(500)));
      await second.release();
      const third = granted(await limits.reserve(subject, charge(900)));
      await third.settle(charge(900)).done;
      const last = refused(await limits.reserve(subject, charge(1)));
      // Nothing comes back by itself.
      expect(last.error.retryAfterSeconds).toBeUndefined();
      expect(last.error.remedy).toContain("have the budget raised");
      expect(last.headers).toEqual({ "x-adit-budget-limit-tokens": "1000", "x-adit-budget-remaining-tokens": "0" });
    });

    test("of cost is exact to the nano-dollar, and says dollars", async () => {
      await rig.budget({ unit: "cost", amount: 1_500_000_001n });
      const limits = await rig.gateway();
      await granted(await limits.reserve(subject, charge(1, 1_500_000_000n))).settle(charge(1, 1_500_000_000n)).done;
      const { error, headers } = refused(await limits.reserve(subject, charge(1, 2n)));
      expect(error.message).toContain("allows $1.500000001 in all: $0.000000001 of it is left");
      expect(headers).toEqual({ "x-adit-budget-limit": "1.500000001", "x-adit-budget-remaining": "0.000000001" });
      granted(await limits.reserve(subject, charge(1, 1n)));
    });

    test("counts at once, on all gateways, what AWS billed beyond a bound, and flags it", async () => {
      const budget = await rig.budget({ amount: 1_000n });
      const [one, two] = await rig.gateways(2);
      const reservation = granted(await one!.reserve(subject, charge(100)));
      const { flags, done } = reservation.settle(charge(1_200));
      expect(flags).toEqual([{ limit: expect.objectContaining({ id: budget.id }), flag: "beyond_bound" }]);
      await done;
      for (const limits of [one!, two!]) {
        expect(refused(await limits.reserve(subject, charge(1))).error.status).toBe(412);
        // What costs nothing does not fit either, where more was spent than allowed.
        expect(refused(await limits.reserve(subject, charge(0))).error.status).toBe(412);
      }
      const [use] = await usesOf(rig.store, budget, { now: Date.now() });
      expect(use).toMatchObject({ settled: 1_200n, beyondBounds: 1_100n });
    });

    test("counts the bound where it was not told what was used", async () => {
      await rig.budget({ amount: 1_000n });
      const limits = await rig.gateway();
      const { flags, done } = granted(await limits.reserve(subject, charge(700))).settle({
        tokens: undefined,
        costNano: undefined,
      });
      await done;
      expect(flags.map(({ flag }) => flag)).toEqual(["by_bound"]);
      refused(await limits.reserve(subject, charge(301)));
      granted(await limits.reserve(subject, charge(300)));
    });

    test("without a known price blocks, or lets pass and counts the call in sight, as it was set", async () => {
      const unknown = { tokens: 10, costNano: undefined };
      const blocking = await rig.budget({ unit: "cost", amount: 1_000n });
      const limits = await rig.gateway();
      const { error } = refused(await limits.reserve(subject, unknown));
      expect(error).toMatchObject({ code: "unknown_price", status: 412 });
      await rig.settings.updateBudget(blocking.id, { unknownPrice: "allow" }, actor);
      await until(async () => !(await limits.reserve(subject, unknown)).isRefused);
      const reservation = granted(await limits.reserve(subject, unknown));
      expect(reservation.unpriced.map(({ id }) => id)).toEqual([blocking.id]);
      expect(reservation.headers()["x-adit-budget-unknown-price"]).toBe("allowed");
      expect(reservation.settle(unknown).flags.map(({ flag }) => flag)).toEqual(["unknown_price"]);
      await tickAnew(limits);
      const [use] = await usesOf(rig.store, blocking, { now: Date.now() });
      expect(use).toMatchObject({ settled: 0n, unpricedCalls: 1 });
    });

    test("counts a call of an unknown price also where another limit's pool is asked meanwhile", async () => {
      const cost = await rig.budget({ unit: "cost", unknownPrice: "allow" });
      await rig.budget({ name: "tokens" });
      const limits = await rig.gateway({ tickMs: 60_000 });
      await granted(await limits.reserve(subject, charge(0))).release();
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => (open = resolve));
      const write = rig.store.write.bind(rig.store);
      const late = vi.spyOn(Store.prototype, "write").mockImplementationOnce(async (change) => {
        await opened;
        return write(change);
      });
      const reserving = limits.reserve(subject, { tokens: 5, costNano: undefined });
      await new Promise(setImmediate);
      expect(late).toHaveBeenCalledOnce();
      late.mockRestore();
      await tickAnew(limits);
      open();
      granted(await reserving).settle({ tokens: 5, costNano: undefined });
      await tickAnew(limits);
      const [use] = await usesOf(rig.store, cost, { now: Date.now() });
      expect(use).toMatchObject({ settled: 0n, unpricedCalls: 1 });
    });

    test("that was raised, reset or taken away counts as it is now, on every gateway", async () => {
      const budget = await rig.budget({ amount: 100n });
      const [one, two] = await rig.gateways(2);
      await use(one!, 100);
      await tickAnew(one!);
      expect(await wouldPass(two!, 50)).toBe(false);
      await rig.settings.updateBudget(budget.id, { amount: 150n }, actor);
      await until(() => wouldPass(two!, 50));
      expect(await wouldPass(one!, 51)).toBe(false);
      await rig.settings.reset(budget.id, actor);
      await until(() => wouldPass(one!, 150));
      expect(await wouldPass(two!, 151)).toBe(false);
      await rig.settings.remove(budget.id, actor);
      await until(() => wouldPass(two!, 500));
    });
  });

  describe("whom a limit concerns", () => {
    test("is the key, the virtual key, the project, or the value of a field of metadata", async () => {
      await rig.budget({ scope: "metadata", scopeId: "team", scopeValue: "red", amount: 100n });
      await rig.budget({ scope: "metadata", scopeId: "_user", amount: 50n });
      const limits = await rig.gateway();
      const by = (metadata: Record<string, string>) => limits.reserve({ projectId, metadata }, charge(50));
      granted(await by({ team: "red", _user: "ann" }));
      refused(await by({ _user: "ann" }));
      granted(await by({ team: "red", _user: "bob" }));
      refused(await by({ team: "red", _user: "cy" }));
      // The refusal by the team held nothing of the user's.
      granted(await by({ team: "blue", _user: "cy" }));
      granted(await by({}));
      granted(await by({ __proto__: "x", constructor: "y" }));
      for (const odd of ["", "\0", "x".repeat(5_000), "\uD800", "a b  c"]) {
        granted(await by({ _user: odd }));
        expect(refused(await by({ _user: odd })).error.vendor).toEqual({ type: "usage_limits_policy_exhaust_error" });
      }
    });

    test("a secret that came as a value is counted by its hash alone", async () => {
      await rig.budget({ scope: "metadata", scopeId: "_user", amount: 50n });
      const limits = await rig.gateway();
      const _user = `adit_sk_${"canary".repeat(8)}`;
      granted(await limits.reserve({ projectId, metadata: { _user } }, charge(50)));
      refused(await limits.reserve({ projectId, metadata: { _user } }, charge(50)));
      const windows = await rig.store.read((db) => db.selectFrom("limitWindows").select("bucket").execute());
      expect(windows).toEqual([{ bucket: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown }]);
    });

    test("several limits hold a call all or none", async () => {
      const keys = { gatewayKeyId: newId("gk", 1), virtualKeyId: newId("vk", 1) };
      await rig.store.write(({ db }) =>
        db
          .insertInto("gatewayKeys")
          .values({ id: keys.gatewayKeyId, projectId, name: "k", scopes: "[]", createdAt: 0, updatedAt: 0 })
          .execute(),
      );
      await rig.store.write(({ db }) =>
        db
          .insertInto("virtualKeys")
          .values({
            id: keys.virtualKeyId,
            projectId,
            slug: "v",
            name: "v",
            kind: "server_chain",
            credential: "{}",
            createdAt: 0,
            updatedAt: 0,
          })
          .execute(),
      );
      await rig.budget({ scope: "gateway_key", scopeId: keys.gatewayKeyId, amount: 100n });
      await rig.budget({ scope: "virtual_key", scopeId: keys.virtualKeyId, amount: 60n });
      await rig.rateLimit({ scope: "gateway_key", scopeId: keys.gatewayKeyId, amount: 2n, period: "day" });
      const limits = await rig.gateway();
      const first = refused(await limits.reserve(keys, charge(70)));
      expect(first).toMatchObject({ limit: { scope: "virtual_key" }, error: { status: 412 } });
      expect(first.error.vendor).toEqual({ type: "virtual_key_exhaust_error" });
      granted(await limits.reserve(keys, charge(60)));
      expect(refused(await limits.reserve({ gatewayKeyId: keys.gatewayKeyId }, charge(41))).error.vendor).toEqual({
        code: "04",
      });
      granted(await limits.reserve({ gatewayKeyId: keys.gatewayKeyId }, charge(40)));
      const { error } = refused(await limits.reserve({ gatewayKeyId: keys.gatewayKeyId }, charge(0)));
      expect(error).toMatchObject({ code: "rate_limited", status: 429, vendor: { code: "05" } });
    });
  });

  test("another try of a call is reserved for where one of its limits concerns it, and none did calls that have ended", async () => {
    const rig = await LimitRig.start(house);
    await rig.budget({ amount: 1_000n });
    const limits = await rig.gateway();
    const ofFreeKey = { gatewayKeyId: "gk_without_limits" };
    granted(await limits.reserve(ofFreeKey, charge(400))).settle(charge(400));
    const ofCall = granted(await limits.reserve(ofFreeKey, charge(400)));
    const ofTarget = granted(await limits.reserve(subject, charge(400)));
    expect(await limits.reserveMore([ofCall, ofTarget], charge(400))).toBeUndefined();
    expect(refused(await limits.reserve(subject, charge(400))).error.status).toBe(412);
    expect(ofTarget.settle(charge(800)).flags).toEqual([]);
    await rig.close();
  });

  describe("windows and clocks", () => {
    test("a rate limit counts anew in the next window; Retry-After and the headers say when", async () => {
      const time = new HandTime();
      await rig.rateLimit({ amount: 2n, period: "minute" });
      await rig.rateLimit({ unit: "tokens", amount: 100n, period: "hour" });
      const limits = await rig.gateway({ time });
      const first = granted(await limits.reserve(subject, charge(30)));
      await first.settle(charge(10)).done;
      expect(first.headers()).toMatchObject({
        "x-ratelimit-limit-requests": "2",
        "x-ratelimit-remaining-requests": "1",
        "x-ratelimit-reset-requests": expect.stringMatching(/^5[45](\.\d+)?s$/),
        "x-ratelimit-limit-tokens": "100",
        "x-ratelimit-remaining-tokens": "90",
        "x-ratelimit-reset-tokens": expect.stringMatching(/^55m5[45]s$/),
      });
      granted(await limits.reserve(subject, charge(1)));
      const { error, headers } = refused(await limits.reserve(subject, charge(1)));
      expect(error).toMatchObject({ code: "rate_limited", status: 429, retryable: true });
      expect(error.retryAfterSeconds).toBeGreaterThan(50);
      expect(error.retryAfterSeconds).toBeLessThanOrEqual(55);
      expect(headers["x-ratelimit-remaining-requests"]).toBe("0");
      time.time += 55_000;
      await tickAnew(limits);
      granted(await limits.reserve(subject, charge(1)));
    });

    test("a call counts in the window in which it began", async () => {
      const time = new HandTime();
      const budget = await rig.budget({ period: "daily", amount: 100n });
      const limits = await rig.gateway({ time });
      const late = granted(await limits.reserve(subject, charge(100)));
      time.time += dayMs;
      await tickAnew(limits);
      granted(await limits.reserve(subject, charge(100)));
      await late.settle(charge(80)).done;
      await tickAnew(limits);
      const [yesterday] = await usesOf(rig.store, budget, { now: time.time - dayMs });
      expect(yesterday).toMatchObject({ settled: 80n, held: 0n });
    });

    test("a clock that jumps ahead and back exceeds no window", async () => {
      const time = new HandTime();
      await rig.budget({ period: "daily", amount: 100n });
      const [one, two] = await rig.gateways(2, { time });
      const jump = async (ms: number): Promise<void> => {
        time.time += ms;
        await tickAnew(one!, two!);
      };
      await use(one!, 70);
      await jump(dayMs);
      await use(two!, 60);
      await jump(-dayMs);
      expect(await wouldPass(two!, 31)).toBe(false);
      await use(one!, 30);
      expect(await wouldPass(one!, 1)).toBe(false);
      await jump(dayMs);
      expect(await wouldPass(one!, 41)).toBe(false);
      await use(one!, 40);
      // Far back, as after a machine's clock was set wrong.
      await jump(-400 * dayMs);
      await use(one!, 100);
      expect(await wouldPass(two!, 1)).toBe(false);
    });

    test("a jump ahead takes no lease from a gateway that lives: what it has reserved stays reserved", async () => {
      const time = new HandTime();
      await rig.budget({ amount: 100n });
      const [one, two] = await rig.gateways(2, { time, tickMs: 60_000 });
      // Both have been there for longer than a term.
      for (const _ of [1, 2]) {
        time.pass(4_000);
        await tickAnew(one!, two!);
      }
      const reservation = granted(await one!.reserve(subject, charge(60)));
      time.time += 3 * dayMs;
      // The second takes the first for dead, by a clock that is wrong.
      await tickAnew(two!);
      expect(await wouldPass(two!, 41)).toBe(false);
      await use(two!, 30);
      await reservation.settle(charge(10)).done;
      await tickAnew(one!);
      await use(two!, 60);
      expect(await wouldPass(one!, 1)).toBe(false);
    });
  });

  describe("leases", () => {
    test("idle ones are recalled before anyone is refused", async () => {
      await rig.budget({ amount: 1_000n });
      const [one, two] = await rig.gateways(2);
      for (let number = 0; number < 20; number += 1) {
        await granted(await one!.reserve(subject, charge(2))).settle(charge(0)).done;
      }
      // The first holds more than it needs: without a recall this would not fit.
      const [held] = await rig.store.read((db) => db.selectFrom("limitLeases").select("heldAmount").execute());
      expect(held?.heldAmount).toBeGreaterThan(0n);
      granted(await two!.reserve(subject, charge(1_000)));
      refused(await one!.reserve(subject, charge(1)));
    });

    test("what a gateway held that died counts as spent, and is in sight; who asks waits for it no longer than its term", async () => {
      const budget = await rig.budget({ amount: 100n });
      const dying = await rig.gateway({ termMs: 600, tickMs: 60_000 });
      granted(await dying.reserve(subject, charge(40)));
      const limits = await rig.gateway({ termMs: 600 });
      await pause(700);
      const started = performance.now();
      refused(await limits.reserve(subject, charge(61)));
      const [{ unconfirmed } = { unconfirmed: 0n }] = await usesOf(rig.store, budget, { now: Date.now(), termMs: 600 });
      // What the call under way had reserved, and an eighth of the rest, which was idle.
      expect(unconfirmed).toBe(40n + 7n);
      granted(await limits.reserve(subject, charge(53)));
      expect(performance.now() - started).toBeLessThan(15_000);
      const [counted] = await usesOf(rig.store, budget, { now: Date.now(), termMs: 600 });
      expect(counted).toMatchObject({ settled: 0n, held: 53n, unconfirmed });
    });

    test("of a gateway that could not say that it lives, while the store was away, are recalled all the same", async () => {
      const time = new HandTime();
      await rig.budget({ amount: 1_000n });
      const [holder, asker] = await rig.gateways(2, { time, tickMs: 60_000 });
      /** What a call could use, were nothing idle elsewhere. */
      const left = async (used: number): Promise<number> => {
        for (let number = 0; number < 20; number += 1) await use(holder!, 1);
        return 1_000 - used;
      };
      const first = await left(20);
      time.pass(60_000);
      expect(await wouldPass(asker!, first)).toBe(true);
      // Also where the one that asks was the first that could say so.
      const second = await left(40);
      time.pass(60_000);
      await asker!.tick();
      expect(await wouldPass(asker!, second)).toBe(true);
      // Who stays silent for a term from then on is dead: what it holds is spent.
      for (const _ of [1, 2]) {
        time.pass(4_000);
        await asker!.tick();
      }
      const third = await left(60);
      expect(await wouldPass(asker!, third)).toBe(false);
      // One that has just started knows nothing of what others could say.
      expect(await wouldPass(await rig.gateway({ time, tickMs: 60_000 }), third)).toBe(true);
    });

    test("of a gateway that was cut off are gone on with after a reset: what was counted before it counts no more", async () => {
      const time = new HandTime();
      const budget = await rig.budget({ amount: 100n });
      const [cutOff, other] = await rig.gateways(2, { time, tickMs: 60_000 });
      await use(cutOff!, 50);
      await cutOff!.tick();
      time.pass(120_000);
      await other!.tick();
      await rig.settings.reset(budget.id, actor);
      await use(cutOff!, 10);
      await tickAnew(cutOff!);
      const [counted] = await usesOf(rig.store, budget, { now: time.time });
      expect(counted).toMatchObject({ settled: 10n, unconfirmed: 0n });
    });

    test("of a gateway that died a while ago are taken away by a reset; of one that lives they are not", async () => {
      const time = new HandTime();
      time.time = Date.now() - 120_000;
      const budget = await rig.budget({ amount: 100n });
      const dead = await rig.gateway({ time, tickMs: 60_000 });
      granted(await dead.reserve(subject, charge(40)));
      time.time += 120_000;
      const living = await rig.gateway({ time });
      const underWay = granted(await living.reserve(subject, charge(20)));
      await rig.settings.reset(budget.id, actor);
      await until(() => wouldPass(living, 80));
      expect(await wouldPass(living, 81)).toBe(false);
      await underWay.settle(charge(20)).done;
      expect(await wouldPass(living, 81)).toBe(false);
    });

    test("of those that live are left by a reset where one died while the clock was ahead", async () => {
      const time = new HandTime();
      time.time = Date.now();
      const budget = await rig.budget({ amount: 100n });
      const ahead = new HandTime();
      ahead.time = time.time + 3_600_000;
      await rig.gateway({ time: ahead, tickMs: 60_000 });
      const [living, other] = await rig.gateways(2, { time, tickMs: 60_000 });
      granted(await living!.reserve(subject, charge(40)));
      await rig.settings.reset(budget.id, actor);
      expect(await wouldPass(other!, 61)).toBe(false);
      expect(await wouldPass(other!, 60)).toBe(true);
    });

    test("that were not used for a while leave no row", async () => {
      const time = new HandTime();
      await rig.budget({ amount: 100n });
      const limits = await rig.gateway({ time, tickMs: 60_000 });
      const leases = () => rig.store.read((db) => db.selectFrom("limitLeases").selectAll().execute());
      for (let turn = 0; turn < 3; turn += 1) {
        await use(limits, 5);
        await tickAnew(limits);
        expect(await leases()).toHaveLength(1);
        time.pass(6_000);
        await tickAnew(limits);
        expect(await leases()).toEqual([]);
      }
      expect(await wouldPass(limits, 86)).toBe(false);
      expect(await wouldPass(limits, 85)).toBe(true);
    });

    test("a gateway that stops gives back what it did not use", async () => {
      await rig.budget({ amount: 100n });
      const one = await rig.gateway();
      await granted(await one.reserve(subject, charge(10))).settle(charge(5)).done;
      await one.close();
      const rows = await rig.store.read((db) => db.selectFrom("limitLeases").selectAll().execute());
      expect(rows).toEqual([]);
      granted(await (await rig.gateway()).reserve(subject, charge(95)));
    });

    /** Limits on a store whose changes are counted. */
    const counting = async (time?: HandTime) => {
      const store = await house.open(rig.location);
      const writes = { count: 0 };
      // On PostgreSQL the one goes by the other.
      for (const way of store.engine === "sqlite" ? (["write", "writeLightly"] as const) : (["write"] as const)) {
        const through = store[way].bind(store);
        store[way] = (change, lane) => {
          writes.count += 1;
          return through(change, lane);
        };
      }
      const limits = await Limits.open({
        store,
        vault: rig.vault,
        customHosts: rig.customHosts,
        sendAlert: () => Promise.resolve(),
        tickMs: 60_000,
        ...(time !== undefined && { time }),
      });
      return { limits, writes };
    };

    test("are asked for about once in a second, however many calls there are", async () => {
      await rig.budget({ amount: 1_000_000_000n });
      await rig.rateLimit({ amount: 1_000_000_000n, period: "day" });
      const { limits, writes } = await counting();
      for (let number = 0; number < 3_000; number += 1) {
        void granted(await limits.reserve(subject, charge(100))).settle(charge(50)).done;
      }
      await limits.close();
      // Doubling from one call on, for two limits: not one for a hundred calls.
      expect(writes.count).toBeLessThan(45);
    });

    test("of the next window begin with what the last one needed, and are forgotten when it is over", async () => {
      const time = new HandTime(() => 0);
      await rig.rateLimit({ amount: 1_000_000n, period: "second" });
      const { limits, writes } = await counting(time);
      const writesOf: number[] = [];
      for (let second = 0; second < 3; second += 1) {
        const before = writes.count;
        for (let number = 0; number < 200; number += 1) await use(limits, 1);
        writesOf.push(writes.count - before);
        time.pass(1_000);
      }
      // The first grew from one request on.
      expect(writesOf[0]).toBeGreaterThan(3);
      expect(Math.max(...writesOf.slice(1))).toBeLessThanOrEqual(2);
      const windows = (): Promise<unknown[]> =>
        rig.store.read((db) => db.selectFrom("limitWindows").selectAll().execute());
      expect(await windows()).toHaveLength(3);
      time.time += 3 * 3_600_000;
      await new PoolStore(rig.store, { holderId: "sweeper", termMs: 1, steady: () => 0 }).sweep(time.time);
      expect(await windows()).toEqual([]);
      await limits.close();
    });
  });

  test("what calls tell of a limit after it was taken away does not stay, and other limits keep their windows", async () => {
    const time = new HandTime();
    const [gone, stays, rate] = [await rig.budget({}), await rig.budget({ name: "stays" }), await rig.rateLimit({})];
    const limits = await rig.gateway({ time, tickMs: 60_000 });
    const underWay = granted(await limits.reserve(subject, charge(40)));
    await rig.settings.remove(gone.id, actor);
    await underWay.settle(charge(40)).done;
    await limits.tick();
    const counted = async (): Promise<string[]> => {
      const rows = await rig.store.read((db) => db.selectFrom("limitWindows").select("limitId").execute());
      return rows.map(({ limitId }) => limitId).toSorted();
    };
    expect(await counted()).toContain(gone.id);
    await new PoolStore(rig.store, { holderId: "sweeper", termMs: 1, steady: () => 0 }).sweep(time.time);
    expect(await counted()).toEqual([stays.id, rate.id].toSorted());
  });

  test("many windows of a limit that was taken away go some at a time, others have their turn between", async () => {
    const gone = await rig.rateLimit({ scope: "metadata", scopeId: "_user" });
    const stays = await rig.rateLimit({ scope: "metadata", scopeId: "_user" });
    const [users, now] = [4_000, Date.UTC(2026, 0, 2)];
    const counted = { settledAmount: 5n, overAmount: 0n, unpricedCalls: 0, recallRound: 0, recalledAt: 0 };
    const windowOf = (limitId: string, index: number, keepUntil: number) => ({
      ...counted,
      limitId,
      bucket: `user-${index}`,
      windowStart: now,
      keepUntil,
    });
    for (let from = 0; from < users; from += 500) {
      const some = Array.from({ length: 500 }, (_, index) => from + index);
      const rows = some.flatMap((user) => [
        windowOf(gone.id, user, now + 1),
        windowOf(stays.id, user, user < 3_000 ? now - 1 : now + 1),
      ]);
      await rig.store.write(({ db }) => db.insertInto("limitWindows").values(rows).execute());
    }
    const count = async (): Promise<number> =>
      (await rig.store.read((db) => db.selectFrom("limitWindows").select("limitId").execute())).length;
    const writes: number[] = [];
    const { store } = rig;
    const through = store.writeLightly.bind(store);
    store.writeLightly = async (change, lane) => {
      const before = await count();
      const result = await through(change, lane);
      writes.push(before - (await count()));
      return result;
    };
    await rig.settings.remove(gone.id, actor);
    expect(await count()).toBe(2 * users);
    await new PoolStore(store, { holderId: "sweeper", termMs: 1, steady: () => 0 }).sweep(now);
    expect(await count()).toBe(1_000);
    expect(writes).toEqual([1_000, 1_000, 1_000, 0, 1_000, 1_000, 1_000, 1_000, 0]);
  });

  describe("alerts", () => {
    test("go out once for a threshold and window, whichever gateways crossed it", async () => {
      const time = new HandTime();
      await rig.budget({
        period: "daily",
        amount: 100n,
        alertPercents: [50, 80, 100],
        alertUrl: "https://hooks.example.com/x",
      });
      const sent: AlertBody[] = [];
      const sendAlert = (_url: string, body: AlertBody): Promise<void> => Promise.resolve(void sent.push(body));
      const gateways = await rig.gateways(3, { time, sendAlert });
      const spendAll = async (): Promise<void> => {
        await Promise.all(
          Array.from({ length: 25 }, async (_, number) => {
            const result = await gateways[number % 3]!.reserve(subject, charge(4));
            await granted(result).settle(charge(4)).done;
          }),
        );
        await tickAnew(...gateways);
      };
      await spendAll();
      // What is not noted as sent yet would be due again after a day.
      const unnoted = () =>
        rig.store.read((db) => db.selectFrom("limitAlerts").select("id").where("nextTryAt", "is not", null).execute());
      await until(async () => sent.length >= 3 && (await unnoted()).length === 0);
      time.time += dayMs;
      await tickAnew(...gateways);
      await spendAll();
      await until(() => sent.length >= 6);
      await tickAnew(...gateways);
      const told = sent.map((body) => `${body.window_start} ${body.threshold_percent}`).toSorted();
      expect(told).toEqual([
        "2026-01-02T00:00:00.000Z 100",
        "2026-01-02T00:00:00.000Z 50",
        "2026-01-02T00:00:00.000Z 80",
        "2026-01-03T00:00:00.000Z 100",
        "2026-01-03T00:00:00.000Z 50",
        "2026-01-03T00:00:00.000Z 80",
      ]);
      expect(sent[0]).toMatchObject({ type: "budget.threshold", unit: "tokens", limit: "100", budget: { name: "b" } });
    });

    test("go out again where the count was begun anew or the amount raised, and the share is reached once more", async () => {
      const { id } = await rig.budget({ amount: 100n, alertPercents: [50], alertUrl: "https://hooks.example.com/x" });
      const sent: string[] = [];
      const sendAlert = (_url: string, { spent, limit }: AlertBody): Promise<void> =>
        Promise.resolve(void sent.push(`${spent} of ${limit}`));
      const limits = await rig.gateway({ sendAlert });
      const isNoted = async () =>
        (await rig.store.read((db) => db.selectFrom("limitAlerts").select("deliveredAt").execute())).every(
          ({ deliveredAt }) => deliveredAt !== null,
        );
      const spend = async (tokens: number): Promise<void> => {
        await use(limits, tokens);
        await tickAnew(limits);
        await until(isNoted);
      };
      // A change reaches the gateway a moment later.
      const untilLeft = (tokens: string) =>
        until(async () => {
          const probe = granted(await limits.reserve(subject, charge(0)));
          const left = probe.headers()["x-adit-budget-remaining-tokens"];
          await probe.release();
          return left === tokens;
        });
      await spend(60);
      // Still reached: nothing new.
      await rig.settings.updateBudget(id, { amount: 110n }, actor);
      await untilLeft("50");
      await spend(1);
      await rig.settings.updateBudget(id, { amount: 200n }, actor);
      await untilLeft("139");
      await spend(38);
      await spend(1);
      await rig.settings.reset(id, actor);
      await untilLeft("200");
      await spend(99);
      await spend(2);
      // Lowered to what is spent, it refuses all: no settlement would tell.
      await rig.settings.updateBudget(id, { amount: 101n, alertPercents: [50, 100] }, actor);
      await tickAnew(limits);
      await until(isNoted);
      expect(sent).toEqual(["60 of 100", "100 of 200", "101 of 200", "101 of 101"]);
    });

    test("that did not arrive are sent again, by another gateway too, with the same id", async () => {
      const time = new HandTime();
      await rig.budget({ amount: 100n, alertPercents: [50], alertUrl: "https://hooks.example.com/x" });
      const tried: string[] = [];
      const failing = await rig.gateway({
        time,
        sendAlert: (_url, body) => {
          tried.push(body.id);
          return Promise.reject(new Error("The address answered 500."));
        },
      });
      await granted(await failing.reserve(subject, charge(60))).settle(charge(60)).done;
      await tickAnew(failing);
      const alert = () => rig.store.read((db) => db.selectFrom("limitAlerts").selectAll().executeTakeFirstOrThrow());
      await until(async () => (await alert()).attempts === 1);
      expect(await alert()).toMatchObject({ deliveredAt: null, lastError: "The address answered 500." });
      const other = await rig.gateway({
        time,
        sendAlert: (_url, body) => Promise.resolve(void tried.push(body.id)),
      });
      await tickAnew(other);
      expect(tried).toHaveLength(1);
      // The clock is its own, too: it would try again.
      await failing.close();
      time.time += 61_000;
      await tickAnew(other);
      await until(async () => (await alert()).deliveredAt !== null);
      expect(tried).toEqual([tried[0], tried[0]]);
    });
  });
});
