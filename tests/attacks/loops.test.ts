/** C13: a gateway that is pointed at itself says so at once. Nothing is multiplied on the way. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, chatPath, question } from "../support/asking.ts";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { openDecoy } from "./decoy.ts";

/** A port that is free now: a gateway must be told its own origin before it listens. */
async function freePort(): Promise<number> {
  const holder = await openDecoy();
  await holder.close();
  return holder.port;
}

const ports = { a: 0, b: 0 };
let a: House;
let b: House;
beforeAll(async () => {
  ports.a = await freePort();
  ports.b = await freePort();
  const hosts = { ADIT_CUSTOM_HOSTS: `http://127.0.0.1:${ports.a},http://127.0.0.1:${ports.b}` };
  a = await openHouse({ variables: { ...hosts, ADIT_PORT: String(ports.a) } });
  b = await openHouse({ variables: { ...hosts, ADIT_PORT: String(ports.b) } });
});
afterAll(async () => {
  await a.close();
  await b.close();
});
const counts = { a: 0, b: 0 };
beforeEach(() => {
  counts.a = a.logLines().length;
  counts.b = b.logLines().length;
  a.emulator.clearRequests();
  b.emulator.clearRequests();
});

function target(port: number): Record<string, unknown> {
  return { provider: "openai", api_key: gatewayKey, custom_host: `http://127.0.0.1:${port}/v1` };
}

describe.each([false, true])("streamed: %s", (stream) => {
  test("a gateway whose custom host is itself answers 508, after one call of its own", async () => {
    const answer = await ask(a, "hello", { stream }, { "x-portkey-config": JSON.stringify(target(ports.a)) });
    expect(answer.status).toBe(508);
    expect(await answer.text()).toMatch(/came back to the gateway/);
    // The outer request and the one that came back; a loop is not tried again.
    expect(a.logLines().length - counts.a).toBe(2);
    expect(a.emulator.requests).toEqual([]);
  });

  test("nor does a request's wish for retries and fallbacks make a storm of it", async () => {
    const config = {
      strategy: { mode: "fallback" },
      retry: { attempts: 5 },
      targets: [target(ports.a), target(ports.a)],
    };
    const answer = await ask(a, "hello", { stream }, { "x-portkey-config": JSON.stringify(config) });
    expect(answer.status).toBe(508);
    expect(a.logLines().length - counts.a).toBe(3);
  });
});

test("two gateways in a ring: what would send the second on to the first does not reach it", async () => {
  const back = {
    aws_bedrock_runtime_endpoint: `http://127.0.0.1:${ports.a}`,
    aws_access_key_id: "AKIAX",
    aws_secret_access_key: "s",
  };
  const config = (override_params: object): string => JSON.stringify({ ...target(ports.b), override_params });
  for (const params of [
    { customer_credentials: { bedrock: back } },
    { credential_override: { "*": back } },
    { aws_bedrock_runtime_endpoint: back.aws_bedrock_runtime_endpoint },
  ]) {
    expect((await ask(a, "hello", {}, { "x-portkey-config": config(params) })).status).toBe(400);
  }
  expect(b.logLines().length - counts.b).toBe(0);
  counts.a = a.logLines().length;
  const headers = {
    "x-portkey-config": config({ fallback_models: ["a", "b"] }),
    "x-portkey-forward-headers": "x-adit-config, x-portkey-config, x-adit-hop, x_adit_config",
    "x-adit-provider": "bedrock",
  };
  const answer = await ask(a, "hello", {}, headers);
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(a.logLines().length - counts.a).toBe(1);
  expect(b.logLines().length - counts.b).toBe(1);
  // The second called its own AWS, with its own credential, once.
  expect(b.emulator.requests).toHaveLength(1);
  expect(b.emulator.requests[0]!.accessKeyId).toBe(b.emulator.credential.accessKeyId);
  // What was left out on the way is named.
  expect(answer.headers.get("x-adit-dropped")).toContain("override_params.fallback_models");
});

test("a request that has passed eight gateways goes no further, and each leaves its mark", async () => {
  const marks = Array.from({ length: 8 }, (_, index) => `gateway-${index}`).join(", ");
  expect((await a.post(chatPath, question("hello"), { "x-adit-hop": marks })).status).toBe(508);
  expect((await a.post("/v1/models", {}, { "x-adit-hop": marks })).status).toBe(508);
  expect((await a.post(chatPath, question("hello"), { "x-adit-hop": "another" })).status).toBe(200);
  const seen = await openDecoy();
  const house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: seen.url } });
  const config = { ...target(0), custom_host: seen.url, retry: { attempts: 0 } };
  await ask(house, "hello", {}, { "x-adit-hop": "first", "x-portkey-config": JSON.stringify(config) });
  expect(/\r\nx-adit-hop: ([^\r]*)/.exec(seen.heard[0]!)?.[1]).toMatch(/^first, [\w-]{12}$/);
  await house.close();
  await seen.close();
});
