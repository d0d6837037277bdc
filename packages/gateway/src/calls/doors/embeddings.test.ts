/** A request to embed that is many calls, of which one fails: what AWS answered to is billed, and what was on its way may be. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Budget } from "../../limits/limit.ts";
import { usesOf } from "../../limits/settings/limit-use.ts";
import { defaultProjectId } from "../../store/migrations/people-and-projects.ts";
import { adminKey, openHouse, operator, type House } from "../../testing/house.ts";
import { until } from "../../store/testing/until.ts";

/** Dollars per million: 0.02. */
const titan = "amazon.titan-embed-text-v2:0";
const authorization = `Bearer ${adminKey}`;
const configOf = (attempts: number): string => JSON.stringify({ retry: { attempts } });

/**
 * Bedrock, which refuses the text `fails` once it has got so many others, and never answers the text `waits`, nor `later`, which it refuses
 * the first time.
 */
class SlowBedrock {
  /** How many others are still to come first. */
  othersFirst = 0;
  #refuse: (() => void) | undefined;
  #gotLater = false;
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const piece of request) text += String(piece);
    const { inputText } = JSON.parse(text) as { inputText: string };
    const refuse = (): void => {
      response.writeHead(429, { "x-amzn-errortype": "ThrottlingException", "content-type": "application/json" });
      response.end('{"message":"Too many requests, please wait before trying again."}');
    };
    if (inputText === "fails") this.#refuse = refuse;
    else if (inputText === "later") {
      if (!this.#gotLater) refuse();
      this.#gotLater = true;
    } else if (inputText !== "waits") {
      response.writeHead(200, { "x-amzn-bedrock-input-token-count": "1000", "content-type": "application/json" });
      response.end(JSON.stringify({ embedding: [0.1, 0.2], inputTextTokenCount: 1_000 }));
    }
    if (inputText !== "fails") this.othersFirst -= 1;
    if (this.othersFirst > 0 || this.#refuse === undefined) return;
    this.#refuse();
    this.#refuse = undefined;
  }
}

const bedrock = new SlowBedrock();
let house: House;
beforeAll(async () => {
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: await bedrock.open() } });
});
afterAll(async () => {
  await house.close();
  await bedrock.close();
});

interface Log {
  cost: string | null;
  cost_missing: string[];
  units: { input: number | null };
  attempts: { status: number | null; thrown_away: { cost: string | null } | null }[];
}

async function recordOf(input: string[]): Promise<Log> {
  const headers = { authorization, "x-adit-config": configOf(0) };
  const response = await house.post("/v1/embeddings", { model: titan, input }, headers);
  expect(response.status).toBe(429);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization } });
  await until(async () => (await read()).ok);
  return (await (await read()).json()) as Log;
}

test("what was answered before the failure is in the cost, each at its own transmission", async () => {
  bedrock.othersFirst = 3;
  const record = await recordOf(["one", "two", "three", "fails"]);
  expect(record).toMatchObject({ cost: "0.00006", cost_missing: [], units: { input: 3_000 } });
  expect(record.attempts.map(({ status, thrown_away: lost }) => [status, lost?.cost ?? null])).toEqual([
    [200, "0.00002"],
    [200, "0.00002"],
    [200, "0.00002"],
    [429, null],
  ]);
});

test("where another was still on its way nobody knows the cost", async () => {
  bedrock.othersFirst = 1;
  const record = await recordOf(["waits", "fails"]);
  expect(record).toMatchObject({ cost: null, cost_missing: ["usage"] });
});

test("a failure of one of them is no retry, and one that was tried again in vain is told so", async () => {
  const asked = async (attempts: number): Promise<unknown[]> => {
    bedrock.othersFirst = 1;
    const config = JSON.stringify({ retry: { attempts } });
    const headers = { authorization, "x-portkey-trace-id": "failed", "x-adit-config": config };
    const { status, headers: told } = await house.post(
      "/v1/embeddings",
      { model: titan, input: ["one", "fails"] },
      headers,
    );
    return [status, told.get("x-portkey-retry-attempt-count")];
  };
  expect(await asked(0)).toEqual([429, "0"]);
  expect(await asked(1)).toEqual([429, "-1"]);
});

