import { CountTokensCommand, InvokeModelCommand, type CountTokensInput } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmulator, type Emulator } from "../index.ts";
import { failureOf, runtimeClient } from "../testing/clients.ts";
import { recordingsOf } from "../validate/testing/recorded-calls.ts";
import { countTokens } from "./count-tokens.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

const model = "anthropic.claude-sonnet-4-20250514-v1:0";
const native = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hello, world!" }],
};
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

const count = (input: CountTokensInput, modelId = model) =>
  runtimeClient(emulator).send(new CountTokensCommand({ modelId, input }));

describe("CountTokens, by AWS's own client", () => {
  it("counts a conversation as it counts the same body of InvokeModel, and as the call is billed", async () => {
    const messages = [{ role: "user" as const, content: [{ text: "Hello, world!" }] }];
    const conversation = await count({ converse: { messages } });
    const body = await count({ invokeModel: { body: bytes(native) } });
    expect(body.inputTokens).toBe(conversation.inputTokens);
    const answer = await runtimeClient(emulator).send(
      new InvokeModelCommand({ modelId: `us.${model}`, body: JSON.stringify(native) }),
    );
    const reply = JSON.parse(answer.body.transformToString()) as { usage: { input_tokens: number } };
    expect(reply.usage.input_tokens).toBe(body.inputTokens);
  });

  it.each<[string, CountTokensInput, string | undefined, RegExp]>([
    [
      "a profile's id",
      { converse: { messages: [] } },
      `us.${model}`,
      /^The provided model doesn't support counting tokens\.$/,
    ],
    [
      "a model that is not counted",
      { converse: { messages: [] } },
      "amazon.nova-lite-v1:0",
      /doesn't support counting tokens/,
    ],
    [
      "Claude from 4.6 on",
      { converse: { messages: [] } },
      "anthropic.claude-sonnet-4-6",
      /doesn't support counting tokens/,
    ],
    ["an id of nobody's", { converse: { messages: [] } }, "nobody", /^The provided model identifier is invalid\.$/],
    [
      "a body that lacks its limit",
      { invokeModel: { body: bytes({ ...native, max_tokens: undefined }) } },
      model,
      /^max_tokens: Field required$/,
    ],
    [
      "bytes that are no JSON",
      { invokeModel: { body: Buffer.from("{") } },
      model,
      /^Malformed input request, please reformat/,
    ],
    ["no input", {} as never, model, /must set exactly one of the following keys: invokeModel, converse/],
    [
      "a conversation that nobody begins",
      { converse: { messages: [] } },
      model,
      /^A conversation must start with a user message/,
    ],
  ])("refuses %s", async (_what, input, modelId, words) => {
    const failure = await failureOf(count(input, modelId));
    expect(failure).toMatchObject({ name: "ValidationException", message: expect.stringMatching(words) });
  });
});

describe("CountTokens against recorded traffic", () => {
  const calls = recordingsOf("CountTokens");
  const [counted, refused] = [true, false].map((isCounted) =>
    calls.filter(({ response }) => (response.status === 200) === isCounted).map((call) => [call.id, call] as const),
  );

  it.each(counted ?? [])("counts %s", (_id, call) => {
    expect(countTokens(call.model_id, call.request.body)).toEqual({ inputTokens: expect.any(Number) });
  });

  it.each(refused ?? [])("refuses %s in AWS's words", (_id, call) => {
    const outcome = countTokens(call.model_id, call.request.body);
    expect("refusal" in outcome && outcome.refusal.message).toBe(call.response.body_json?.message);
  });
});
