/**
 * Calls that end badly are settled too: what was not told counts by its bound and is flagged in the log, what AWS refused costs nothing
 * but was a request, and nothing stays reserved.
 */
import { request } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import type { Budget, RateLimit } from "../../packages/gateway/src/limits/limit.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { messages, model, openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";
import { modelCalls } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Counted {
  key: string;
  budget: Budget;
  requests: RateLimit;
}

async function counted(amount = 1_000_000n): Promise<Counted> {
  const { gatewayKeys, limitSettings } = house.parts;
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, input, operator);
  const place = { scope: "gateway_key", scopeId: gatewayKey.id } as const;
  const budget = await limitSettings.createBudget(
    defaultProjectId,
    { name: "tokens", ...place, unit: "tokens", amount, period: "total" },
    operator,
  );
  const requests = await limitSettings.createRateLimit(
    defaultProjectId,
    { name: "requests", ...place, unit: "requests", amount: 100n, period: "day" },
    operator,
  );
  return { key: secret.reveal(), budget, requests };
}

async function settled({ budget, requests }: Counted): Promise<{ tokens: number; requests: number }> {
  const now = house.parts.limits.now();
  const [tokens] = await usesOf(house.parts.store, budget, { now });
  const [count] = await usesOf(house.parts.store, requests, { now });
  return { tokens: Number(tokens?.settled ?? 0n), requests: Number(count?.settled ?? 0n) };
}

const more = { max_tokens: 40 };
const bodyOf = (extra: object = {}): string => JSON.stringify({ model, messages, ...more, ...extra });
const boundOf = (extra: object = {}): number => Buffer.byteLength(bodyOf(extra)) + 256 + 40;

const isFlagged = (id: string | null, flag: string): boolean =>
  house
    .logText()
    .split("\n")
    .some((line) => line.includes(`"id":"${id ?? ""}"`) && line.includes(`"limits":[`) && line.includes(`"${flag}"`));

/** What is settled once it is as expected, or else at last. */
async function atLast(call: Counted, expected: { tokens: number; requests: number }): Promise<object> {
  await until(async () => isDeepStrictEqual(await settled(call), expected)).catch(() => {});
  return settled(call);
}

describe("a stream", () => {
  test.each([
    { name: "that is cut in a frame", fault: { kind: "cut", frame: 3, bytes: 5 } },
    { name: "that ends too early", fault: { kind: "cut", frame: 3 } },
    { name: "that an exception ends", fault: { kind: "exception", type: "modelStreamErrorException", frame: 3 } },
    { name: "whose connection is reset", fault: { kind: "reset", frame: 3 } },
    { name: "whose checksum is wrong", fault: { kind: "crc", frame: 2 } },
  ] as const)("$name counts by its bound, and is flagged", async ({ fault }) => {
    const call = await counted();
    house.emulator.faultNext(fault);
    const response = await house.chat(call.key, {}, { ...more, stream: true });
    const text = await response.text();
    expect(text).not.toContain("[DONE]");
    const expected = { tokens: boundOf({ stream: true }), requests: 1 };
    expect(await atLast(call, expected)).toEqual(expected);
    await until(() => isFlagged(response.headers.get("x-adit-request-id"), "by_bound"));
  });

  test("that its caller leaves counts by its bound, and is flagged", async () => {
    const call = await counted();
    house.emulator.faultNext({ kind: "drip", bytes: 40, everyMs: 20 });
    const id = await leaveAtFirstByte("/v1/chat/completions", bodyOf({ stream: true }), call.key);
    const expected = { tokens: boundOf({ stream: true }), requests: 1 };
    expect(await atLast(call, expected)).toEqual(expected);
    await until(() => isFlagged(id, "by_bound"));
  });

  test("that is whole counts what AWS told", async () => {
    const call = await counted();
    const response = await house.chat(call.key, {}, { ...more, stream: true, stream_options: { include_usage: true } });
    const told = /"total_tokens":(\d+)/.exec(await response.text())?.[1];
    expect(await atLast(call, { tokens: Number(told), requests: 1 })).toEqual({ tokens: Number(told), requests: 1 });
  });
});

