/** What is set by the control API or by a config is what was written: digits that are not kept, and names that come twice, are refused with their path. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Refused {
  error: { code: string; param: string; message: string };
}

async function refusal(path: string, body: string, headers?: Record<string, string>): Promise<unknown[]> {
  const reply = await house.post(path, body, headers);
  const { error } = (await reply.json()) as Refused;
  return [reply.status, error.code, error.param];
}

const override = '{"override_params":{"additionalModelRequestFields":{"id":12345678901234567890}}}';
const inOverride = "override_params.additionalModelRequestFields.id";
const twice = '{"retry":{"attempts":1},"retry":{"attempts":5}}';
const budget = (amount: string): string =>
  `{"name":"b","scope":"project","unit":"cost","period":"daily","amount":${amount}}`;

it.each([
  ["/v1/budgets", budget("12345678.123456789012"), "invalid_value", "amount"],
  ["/v1/budgets", budget("1e400"), "invalid_value", "amount"],
  ["/v1/budgets", budget('5,"amount":50'), "invalid_value", "amount"],
  ["/v1/configs", `{"name":"a","config":${override}}`, "invalid_value", `config.${inOverride}`],
  ["/v1/configs", `{"name":"a","config":${twice}}`, "invalid_value", "config.retry"],
  ["/v1/configs", JSON.stringify({ name: "a", config: override }), "invalid_config", inOverride],
  ["/v1/budgets", '{"name":"a\\u0000b"}', "invalid_value", "name"],
  ["/v1/configs", '{"name":"a","config":{"targets":[{"a\\u0000":1}]}}', "invalid_value", "config.targets[0]"],
  ["/v1/virtual-keys", '{"name":"a","kind":"server_chain","__proto__":{"a":1}}', "unsupported_parameter", "__proto__"],
  ["/v1/providers", '{"name":"a","integration_id":"none"}', "not_found", "integration_id"],
])("%s %s", async (path, body, code, param) => {
  expect(await refusal(path, body)).toEqual([code === "not_found" ? 404 : 400, code, param]);
  const listed = await fetch(`${house.gateway.url}${path}`, { headers: { authorization: `Bearer ${house.key}` } });
  expect(((await listed.json()) as { data: unknown[] }).data).toEqual([]);
});

it.each([
  [override, inOverride],
  [twice, "retry"],
])("a header's config %s", async (config, path) => {
  const body = JSON.stringify({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "q" }] });
  expect(await refusal("/v1/chat/completions", body, { "x-adit-config": config })).toEqual([
    400,
    "invalid_config",
    path,
  ]);
  expect(house.emulator.requests).toEqual([]);
});

it.each([
  ["?workspace_id=default&workspace_id=other", "workspace_id"],
  ["?status=429&status=500", "status"],
  ["?__proto__=a&__proto__=b", "__proto__"],
  ["?search=a%00", "search"],
])("a query that gives a name two values, or NUL: %s", async (query, param) => {
  const headers = { authorization: `Bearer ${house.key}` };
  const reply = await fetch(`${house.gateway.url}/v1/logs${query}`, { headers });
  expect([reply.status, ((await reply.json()) as Refused).error.param]).toEqual([400, param]);
  expect((await fetch(`${house.gateway.url}/v1/logs?status=429&status=429`, { headers })).status).toBe(200);
});

it("numbers that are kept as they are written are taken, and text always", async () => {
  for (const amount of ["12.5", "1e2", '"12345678.123456789"', "0.25"]) {
    const reply = await house.post("/v1/budgets", budget(amount));
    expect(reply.status, await reply.text()).toBe(200);
  }
});
