/** `@langchain/aws`, unmodified: AWS's SDK below it calls the gateway. */
import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { BedrockEmbeddings, ChatBedrockConverse } from "@langchain/aws";
import { HumanMessage } from "@langchain/core/messages";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { gathered, loopOfTools, outputTokens } from "../support/langchain.ts";
import { callsOf } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => {
  house.emulator.clearRequests();
  // ChatBedrockConverse takes no whole address of an endpoint, only a host for https: AWS's own variable says it.
  vi.stubEnv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", house.gateway.url);
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

type ChatOptions = NonNullable<ConstructorParameters<typeof ChatBedrockConverse>[0]>;

function chat(model: string, more: Partial<ChatOptions> = {}): ChatBedrockConverse {
  return new ChatBedrockConverse({
    model,
    region: "us-east-1",
    bedrockBearerToken: house.key,
    maxRetries: 0,
    ...more,
  });
}

const words = "Good morning";

describe.each([nova, claude.sonnet45])("%s", (model) => {
  test("whole and streamed", async () => {
    const whole = await chat(model).invoke(words);
    expect(whole.text).toContain(words);
    expect(whole.response_metadata["stopReason"]).toBe("end_turn");
    const streamed = await gathered(await chat(model).stream(words));
    expect(streamed.text).toBe(whole.text);
    expect(outputTokens(streamed)).toBe(outputTokens(whole));
  });

  test.each([false, true])("a loop of tools (stream: %s)", async (isStream) => {
    const { first, second } = await loopOfTools(chat(model), isStream);
    expect(first.tool_calls).toMatchObject([{ name: "get_weather", args: { city: expect.any(String) as string } }]);
    expect(second.text).toContain("18 degrees");
  });
});

test("by its environment alone", async () => {
  vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", house.key);
  const model = new ChatBedrockConverse({ model: nova, region: "us-east-1", maxRetries: 0 });
  expect((await model.invoke(words)).text).toContain(words);
  expect(callsOf(house.emulator, "Converse")).toHaveLength(1);
});

test("reasoning comes, and goes back with its signature", async () => {
  const thinking = chat(claude.sonnet4, {
    maxTokens: 3000,
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
  });
  const question = new HumanMessage(words);
  const first = await thinking.invoke([question]);
  expect(JSON.stringify(first.content)).toContain('"signature"');
  await thinking.invoke([question, first, question]);
  expect(callsOf(house.emulator, "Converse").at(-1)?.body.toString()).toContain('"signature"');
});

test("by a client of AWS's SDK that is given to it", async () => {
  vi.unstubAllEnvs();
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: house.gateway.url,
    token: { token: house.key },
    authSchemePreference: ["httpBearerAuth"],
  });
  expect((await chat(nova, { client }).invoke(words)).text).toContain(words);
  client.destroy();
});

// It knows the bodies of Amazon's models alone.
test.each([
  ["amazon.titan-embed-text-v1", 1536],
  ["amazon.titan-embed-text-v2:0", 1024],
])("embeddings of %s", async (model, size) => {
  const embeddings = new BedrockEmbeddings({
    model,
    region: "us-east-1",
    bedrockBearerToken: house.key,
    maxRetries: 0,
  });
  const [first, second] = await embeddings.embedDocuments(["one", "two"]);
  expect([first?.length, second?.length]).toEqual([size, size]);
  expect(first).not.toEqual(second);
  expect(await embeddings.embedDocuments(["two"])).toEqual([second]);
  expect(await embeddings.embedQuery("one")).toHaveLength(size);
});

describe("what goes wrong", () => {
  test("AWS's refusal is thrown by its name", async () => {
    const refused = chat(nova, { temperature: 7 }).invoke(words);
    await expect(refused).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("a stream that breaks is thrown", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const reading = (async () => gathered(await chat(nova).stream(words)))();
    await expect(reading).rejects.toMatchObject({ name: "ThrottlingException" });
  });
});