test("calls side by side are no retries", async () => {
  const headers = { authorization, "x-portkey-trace-id": "side-by-side" };
  const { status, headers: told } = await house.post(
    "/v1/embeddings",
    { model: titan, input: ["one", "two"] },
    headers,
  );
  expect([status, told.get("x-portkey-retry-attempt-count")]).toEqual([200, "0"]);
});

describe("a budget", () => {
  interface Counted {
    budget: Budget;
    ask: (retries: number) => Promise<{ code: string; text: string }>;
  }

  /** Of so many tokens, and a key that it is for. */
  async function newCounted(amount: bigint, input: string[]): Promise<Counted> {
    const { gatewayKeys, limitSettings } = house.parts;
    const key = { name: "counted", scopes: ["completions.write"] };
    const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, key, operator);
    const place = { name: "b", scope: "gateway_key", scopeId: gatewayKey.id } as const;
    const terms = { unit: "tokens", period: "total", amount } as const;
    const budget = await limitSettings.createBudget(defaultProjectId, { ...place, ...terms }, operator);
    const ask = async (retries: number): Promise<{ code: string; text: string }> => {
      const headers = { authorization: `Bearer ${secret.reveal()}`, "x-adit-config": configOf(retries) };
      const text = await (await house.post("/v1/embeddings", { model: titan, input }, headers)).text();
      return { code: (JSON.parse(text) as { error: { code: string } }).error.code, text };
    };
    return { budget, ask };
  }

  async function boundOf(input: string[]): Promise<bigint> {
    const { text } = await (await newCounted(1n, input)).ask(0);
    return BigInt(/may use (\d+) tokens/.exec(text)?.[1] ?? "0");
  }

  test("counts nothing where AWS refuses all that is sent, however often", async () => {
    const { ask } = await newCounted(await boundOf(["fails"]), ["fails"]);
    bedrock.othersFirst = 0;
    for (const retries of [2, 0, 0]) expect((await ask(retries)).code).toBe("rate_limit_exceeded");
  });

  test("counts the bound where another was on its way", async () => {
    const { store, limits } = house.parts;
    const bound = await boundOf(["waits", "fails"]);
    const { budget, ask } = await newCounted(bound, ["waits", "fails"]);
    bedrock.othersFirst = 1;
    expect((await ask(0)).code).toBe("rate_limit_exceeded");
    expect((await ask(0)).code).toBe("budget_exhausted");
    await until(async () => (await usesOf(store, budget, { now: limits.now() }))[0]?.settled === bound);
  });

  test("counts what the others told where all of them were answered, as the ledger does", async () => {
    const { store, limits } = house.parts;
    const { budget, ask } = await newCounted(1_000_000n, ["one", "two", "fails"]);
    bedrock.othersFirst = 2;
    expect((await ask(0)).code).toBe("rate_limit_exceeded");
    const settled = async (): Promise<bigint> => (await usesOf(store, budget, { now: limits.now() }))[0]?.settled ?? 0n;
    await until(async () => (await settled()) > 0n);
    expect(await settled()).toBe(2_000n);
  });

  test("counts one bound for lost tries of several, whichever tries they were", async () => {
    const { store, limits } = house.parts;
    const input = ["waits", "later", "fails"];
    const bound = await boundOf(input);
    const { budget, ask } = await newCounted(10n * bound, input);
    // The first try of one text and the second of another are on their way when the third is refused for good.
    bedrock.othersFirst = 3;
    expect((await ask(1)).code).toBe("rate_limit_exceeded");
    await until(async () => ((await usesOf(store, budget, { now: limits.now() }))[0]?.settled ?? 0n) > 0n);
    expect((await usesOf(store, budget, { now: limits.now() }))[0]?.settled).toBe(bound);
  });
});
