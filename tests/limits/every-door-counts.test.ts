/** Every dialect, the native door and connectors count against a limit, and are refused by it, each in its own words. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayKey } from "../../packages/gateway/src/access/gateway-key.ts";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { doors, type Door } from "../attacks/doors.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await house.parts.connectors.create(
    defaultProjectId,
    {
      name: "Titan",
      slug: "titan",
      connection_spec: {
        region: "us-east-1",
        model_id: "amazon.titan-text-express-v1",
        request_format: '{"inputText":"Good morning","textGenerationConfig":{"maxTokenCount":50}}',
      },
    },
    operator,
  );
});
afterAll(() => house.close());

/** A gateway key, whose calls are counted by this budget. */
interface Counted {
  text: string;
  key: GatewayKey;
  budget: Budget;
}

async function newCounted(amount: bigint, unit: Budget["unit"] = "tokens"): Promise<Counted> {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const budget = await house.parts.limitSettings.createBudget(
    defaultProjectId,
    { name: "small", scope: "gateway_key", scopeId: gatewayKey.id, unit, amount, period: "total" },
    operator,
  );
  return { text: secret.reveal(), key: gatewayKey, budget };
}

async function settledOf({ budget }: Counted): Promise<bigint> {
  const [use] = await usesOf(house.parts.store, budget, { now: Date.now() });
  return use?.settled ?? 0n;
}

/** Tokens that the provider told of the request, by its log line. */
function toldTokens(requestId: string | null): number {
  const line = house
    .logText()
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text) as { id: string; usage?: Record<string, number> })
    .find(({ id }) => id === requestId);
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = line?.usage ?? {};
  return inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;
}

const connectorDoors: Door[] = ["invoke", "read"].map((verb) => ({
  name: `connectors/.../${verb}`,
  path: `/v1/connectors/titan/${verb}`,
  body: () => ({}),
  isNative: false,
  ...(verb === "invoke" && { stream: { path: `/v1/connectors/titan/${verb}`, more: { stream: true } } }),
}));
const isFree = ({ path }: Door): boolean => /(?:count|input).tokens/.test(path);
const isGuardrail = ({ path }: Door): boolean => path.includes("/guardrail/");

const asks = [...doors, ...connectorDoors].flatMap((door) => [
  { name: door.name, door, path: door.path, more: {} },
  ...(door.stream === undefined ? [] : [{ name: `${door.name}, streamed`, door, ...door.stream }]),
]);
type Asked = (typeof asks)[number];

const post = ({ door, path, more }: Asked, key: string): Promise<Response> =>
  house.post(path, { ...door.body("hello"), ...more }, { authorization: `Bearer ${key}` });

describe("counts what AWS told", () => {
  test("at every door, whole and streamed", async () => {
    const called = await Promise.all(
      asks.map(async (asked) => {
        const counted = await newCounted(10_000_000n);
        const response = await post(asked, counted.text);
        await response.text();
        expect([asked.name, response.status]).toEqual([asked.name, 200]);
        const isTold = response.headers.get("x-adit-budget-remaining-tokens") !== null;
        expect([asked.name, isTold]).toEqual([asked.name, !isFree(asked.door) && !isGuardrail(asked.door)]);
        return { asked, counted, id: response.headers.get("x-adit-request-id") };
      }),
    );
    for (const { asked, counted, id } of called) {
      const isUncounted = isFree(asked.door) || isGuardrail(asked.door);
      if (!isUncounted) await until(async () => (await settledOf(counted)) > 0n);
      const settled = await settledOf(counted);
      expect([asked.name, settled]).toEqual([asked.name, isUncounted ? 0n : BigInt(toldTokens(id))]);
    }
  });

  test("a price that is not known is refused, or counted in sight, as the budget says", async () => {
    const guardrail = asks.find(({ door }) => isGuardrail(door)) ?? asks[0]!;
    const counted = await newCounted(1_000_000_000n, "cost");
    const refused = await post(guardrail, counted.text);
    expect([refused.status, await refused.text()]).toEqual([412, expect.stringContaining("price is not known")]);
    const chat = await house.chat(counted.text, {}, { model: "amazon.nobody-knows-v1:0" });
    expect(await chat.json()).toMatchObject({ error: { code: "unknown_price" } });
    const { limitSettings, store } = house.parts;
    await limitSettings.updateBudget(counted.budget.id, { unknownPrice: "allow" }, operator);
    await until(async () => (await post(guardrail, counted.text)).status === 200);
    const allowed = await post(guardrail, counted.text);
    expect(allowed.headers.get("x-adit-budget-unknown-price")).toBe("allowed");
    await until(() => house.logText().includes('"limits":["unknown_price"]'));
    await until(async () => ((await usesOf(store, counted.budget, { now: Date.now() }))[0]?.unpricedCalls ?? 0) >= 2);
    expect(await settledOf(counted)).toBe(0n);
  });
});

