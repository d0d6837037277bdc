/** A ledger of the step before keeps its pairs and its sums. */
import { expect, test } from "vitest";
import { ledgerIndexes } from "./migrations/ledger-indexes.ts";
import { migrations } from "./migrations/list.ts";
import { Store } from "./store.ts";
import { onBothEngines } from "./testing/engines.ts";

onBothEngines((house) => {
  test("pairs and their sums are there after the step as before it", async () => {
    const location = await house.newLocation();
    const before = await Store.open(location, { migrations: migrations.slice(0, migrations.indexOf(ledgerIndexes)) });
    const pairs = ["blue", "red"].map((value) => ({
      projectId: "prj_1",
      name: "team",
      value,
      at: 60_000,
      callId: "req_1",
    }));
    const sums = {
      projectId: "prj_1",
      name: "team",
      at: 0,
      value: "red",
      requests: 1,
      failures: 2,
      unknownCosts: 3,
      totalTokens: 4,
      costNano: 5n,
      totalMs: 6,
    };
    await before.write(async ({ db }) => {
      await db.insertInto("callMetadata").values(pairs).execute();
      await db.insertInto("metadataSums").values(sums).execute();
    });
    await before.close();
    const after = await house.open(location);
    const kept = await after.read(async (db) => ({
      pairs: await db.selectFrom("callMetadata").selectAll().orderBy("value").execute(),
      sums: await db.selectFrom("metadataSums").selectAll().execute(),
    }));
    expect(kept).toEqual({ pairs, sums: [sums] });
  });
});
