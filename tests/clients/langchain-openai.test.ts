/** `@langchain/openai`, unmodified, at the gateway's `/v1`: chat completions, Responses and embeddings. */
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { gathered, loopOfTools, outputTokens } from "../support/langchain.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

const words = "Good morning";
function chat(model: string, useResponsesApi: boolean): ChatOpenAI {
  return new ChatOpenAI({
    model,
    apiKey: house.key,
    configuration: { baseURL: house.baseUrl },
    useResponsesApi,
    maxRetries: 0,
  });
}

describe.each([
  ["chat completions", nova, false],
  ["chat completions", claude.sonnet45, false],
  ["Responses", nova, true],
  ["Responses", claude.sonnet45, true],
])("%s of %s", (_name, model, useResponsesApi) => {
  test("whole and streamed", async () => {
    const whole = await chat(model, useResponsesApi).invoke(words);
    expect(whole.text).toContain(words);
    expect(outputTokens(whole)).toBeGreaterThan(0);
    const streamed = await gathered(await chat(model, useResponsesApi).stream(words));
    expect(streamed.text).toBe(whole.text);
    expect(outputTokens(streamed)).toBe(outputTokens(whole));
  });

  test.each([false, true])("a loop of tools (stream: %s)", async (isStream) => {
    const { first, second } = await loopOfTools(chat(model, useResponsesApi), isStream);
    expect(first.tool_calls).toMatchObject([{ name: "get_weather", args: { city: expect.any(String) as string } }]);
    expect(second.text).toContain("18 degrees");
  });

  test("an object by a schema", async () => {
    const structured = chat(model, useResponsesApi).withStructuredOutput<{ degrees: number }>(
      {
        title: "weather",
        type: "object",
        properties: { degrees: { type: "integer" } },
        required: ["degrees"],
        additionalProperties: false,
      },
      { method: "jsonSchema" },
    );
    expect(await structured.invoke("The weather in Turin?")).toEqual({ degrees: expect.any(Number) as number });
  });

  test("a stream that breaks is thrown", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const reading = (async () => gathered(await chat(model, useResponsesApi).stream(words)))();
    await expect(reading).rejects.toThrow(/ThrottlingException/);
  });
});

test("by its environment alone", async () => {
  vi.stubEnv("OPENAI_BASE_URL", house.baseUrl);
  vi.stubEnv("OPENAI_API_KEY", house.key);
  const model = new ChatOpenAI({ model: nova, maxRetries: 0 });
  expect((await model.invoke(words)).text).toContain(words);
});

test("embeddings", async () => {
  const embeddings = new OpenAIEmbeddings({
    model: "amazon.titan-embed-text-v2:0",
    apiKey: house.key,
    configuration: { baseURL: house.baseUrl },
    maxRetries: 0,
  });
  const [one, two] = await embeddings.embedDocuments(["one", "two"]);
  expect(one).toHaveLength(1024);
  expect(two).not.toEqual(one);
  expect(await embeddings.embedQuery("one")).toEqual(one);
});
