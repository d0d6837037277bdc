/** What a caller could try to spend more than allowed: each is refused in good words, or counts in full. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { modelCalls } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

async function newBudget(input: Partial<Parameters<House["parts"]["limitSettings"]["createBudget"]>[1]>) {
  const terms = {
    name: "b",
    scope: "metadata",
    scopeId: "x",
    unit: "tokens",
    amount: 1_000n,
    period: "total",
  } as const;
  return house.parts.limitSettings.createBudget(defaultProjectId, { ...terms, ...input }, operator);
}

async function newKey(): Promise<{ key: string; budget: Budget }> {
  const input = { name: "k", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const budget = await newBudget({ scope: "gateway_key", scopeId: gatewayKey.id, amount: 2_000n });
  const key = secret.reveal();
  await until(async () => (await house.chat(key, {}, { max_tokens: 9_000 })).status === 412);
  return { key, budget };
}

const settledOf = async (budget: Budget, value?: string): Promise<number> => {
  const uses = await usesOf(house.parts.store, budget, { now: house.parts.limits.now() });
  return Number(uses.find((use) => use.value === value)?.settled ?? 0n);
};

describe("the body", () => {
  test.each([
    ["no max_tokens", {}],
    ["one below nothing", { max_tokens: -1_000_000 }],
    ["none at all", { max_tokens: 0 }],
    ["a part of one", { max_tokens: 0.5 }],
    ["a text", { max_tokens: "1" }],
    ["a list", { max_tokens: [1] }],
    ["a huge one", { max_tokens: 1e300 }],
    ["several answers", { max_tokens: 10, n: 500 }],
    ["fewer answers than none", { max_tokens: 10, n: -500 }],
    ["a second limit", { max_tokens: 1, max_completion_tokens: 9_000 }],
    ["a limit among the model's own fields", { max_tokens: 1, additionalModelRequestFields: { max_tokens: 1e9 } }],
    ["a budget of thought", { max_tokens: 1, thinking: { type: "enabled", budget_tokens: 1e9 } }],
    ["a model that nobody knows", { max_tokens: 1e300, model: "acme.unknown-v1:0" }],
    [
      "a message that calls itself an image",
      { messages: [{ role: "user", type: "image", content: "word ".repeat(900) }] },
    ],
  ])("%s: refused with a reason, or counted; never more than the budget", async (_name, body) => {
    const { key, budget } = await newKey();
    const before = modelCalls(house.emulator).length;
    for (let number = 0; number < 3; number += 1) {
      const response = await house.chat(key, {}, body);
      const text = await response.text();
      expect([200, 400, 412], text).toContain(response.status);
      expect(response.status === 200 ? 1 : text.length).toBeGreaterThan(0);
    }
    expect(await settledOf(budget)).toBeLessThanOrEqual(2_000);
    expect(modelCalls(house.emulator).length - before).toBeLessThanOrEqual(3);
  });
});

describe("metadata", () => {
  test("fields and values with meaning for JavaScript are fields and values like any other", async () => {
    const key = await house.newKey();
    const byProto = await newBudget({ scopeId: "__proto__", amount: 1_000_000n });
    const byConstructor = await newBudget({ scopeId: "constructor", amount: 1n });
    const statusOf = async (metadata: string): Promise<number> =>
      (await house.chat(key, { "x-adit-metadata": metadata }, { max_tokens: 10 })).status;
    await until(async () => (await statusOf('{"constructor":"x"}')) === 412);
    const metadata = '{"__proto__":"__proto__"}';
    const response = await house.chat(key, { "x-adit-metadata": metadata }, { max_tokens: 10 });
    expect([response.status, response.headers.get("x-adit-budget-limit-tokens")]).toEqual([200, "1000000"]);
    await response.text();
    await until(async () => (await settledOf(byProto, "__proto__")) > 0);
    // A field that is not sent is not found elsewhere.
    expect(await settledOf(byConstructor)).toBe(0);
  });

  test.each([
    ["1", 1],
    ["true", true],
    ['{"a":1}', { a: 1 }],
  ])("the text %j and the value %j are one count", async (text, value) => {
    const key = await house.newKey();
    const budget = await newBudget({ scopeId: `field of ${text}`, scopeValue: text, amount: 1n });
    const statusOf = async (sent: unknown): Promise<number> => {
      const headers = { "x-adit-metadata": JSON.stringify({ [budget.scopeId]: sent }) };
      return (await house.chat(key, headers, { max_tokens: 10 })).status;
    };
    await until(async () => (await statusOf(text)) === 412);
    expect(await statusOf(value)).toBe(412);
  });

  test("what the key says goes before what the caller says", async () => {
    const key = await house.newKey({ defaultMetadata: { owner: "red" } });
    await newBudget({ scopeId: "owner", scopeValue: "red", amount: 1n });
    const headers = { "x-adit-metadata": JSON.stringify({ owner: "blue" }) };
    const statusOf = async (): Promise<number> => (await house.chat(key, headers, { max_tokens: 10 })).status;
    await until(async () => (await statusOf()) === 412);
    expect(await statusOf()).toBe(412);
  });
});

test("hundreds at once, streamed and not, through one key: never more than its budget", async () => {
  const { key, budget } = await newKey();
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async (_, number) => {
      const response = await house.chat(key, {}, { max_tokens: 20, stream: number % 2 === 0 });
      await response.text();
      return response.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200, 412]));
  expect(await settledOf(budget)).toBeLessThanOrEqual(2_000);
});
