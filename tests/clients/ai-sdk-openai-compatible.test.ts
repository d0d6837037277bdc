/** `@ai-sdk/openai-compatible`, unmodified, at the gateway's `/v1`. */
import { createOpenAICompatible, type OpenAICompatibleProvider } from "@ai-sdk/openai-compatible";
import { embedMany, generateText, jsonSchema, Output, stepCountIs, streamText } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { weatherTool } from "../support/ai-sdk.ts";
import { claude, nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const prompt = "Good morning";
function provider(): OpenAICompatibleProvider {
  return createOpenAICompatible({
    name: "adit",
    baseURL: house.baseUrl,
    apiKey: house.key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
}

test("the key may be a header of the gateway's", async () => {
  const byHeader = createOpenAICompatible({
    name: "adit",
    baseURL: house.baseUrl,
    headers: { "x-adit-api-key": house.key },
  });
  expect((await generateText({ model: byHeader(nova), prompt, maxRetries: 0 })).text).toContain(prompt);
});

describe.each([nova, claude.sonnet45])("%s", (id) => {
  test("generateText and streamText", async () => {
    const model = provider()(id);
    const whole = await generateText({ model, prompt, maxRetries: 0 });
    expect(whole.text).toContain(prompt);
    expect(whole.usage.outputTokens).toBeGreaterThan(0);
    const streamed = streamText({ model, prompt, maxRetries: 0 });
    expect(await streamed.text).toBe(whole.text);
    expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens);
    expect(await streamed.finishReason).toBe("stop");
  });

  test("a loop of tools, whole and streamed", async () => {
    const asked = {
      model: provider()(id),
      prompt: "The weather in Turin?",
      tools: { weather: weatherTool },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    };
    const whole = await generateText(asked);
    expect(whole.steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
    expect(whole.text).toContain("18 degrees");
    expect(await streamText(asked).text).toBe(whole.text);
  });

  test("an object by a schema", async () => {
    const schema = jsonSchema<{ degrees: number }>({
      type: "object",
      properties: { degrees: { type: "integer" } },
      required: ["degrees"],
      additionalProperties: false,
    });
    const { output } = await generateText({
      model: provider()(id),
      prompt: "The weather in Turin?",
      output: Output.object({ schema }),
      maxRetries: 0,
    });
    expect(output).toEqual({ degrees: expect.any(Number) as number });
  });
});

test("reasoning of Claude", async () => {
  const { reasoningText, text } = await generateText({
    model: provider()(claude.sonnet4),
    prompt,
    providerOptions: { adit: { reasoningEffort: "low" } },
    maxRetries: 0,
  });
  expect(reasoningText).toMatch(/./);
  expect(text).toContain(prompt);
});

test("completions", async () => {
  const { text } = await generateText({ model: provider().completionModel(nova), prompt, maxRetries: 0 });
  expect(text).toContain(prompt);
});

test("embeddings", async () => {
  const model = provider().embeddingModel("amazon.titan-embed-text-v2:0");
  const { embeddings, usage } = await embedMany({ model, values: ["one", "two"], maxRetries: 0 });
  expect(embeddings.map(({ length }) => length)).toEqual([1024, 1024]);
  expect(usage.tokens).toBeGreaterThan(0);
});

describe("what goes wrong", () => {
  test("a refusal keeps its status and says what to do", async () => {
    const error = await generateText({ model: provider()("no.such-model"), prompt, maxRetries: 2 }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      statusCode: 400,
      isRetryable: false,
      message: expect.stringContaining("model") as string,
    });
  });

  test("a stream that breaks is an error with AWS's words", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const errors: unknown[] = [];
    const onError = ({ error }: { error: unknown }): void => void errors.push(error);
    const result = streamText({ model: provider()(nova), prompt, maxRetries: 0, onError });
    for await (const _part of result.fullStream);
    expect(JSON.stringify(errors)).toContain("ThrottlingException");
  });
});
