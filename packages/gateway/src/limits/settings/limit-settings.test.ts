import { describe, expect, test } from "vitest";
import { onBothEngines } from "../../store/testing/engines.ts";
import { exportLines, importLines } from "../../store/transfer.ts";
import { usesOf } from "./limit-use.ts";
import type { BudgetInput } from "./limit-settings.ts";
import { PoolStore } from "../pools/pool-store.ts";
import { actor, charge, granted, HandTime, LimitRig, projectId, subject, use, tickAnew } from "../testing/limit-rig.ts";

const faults: [input: Partial<BudgetInput>, param: string, code?: string][] = [
  [{ name: " " }, "name"],
  [{ amount: 0n }, "amount"],
  [{ amount: -5n }, "amount"],
  [{ amount: 2n ** 53n }, "amount"],
  [{ unit: "cost" as const, amount: 2n ** 63n }, "amount"],
  [{ unit: "requests" as never }, "unit"],
  [{ period: "yearly" as never }, "period"],
  [{ scope: "key" as never }, "scope"],
  [{ scopeId: "prj_other" }, "scope_id"],
  [{ scope: "gateway_key" as const, scopeId: "gk_none" }, "scope_id"],
  [{ scope: "virtual_key" as const, scopeId: "vk_none" }, "scope_id"],
  [{ scope: "metadata" as const, scopeId: "" }, "scope_id"],
  [{ scopeValue: "x" }, "scope_value"],
  [{ unknownPrice: "maybe" as never }, "unknown_price"],
  [{ alertPercents: [50] }, "alert_url"],
  [{ alertUrl: "https://hooks.example.com/x" }, "alert_percents"],
  [{ alertPercents: [0], alertUrl: "https://hooks.example.com/x" }, "alert_percents[0]"],
  [{ alertPercents: [50.5], alertUrl: "https://hooks.example.com/x" }, "alert_percents[0]"],
  [{ alertPercents: [50], alertUrl: "https://169.254.169.254/x" }, "alert_url", "custom_host_not_allowed"],
  [{ alertPercents: [50], alertUrl: "file:///etc/passwd" }, "alert_url"],
  [{ alertPercents: [50], alertUrl: "https://hooks.example.com/x#part" }, "alert_url"],
  [{ alertPercents: [50], alertUrl: "https://user:word@hooks.example.com/x" }, "alert_url"],
];

onBothEngines((house) => {
  describe("budgets and rate limits", () => {
    test("are made, changed, listed and taken away, and the audit log says who and what", async () => {
      const rig = await LimitRig.start(house);
      const alerts = { alertPercents: [80, 50, 80], alertUrl: "https://hooks.example.com/adit" };
      const budget = await rig.budget({ unit: "cost", amount: 9_007_199_254_740_993n, period: "monthly", ...alerts });
      expect(budget).toMatchObject({ amount: 9_007_199_254_740_993n, alertPercents: [50, 80], unknownPrice: "block" });
      const rate = await rig.rateLimit({ unit: "tokens", period: "hour", amount: 5n });
      const changed = await rig.settings.updateBudget(
        budget.id,
        { amount: 7n, alertPercents: [], alertUrl: null },
        actor,
      );
      expect(changed).toMatchObject({ amount: 7n, alertPercents: [], alertUrl: undefined, period: "monthly" });
      await rig.settings.updateRateLimit(rate.id, { name: " slow " }, actor);
      expect(await rig.settings.listBudgets(projectId, { limit: 10 })).toEqual([changed]);
      expect(await rig.settings.listRateLimits(projectId, { limit: 10 })).toEqual([
        { ...rate, name: "slow", updatedAt: expect.any(Number) },
      ]);
      expect(await rig.settings.listBudgets(projectId, { limit: 10, after: budget.id })).toEqual([]);
      await rig.settings.remove(budget.id, actor);
      await rig.settings.remove(rate.id, actor);
      await expect(rig.settings.getBudget(budget.id)).rejects.toMatchObject({ code: "not_found" });
      await expect(rig.settings.getRateLimit(rate.id)).rejects.toMatchObject({ code: "not_found" });
      const audit = await rig.store.read((db) => db.selectFrom("auditLog").selectAll().orderBy("id").execute());
      expect(audit.map((row) => row.action)).toEqual([
        "budget.create",
        "rate_limit.create",
        "budget.update",
        "rate_limit.update",
        "budget.delete",
        "rate_limit.delete",
      ]);
      expect(JSON.parse(audit[2]!.beforeJson!)).toMatchObject({ amount: "9007199254740993" });
      expect(JSON.parse(audit[2]!.afterJson!)).toMatchObject({ amount: "7" });
    });

    test("leave nothing behind of what was counted", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({});
      const limits = await rig.gateway();
      await use(limits, 10);
      await tickAnew(limits);
      expect(await usesOf(rig.store, budget, { now: Date.now() })).toMatchObject([{ settled: 10n }]);
      await rig.settings.remove(budget.id, actor);
      await new PoolStore(rig.store, { holderId: "sweeper", termMs: 1, steady: () => 0 }).sweep(Date.now());
      for (const table of ["limitWindows", "limitLeases"] as const) {
        expect(await rig.store.read((db) => db.selectFrom(table).selectAll().execute())).toEqual([]);
      }
      await rig.close();
    });

    test("are begun anew from the present window on: what days that are over have counted is not written again", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ period: "daily" });
      const time = new HandTime();
      time.time = Date.now() - 86_400_000;
      const limits = await rig.gateway({ time });
      await use(limits, 10);
      await tickAnew(limits);
      time.pass(86_400_000);
      await use(limits, 20);
      await tickAnew(limits);
      await rig.settings.reset(budget.id, actor);
      const rows = await rig.store.read((db) =>
        db.selectFrom("limitWindows").select("settledAmount").orderBy("windowStart").execute(),
      );
      expect(rows.map(({ settledAmount }) => settledAmount)).toEqual([10n, 0n]);
      await rig.close();
    });

    test("an export takes along what was counted", async () => {
      const rig = await LimitRig.start(house);
      const budget = await rig.budget({ unit: "cost", amount: 2n ** 60n });
      const limits = await rig.gateway();
      const big = 2n ** 54n + 1n;
      await granted(await limits.reserve(subject, charge(1, big))).settle(charge(1, big)).done;
      await rig.close();
      const lines: string[] = [];
      for await (const line of exportLines(rig.store)) lines.push(line);
      const other = await house.open();
      await importLines(other, lines);
      expect(await usesOf(other, budget, { now: Date.now() })).toMatchObject([{ settled: big, held: 0n }]);
    });

    test("a fault names its field, and nothing is saved", async () => {
      const rig = await LimitRig.start(house);
      for (const [input, param, code = "invalid_request"] of faults) {
        await expect(rig.budget(input), param).rejects.toMatchObject({ code, param });
      }
      expect(await rig.settings.listBudgets(projectId, { limit: 10 })).toEqual([]);
    });
  });
});