test("the cache is behind the limits: a stored answer costs nothing, and is refused where its request has no room", async () => {
  const counted = await newCounted(100_000n);
  const cache = { "x-adit-config": JSON.stringify({ cache: { mode: "simple" } }) };
  const ask = () => house.chat(counted.text, cache, { max_tokens: 50 });
  expect((await ask()).headers.get("x-adit-cache-status")).toBe("MISS");
  await until(async () => (await settledOf(counted)) > 0n);
  const settled = await settledOf(counted);
  const hit = await ask();
  expect([hit.status, hit.headers.get("x-adit-cache-status"), await settledOf(counted)]).toEqual([200, "HIT", settled]);
  await house.parts.limitSettings.updateBudget(counted.budget.id, { amount: settled }, operator);
  await until(async () => (await ask()).status === 412);
});

describe("refuses in the dialect's own words, and sends nothing", () => {
  test.each(asks.filter(({ door }) => !isFree(door) && !isGuardrail(door)))("$name", async (asked) => {
    const counted = await newCounted(10n);
    const before = house.emulator.requests.length;
    const response = await post(asked, counted.text);
    const text = await response.text();
    expect(response.status, text).toBe(412);
    expect(response.headers.get("x-adit-budget-limit-tokens")).toBe("10");
    // It can never fit: to wait does not help.
    expect(response.headers.get("retry-after")).toBeNull();
    expect(text).toContain('budget \\"small\\" of the gateway key');
    const calls = house.emulator.requests.slice(before).filter(({ operation }) => /Converse|Invoke/.test(operation));
    expect(calls).toEqual([]);
    expect(await settledOf(counted)).toBe(0n);
  });

  test.each([
    ["/v1/chat/completions", { error: { type: "insufficient_quota", code: "budget_exhausted" } }],
    ["/v1/messages", { type: "error", error: { type: "billing_error" } }],
    [`/model/${encodeURIComponent("us.amazon.nova-lite-v1:0")}/converse`, { message: expect.any(String) as string }],
  ])("%s has its own error body", async (path, body) => {
    const asked = asks.find((each) => each.path === path);
    const counted = await newCounted(10n);
    const response = await post(asked ?? asks[0]!, counted.text);
    expect(await response.json()).toMatchObject(body);
  });

  test("a rate limit: 429 with Retry-After and OpenAI's headers; another key's calls go on", async () => {
    const key = await newCounted(10_000_000n);
    await house.parts.limitSettings.createRateLimit(
      defaultProjectId,
      { name: "slow", scope: "gateway_key", scopeId: key.key.id, unit: "requests", period: "day", amount: 2n },
      operator,
    );
    const first = await house.chat(key.text);
    expect(first.headers.get("x-ratelimit-limit-requests")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining-requests")).toBe("1");
    expect(first.headers.get("x-ratelimit-reset-requests")).toMatch(/^\d+h\d+m\d+s$|^\d+m\d+s$/);
    expect((await house.chat(key.text)).status).toBe(200);
    const third = await house.chat(key.text);
    expect(third.status).toBe(429);
    expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await third.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limit_exceeded" } });
    const portkey = await house.chat(key.text, { "x-portkey-metadata": "{}" });
    expect(await portkey.json()).toMatchObject({ status: "failure", error: { code: "05" } });
    expect((await house.chat(await house.newKey())).status).toBe(200);
  });
});
