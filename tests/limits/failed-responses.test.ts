/** A response that says that it failed, and what it used, is billed: the ledger has its cost, and budgets are charged the same. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { shippedPrices, costOf } from "@adit/bedrock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, openHouse, operator, type House } from "../../packages/gateway/src/testing/house.ts";

const model = "openai.gpt-5.5";
/** Each failure used this, and the answer behind them the same. */
const usage = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 200,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 1_200,
};
const output = [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content: [] }];
const failed = {
  id: "resp_1",
  object: "response",
  model,
  status: "failed",
  error: { code: "server_error", message: "The model stopped." },
  output: [],
  usage,
};
const completed = { ...failed, status: "completed", error: null, output };

/** So many of the next answers fail. */
let failures = 0;
let mantle: Server;
let house: House;
beforeAll(async () => {
  mantle = createServer((request, response) => {
    request.resume().on("end", () => {
      const answer = failures > 0 ? failed : completed;
      failures -= 1;
      if (request.headers["x-as-stream"] === undefined) {
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
        return;
      }
      const event = { type: `response.${answer.status}`, sequence_number: 0, response: answer };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    });
  });
  await new Promise<void>((resolve) => mantle.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(mantle.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { ADIT_ENDPOINT_URL_MANTLE: url } });
});
afterAll(async () => {
  await house.close();
  mantle.close();
});

const ofOne = costOf(
  { inputTokens: 1_000, outputTokens: 200 },
  { model, region: "us-east-1", route: "openai" },
  shippedPrices(),
);

test.each([
  ["whole, and is not asked for again", false, { failing: 1, attempts: 0, status: 500, billed: 1 }],
  ["whole, and is asked for again", false, { failing: 1, attempts: 2, status: 200, billed: 2 }],
  ["whole, each time", false, { failing: 3, attempts: 2, status: 500, billed: 3 }],
  ["streamed, and is asked for again", true, { failing: 1, attempts: 2, status: 200, billed: 2 }],
])("that fails %s", async (_name, stream, { failing, attempts, status, billed }) => {
  const input = { name: "counted", scopes: ["completions.write"] };
  const { secret, gatewayKey } = await house.parts.gatewayKeys.create(defaultProjectId, input, operator);
  const budgets = await Promise.all(
    (["tokens", "cost"] as const).map((unit) =>
      house.parts.limitSettings.createBudget(
        defaultProjectId,
        { name: unit, scope: "gateway_key", scopeId: gatewayKey.id, unit, amount: 100_000_000_000n, period: "total" },
        operator,
      ),
    ),
  );
  failures = failing;
  const response = await house.post(
    "/v1/responses",
    { model, input: "Good morning", stream, store: false },
    {
      authorization: `Bearer ${secret.reveal()}`,
      "x-adit-config": JSON.stringify({
        retry: { attempts },
        ...(stream && { forward_headers: ["x-as-stream"] }),
      }),
      ...(stream && { "x-as-stream": "1" }),
    },
  );
  await response.text();
  expect(response.status).toBe(status);
  expect(ofOne.known).toBe(true);
  const nano = Object.values(ofOne.parts).reduce((total, part) => total + part, 0n) * BigInt(billed);
  const settled = async () => {
    const found = await Promise.all(budgets.map((budget) => usesOf(house.parts.store, budget, { now: Date.now() })));
    return found.map(([use]) => use?.settled);
  };
  await until(async () => (await settled()).join() === [BigInt(1_200 * billed), nano].join());
  expect(await settled()).toEqual([BigInt(1_200 * billed), nano]);
  const path = `${house.gateway.url}/v1/logs/${response.headers.get("x-adit-request-id") ?? ""}`;
  const entry = () => fetch(path, { headers: { authorization: `Bearer ${adminKey}` } });
  await until(async () => (await entry()).status === 200);
  const { cost, limit_flags: flags } = (await (await entry()).json()) as { cost: string; limit_flags: string[] };
  expect([Math.round(Number(cost) * 1e9), flags]).toEqual([Number(nano), []]);
});
