/** Promise 5: `kill -9` of a gateway under load loses no request that was answered, on either engine; none is counted twice. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { onBothEngines } from "../packages/gateway/src/store/testing/engines.ts";
import { until } from "../packages/gateway/src/store/testing/until.ts";
import { chatPath, question } from "./support/asking.ts";
import { gatewayKey } from "./support/house.ts";
import { KillableGateways } from "./support/gateway-process.ts";

let gateways: KillableGateways;
beforeEach(async () => {
  gateways = await KillableGateways.open();
});
afterEach(() => gateways.close());

/** Asks until the gateway is gone; notes the ids of the requests whose answer was read to its last byte. */
async function ask(url: string, answered: Set<string>, isStream: boolean): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`${url}${chatPath}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` },
        body: JSON.stringify(question("Good morning", { stream: isStream })),
      });
      await response.text();
      if (response.status === 200) answered.add(response.headers.get("x-adit-request-id") ?? "");
    } catch {
      return;
    }
  }
}

onBothEngines((house) => {
  test("kill -9 under load, three times: every answered request is in the ledger, once", async () => {
    const location =
      house.engine === "postgres" ? await house.newLocation() : { file: join(gateways.dataDir, "adit.db") };
    const databaseUrl = "databaseUrl" in location ? location.databaseUrl : undefined;
    const answered = new Set<string>();
    for (let kills = 1; kills <= 3; kills += 1) {
      const { url, child } = await gateways.serve(databaseUrl);
      const callers = Array.from({ length: 16 }, (_, index) => ask(url, answered, index % 2 === 0));
      await until(() => answered.size > kills * 150);
      child.kill("SIGKILL");
      await Promise.all(callers);
    }
    await gateways.serve(databaseUrl);
    const store = await house.open(location);
    const recorded = (): Promise<string[]> =>
      store.read(async (db) => (await db.selectFrom("calls").select("id").execute()).map(({ id }) => id));
    const missing = async (): Promise<string[]> => {
      const ids = new Set(await recorded());
      return [...answered].filter((id) => !ids.has(id));
    };
    await until(async () => (await missing()).length === 0);
    expect(await missing()).toEqual([]);
    const ids = await recorded();
    // Beyond what was answered there is at most what was under way at each kill.
    expect(ids.length - answered.size).toBeLessThanOrEqual(3 * 16);
    expect(new Set(ids).size).toBe(ids.length);
    const metadata = await store.read((db) => db.selectFrom("calls").select(["id", "costNano"]).execute());
    expect(metadata.filter(({ costNano }) => costNano === null || costNano === 0n)).toEqual([]);
    expect((await readdir(join(gateways.dataDir, "journal"))).length).toBeGreaterThan(0);
  }, 60_000);
});
