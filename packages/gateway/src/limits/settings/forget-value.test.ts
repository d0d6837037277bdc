/** Whoever is forgotten is forgotten by what limits have counted too; what holds today's budget stays. */
import { expect, test } from "vitest";
import { deleteByMetadata } from "../../ledger/retention/delete-calls.ts";
import { onBothEngines, onEngine } from "../../store/testing/engines.ts";
import { HandClock } from "../../store/testing/hand-clock.ts";
import { until } from "../../store/testing/until.ts";
import { limitsByField } from "./forget-value.ts";
import { HandTime, LimitRig, projectId, tickAnew, use } from "../testing/limit-rig.ts";

const dayMs = 86_400_000;

onBothEngines((house) => {
  test("the counts and alerts of days that are over go, of the value alone", async () => {
    const rig = await LimitRig.start(house);
    const ofField = { scope: "metadata", scopeId: "_user", amount: 100n } as const;
    const alerts = { alertPercents: [50], alertUrl: "https://hooks.example.com/x" };
    const daily = await rig.budget({ ...ofField, ...alerts, period: "daily" });
    const whole = await rig.budget({ ...ofField, period: "total" });
    await rig.rateLimit({ scope: "metadata", scopeId: "_user", period: "hour" });
    const time = new HandTime();
    time.time = Date.now() - dayMs;
    const limits = await rig.gateway({ time, sendAlert: () => Promise.resolve() });
    const spend = async (): Promise<void> => {
      for (const _user of ["ada", "bob"]) await use(limits, 30, { projectId, metadata: { _user } });
      await tickAnew(limits);
    };
    await spend();
    await use(limits, 30, { projectId, metadata: { _user: "ada" } });
    await tickAnew(limits);
    time.pass(dayMs);
    await spend();
    const alertsOf = () => rig.store.read((db) => db.selectFrom("limitAlerts").select(["bucket"]).execute());
    await until(async () => (await alertsOf()).length === 1);
    const windowsOf = async (bucket: string) => {
      const rows = await rig.store.read((db) =>
        db.selectFrom("limitWindows").select(["limitId", "windowStart"]).where("bucket", "=", bucket).execute(),
      );
      const named = { [daily.id]: "daily", [whole.id]: "total" };
      return rows.map(({ limitId }) => named[limitId] ?? "rate").toSorted();
    };
    const all = ["daily", "daily", "rate", "total"];
    expect([await windowsOf("ada"), await windowsOf("bob")]).toEqual([all, all]);
    await deleteByMetadata(rig.store, { projectId, metadata: { _user: "ada" }, contentOnly: true });
    expect(await windowsOf("ada")).toEqual(all);
    await deleteByMetadata(rig.store, { projectId, metadata: { _user: "ada" }, contentOnly: false });
    expect([await windowsOf("ada"), await windowsOf("bob")]).toEqual([["daily", "rate", "total"], all]);
    expect(await alertsOf()).toEqual([]);
    await rig.close();
  });
});

onEngine("sqlite", (house) => {
  test("limits on a single value are not asked: they count without its name", async () => {
    const rig = await LimitRig.start(house);
    const each = await rig.budget({ scope: "metadata", scopeId: "_user", period: "daily" });
    await rig.budget({ scope: "metadata", scopeId: "_user", scopeValue: "ada", period: "daily" });
    await rig.budget({ scope: "metadata", scopeId: "team", scopeValue: "red", period: "daily" });
    const second = await rig.budget({ scope: "metadata", scopeId: "_user", period: "weekly" });
    const found = await limitsByField(rig.store, projectId);
    expect([...found].map(([field, limits]) => [field, limits.map(({ id }) => id)])).toEqual([
      ["_user", [each.id, second.id]],
    ]);
    await rig.close();
  });
});

onEngine("postgres", (house) => {
  test("a gateway whose own clock is past midnight already leaves the count of the day that it still is", async () => {
    const rig = await LimitRig.start(house);
    const daily = await rig.budget({ scope: "metadata", scopeId: "_user", amount: 100n, period: "daily" });
    const limits = await rig.gateway();
    await use(limits, 90, { projectId, metadata: { _user: "ada" } });
    await tickAnew(limits);
    const ahead = await house.open(rig.location, { clock: new HandClock(Date.now() + dayMs) });
    await deleteByMetadata(ahead, { projectId, metadata: { _user: "ada" }, contentOnly: false });
    const counted = await rig.store.read((db) =>
      db.selectFrom("limitWindows").select(["bucket", "settledAmount"]).where("limitId", "=", daily.id).execute(),
    );
    expect(counted).toEqual([{ bucket: "ada", settledAmount: 90n }]);
    await rig.close();
  });
});
