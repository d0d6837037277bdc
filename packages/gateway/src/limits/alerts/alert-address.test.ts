/** The addresses of alerts on both engines: sealed, used, kept, changed, left out of exports. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apply } from "../../admin/apply/apply.ts";
import { readApplyFile } from "../../admin/apply/apply-file.ts";
import { partsWithin } from "../../admin/parts.ts";
import { openChangeParts } from "../../admin/open-parts.ts";
import { readSettings } from "../../settings.ts";
import { onBothEngines } from "../../store/testing/engines.ts";
import { until } from "../../store/testing/until.ts";
import { exportLines, importLines } from "../../store/transfer.ts";
import { KeyLimits } from "../settings/key-limits.ts";
import { actor, charge, granted, LimitRig, projectId, subject, tickAnew } from "../testing/limit-rig.ts";

const canary = "CANARYalertAddress7Q2mK9pL4wT8";
const origin = "https://hooks.example.com";
const address = `${origin}/services/${canary}/?api-version=1&sig=${canary}`;
const shown = `${origin}/...`;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-alerts-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

onBothEngines((house) => {
  const sealedIn = async ({ store }: LimitRig) => {
    const rows = await store.read((db) => db.selectFrom("sealedRecords").select(["kind", "recordId"]).execute());
    return rows.filter(({ kind }) => kind === "budget").map(({ recordId }) => recordId);
  };
  const linesOf = async ({ store }: LimitRig): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of exportLines(store)) lines.push(line);
    return lines;
  };

  /** Spends beyond the threshold; gives where the alert went, and what is noted of it. */
  const alertOf = async (rig: LimitRig) => {
    const asked: string[] = [];
    const sendAlert = (url: string): Promise<void> => Promise.resolve(void asked.push(url));
    const limits = await rig.gateway({ sendAlert });
    await granted(await limits.reserve(subject, charge(60))).settle(charge(60)).done;
    await tickAnew(limits);
    const noted = () => rig.store.read((db) => db.selectFrom("limitAlerts").selectAll().executeTakeFirst());
    await until(async () => (await noted())?.attempts === 1);
    await rig.close();
    return { asked, noted: await noted() };
  };

  test("one is shown as its origin, stays where that is sent back, and is where alerts go", async () => {
    const rig = await LimitRig.start(house);
    const budget = await rig.budget({ amount: 100n, alertPercents: [50], alertUrl: address });
    expect(budget.alertUrl).toBe(shown);
    for (const patch of [{ alertUrl: shown }, { name: "other" }, { alertUrl: shown, alertPercents: [40] }]) {
      expect((await rig.settings.updateBudget(budget.id, patch, actor)).alertUrl).toBe(shown);
    }
    expect(await sealedIn(rig)).toEqual([budget.id]);
    expect((await alertOf(rig)).asked).toEqual([address]);
    expect((await linesOf(rig)).join("\n")).not.toContain(canary);
    const tables = ["budgets", "auditLog", "limitAlerts"] as const;
    for (const table of tables) {
      const rows = await rig.store.read((db) => db.selectFrom(table).selectAll().execute());
      expect(
        JSON.stringify(rows, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
        table,
      ).not.toContain(canary);
    }
  });

  test("another takes its place, none takes it away, and an origin alone needs no seal", async () => {
    const rig = await LimitRig.start(house);
    const budget = await rig.budget({ amount: 100n, alertPercents: [50], alertUrl: address });
    await rig.settings.updateBudget(budget.id, { alertUrl: `${origin}/other` }, actor);
    expect((await rig.settings.alertAddressOf(await rig.settings.getBudget(budget.id))) ?? "").toBe(`${origin}/other`);
    const plain = await rig.settings.updateBudget(budget.id, { alertUrl: origin }, actor);
    expect([plain.alertUrl, await sealedIn(rig)]).toEqual([origin, []]);
    await rig.settings.updateBudget(budget.id, { alertUrl: address }, actor);
    await rig.settings.updateBudget(budget.id, { alertUrl: null, alertPercents: [] }, actor);
    expect(await sealedIn(rig)).toEqual([]);
    const other = await rig.budget({ alertPercents: [50], alertUrl: address });
    await rig.settings.remove(other.id, actor);
    expect(await sealedIn(rig)).toEqual([]);
  });

  test("what is shown stands for nothing where nothing is kept", async () => {
    const rig = await LimitRig.start(house);
    const refused = { code: "invalid_request", param: "alert_url" };
    await expect(rig.budget({ alertPercents: [50], alertUrl: shown })).rejects.toMatchObject(refused);
    const budget = await rig.budget({ alertPercents: [50], alertUrl: origin });
    await expect(rig.settings.updateBudget(budget.id, { alertUrl: shown }, actor)).rejects.toMatchObject(refused);
    expect(await sealedIn(rig)).toEqual([]);
  });

  test("an import brings none: the alert says what is missing, and goes nowhere", async () => {
    const rig = await LimitRig.start(house);
    await rig.budget({ amount: 100n, alertPercents: [50], alertUrl: address });
    const lines = await linesOf(rig);
    const other = await LimitRig.start(house);
    await importLines(other.store, lines);
    const { asked, noted } = await alertOf(other);
    expect([asked, noted?.deliveredAt]).toEqual([[], null]);
    expect(noted?.lastError).toContain("enter it again");
  });

  test("a key's budget of another period keeps the address that is shown", async () => {
    const rig = await LimitRig.start(house);
    const parts = await openChangeParts(
      rig.store,
      readSettings({ ADIT_MASTER_KEY: Buffer.alloc(32, "of tests").toString("base64") }),
    );
    const { gatewayKey: key } = await parts.gatewayKeys.create(
      projectId,
      { name: "app", scopes: ["completions.write"] },
      actor,
    );
    const keyLimits = new KeyLimits(rig.store, rig.settings);
    const place = { scope: "gateway_key", id: key.id, projectId } as const;
    const budget = { unit: "tokens", amount: 100n, period: "daily", alertPercents: [50], alertUrl: address } as const;
    await keyLimits.set(place, { budget }, actor);
    for (const period of ["weekly", "total"] as const) {
      await keyLimits.set(place, { budget: { ...budget, period, alertUrl: shown } }, actor);
      const { budget: after } = await keyLimits.of("gateway_key", key.id);
      expect([after?.period, after?.alertUrl, await sealedIn(rig)]).toEqual([period, shown, [after?.id]]);
      expect(after && (await rig.settings.alertAddressOf(after))).toBe(address);
    }
    await parts.gatewayKeys.close();
  });

  test("adit apply keeps it, and finds another", async () => {
    const store = await house.open();
    const settings = readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: origin });
    const parts = await openChangeParts(store, settings);
    const budget =
      '{ name: b, scope: project, unit: tokens, amount: 100, period: total, alert_percents: [50], alert_url: "${env:URL}" }';
    const file = `version: 1\nprojects:\n  - slug: default\n    budgets:\n      - ${budget}\n`;
    const run = async (url: string): Promise<string> => {
      const read = readApplyFile(file, { URL: url });
      const steps = await store.writeAlone((writing) => apply(read, partsWithin(parts, writing), actor));
      const { action, fields } = steps.find(({ kind }) => kind === "budget") ?? { action: "none", fields: [] };
      return [action, ...fields].join(" ");
    };
    expect(await run(address)).toBe("create");
    expect(await run(address)).toBe("keep");
    expect(await run(`${origin}/other`)).toBe("update alertUrl");
    expect(await run(`${origin}/other`)).toBe("keep");
    expect(await run(origin)).toBe("update alertUrl");
    expect(await run(origin)).toBe("keep");
    await parts.gatewayKeys.close();
  });
});
