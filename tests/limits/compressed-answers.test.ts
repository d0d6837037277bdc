/** An answer that something between here and AWS has compressed was billed, though nobody can read it: it counts by its bound. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usesOf } from "../../packages/gateway/src/limits/settings/limit-use.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import {
  adminKey,
  messages,
  model,
  openHouse,
  operator,
  type House,
} from "../../packages/gateway/src/testing/house.ts";

let asked = 0;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked += 1;
  for await (const _piece of request);
  response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
  response.end(gzipSync("{}"));
}

const between = createServer((request, response) => void serve(request, response));
let house: House;
beforeAll(async () => {
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const { port } = between.address() as AddressInfo;
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await house.close();
  between.closeAllConnections();
  await new Promise((resolve) => between.close(resolve));
});

test.each([
  ["/v1/chat/completions", { model, messages, max_tokens: 40 }],
  ["/v1/chat/completions", { model, messages, max_tokens: 40, stream: true }],
  [`/model/${model}/converse`, { messages: [{ role: "user", content: [{ text: "Hi" }] }] }],
])("at %s, %j", async (path, body) => {
  const { gatewayKeys, limitSettings, limits, store } = house.parts;
  const input = { name: "counted", scopes: ["completions.write" as const] };
  const { secret, gatewayKey } = await gatewayKeys.create(defaultProjectId, input, operator);
  const budget = await limitSettings.createBudget(
    defaultProjectId,
    {
      name: "tokens",
      scope: "gateway_key",
      scopeId: gatewayKey.id,
      unit: "tokens",
      amount: 1_000_000n,
      period: "total",
    },
    operator,
  );
  asked = 0;
  const response = await house.post(path, body, { authorization: `Bearer ${secret.reveal()}` });
  expect(response.status).toBe(502);
  expect(await response.text()).toContain("answered in the coding gzip");
  expect(asked).toBe(1);
  const settled = async (): Promise<bigint> => (await usesOf(store, budget, { now: limits.now() }))[0]?.settled ?? 0n;
  await until(async () => (await settled()) > 0n);
  // Two bytes of a body are a token at the most, and it is counted once.
  expect(await settled()).toBeGreaterThanOrEqual(40n);
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> =>
    fetch(`${house.gateway.url}/v1/logs/${id}`, { headers: { authorization: `Bearer ${adminKey}` } });
  await until(async () => (await read()).ok);
  expect(await (await read()).json()).toMatchObject({ cost: null });
});
