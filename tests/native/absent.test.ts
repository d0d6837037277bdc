/** What AWS's SDKs may ask at the gateway's address, and what is not there: the class and the words reach whoever uses them. */
import { AnthropicBedrockMantle } from "@anthropic-ai/bedrock-sdk";
import { BedrockClient, ListFoundationModelsCommand, ListInferenceProfilesCommand } from "@aws-sdk/client-bedrock";
import {
  BedrockRuntimeClient,
  GetAsyncInvokeCommand,
  ListAsyncInvokesCommand,
  StartAsyncInvokeCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

function options(path: string): ConstructorParameters<typeof BedrockRuntimeClient>[0] {
  return {
    region: "us-east-1",
    endpoint: `${house.gateway.url}${path}`,
    token: { token: house.key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  };
}

test.each(["", "/bedrock"])("AWS's SDKs throw a class of AWS's, with what to do: %j", async (path) => {
  const runtime = new BedrockRuntimeClient(options(path) ?? {});
  const control = new BedrockClient(options(path) ?? {});
  const outputDataConfig = { s3OutputDataConfig: { s3Uri: "s3://a-bucket" } };
  const invocationArn = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl";
  const calls: (() => Promise<unknown>)[] = [
    () =>
      runtime.send(new StartAsyncInvokeCommand({ modelId: "amazon.nova-reel-v1:0", modelInput: {}, outputDataConfig })),
    () => runtime.send(new GetAsyncInvokeCommand({ invocationArn })),
    () => runtime.send(new ListAsyncInvokesCommand({})),
    () => control.send(new ListFoundationModelsCommand({})),
    () => control.send(new ListInferenceProfilesCommand({})),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: expect.stringMatching(/not served here\. (?:Call AWS|GET \/v1\/models)/) as string,
      $metadata: { httpStatusCode: 404 },
    });
  }
  runtime.destroy();
  control.destroy();
});

test("Anthropic's client of AWS's endpoint works by the gateway's address, and is told so under the folder that AWS has", async () => {
  const asked = {
    model: "us.amazon.nova-lite-v1:0",
    max_tokens: 64,
    messages: [{ role: "user" as const, content: "Hi" }],
  };
  const client = (baseURL: string): AnthropicBedrockMantle =>
    new AnthropicBedrockMantle({ baseURL, apiKey: house.key, maxRetries: 0 });
  const message = await client(house.gateway.url).messages.create(asked);
  expect(message.content[0]).toMatchObject({ type: "text" });
  await expect(client(`${house.gateway.url}/anthropic`).messages.create(asked)).rejects.toThrow(/Call \/v1\/messages/);
});
