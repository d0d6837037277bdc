/** What a host that is not AWS's is asked for in another model's place is held to the lists of the key too. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openHouse, refusalIn, type House } from "../../testing/house.ts";

const bodies: unknown[] = [];
const answered = JSON.stringify({
  id: "c",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
});
const server: Server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += String(piece)));
  request.on("end", () => {
    bodies.push(JSON.parse(text));
    response.setHeader("content-type", "application/json").end(answered);
  });
});
let house: House;
let target: object;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: origin } });
  target = { provider: "openai", custom_host: origin, api_key: "sk-of-the-caller" };
});
beforeEach(() => void (bodies.length = 0));
afterAll(async () => {
  await house.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function called(allowedModels: string[] | undefined, body: object, params: object = {}): Promise<Response> {
  const key = await house.newKey(allowedModels === undefined ? {} : { allowedModels });
  const config = { ...target, ...(Object.keys(params).length > 0 && { override_params: params }) };
  const asked = { model: "small/one", messages: [{ role: "user", content: "Hi" }], ...body };
  return house.post("/v1/chat/completions", asked, {
    authorization: `Bearer ${key}`,
    "x-adit-config": JSON.stringify(config),
  });
}

test.each<[string, object, object?]>([
  ["large/one", { models: ["small/two", "large/one"] }],
  ["large/one", { fallbacks: ["large/one"] }],
  ["large/one", { fallbacks: [{ model: "large/one", messages: [] }] }],
  ["fallbacks", { fallbacks: [{ "small/one": ["large/one"] }] }],
  ["large/one", { models: "large/one" }],
  ["large/one", {}, { models: ["large/one"] }],
  ["large/one", { fallbacks: [{ model: "small/two", fallbacks: ["large/one"] }] }],
  ["context_window_fallbacks", { context_window_fallbacks: [{ "small/one": ["large/one"] }] }],
  ["content_policy_fallbacks", { content_policy_fallbacks: [{ "small/one": ["large/one"] }] }],
  ["context_window_fallback_dict", { context_window_fallback_dict: { "small/one": "large/one" } }],
  // Each would be looked at for every target.
  ["models", { models: Array.from({ length: 21 }, () => "small/two") }],
])("%s is no model of the key's: %j", async (model, body, params) => {
  const answer = await called(["small/*"], body, params);
  const refusal = await refusalIn(answer);
  expect(refusal).toMatchObject({ status: 403, code: "forbidden" });
  expect(refusal.message).toContain(`does not allow the model ${model}`);
  expect(bodies).toEqual([]);
  // Of a key of all models it is nobody's business.
  expect((await called(undefined, body, params)).status).toBe(200);
  expect(bodies).toMatchObject([{ ...body, ...params }]);
});

test("a list that the config takes away is not asked of the host", async () => {
  const key = await house.newKey({ allowedModels: ["small/*"] });
  const body = { model: "small/one", messages: [{ role: "user", content: "Hi" }], models: ["large/one"] };
  const headers = {
    authorization: `Bearer ${key}`,
    "x-adit-config": JSON.stringify({ ...target, drop_params: ["models"] }),
  };
  expect((await house.post("/v1/chat/completions", body, headers)).status).toBe(200);
  expect(bodies[0]).not.toHaveProperty("models");
});

test("what the key allows goes through", async () => {
  const many = { models: Array.from({ length: 20 }, () => "small/two") };
  for (const body of [{ models: ["small/two"], fallbacks: [{ model: "small/three" }] }, { models: null }, {}, many]) {
    expect((await called(["small/*"], body)).status).toBe(200);
  }
  expect(bodies).toHaveLength(4);
});
