/** In the steady state a call that limits concern asks the database nothing; one that none concerns makes nothing at all, not even a promise. */
import { describe, expect, test, vi } from "vitest";
import { shippedPrices } from "@adit/bedrock";
import { CallLimits, type CallLimitsOptions } from "../../packages/gateway/src/calls/bounds/call-limits.ts";
import { newFacts } from "../../packages/gateway/src/ledger/record/request-facts.ts";
import { Limits } from "../../packages/gateway/src/limits/limits.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { onBothEngines } from "../../packages/gateway/src/store/testing/engines.ts";
import { openHouse, operator } from "../../packages/gateway/src/testing/house.ts";

const calls = 1_000;
const atOnce = 20;

onBothEngines((engine) => {
  test("a thousand calls through a budget, a rate limit and a virtual key's budget: not one question for each", async () => {
    const location = await engine.newLocation();
    const house = await openHouse({
      variables: "databaseUrl" in location ? { DATABASE_URL: location.databaseUrl } : {},
      limitTickMs: 1_000,
    });
    try {
      const key = await house.newKey();
      await house.newVirtualKey("steady", { region: "us-east-1" });
      const { limitSettings, virtualKeys } = house.parts;
      const steady = await virtualKeys.bySlug(defaultProjectId, "steady");
      const budget = { unit: "cost", amount: 10n ** 15n, period: "monthly" } as const;
      const ofProject = { name: "all", scope: "project", scopeId: defaultProjectId } as const;
      const ofKey = { name: "key", scope: "virtual_key", scopeId: steady?.id ?? "" } as const;
      await limitSettings.createBudget(defaultProjectId, { ...ofProject, ...budget }, operator);
      await limitSettings.createBudget(defaultProjectId, { ...ofKey, ...budget }, operator);
      const rate = { unit: "tokens", amount: 10n ** 12n, period: "day" } as const;
      await limitSettings.createRateLimit(defaultProjectId, { ...ofProject, ...rate }, operator);

      const call = async (): Promise<boolean> => {
        const response = await house.chat(key, { "x-adit-virtual-key": "steady" }, { max_tokens: 10 });
        await response.text();
        expect(response.status).toBe(200);
        return response.headers.has("x-adit-budget-remaining");
      };
      const many = async (count: number): Promise<void> => {
        for (let done = 0; done < count; done += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
      };
      // Leases grow with what is used of them.
      await many(300);
      // The new limits are heard of once more, as from another gateway: what is left of them is asked for anew.
      await expect.poll(call).toBe(true);
      const asked = (["read", "snapshot", "write", "writeAlone"] as const).map((name) =>
        vi.spyOn(Store.prototype, name),
      );
      await many(calls);
      const questions = asked.reduce((total, spy) => total + spy.mock.calls.length, 0);
      for (const spy of asked) spy.mockRestore();
      // Some a second, however many call: signs of life, leases, last uses of keys. One for each call would be thousands.
      expect(questions).toBeLessThan(calls / 2);
    } finally {
      await house.close();
    }
  });
});

describe("where no limit is", () => {
  test("nothing is made for a call", async () => {
    const house = await openHouse();
    const limits = await Limits.open({
      store: house.parts.store,
      vault: house.parts.vault,
      customHosts: new Set(),
      sendAlert: () => Promise.resolve(),
    });
    try {
      const options = { limits: () => limits, prices: shippedPrices } as unknown as CallLimitsOptions;
      const callLimits = new CallLimits(options);
      const [gatewayKey] = await house.parts.gatewayKeys.list(defaultProjectId, { limit: 1 });
      expect(gatewayKey).toBeUndefined();
      const principal = { kind: "admin_key", isGatewayKey: () => false } as const;
      const plan = { kind: "target", model: "us.amazon.nova-lite-v1:0", region: "us-east-1", provider: "bedrock" };
      const asked = { plan, metadata: { team: "a" }, body: {} } as unknown as Parameters<CallLimits["begin"]>[2];
      const begin = () => {
        const incoming = { facts: newFacts("openai-chat"), path: "/", headers: { raw: () => undefined } };
        const begun = callLimits.begin(
          incoming as unknown as Parameters<CallLimits["begin"]>[0],
          principal,
          asked,
          "{}",
        );
        return { begun, hold: incoming.facts.hold };
      };
      // The first one asks whether there are any.
      await begin().begun;
      expect(begin()).toEqual({ begun: undefined, hold: undefined });
    } finally {
      await limits.close();
      await house.close();
    }
  });
});
