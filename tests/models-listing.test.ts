/** `GET /v1/models` and `/v1/models/{id}`: what can be named as `model`. */
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "./support/house.ts";

let house: House;
let client: OpenAI;
beforeAll(async () => {
  house = await openHouse();
  client = new OpenAI({ baseURL: house.baseUrl, apiKey: house.key, maxRetries: 0 });
});
afterAll(() => house.close());

test("the list is the catalogue, and AWS is not asked", async () => {
  house.emulator.clearRequests();
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toContain("amazon.nova-lite-v1:0");
  expect(house.emulator.requests).toEqual([]);
});

test("by pages, as Portkey has them: who asks until one is empty has met each model once", async () => {
  const idsOf = async (query: Record<string, string | number>) =>
    (await client.models.list({ query })).data.map((model) => model.id);
  const all = await idsOf({});
  const met: string[] = [];
  for (let offset = 0; offset <= all.length; offset += 60) {
    const page = await idsOf({ limit: 60, offset, sort: "name", order: "desc" });
    if (page.length === 0) break;
    met.push(...page);
  }
  expect(met).toEqual(all.toSorted().toReversed());
  expect(await idsOf({ limit: 60, offset: all.length })).toEqual([]);
  expect([await idsOf({ ai_service: "bedrock" }), await idsOf({ ai_service: "openai" })]).toEqual([all, []]);
  for (const [name, value] of Object.entries({ limit: 0, offset: -1, sort: "age", order: "up" })) {
    await expect(client.models.list({ query: { [name]: value } })).rejects.toMatchObject({ status: 400, param: name });
  }
});

test("a provider in the headers asks AWS: its models and its profiles", async () => {
  const page = await client.models.list({ headers: { "x-portkey-provider": "bedrock" } });
  const ids = page.data.map((model) => model.id);
  expect(ids).toContain("amazon.nova-lite-v1:0");
  expect(ids).toContain("us.amazon.nova-lite-v1:0");
  expect(house.emulator.requests.map((request) => request.operation)).toEqual(
    expect.arrayContaining(["ListFoundationModels", "ListInferenceProfiles"]),
  );
});

test.each([
  "amazon.nova-lite-v1:0",
  "us.amazon.nova-lite-v1:0",
  "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0",
  "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
])("%s is found by its id", async (id) => {
  const model = await client.models.retrieve(id);
  expect(model).toMatchObject({ id, object: "model" });
});

test("an id that nobody knows is a 404 with the nearest", async () => {
  await expect(client.models.retrieve("us.amazon.nova-lit-v1:0")).rejects.toMatchObject({
    status: 404,
    code: "model_not_found",
    message: expect.stringContaining("amazon.nova-lite-v1:0") as string,
  });
  const application = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl";
  await expect(client.models.retrieve(application)).rejects.toMatchObject({ status: 404, code: "model_not_found" });
});
