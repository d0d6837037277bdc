/** AWS's SDK for JavaScript at the native door, unmodified: its endpoint is the gateway, its token the gateway key. */
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type BedrockRuntimeClientConfig,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse, type House } from "../support/house.ts";

let house: House;

beforeAll(async () => {
  house = await openHouse();
});

afterAll(() => house.close());

const model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const messages = [{ role: "user" as const, content: [{ text: "Good morning" }] }];
const claudeBody = JSON.stringify({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 64,
  messages: [{ role: "user", content: "Good morning" }],
});

function clientOf(more: BedrockRuntimeClientConfig = {}, path = ""): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `${house.gateway.url}${path}`,
    token: { token: house.key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    ...more,
  });
}

const handlers: [name: string, make: () => BedrockRuntimeClientConfig][] = [
  ["its default HTTP/2", () => ({})],
  ["HTTP/1.1", () => ({ requestHandler: new NodeHttpHandler() })],
];

describe.each(handlers)("over %s", (_name, make) => {
  it.each(["", "/bedrock"])("Converse and ConverseStream answer under %j", async (path) => {
    const client = clientOf(make(), path);
    const whole = await client.send(new ConverseCommand({ modelId: model, messages }));
    expect(whole.output?.message?.content?.[0]?.text).toContain("Good morning");
    expect(whole.stopReason).toBe("end_turn");
    const streamed = await client.send(new ConverseStreamCommand({ modelId: model, messages }));
    let text = "";
    let outputTokens: number | undefined;
    for await (const event of streamed.stream ?? []) {
      text += event.contentBlockDelta?.delta?.text ?? "";
      outputTokens ??= event.metadata?.usage?.outputTokens;
    }
    expect(text).toContain("Good morning");
    expect(outputTokens).toBeGreaterThan(0);
    client.destroy();
  });

  it("InvokeModel and its stream answer in Claude's own format", async () => {
    const client = clientOf(make());
    const input = { modelId: model, body: claudeBody, contentType: "application/json" };
    const whole = await client.send(new InvokeModelCommand(input));
    const answer = JSON.parse(new TextDecoder().decode(whole.body)) as { content: { text: string }[] };
    expect(answer.content[0]?.text).toContain("Good morning");
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand(input));
    const types: unknown[] = [];
    for await (const event of streamed.body ?? []) {
      types.push((JSON.parse(new TextDecoder().decode(event.chunk?.bytes)) as { type: unknown }).type);
    }
    expect(types[0]).toBe("message_start");
    expect(types.at(-1)).toBe("message_stop");
    client.destroy();
  });

  it("a guardrail named by its ARN is called in the ARN's region, as a model is", async () => {
    const client = clientOf(make());
    const arnOf = (region: string): string => `arn:aws:bedrock:${region}:123456789012:guardrail/gr1234567890`;
    const regionOf = (authorization: unknown): string | undefined =>
      /Credential=[^/]+\/\d{8}\/([^/]+)\/bedrock\//.exec(String(authorization))?.[1];
    for (const region of ["eu-west-1", "us-west-2"]) {
      await client.send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: arnOf(region),
          guardrailVersion: "1",
          source: "INPUT",
          content: [{ text: { text: "Good morning" } }],
        }),
      );
      const seen = house.emulator.requests.at(-1);
      expect(decodeURIComponent(seen?.path ?? "")).toBe(`/guardrail/${arnOf(region)}/version/1/apply`);
      expect(regionOf(seen?.headers["authorization"])).toBe(region);
    }
    client.destroy();
  });

  it("CountTokens and ApplyGuardrail answer", async () => {
    const client = clientOf(make());
    const counted = await client.send(
      new CountTokensCommand({
        modelId: "anthropic.claude-3-5-haiku-20241022-v1:0",
        input: { converse: { messages } },
      }),
    );
    expect(counted.inputTokens).toBeGreaterThan(0);
    const applied = await client.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier: "gr1234567890",
        guardrailVersion: "1",
        source: "INPUT",
        content: [{ text: { text: "hello" } }],
      }),
    );
    expect(applied.action).toBe("NONE");
    client.destroy();
  });

  it("a refusal of AWS's is thrown by its own name, with its words and its id", async () => {
    const client = clientOf(make());
    const refused = client.send(new ConverseCommand({ modelId: model, messages, inferenceConfig: { temperature: 7 } }));
    await expect(refused).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("temperature") as string,
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    client.destroy();
  });
});

it("a wrong key is refused and nothing is sent", async () => {
  const before = house.emulator.requests.length;
  const client = clientOf({ token: { token: "wrong-key-0123456789" } });
  await expect(client.send(new ConverseCommand({ modelId: model, messages }))).rejects.toMatchObject({
    name: "UnrecognizedClientException",
    $metadata: { httpStatusCode: 401 },
  });
  expect(house.emulator.requests.length).toBe(before);
  client.destroy();
});

it("a signature of keys that the gateway did not issue is refused, and the words say what to send", async () => {
  const client = clientOf({
    token: undefined as never,
    authSchemePreference: ["sigv4"],
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "not-a-secret" },
  });
  await expect(client.send(new ConverseCommand({ modelId: model, messages }))).rejects.toMatchObject({
    message: expect.stringMatching(/AWS_BEARER_TOKEN_BEDROCK/) as string,
  });
  client.destroy();
});

it("a config may name another model; its other parameters do nothing to a body that is the caller's, and are named", async () => {
  const other = "us.amazon.nova-pro-v1:0";
  const reply = await house.post(
    `/model/${encodeURIComponent(model)}/converse`,
    { messages },
    { "x-adit-config": JSON.stringify({ override_params: { model: other, temperature: 0.5 } }) },
  );
  expect(reply.status).toBe(200);
  expect(reply.headers.get("x-adit-model")).toBe(other);
  expect(reply.headers.get("x-adit-dropped")).toBe("config.override_params.temperature");
  expect(JSON.parse(house.emulator.requests.at(-1)?.body.toString() ?? "")).toEqual({ messages });
});

it("the log line says how it went", async () => {
  const client = clientOf();
  await client.send(new ConverseCommand({ modelId: model, messages }));
  client.destroy();
  await expect
    .poll(() => house.logLines().at(-1))
    .toMatchObject({
      dialect: "bedrock",
      model,
      route: "converse",
      stopReason: "end_turn",
      usage: { outputTokens: expect.any(Number) as number },
      credential: expect.stringContaining("environment") as string,
    });
});

it("an unknown action says which there are", async () => {
  const reply = await house.post("/model/x/convers", {});
  expect(reply.status).toBe(404);
  expect(((await reply.json()) as { message: string }).message).toContain("converse-stream");
});
