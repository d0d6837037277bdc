/**
 * A call that is sent again after a transmission that AWS may have billed has room for both, or is not sent again: what all transmissions
 * can have cost never exceeds a limit.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget, RateLimit } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { onBothEngines } from "../../packages/gateway/src/store/testing/engines.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { doors } from "../attacks/doors.ts";

type BudgetTerms = Partial<Parameters<House["parts"]["limitSettings"]["createBudget"]>[1]>;

interface Counted {
  key: string;
  id: string;
  budget: Budget;
}

async function newCounted(house: House, amount: number, terms: BudgetTerms = {}): Promise<Counted> {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const place = { name: "small", scope: "gateway_key", scopeId: gatewayKey.id } as const;
  const counts = { unit: "tokens", amount: BigInt(amount), period: "total" } as const;
  const budget = await house.parts.limitSettings.createBudget(
    defaultProjectId,
    { ...place, ...counts, ...terms },
    operator,
  );
  return { key: secret.reveal(), id: gatewayKey.id, budget };
}

async function settledOf({ parts }: House, limit: Budget | RateLimit): Promise<number> {
  await parts.limits.tick();
  const [use] = await usesOf(parts.store, limit, { now: parts.limits.now() });
  return Number(use?.settled ?? 0n);
}

/** What the limit holds once calls have ended and all is told. */
async function heldOf({ parts }: House, limit: Budget): Promise<number> {
  await parts.limits.tick();
  const [use] = await usesOf(parts.store, limit, { now: parts.limits.now() });
  return Number(use?.held ?? 0n);
}

const transmissions = ({ emulator }: House): number =>
  emulator.requests.filter(({ operation }) => /Converse|Invoke/.test(operation)).length;

describe("at every door", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const asks = doors
    .filter(({ path }) => !/(?:count|input).tokens|\/guardrail\//.test(path))
    .flatMap((door) => [
      { name: door.name, door, path: door.path, more: {} },
      ...(door.stream === undefined ? [] : [{ name: `${door.name}, streamed`, door, ...door.stream }]),
    ]);
  type Asked = (typeof asks)[number];
  /** Embeddings ask for the vectors of a text and of an image: a call for each. */
  const callsOf = ({ path }: Asked): number => (path === "/v1/embeddings" ? 2 : 1);

  const post = async ({ door, path, more }: Asked, { key }: Counted) => {
    const response = await house.post(path, { ...door.body("hello"), ...more }, { authorization: `Bearer ${key}` });
    return { response, text: await response.text() };
  };

  /** By the words of a refusal. */
  async function boundOf(asked: Asked): Promise<number> {
    const { text } = await post(asked, await newCounted(house, 1));
    return Number(/this request may use (\d+) tokens/.exec(text)?.[1]);
  }

  test.each(asks)("$name: no second transmission where there is no room for it", async (asked) => {
    const bound = await boundOf(asked);
    const counted = await newCounted(house, 2 * bound - 1);
    const before = transmissions(house);
    house.emulator.faultNext({ kind: "reset" });
    const { response, text } = await post(asked, counted);
    expect([response.status, transmissions(house) - before], text).toEqual([502, callsOf(asked)]);
    expect(text).toContain("It was not tried again. ");
    expect(text).toContain('budget \\"small\\" of the gateway key');
    expect(response.headers.get("x-adit-budget-limit-tokens")).toBe(String(2 * bound - 1));
    await until(async () => (await settledOf(house, counted.budget)) === bound);
    const id = response.headers.get("x-adit-request-id");
    const line = house
      .logText()
      .split("\n")
      .find((text) => text.includes(`"id":"${id ?? ""}"`));
    expect(line).toContain('"limits":["not_retried","by_bound"]');
  });

  test.each(asks)("$name: a second transmission where there is room, and both are counted", async (asked) => {
    const bound = await boundOf(asked);
    const counted = await newCounted(house, 2 * bound);
    const before = transmissions(house);
    house.emulator.faultNext({ kind: "reset" });
    const { response, text } = await post(asked, counted);
    expect([response.status, transmissions(house) - before], text).toEqual([200, callsOf(asked) + 1]);
    await until(async () => (await settledOf(house, counted.budget)) > bound);
    expect(await settledOf(house, counted.budget)).toBeLessThanOrEqual(2 * bound);
  });
});

