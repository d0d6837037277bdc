/**
 * A stream that broke before it told what it used is settled by an estimate of what was sent: that may be far more than the caller wrote, as with
 * a prompt's template or the turns of before.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { openHouse, type House } from "../support/house.ts";

const model = "us.amazon.nova-lite-v1:0";
/** 12,000 characters: some 3,000 tokens. */
const long = "level passage ".repeat(1_000).slice(0, 12_000);

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

interface Entry {
  cost: string | null;
  cost_is_estimate: boolean;
  units: { input: number };
}

/** What is to be seen of a log whose cost holds the long text, once. */
const ofAll = { isPriced: true, isEstimate: true, thousandsOfInput: 3 };

/** The log of a stream that ends in its middle. */
async function brokenOff(path: string, body: object, headers: Record<string, string> = {}): Promise<object> {
  house.emulator.faultNext({ kind: "cut", frame: 2, operation: "*Stream" });
  const response = await house.post(path, { ...body, stream: true }, headers);
  expect(response.status).toBe(200);
  await response.text();
  const id = response.headers.get("x-adit-request-id") ?? "";
  const read = (): Promise<Response> =>
    fetch(`${house.baseUrl}/logs/${id}`, { headers: { authorization: `Bearer ${house.key}` } });
  await until(async () => (await read()).ok);
  const { cost, cost_is_estimate: isEstimate, units } = (await (await read()).json()) as Entry;
  return { isPriced: Number(cost) > 0, isEstimate, thousandsOfInput: Math.floor(units.input / 1_000) };
}

async function made(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await house.post(path, body);
  expect(response.ok).toBe(true);
  return (await response.json()) as Record<string, unknown>;
}

test("a prompt's template, named by its path and by a config's target", async () => {
  const template = [
    { role: "system", content: long },
    { role: "user", content: "Greet {{name}}." },
  ];
  await made("/v1/prompts", { name: "Long", slug: "pp-long", string: template, model });
  await made("/v1/prompts", {
    name: "Short",
    slug: "pp-short",
    string: [{ role: "user", content: "Hi" }],
    model,
  });
  const variables = { name: "Ann" };
  expect(await brokenOff("/v1/prompts/pp-long/completions", { variables })).toEqual(ofAll);
  const config = JSON.stringify({ strategy: { mode: "fallback" }, targets: [{ prompt_id: "pp-long" }] });
  expect(await brokenOff("/v1/prompts/pp-short/completions", { variables }, { "x-adit-config": config })).toEqual(
    ofAll,
  );
});

test("the turns of before, of a response that goes on from a stored one", async () => {
  await fetch(`${house.baseUrl}/logs/settings`, {
    method: "PUT",
    headers: { authorization: `Bearer ${house.key}`, "content-type": "application/json" },
    body: JSON.stringify({ content: "all" }),
  });
  const ask = { model, input: long, store: true };
  let first: Record<string, unknown> = {};
  // A new setting holds for calls that begin a moment later.
  await until(async () => (first = await made("/v1/responses", ask))["store"] === true);
  expect(await brokenOff("/v1/responses", { model, input: "And?", previous_response_id: first["id"] })).toEqual(ofAll);
});

test("what a config and its guardrails put into the body", async () => {
  const body = { model, messages: [{ role: "user", content: "Hi" }] };
  const override = { override_params: { messages: [{ role: "user", content: long }] } };
  const prefix = { input_guardrails: [{ "default.addPrefix": { prefix: long } }] };
  for (const config of [override, prefix]) {
    expect(await brokenOff("/v1/chat/completions", body, { "x-adit-config": JSON.stringify(config) })).toEqual(ofAll);
  }
});

test("what guardrails put into a body of Bedrock's own", async () => {
  const config = JSON.stringify({ input_guardrails: [{ "default.addPrefix": { prefix: long } }] });
  const body = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
  expect(await brokenOff(`/model/${model}/converse-stream`, body, { "x-adit-config": config })).toEqual(ofAll);
});

test("an image that a connector sends is no text", async () => {
  const { accessKeyId, secretAccessKey } = house.emulator.credential;
  const bytes = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(600_000)]).toString("base64");
  const image = { image: { format: "png", source: { bytes } } };
  await made("/v1/connectors", {
    name: "Look",
    slug: "look",
    connection_spec: {
      access_key: accessKeyId,
      secret_access_key: secretAccessKey,
      region: "us-east-1",
      model_id: "amazon.nova-lite-v1:0",
      request_format: JSON.stringify({ messages: [{ role: "user", content: [{ text: "Hi" }] }] }),
    },
  });
  const body = { messages: [{ role: "user", content: [{ text: long.slice(0, 7_000) }, image] }] };
  // 1,500 for the image, and as many for the text.
  expect(await brokenOff("/v1/connectors/look/invoke", { body })).toEqual(ofAll);
});