describe("a call", () => {
  test("that its caller leaves before the answer counts by its bound", async () => {
    const call = await counted();
    house.emulator.faultNext({ kind: "silence" });
    const before = modelCalls(house.emulator).length;
    const leaving = new AbortController();
    const asked = fetch(`${house.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${call.key}` },
      body: bodyOf(),
      signal: leaving.signal,
    });
    await until(() => modelCalls(house.emulator).length > before);
    leaving.abort();
    await expect(asked).rejects.toThrow("aborted");
    expect(await atLast(call, { tokens: boundOf(), requests: 1 })).toEqual({ tokens: boundOf(), requests: 1 });
  });

  test("that AWS refuses costs nothing, and was a request", async () => {
    const call = await counted();
    house.emulator.faultNext({ kind: "refuse", type: "ValidationException" });
    expect((await house.chat(call.key, {}, more)).status).toBe(400);
    expect(await atLast(call, { tokens: 0, requests: 1 })).toEqual({ tokens: 0, requests: 1 });
  });

  test("that is refused before it is sent was none", async () => {
    const call = await counted();
    expect((await house.chat(call.key, {}, { ...more, n: 2 })).status).toBe(400);
    expect(await atLast(call, { tokens: 0, requests: 0 })).toEqual({ tokens: 0, requests: 0 });
  });

  test("whose first transmission may have been billed counts that by its bound too", async () => {
    const call = await counted();
    house.emulator.faultNext({ kind: "reset" });
    const response = await house.chat(call.key, {}, more);
    const { usage } = (await response.json()) as { usage: { total_tokens: number } };
    expect(await atLast(call, { tokens: boundOf() + usage.total_tokens, requests: 1 })).toEqual({
      tokens: boundOf() + usage.total_tokens,
      requests: 1,
    });
    await until(() => isFlagged(response.headers.get("x-adit-request-id"), "by_bound"));
  });
});

describe("a fallback after a target that may have been billed", () => {
  const config = JSON.stringify({
    strategy: { mode: "fallback" },
    retry: { attempts: 0 },
    targets: [{ provider: "bedrock" }, { provider: "bedrock" }],
  });

  test("reserves anew: both count", async () => {
    const call = await counted();
    house.emulator.faultNext({ kind: "reset" });
    const response = await house.chat(call.key, { "x-adit-config": config }, more);
    expect(response.status).toBe(200);
    const { usage } = (await response.json()) as { usage: { total_tokens: number } };
    expect(await atLast(call, { tokens: boundOf() + usage.total_tokens, requests: 2 })).toEqual({
      tokens: boundOf() + usage.total_tokens,
      requests: 2,
    });
  });

  test("goes no further where the budget has no room for another: nothing is spent beyond it", async () => {
    const bound = boundOf();
    const call = await counted(BigInt(bound + 100));
    const before = modelCalls(house.emulator).length;
    house.emulator.faultNext({ kind: "reset" });
    const response = await house.chat(call.key, { "x-adit-config": config }, more);
    expect([response.status, modelCalls(house.emulator).length - before]).toEqual([412, 1]);
    expect(await atLast(call, { tokens: bound, requests: 1 })).toEqual({ tokens: bound, requests: 1 });
  });
});

/** Gives the request's id. */
function leaveAtFirstByte(path: string, body: string, key: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const asking = request(`${house.gateway.url}${path}`, { method: "POST", headers }, (response) => {
      response.once("data", () => {
        asking.destroy();
        resolve(String(response.headers["x-adit-request-id"]));
      });
      response.on("error", () => {});
    });
    asking.on("error", reject);
    asking.end(body);
  });
}
