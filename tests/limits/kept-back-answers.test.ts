/** An answer that a guardrail keeps from the caller has been billed: it counts against limits as any other. A request that was not sent does not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Budget, Limit } from "../../packages/gateway/src/limits/limit.ts";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function newCounted(): Promise<{ key: string; budget: Budget }> {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const terms = { name: "b", scope: "gateway_key", unit: "tokens", period: "total" } as const;
  const budget = await house.parts.limitSettings.createBudget(
    defaultProjectId,
    { ...terms, scopeId: gatewayKey.id, amount: 10_000_000n },
    operator,
  );
  return { key: secret.reveal(), budget };
}

async function settledOf(budget: Limit): Promise<bigint> {
  const [use] = await usesOf(house.parts.store, budget, { now: Date.now() });
  return use?.settled ?? 0n;
}

interface Line {
  id: string;
  usage?: { inputTokens: number; outputTokens: number };
}

function toldTokens(id: string | null): bigint {
  const lines = house.logText().trim().split("\n");
  const line = lines.map((text) => JSON.parse(text) as Line).find((each) => each.id === id);
  return BigInt((line?.usage?.inputTokens ?? 0) + (line?.usage?.outputTokens ?? 0));
}

const deny = { "default.contains": { words: ["emulator"], operator: "none" }, deny: true };
const withConfig = (config: object) => ({ "x-adit-config": JSON.stringify(config) });

test("whole, at a dialect's door and at Bedrock's own", async () => {
  const model = "us.amazon.nova-lite-v1:0";
  const asks = [
    ["/v1/chat/completions", { model, messages: [{ role: "user", content: "Hello" }] }],
    [`/model/${model}/converse`, { messages: [{ role: "user", content: [{ text: "Hello" }] }] }],
  ] as const;
  for (const [path, body] of asks) {
    const { key, budget } = await newCounted();
    const headers = { authorization: `Bearer ${key}`, ...withConfig({ output_guardrails: [deny] }) };
    const response = await house.post(path, body, headers);
    expect([path, response.status]).toEqual([path, 446]);
    await until(async () => (await settledOf(budget)) > 0n);
    const used = toldTokens(response.headers.get("x-adit-request-id"));
    expect(await settledOf(budget)).toBe(used);
    expect(response.headers.get("x-adit-budget-remaining-tokens")).toBe(String(10_000_000n - used));
  }
});

test("what fails says what is left, of the virtual key's limits too", async () => {
  const { limitSettings, virtualKeys } = house.parts;
  await house.newVirtualKey("failing");
  const stored = await virtualKeys.bySlug(defaultProjectId, "failing");
  const terms = { name: "r", scope: "virtual_key", unit: "requests", period: "week", amount: 1_000n } as const;
  await limitSettings.createRateLimit(defaultProjectId, { ...terms, scopeId: stored?.id ?? "" }, operator);
  const config = withConfig({ retry: { attempts: 0 } });
  // What AWS refused costs nothing; of what broke off behind it the bound counts.
  for (const [fault, isFree] of [
    ["access-denied", true],
    ["reset", false],
  ] as const) {
    const { key } = await newCounted();
    house.emulator.faultNext(fault);
    const failed = await house.chat(key, { "x-adit-virtual-key": "failing", ...config });
    expect(failed.status).toBeGreaterThanOrEqual(400);
    const left = Number(failed.headers.get("x-adit-budget-remaining-tokens") ?? Number.NaN);
    expect([fault, left === 10_000_000, left > 9_000_000]).toEqual([fault, isFree, true]);
    expect(failed.headers.get("x-ratelimit-limit-requests")).toBe("1000");
  }
});

test("each try, and each target that was gone past", async () => {
  const { key, budget } = await newCounted();
  const retry = { attempts: 2, on_status_codes: [446] };
  const tried = await house.chat(key, withConfig({ retry, output_guardrails: [deny] }));
  expect(tried.status).toBe(446);
  const once = toldTokens(tried.headers.get("x-adit-request-id"));
  await until(async () => (await settledOf(budget)) === 3n * once);
  const other = await newCounted();
  const targets = [{ output_guardrails: [deny] }, {}];
  const passed = await house.chat(other.key, withConfig({ strategy: { mode: "fallback" }, targets }));
  expect(passed.status).toBe(200);
  const last = toldTokens(passed.headers.get("x-adit-request-id"));
  await until(async () => (await settledOf(other.budget)) === 2n * last);
});

test("one that AWS could not read counts by what it told, where another target is asked as where none is", async () => {
  const { key, budget } = await newCounted();
  const unread = { messages: [{ role: "user", content: "STOP_REASON:malformed_model_output" }], max_tokens: 4_000 };
  const alone = await house.chat(key, withConfig({}), unread);
  expect(alone.status).toBe(502);
  await until(async () => (await settledOf(budget)) > 0n);
  const once = await settledOf(budget);
  expect(once).toBeLessThan(100n);
  const both = await house.chat(key, withConfig({ strategy: { mode: "fallback" }, targets: [{}, {}] }), unread);
  expect(both.status).toBe(502);
  await until(async () => (await settledOf(budget)) >= 3n * once);
  expect(await settledOf(budget)).toBe(3n * once);
});

test("nothing for what was not sent", async () => {
  const { key, budget } = await newCounted();
  const input = { "default.notNull": { not: true }, deny: true };
  expect((await house.chat(key, withConfig({ input_guardrails: [input] }))).status).toBe(446);
  expect(await settledOf(budget)).toBe(0n);
});

test("nor is what the cache answers a request, where a check that costs nothing goes on behind it", async () => {
  const { gatewayKeys, limitSettings } = house.parts;
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, input, operator);
  const terms = { name: "r", scope: "gateway_key", unit: "requests", period: "week", amount: 1_000n } as const;
  const limit = await limitSettings.createRateLimit(defaultProjectId, { ...terms, scopeId: gatewayKey.id }, operator);
  const names = { "default.validUrls": { onlyDNS: true }, async: true };
  const config = withConfig({ cache: { mode: "simple" }, input_guardrails: [names] });
  const body = { messages: [{ role: "user", content: "https://name.invalid/" }] };
  const statuses: (string | null)[] = [];
  for (const headers of [config, config, {}]) {
    statuses.push((await house.chat(secret.reveal(), headers, body)).headers.get("x-adit-cache-status"));
  }
  expect(statuses).toEqual(["MISS", "HIT", null]);
  await until(async () => (await settledOf(limit)) >= 2n);
  expect(await settledOf(limit)).toBe(2n);
});

test("a stream that is stopped counts by its bound: nobody has told what it used", async () => {
  const { key, budget } = await newCounted();
  const stopped = await house.chat(key, withConfig({ output_guardrails: [deny] }), { stream: true, max_tokens: 100 });
  expect(await stopped.text()).toContain("guardrail_denied");
  await until(async () => (await settledOf(budget)) > 0n);
  expect(await settledOf(budget)).toBeGreaterThan(10n);
});
