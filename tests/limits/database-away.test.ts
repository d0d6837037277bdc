/** A gateway that loses its database serves what its leases hold and refuses the rest: a limit is never guessed at (pains D). */
import { expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { onPostgresAlone } from "../../packages/gateway/src/store/testing/engines.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, operator } from "../../packages/gateway/src/testing/house.ts";

onPostgresAlone((engine) => {
  test("what leases do not hold is a 503, what no limit concerns is served, and nothing is lost when it is back", async () => {
    const location = await engine.newLocation();
    const house = await openHouse({
      variables: "databaseUrl" in location ? { DATABASE_URL: location.databaseUrl } : {},
    });
    try {
      const { gatewayKeys, limitSettings, store, limits } = house.parts;
      const input = { name: "counted", scopes: ["completions.write"] };
      const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, input, operator);
      const terms = { scope: "gateway_key", scopeId: gatewayKey.id, unit: "tokens", period: "total" } as const;
      const budget = await limitSettings.createBudget(
        defaultProjectId,
        { name: "b", ...terms, amount: 1_000_000n },
        operator,
      );
      const free = await house.newKey();
      let used = 0;
      const call = async (key: string, more: object = {}): Promise<number> => {
        const response = await house.chat(key, {}, { max_tokens: 10, ...more });
        const { usage } = (await response.json()) as { usage?: { total_tokens: number } };
        if (key !== free) used += usage?.total_tokens ?? 0;
        return response.status;
      };
      for (let number = 0; number < 20; number += 1) expect(await call(secret.reveal())).toBe(200);
      expect(await call(free)).toBe(200);

      await engine.server().kill();
      expect(await call(free)).toBe(200);
      // By its lease, if there is enough left in it just then.
      expect([200, 503]).toContain(await call(secret.reveal()));
      // More than any lease holds.
      const more = { model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", max_tokens: 60_000 };
      const statuses = new Set<number>();
      for (let number = 0; number < 5; number += 1) statuses.add(await call(secret.reveal(), more));
      expect([...statuses]).toEqual([503]);

      await engine.server().run();
      await until(async () => (await call(secret.reveal())) === 200);
      const settled = async () => Number((await usesOf(store, budget, { now: limits.now() }))[0]?.settled ?? 0n);
      await until(async () => (await settled()) === used);
      expect(await settled()).toBe(used);
    } finally {
      await house.close();
    }
  });
});
