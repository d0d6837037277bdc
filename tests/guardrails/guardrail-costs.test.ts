/** What guardrail checks cost at Bedrock is in the call's record, part by part, and in its budgets; what has no price is not known. */
import { expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "../control/control.ts";
import { nova } from "../support/asking.ts";

const guard = { guardrailId: "gr123", guardrailVersion: "1" };
const judged = { "bedrock.guard": guard, deny: true };
const attack = { "bedrock.guardrailChecks": { promptAttack: ["JAILBREAK"] } };

/** Nano-dollars apiece: each text of these tests is one unit to each policy. */
const ofGuard = { contentPolicyUnits: 150_000, sensitiveInformationPolicyUnits: 100_000, topicPolicyUnits: 150_000 };
const own = {
  version: "ours-1",
  date: "2026-11-01",
  sources: { contract: "An agreement" },
  models: {},
  guardrails: [{ units: { ...ofGuard, wordPolicyUnits: 0, "promptAttack.textUnits": 7_000 } }],
  quirks: [],
};

interface Entry {
  id: string;
  cost: string | null;
  cost_parts: Record<string, string>;
  cost_missing: string[];
  limit_flags: string[];
  response_status_code: number;
}

const nano = (dollars: string | undefined | null): number => Math.round(Number(dollars ?? NaN) * 1e9);

onBothEngines((control) => {
  const pricedBy = async (prices: object | undefined): Promise<void> => {
    await control().ask(prices === undefined ? "DELETE" : "PUT", "/v1/prices", prices);
    await new Promise((resolve) => setTimeout(resolve, 200));
  };

  interface Budgeted {
    key: string;
    settled: () => Promise<number>;
    unpriced: () => Promise<number>;
  }

  async function newBudget(terms: object = {}): Promise<Budgeted> {
    const made = await control().ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", {
      name: "guarded",
      scopes: ["completions.write"],
    });
    const budget = await control().ask<{ id: string }>("POST", "/v1/budgets", {
      name: "dollars",
      scope: "gateway_key",
      scope_id: made.body.id,
      unit: "cost",
      amount: 100,
      period: "total",
      ...terms,
    });
    interface Count {
      settled: string;
      unpriced_calls: number;
    }
    const count = async (): Promise<Count | undefined> => {
      const path = `/v1/budgets/${budget.body.id}/usage`;
      return (await control().ask<{ counts: Count[] }>("GET", path)).body.counts[0];
    };
    return {
      key: made.body.key,
      settled: async () => nano((await count())?.settled ?? "0"),
      unpriced: async () => (await count())?.unpriced_calls ?? 0,
    };
  }

  async function call(
    key: string,
    config: object,
    { text = "Good morning", stream = false, path = "/v1/chat/completions" } = {},
  ): Promise<Entry> {
    const body = { model: nova, stream, messages: [{ role: "user", content: text }] };
    const checks = {
      messages: [{ role: "user", content: [{ text }] }],
      checks: { promptAttack: { categories: [{ category: "JAILBREAK" }] } },
    };
    const response = await fetch(`${control().gateway.url}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${key}`,
        "x-adit-config": JSON.stringify(config),
      },
      body: JSON.stringify(path.startsWith("/v1/") ? body : checks),
    });
    await response.text();
    const id = response.headers.get("x-adit-request-id") ?? "";
    const entry = () => control().ask<Entry>("GET", `/v1/logs/${id}`);
    await until(async () => (await entry()).status === 200);
    return (await entry()).body;
  }

  const ofOne = 400_000;

  test.each([false, true])(
    "by part, before and after, streamed: %s; the budget is charged the same",
    async (stream) => {
      await pricedBy(own);
      const { key, settled } = await newBudget();
      const plain = await call(key, {}, { stream });
      const model = nano(plain.cost);
      const guarded = await call(key, { input_guardrails: [judged], output_guardrails: [judged] }, { stream });
      expect(guarded.cost_parts).toMatchObject({
        input: plain.cost_parts["input"],
        output: plain.cost_parts["output"],
        "guardrail.contentPolicyUnits": "0.0003",
        "guardrail.sensitiveInformationPolicyUnits": "0.0002",
        "guardrail.topicPolicyUnits": "0.0003",
      });
      expect(nano(guarded.cost)).toBe(model + 2 * ofOne);
      await until(async () => (await settled()) === model + nano(guarded.cost));
      // An answer of the cache is judged again.
      const cached = { cache: { mode: "simple" }, output_guardrails: [judged] };
      const [stored, found] = [await call(key, cached, { stream }), await call(key, cached, { stream })];
      expect(nano(found.cost)).toBe(ofOne);
      const all = [plain, guarded, stored, found].reduce((total, { cost }) => total + nano(cost), 0);
      await until(async () => (await settled()) === all);
    },
  );

  test("also where it refuses the request, and nothing else was spent", async () => {
    await pricedBy(own);
    const { key, settled } = await newBudget();
    const denied = await call(key, { input_guardrails: [judged] }, { text: "TRIP_CONTENT_FILTER" });
    expect([denied.response_status_code, nano(denied.cost)]).toEqual([446, ofOne]);
    await until(async () => (await settled()) === ofOne);
  });

  test("also where it refuses an answer, which was billed", async () => {
    await pricedBy(own);
    const { key, settled } = await newBudget();
    const plain = await call(key, {}, { text: "TRIP_CONTENT_FILTER" });
    const denied = await call(key, { output_guardrails: [judged] }, { text: "TRIP_CONTENT_FILTER" });
    expect([denied.response_status_code, nano(denied.cost)]).toEqual([446, nano(plain.cost) + ofOne]);
    await until(async () => (await settled()) === 2 * nano(plain.cost) + ofOne);
  });

  test("of the checks that need no guardrail, in a config and at the native door", async () => {
    await pricedBy(own);
    const { key } = await newBudget();
    const { cost_parts: parts } = await call(key, { input_guardrails: [attack] });
    expect(parts["guardrail.promptAttack.textUnits"]).toBe("0.000007");
    const native = await call(adminKey, {}, { path: "/guardrail-checks/invoke" });
    expect(native).toMatchObject({ cost: "0.000007", cost_parts: { "guardrail.promptAttack.textUnits": "0.000007" } });
  });

  test("what has no price is not known: the record says what is missing; a budget that allows it counts the rest and says so", async () => {
    await pricedBy(undefined);
    const { key, settled, unpriced } = await newBudget({ unknown_price: "allow" });
    const plain = await call(key, {});
    const guarded = await call(key, { input_guardrails: [judged] });
    expect(guarded.cost).toBeNull();
    expect(guarded.cost_missing).toContain("guardrail.contentPolicyUnits");
    expect(guarded.cost_parts).toEqual(plain.cost_parts);
    expect(guarded.limit_flags).toEqual(["unknown_price"]);
    await until(async () => (await settled()) === 2 * nano(plain.cost) && (await unpriced()) === 1);
  });

  test("what has no price is refused by a budget that blocks it, before anything is asked of AWS", async () => {
    await pricedBy(undefined);
    const { key, settled } = await newBudget();
    const before = control().emulator.requests.length;
    for (const config of [
      { input_guardrails: [judged] },
      { output_guardrails: [{ ...judged, deny: false, async: true }] },
      { override_params: { guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1" } } },
    ]) {
      expect((await call(key, config)).response_status_code).toBe(412);
    }
    expect(control().emulator.requests.length).toBe(before);
    expect(await settled()).toBe(0);
  });

  test.each([
    ["whole", false],
    ["streamed", true],
  ])("of a check that ends after the call, %s: once, at its true cost, in the call's budget", async (_name, stream) => {
    await pricedBy(own);
    const { key, settled } = await newBudget();
    const plain = await call(key, {}, { stream });
    control().emulator.faultNext({ kind: "delay", operation: "ApplyGuardrail", ms: 700 });
    const config = { input_guardrails: [{ "bedrock.guard": guard, async: true }] };
    const guarded = await call(key, config, { stream });
    const model = nano(plain.cost);
    // It is charged without it at first, and nobody waited.
    await until(async () => (await settled()) >= 2 * model);
    await until(async () => (await settled()) === 2 * model + ofOne);
    const path = `/v1/logs/${guarded.id}`;
    await until(async () => nano((await control().ask<Entry>("GET", path)).body.cost) === model + ofOne);
    // Nothing comes after it.
    await call(key, {}, { stream });
    await until(async () => (await settled()) > 2 * model + ofOne);
    expect(await settled()).toBe(3 * model + ofOne);
  });

  test.each([
    ["that does not answer in time", { kind: "delay", ms: 1_500 } as const, { timeout: 300 }],
    ["whose connection breaks", { kind: "reset" } as const, {}],
  ])(
    "of a check %s, is not known, for it may have been billed; budgets count the most",
    async (_name, fault, terms) => {
      await pricedBy(own);
      const { key, settled } = await newBudget();
      const model = nano((await call(key, {})).cost);
      control().emulator.faultNext({ ...fault, operation: "ApplyGuardrail" });
      const unheard = await call(key, { input_guardrails: [{ "bedrock.guard": { ...guard, ...terms } }] });
      expect(unheard).toMatchObject({ response_status_code: 200, cost: null, limit_flags: ["by_bound"] });
      expect(unheard.cost_missing).toEqual(["usage.guardrailUnits"]);
      await until(async () => (await settled()) >= 2 * model + ofOne);
    },
  );

  test("of a check that ends long after a call that failed, once, and nothing of the budget twice", async () => {
    await pricedBy(own);
    const { key, settled } = await newBudget();
    await call(key, {});
    control().emulator.faultNext({ kind: "delay", operation: "ApplyGuardrail", ms: 7_000 });
    control().emulator.faultNext({ kind: "reset", operation: "Converse" });
    const slow = { "bedrock.guard": { ...guard, timeout: 20_000 }, async: true };
    const failed = await call(key, { retry: { attempts: 0 }, input_guardrails: [slow] });
    expect(failed.response_status_code).toBeGreaterThanOrEqual(500);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = await settled();
    await until(async () => (await settled()) !== before);
    expect(await settled()).toBe(before + ofOne);
  }, 30_000);

  test("what checks can cost is reserved: a budget that they would exceed refuses the call, and nothing is asked of AWS", async () => {
    await pricedBy(own);
    const text = "word ".repeat(20_000);
    const plain = await newBudget();
    const model = nano((await call(plain.key, {}, { text })).cost);
    // A hundred units to each policy, of which the model's own price knows nothing.
    const units = Math.floor(text.length / 1_000);
    const amount = ((ofOne * units * 0.9) / 1e9).toFixed(9);
    for (const config of [
      { input_guardrails: [judged] },
      { input_guardrails: [{ "bedrock.guard": guard, async: true }] },
      { override_params: { guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1" } } },
    ]) {
      const { key, settled } = await newBudget({ amount });
      expect((await call(key, {}, { text })).response_status_code).toBe(200);
      const before = control().emulator.requests.length;
      expect((await call(key, config, { text })).response_status_code).toBe(412);
      expect(control().emulator.requests.length).toBe(before);
      await until(async () => (await settled()) === model);
    }
  });

  test("what AWS's own guardrail in the call used is charged as its trace tells, and by the most that it was shown where there is none", async () => {
    await pricedBy(own);
    const config = (trace: string) => ({
      override_params: { guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1", trace } },
    });
    const { key, settled } = await newBudget();
    const model = nano((await call(key, {})).cost);
    const traced = await call(key, config("enabled"));
    const inCall = nano(traced.cost) - model;
    expect(inCall).toBeGreaterThan(0);
    expect(inCall % 50_000).toBe(0);
    await until(async () => (await settled()) === model + nano(traced.cost));
    const untold = await call(key, config("disabled"));
    expect(untold).toMatchObject({ limit_flags: ["by_bound"], cost: null, cost_missing: ["usage.guardrailUnits"] });
    await until(async () => (await settled()) >= model + nano(traced.cost) + model + inCall);
  });

  test("what AWS's own guardrail told of an answer that was thrown away is no word of what it used for the next one", async () => {
    await pricedBy(own);
    const inCall = (trace: string) => ({
      override_params: { guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1", trace } },
    });
    const denied = { "default.contains": { words: ["emulator"], operator: "none" }, deny: true };
    const { key, settled } = await newBudget();
    const traced = nano((await call(key, inCall("enabled"))).cost);
    const targets = [{ ...inCall("enabled"), output_guardrails: [denied] }, inCall("disabled")];
    const both = await call(key, { strategy: { mode: "fallback" }, targets });
    expect(both).toMatchObject({ limit_flags: ["by_bound"], cost: null, cost_missing: ["usage.guardrailUnits"] });
    await until(async () => (await settled()) >= 3 * traced);
  });

  test("what AWS's own guardrail in the call used is charged once at Bedrock's own door, whether a config's checks judge the answer too or not", async () => {
    await pricedBy(own);
    const { key, settled } = await newBudget();
    const asked = {
      messages: [{ role: "user", content: [{ text: "Good morning" }] }],
      guardrailConfig: { guardrailIdentifier: "gr123", guardrailVersion: "1", trace: "enabled" },
    };
    const ask = async (config: object): Promise<Entry & { guardrails: object[] }> => {
      const response = await fetch(`${control().gateway.url}/model/${nova}/converse`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "x-adit-config": JSON.stringify(config) },
        body: JSON.stringify(asked),
      });
      await response.text();
      const path = `/v1/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
      const entry = () => control().ask<Entry & { guardrails: object[] }>("GET", path);
      await until(async () => (await entry()).status === 200);
      return (await entry()).body;
    };
    const plain = await ask({});
    const checks = [{ "default.contains": { words: ["Unheard"], operator: "none" } }];
    const guarded = await ask({ output_guardrails: checks });
    expect(guarded.cost_parts).toEqual(plain.cost_parts);
    expect(guarded.cost_parts).toHaveProperty("guardrail.contentPolicyUnits");
    await until(async () => (await settled()) === nano(plain.cost) + nano(guarded.cost));
  });

  test.each([
    ["in turn", 1],
    ["at once", 6],
  ])(
    "of a check by a virtual key of its own: that key's budget counts it and is never exceeded, asked %s",
    async (_name, together) => {
      await pricedBy(own);
      const slug = `checks-${together}`;
      const made = await control().ask<{ id: string }>("POST", "/v1/virtual-keys", {
        name: slug,
        slug,
        kind: "server_chain",
        region: "us-east-1",
      });
      // The most that one call of the check's can have is three units to each policy; it has one.
      const { settled: ofKey } = await newBudget({
        scope: "virtual_key",
        scope_id: made.body.id,
        amount: ((5 * ofOne) / 1e9).toFixed(9),
      });
      const { key } = await newBudget();
      const config = { input_guardrails: [{ "bedrock.guard": { ...guard, virtualKey: slug }, deny: true }] };
      const before = control().emulator.requests.length;
      for (let round = 0; round < 6 / together; round += 1) {
        const calls = await Promise.all(Array.from({ length: together }, () => call(key, config)));
        // A check that has no room cannot judge: without `failOnError` its text passes.
        for (const { response_status_code: status } of calls) expect(status).toBe(200);
      }
      for (let more = 0; more < 3; more += 1) await call(key, config);
      const asked = control().emulator.requests.slice(before);
      const checks = asked.filter(({ operation }) => operation === "ApplyGuardrail").length;
      expect(checks).toBe(3);
      await until(async () => (await ofKey()) === checks * ofOne);
      const strict = {
        input_guardrails: [{ "bedrock.guard": { ...guard, virtualKey: slug }, deny: true, failOnError: true }],
      };
      expect((await call(key, strict)).response_status_code).toBe(446);
    },
  );
});
