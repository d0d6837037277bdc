/** The limits of keys as lists of keys show them: however long their budgets have been counted. */
import type { KyselyPlugin } from "kysely";
import { expect, test } from "vitest";
import { onBothEngines } from "../../store/testing/engines.ts";
import type { Store } from "../../store/store.ts";
import type { StoreAccess } from "../../store/within.ts";
import { LimitRig, projectId } from "../testing/limit-rig.ts";
import { windowOf } from "../pools/window.ts";
import { KeyLimits } from "./key-limits.ts";

const dayMs = 86_400_000;

/** A store that counts the rows that it gives. */
function counting(store: Store): { access: StoreAccess; rows: () => number } {
  let rows = 0;
  const counter: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) => {
      rows += result.rows.length;
      return Promise.resolve(result);
    },
  };
  const { engine, clock } = store;
  const access: StoreAccess = {
    engine,
    clock,
    deafSince: undefined,
    isAway: false,
    read: (query) => store.read((db) => query(db.withPlugin(counter))),
    snapshot: (query) => store.snapshot(query),
    write: (change) => store.write(change),
    onChange: (kind, listener) => store.onChange(kind, listener),
  };
  return { access, rows: () => rows };
}

onBothEngines((house) => {
  test("which keys are used up is told by their present windows, and a year of windows before is not read for it", async () => {
    const rig = await LimitRig.start(house);
    const periods = ["daily", "weekly", "monthly", "total"] as const;
    const keys = periods.flatMap((period) => [`gk_${period}_used`, `gk_${period}_left`]);
    const row = (id: string) => ({
      id,
      projectId,
      scope: "gateway_key" as const,
      scopeId: id,
      scopeValue: null,
      name: "usage_limits",
      costLimitNano: null,
      tokenLimit: 100,
      periodDays: null,
      periodFrom: null,
      alertPercents: null,
      alertUrl: null,
      unknownPrice: "block" as const,
      createdAt: 0,
      updatedAt: 0,
    });
    const now = Date.now();
    await rig.store.write(async ({ db }) => {
      for (const id of keys) {
        const period = periods.find((each) => id.includes(each)) ?? "total";
        await db
          .insertInto("budgets")
          .values({ ...row(id), period })
          .execute();
        const present = windowOf({ period }, now).start;
        const counted = {
          bucket: "",
          overAmount: 0n,
          unpricedCalls: 0,
          recallRound: 0,
          recalledAt: 0,
          keepUntil: null,
        };
        const earlier = Array.from({ length: 100 }, (_, age) => present - (age + 1) * dayMs);
        const windows = [
          ...earlier.map((windowStart) => ({ ...counted, limitId: id, windowStart, settledAmount: 100n })),
          { ...counted, limitId: id, windowStart: present, settledAmount: id.endsWith("_used") ? 100n : 99n },
        ];
        await db.insertInto("limitWindows").values(windows).execute();
      }
    });
    const { access, rows } = counting(rig.store);
    const limits = new KeyLimits(access, rig.settings);
    const used = keys.filter((id) => id.endsWith("_used"));
    expect((await limits.exhaustedIn("gateway_key", projectId)).toSorted()).toEqual(used.toSorted());
    const shown = await limits.ofAll("gateway_key", keys);
    expect(keys.filter((id) => shown.get(id)?.isExhausted === true)).toEqual(used);
    // Budgets, of each a window at most for each beginning of a present one, and on PostgreSQL the time. With all windows it is 1,600 more.
    expect(rows()).toBeLessThanOrEqual(2 * (keys.length * (1 + periods.length) + 1));
    await rig.close();
  });
});