describe("a call", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
    await house.newVirtualKey("tight", { region: "us-east-1" });
  });
  afterAll(() => house.close());

  const body = { max_tokens: 40 };

  test("is one request of a rate limit, however often it is sent", async () => {
    const counted = await newCounted(house, 1_000_000);
    const requests = await house.parts.limitSettings.createRateLimit(
      defaultProjectId,
      { name: "one", scope: "gateway_key", scopeId: counted.id, unit: "requests", period: "day", amount: 1n },
      operator,
    );
    house.emulator.faultNext({ kind: "reset" });
    expect((await house.chat(counted.key, {}, body)).status).toBe(200);
    await until(async () => (await settledOf(house, requests)) === 1);
    expect((await house.chat(counted.key, {}, body)).status).toBe(429);
  });

  test("that AWS refuses is tried again with what was reserved for it", async () => {
    const probe = await house.chat((await newCounted(house, 1)).key, {}, body);
    const bound = Number(/may use (\d+) tokens/.exec(await probe.text())?.[1]);
    const counted = await newCounted(house, bound);
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    expect((await house.chat(counted.key, {}, body)).status).toBe(200);
  });

  test("waits for the limits of its virtual key too, and keeps nothing of the others where those refuse", async () => {
    const counted = await newCounted(house, 1_000_000);
    const tight = await house.parts.virtualKeys.bySlug(defaultProjectId, "tight");
    await house.parts.limitSettings.createBudget(
      defaultProjectId,
      { name: "tight", scope: "virtual_key", scopeId: tight?.id ?? "", unit: "tokens", amount: 1n, period: "total" },
      operator,
    );
    const headers = { "x-adit-virtual-key": "tight" };
    let words = "";
    await until(async () => {
      const refused = await house.chat(counted.key, headers, body);
      words = await refused.text();
      return refused.status === 412;
    });
    const bound = Number(/may use (\d+) tokens/.exec(words)?.[1]);
    const list = await house.parts.limitSettings.listBudgets(defaultProjectId, { limit: 100, search: "tight" });
    await house.parts.limitSettings.updateBudget(list[0]?.id ?? "", { amount: BigInt(bound + 10) }, operator);
    house.emulator.faultNext({ kind: "reset" });
    await until(async () => {
      const response = await house.chat(counted.key, headers, body);
      words = await response.text();
      return response.status === 502;
    });
    expect(words).toContain('budget \\"tight\\" of the virtual key');
    await until(async () => (await settledOf(house, counted.budget)) >= bound);
    await until(async () => (await heldOf(house, counted.budget)) === 0);
  });
});

onBothEngines((engine) => {
  test("many calls at once, most of them cut off at AWS: the worst that AWS can have billed is settled, and within the budget", async () => {
    const location = await engine.newLocation();
    const house = await openHouse({
      variables: "databaseUrl" in location ? { DATABASE_URL: location.databaseUrl } : {},
    });
    try {
      const probe = await house.chat((await newCounted(house, 1)).key, {}, { max_tokens: 40 });
      const bound = Number(/may use (\d+) tokens/.exec(await probe.text())?.[1]);
      const limit = 25 * bound + 7;
      const counted = await newCounted(house, limit);
      const config = JSON.stringify({ retry: { attempts: 4 } });
      const [resets, before] = [40, transmissions(house)];
      house.emulator.faultNext({ kind: "reset" }, resets);
      let used = 0;
      const call = async (): Promise<number> => {
        const response = await house.chat(counted.key, { "x-adit-config": config }, { max_tokens: 40 });
        const told = (await response.json()) as { usage?: { total_tokens: number } };
        used += told.usage?.total_tokens ?? 0;
        return response.status;
      };
      const statuses = await Promise.all(Array.from({ length: 60 }, call));
      const sent = transmissions(house) - before;
      const lost = Math.min(sent, resets) * bound;
      expect(new Set(statuses)).toContain(502);
      expect(lost + used).toBeLessThanOrEqual(limit);
      await until(async () => (await settledOf(house, counted.budget)) === lost + used);
      await until(async () => (await heldOf(house, counted.budget)) === 0);
    } finally {
      await house.close();
    }
  }, 120_000);
});
