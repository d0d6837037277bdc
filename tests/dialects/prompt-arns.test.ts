/** Prompts of AWS's own prompt management, named by their ARN in the place of a model. */
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { OpenAI } from "openai";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { answerOf, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, onlyModelCall } from "../support/seen.ts";

const arn = "arn:aws:bedrock:eu-west-1:123456789012:prompt/ABCDE12345:1";
const promptVariables = { genre: { text: "pop" } };

let house: House;
beforeAll(async () => {
  // What an operator sets for every call is nothing for a prompt, which says its own limit: AWS would refuse it.
  house = await openHouse({ variables: { ADIT_DEFAULT_MAX_TOKENS: "77" } });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

test.each<[string, object, object]>([
  ["variables", { messages: [], promptVariables }, { promptVariables }],
  ["variables in snake case", { messages: [], prompt_variables: promptVariables }, { promptVariables }],
  ["nothing at all", { messages: [] }, {}],
  [
    "messages that follow the prompt's",
    { messages: [{ role: "user", content: "Shorter" }], promptVariables },
    { messages: [{ role: "user", content: [{ text: "Shorter" }] }], promptVariables },
  ],
])("chat completions: %s", async (_what, fields, sent) => {
  for (const model of [arn, `bedrock/${arn}`]) {
    house.emulator.clearRequests();
    const response = await house.post("/v1/chat/completions", { model, ...fields });
    expect((await answerOf(response)).choices[0]?.finish_reason).toBe("stop");
    const seen = onlyModelCall(house.emulator);
    expect(seen.path).toBe(`/model/${encodeURIComponent(arn)}/converse`);
    expect(seen.region).toBe("eu-west-1");
    expect(bodyOf(seen)).toEqual(sent);
  }
});

test("OpenAI's client, as a stream", async () => {
  const client = new OpenAI({ apiKey: house.key, baseURL: house.baseUrl });
  const stream = await client.chat.completions.create({
    model: arn,
    messages: [],
    stream: true,
    promptVariables,
  } as OpenAI.ChatCompletionCreateParamsStreaming);
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).not.toBe("");
  expect(bodyOf(onlyModelCall(house.emulator))).toEqual({ promptVariables });
});

test("AWS's own SDK at the native door", async () => {
  const client = new BedrockRuntimeClient({
    endpoint: house.gateway.url,
    region: "eu-west-1",
    token: { token: house.key },
    authSchemePreference: ["httpBearerAuth"],
  });
  const { stopReason } = await client.send(new ConverseCommand({ modelId: arn, promptVariables }));
  client.destroy();
  expect(stopReason).toBe("end_turn");
  expect(bodyOf(onlyModelCall(house.emulator))).toEqual({ promptVariables });
});

test.each([
  ["temperature", { temperature: 0.5 }, "inferenceConfig"],
  ["a limit", { max_tokens: 5 }, "inferenceConfig"],
  ["a system message", { messages: [{ role: "system", content: "x" }] }, "system"],
])("what AWS does not take beside a prompt is AWS's to refuse: %s", async (_what, fields, field) => {
  const response = await house.post("/v1/chat/completions", { model: arn, messages: [], promptVariables, ...fields });
  expect(await refusalOf(response)).toMatchObject({ status: 400, message: expect.stringContaining(field) as string });
  expect(house.emulator.requests).toHaveLength(1);
});

test("no messages and no prompt is still refused here", async () => {
  const other = arn.replace("prompt/ABCDE12345:1", "provisioned-model/abcdef123456");
  expect(await refusalOf(await house.post("/v1/chat/completions", { model: other, messages: [] }))).toMatchObject({
    status: 400,
    param: "messages",
  });
  expect(house.emulator.requests).toEqual([]);
});

test("a stored prompt of Adit's may stand for one of AWS's", async () => {
  const headers = { "content-type": "application/json" };
  const saved = await house.post("/v1/prompts", { name: "AWS's", slug: "pp-aws", string: "[]", model: arn }, headers);
  expect(saved.status, await saved.clone().text()).toBe(200);
  await answerOf(await house.post("/v1/prompts/pp-aws/completions", { promptVariables }));
  expect(bodyOf(onlyModelCall(house.emulator))).toEqual({ promptVariables });
});
