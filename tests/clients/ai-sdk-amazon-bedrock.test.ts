/** `@ai-sdk/amazon-bedrock`, unmodified: its base URL is the gateway. It speaks Bedrock's own dialect, and Claude's under it. */
import { createAmazonBedrock, type AmazonBedrockProvider } from "@ai-sdk/amazon-bedrock";
import { createBedrockAnthropic } from "@ai-sdk/amazon-bedrock/anthropic";
import {
  APICallError,
  embed,
  embedMany,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  type ModelMessage,
} from "ai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { weatherTool } from "../support/ai-sdk.ts";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf } from "../support/seen.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => house.close());

const prompt = "Good morning";
/** Every way in which it can be told where to go and with what. */
const ways: [name: string, make: () => AmazonBedrockProvider][] = [
  ["apiKey", () => createAmazonBedrock({ baseURL: house.gateway.url, apiKey: house.key, region: "us-east-1" })],
  [
    "headers, beside a signature of keys that are not the gateway's to judge",
    () =>
      createAmazonBedrock({
        baseURL: house.gateway.url,
        region: "us-east-1",
        accessKeyId: "AKIDEXAMPLE",
        secretAccessKey: "not-a-secret",
        headers: { "x-adit-api-key": house.key },
      }),
  ],
  [
    "its environment alone",
    () => {
      vi.stubEnv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", house.gateway.url);
      vi.stubEnv("AWS_BEARER_TOKEN_BEDROCK", house.key);
      vi.stubEnv("AWS_REGION", "us-east-1");
      return createAmazonBedrock();
    },
  ],
];

describe.each(ways)("by %s", (_name, make) => {
  test("generateText and streamText", async () => {
    const model = make()(nova);
    const whole = await generateText({ model, prompt, maxRetries: 0 });
    expect(whole.text).toContain(prompt);
    expect(whole.finishReason).toBe("stop");
    const streamed = streamText({ model, prompt, maxRetries: 0 });
    expect(await streamed.text).toBe(whole.text);
    expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens);
    expect(house.emulator.requests.map(({ operation }) => operation)).toEqual(["Converse", "ConverseStream"]);
  });
});

function bedrock(): AmazonBedrockProvider {
  return createAmazonBedrock({ baseURL: house.gateway.url, apiKey: house.key, region: "us-east-1" });
}

describe.each([nova, claude.sonnet45])("tools of %s", (id) => {
  const asked = {
    prompt: "The weather in Turin?",
    tools: { weather: weatherTool },
    stopWhen: stepCountIs(3),
    maxRetries: 0,
  };

  test("whole", async () => {
    const result = await generateText({ model: bedrock()(id), ...asked });
    expect(result.steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(result.text).toContain("18 degrees");
  });

  test("streamed", async () => {
    const result = streamText({ model: bedrock()(id), ...asked });
    expect(await result.text).toContain("18 degrees");
    expect(await result.steps).toHaveLength(2);
  });
});

test("reasoning goes through a loop of tools with its signature", async () => {
  const result = await generateText({
    model: bedrock()(claude.sonnet4),
    prompt: "The weather in Turin?",
    tools: { weather: weatherTool },
    stopWhen: stepCountIs(3),
    maxOutputTokens: 3000,
    providerOptions: { bedrock: { reasoningConfig: { type: "enabled", budgetTokens: 1024 } } },
    maxRetries: 0,
  });
  expect(result.steps).toHaveLength(2);
  expect(result.steps[0]?.reasoningText).toMatch(/./);
  const [, second] = callsOf(house.emulator, "Converse");
  expect(second?.body.toString()).toContain('"signature"');
  expect(result.text).toContain("18 degrees");
});

test.each([nova, claude.sonnet45])("an object of %s", async (id) => {
  const schema = jsonSchema<{ city: string; degrees: number }>({
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer" } },
    required: ["city", "degrees"],
    additionalProperties: false,
  });
  const { output } = await generateText({
    model: bedrock()(id),
    prompt: "The weather in Turin?",
    output: Output.object({ schema }),
    maxRetries: 0,
  });
  expect(output).toEqual({ city: expect.any(String) as string, degrees: expect.any(Number) as number });
});

test.each([
  ["amazon.titan-embed-text-v2:0", 1024],
  ["cohere.embed-english-v3", 1024],
])("embeddings of %s", async (id, size) => {
  const model = bedrock().embedding(id);
  const { embedding } = await embed({ model, value: "one", maxRetries: 0 });
  expect(embedding).toHaveLength(size);
  const { embeddings } = await embedMany({ model, values: ["two", "one"], maxRetries: 0 });
  expect(embeddings[1]).toEqual(embedding);
  expect(embeddings[0]).not.toEqual(embedding);
});

test("images and documents arrive", async () => {
  const data = Buffer.from("%PDF-1.4 a report").toString("base64");
  const messages: ModelMessage[] = [
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "file", mediaType: "application/pdf", data },
      ],
    },
  ];
  const { text } = await generateText({ model: bedrock()(claude.sonnet45), messages, maxRetries: 0 });
  expect(text).toContain("What is this?");
  expect(callsOf(house.emulator, "Converse")[0]?.body.toString()).toContain(data);
});

describe("what goes wrong", () => {
  test("AWS's refusal keeps its status, and is not tried again where that is no use", async () => {
    const refused = generateText({ model: bedrock()("no.such-model"), prompt, maxRetries: 2 });
    const error = await refused.catch((caught: unknown) => caught);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 400, isRetryable: false });
    expect(house.emulator.requests).toHaveLength(1);
  });

  test("throttling that lasts is known as worth another try", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" }, 3);
    const error = await generateText({ model: bedrock()(nova), prompt, maxRetries: 0 }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true });
  });

  test.each([
    ["an exception frame", { kind: "exception", type: "throttlingException", frame: 3 }],
    ["cut between two frames", { kind: "cut", frame: 3 }],
    ["reset", { kind: "reset", frame: 3 }],
  ] as const)("a stream that breaks is an error, whatever came before: %s", async (_name, fault) => {
    house.emulator.faultNext(fault);
    const errors: unknown[] = [];
    const result = streamText({
      model: bedrock()(nova),
      prompt,
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    const parts: string[] = [];
    const reading = (async () => {
      for await (const part of result.fullStream) parts.push(part.type);
    })();
    await reading.catch((error: unknown) => void errors.push(error));
    expect(errors, parts.join()).not.toEqual([]);
  });
});

test("its Claude provider, which speaks Anthropic's format through InvokeModel", async () => {
  const provider = createBedrockAnthropic({ baseURL: house.gateway.url, apiKey: house.key, region: "us-east-1" });
  const asked = { model: provider(claude.sonnet45), prompt, maxRetries: 0 };
  const whole = await generateText(asked);
  expect(whole.text).toContain(prompt);
  expect(await streamText(asked).text).toBe(whole.text);
  const looped = await generateText({
    ...asked,
    prompt: "Weather?",
    tools: { weather: weatherTool },
    stopWhen: stepCountIs(3),
  });
  expect(looped.text).toContain("18 degrees");
  expect(new Set(house.emulator.requests.map(({ operation }) => operation))).toEqual(
    new Set(["InvokeModel", "InvokeModelWithResponseStream"]),
  );
});
