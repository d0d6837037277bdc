/**
 * AWS's SDK for JavaScript beyond the first answer: tools, reasoning, media, guardrails, and what it sees when things go wrong. It is
 * unmodified, and its endpoint is the gateway. The operations themselves are in tests/native/aws-sdk.test.ts.
 */
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type BedrockRuntimeClientConfig,
  type ContentBlock,
  type ConverseCommandInput,
  type ConverseStreamOutput,
  type Message,
} from "@aws-sdk/client-bedrock-runtime";
import type { Fault } from "@adit/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openRelay } from "../support/recording-server.ts";
import { bodyOf, callsOf, modelCalls, onlyModelCall } from "../support/seen.ts";

let house: House;
let client: BedrockRuntimeClient;

beforeAll(async () => {
  house = await openHouse();
});

beforeEach(() => {
  house.emulator.clearRequests();
  client = clientOf();
});

afterEach(() => client.destroy());

afterAll(() => house.close());

function clientOf(more: BedrockRuntimeClientConfig = {}, { gateway, key }: House = house): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: gateway.url,
    token: { token: key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    ...more,
  });
}

const sonnet4 = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const nova = "us.amazon.nova-lite-v1:0";

function saidByUser(...content: ContentBlock[]): Message {
  return { role: "user", content };
}

const weatherTool: ConverseCommandInput["toolConfig"] = {
  tools: [
    {
      toolSpec: {
        name: "get_weather",
        description: "The weather of a city.",
        inputSchema: { json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
      },
    },
  ],
};

async function eventsOf(stream: AsyncIterable<ConverseStreamOutput> | undefined): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

describe("tools", () => {
  test.each([nova, claude.sonnet45])(
    "a call of %s, which goes back as it came, its result, and the answer after it",
    async (modelId) => {
      const question = saidByUser({ text: "The weather in Turin?" });
      const asked = await client.send(new ConverseCommand({ modelId, messages: [question], toolConfig: weatherTool }));
      expect(asked.stopReason).toBe("tool_use");
      const call = asked.output?.message?.content?.find((block) => block.toolUse !== undefined)?.toolUse;
      expect(call).toMatchObject({ name: "get_weather", input: { city: expect.any(String) as string } });
      const result = saidByUser({ toolResult: { toolUseId: call?.toolUseId, content: [{ text: "18 degrees" }] } });
      const answered = await client.send(
        new ConverseCommand({
          modelId,
          messages: [question, asked.output!.message!, result],
          toolConfig: weatherTool,
        }),
      );
      expect(answered.stopReason).toBe("end_turn");
      expect(answered.output?.message?.content?.[0]?.text).toContain("18 degrees");
    },
  );

  test("streamed, the pieces of a call's arguments are JSON together", async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: nova,
        messages: [saidByUser({ text: "The weather in Turin?" })],
        toolConfig: weatherTool,
      }),
    );
    const events = await eventsOf(stream);
    const starts = events.flatMap((event) => event.contentBlockStart?.start?.toolUse?.name ?? []);
    const json = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? "").join("");
    expect(starts).toEqual(["get_weather"]);
    expect(JSON.parse(json)).toEqual({ city: expect.any(String) as string });
    expect(events.find((event) => event.messageStop !== undefined)?.messageStop?.stopReason).toBe("tool_use");
  });
});

describe("reasoning", () => {
  const thinking: Partial<ConverseCommandInput> = {
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
    inferenceConfig: { maxTokens: 2048 },
    toolConfig: weatherTool,
  };

  test("goes back with its signature, which AWS's side accepts", async () => {
    const question = saidByUser({ text: "The weather in Turin?" });
    const asked = await client.send(new ConverseCommand({ modelId: sonnet4, messages: [question], ...thinking }));
    const content = asked.output?.message?.content ?? [];
    expect(content[0]?.reasoningContent?.reasoningText).toMatchObject({
      text: expect.stringMatching(/./) as string,
      signature: expect.stringMatching(/./) as string,
    });
    const { toolUse } = content.find((block) => block.toolUse !== undefined)!;
    const result = saidByUser({ toolResult: { toolUseId: toolUse?.toolUseId, content: [{ text: "18 degrees" }] } });
    // Claude's replies call a plain call's type `tool_use`, a name that AWS's own model of requests does not have.
    delete toolUse?.type;
    const messages = [question, asked.output!.message!, result];
    const answered = await client.send(new ConverseCommand({ modelId: sonnet4, messages, ...thinking }));
    expect(answered.stopReason).toBe("end_turn");
    const spoiled = structuredClone(messages);
    spoiled[1]!.content![0]!.reasoningContent!.reasoningText!.signature = "c3BvaWxlZA==";
    await expect(
      client.send(new ConverseCommand({ modelId: sonnet4, messages: spoiled, ...thinking })),
    ).rejects.toMatchObject({ name: "ValidationException", message: expect.stringContaining("signature") as string });
  });

  test("streamed, text and signature come in pieces", async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand({ modelId: sonnet4, messages: [saidByUser({ text: "Why?" })], ...thinking }),
    );
    const pieces = (await eventsOf(stream)).flatMap((event) => event.contentBlockDelta?.delta?.reasoningContent ?? []);
    expect(pieces.map(({ text }) => text ?? "").join("")).toMatch(/./);
    expect(pieces.map(({ signature }) => signature ?? "").join("")).toMatch(/./);
  });
});

const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("documents and images arrive byte for byte", async () => {
  const report = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 251));
  await client.send(
    new ConverseCommand({
      modelId: sonnet4,
      messages: [
        saidByUser(
          { text: "What is this?" },
          { image: { format: "png", source: { bytes: pixel } } },
          { document: { format: "pdf", name: "report", source: { bytes: report } } },
        ),
      ],
    }),
  );
  const blocks = bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content ?? [];
  expect(blocks[1]).toEqual({ image: { format: "png", source: { bytes: pixel.toString("base64") } } });
  expect(blocks[2]).toEqual({
    document: { format: "pdf", name: "report", source: { bytes: report.toString("base64") } },
  });
});

describe("guardrails", () => {
  const claudeBody = (text: string): string =>
    JSON.stringify({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 64,
      messages: [{ role: "user", content: text }],
    });

  test("InvokeModel's knobs are headers, and they reach AWS; its own come back", async () => {
    const answered = await client.send(
      new InvokeModelCommand({
        modelId: sonnet4,
        body: claudeBody("TRIP_GUARDRAIL"),
        contentType: "application/json",
        guardrailIdentifier: "gr1234567890",
        guardrailVersion: "DRAFT",
        trace: "ENABLED",
        performanceConfigLatency: "standard",
      }),
    );
    const answer = JSON.parse(new TextDecoder().decode(answered.body)) as Record<string, unknown>;
    expect(answer["amazon-bedrock-guardrailAction"]).toBe("INTERVENED");
    expect(answer["amazon-bedrock-trace"]).toBeDefined();
    expect(answered.performanceConfigLatency).toBe("standard");
    expect(callsOf(house.emulator, "InvokeModel")[0]?.headers).toMatchObject({
      "x-amzn-bedrock-guardrailidentifier": "gr1234567890",
      "x-amzn-bedrock-guardrailversion": "DRAFT",
      "x-amzn-bedrock-trace": "ENABLED",
      "x-amzn-bedrock-performanceconfig-latency": "standard",
    });
  });

  test("InvokeModel's stream takes them too", async () => {
    const { body } = await client.send(
      new InvokeModelWithResponseStreamCommand({
        modelId: sonnet4,
        body: claudeBody("TRIP_GUARDRAIL"),
        contentType: "application/json",
        guardrailIdentifier: "gr1234567890",
        guardrailVersion: "1",
      }),
    );
    let text = "";
    for await (const event of body ?? []) text += new TextDecoder().decode(event.chunk?.bytes);
    expect(text).toContain('"amazon-bedrock-guardrailAction":"INTERVENED"');
  });

  test("Converse's own stand in the body", async () => {
    const blocked = await client.send(
      new ConverseCommand({
        modelId: nova,
        messages: [saidByUser({ text: "TRIP_GUARDRAIL" })],
        guardrailConfig: { guardrailIdentifier: "gr1234567890", guardrailVersion: "1", trace: "enabled" },
      }),
    );
    expect(blocked.stopReason).toBe("guardrail_intervened");
    expect(blocked.trace?.guardrail?.inputAssessment).toBeDefined();
  });
});

const hello: ConverseCommandInput = { modelId: nova, messages: [saidByUser({ text: "one two three four five six" })] };

describe("throttling", () => {
  const throttled: Fault = { kind: "refuse", type: "ThrottlingException" };

  test("is tried again by the gateway, and the client sees an answer", async () => {
    house.emulator.faultNext(throttled, 2);
    const answered = await client.send(new ConverseCommand(hello));
    expect(answered.$metadata).toMatchObject({ httpStatusCode: 200, attempts: 1 });
    expect(modelCalls(house.emulator).map(({ status }) => status)).toEqual([429, 429, 200]);
  });

  test("that lasts is thrown as AWS's exception after three tries, for the client's own rule to judge", async () => {
    house.emulator.faultNext(throttled, 3);
    await expect(client.send(new ConverseCommand(hello))).rejects.toMatchObject({
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 429 },
    });
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("is tried again by the client where the gateway's rule is used up", async () => {
    house.emulator.faultNext(throttled, 3);
    const patient = clientOf({ maxAttempts: 2 });
    const answered = await patient.send(new ConverseCommand(hello));
    patient.destroy();
    expect(answered.$metadata.attempts).toBe(2);
    expect(modelCalls(house.emulator)).toHaveLength(4);
  });
});

describe("a caller that leaves", () => {
  test.each([
    ["a whole answer", { kind: "silence" } satisfies Fault, false],
    ["a stream in its middle", { kind: "silence", frame: 3 } satisfies Fault, true],
  ])("%s: AWS's side is closed within a second", async (_name, fault, isStream) => {
    // Between gateway and emulator: it shows whether AWS's side is open.
    const relay = await openRelay();
    const watched = await openHouse({
      variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${relay.port}` },
    });
    relay.target = watched.emulator.port;
    const leaving = clientOf({}, watched);
    watched.emulator.faultNext(fault);
    const controller = new AbortController();
    const options = { abortSignal: controller.signal };
    // The SDK ends an aborted stream without a word, and throws an AbortError where there was no answer yet.
    const asked = isStream
      ? leaving.send(new ConverseStreamCommand(hello), options).then(({ stream }) => eventsOf(stream))
      : leaving.send(new ConverseCommand(hello), options);
    const ended = asked.then(
      () => true,
      (error: unknown) => (error as Error).name === "AbortError",
    );
    await until(() => modelCalls(watched.emulator).at(-1)?.faults.includes("silence") === true);
    if (isStream) await until(() => modelCalls(watched.emulator).at(-1)?.status === 200);
    expect([relay.openCount, relay.closedCount]).toEqual([1, 0]);
    controller.abort();
    await until(() => relay.closedCount === 1);
    expect(await ended).toBe(true);
    await until(() => watched.logLines().length > 0);
    const [line] = watched.logLines();
    expect([line?.["error"], line?.["streamError"]]).toContain("client_closed");
    expect(modelCalls(watched.emulator)).toHaveLength(1);
    leaving.destroy();
    await watched.close();
    await relay.close();
  });
});

describe("a stream that AWS's side breaks is an exception for the caller", () => {
  test.each<[string, Fault, object]>([
    [
      "an exception frame",
      { kind: "exception", type: "throttlingException", frame: 3 },
      { name: "ThrottlingException" },
    ],
    ["cut between two frames", { kind: "cut", frame: 3 }, { name: "ModelStreamErrorException" }],
    ["cut inside a frame", { kind: "cut", frame: 3, bytes: 20 }, {}],
    ["reset", { kind: "reset", frame: 3 }, {}],
    ["a frame whose checksum is wrong", { kind: "crc", frame: 3 }, {}],
  ])("%s", async (_name, fault, error) => {
    house.emulator.faultNext(fault);
    const seen: ConverseStreamOutput[] = [];
    const reading = async (): Promise<void> => {
      const { stream } = await client.send(new ConverseStreamCommand(hello));
      for await (const event of stream ?? []) seen.push(event);
    };
    await expect(reading()).rejects.toMatchObject(error);
    expect(seen[0]?.messageStart).toBeDefined();
    expect(seen.some((event) => event.messageStop !== undefined)).toBe(false);
  });
});

test("a body of ten megabytes arrives whole", async () => {
  const image = Buffer.alloc(7_500_000, pixel);
  const content: ContentBlock[] = [
    { text: "What is this?" },
    { document: { format: "pdf", name: "big", source: { bytes: image } } },
  ];
  await client.send(new ConverseCommand({ modelId: sonnet4, messages: [saidByUser(...content)] }));
  const call = onlyModelCall(house.emulator);
  expect(call.body.length).toBeGreaterThan(10_000_000);
  expect(call.body.includes(image.toString("base64"))).toBe(true);
});

test("fifty calls at once over one HTTP/2 connection each get their own answer", async () => {
  const numbers = Array.from({ length: 50 }, (_, index) => `number-${index}-of-fifty`);
  const answers = await Promise.all(
    numbers.map(async (text, index) => {
      const input = { modelId: nova, messages: [saidByUser({ text })] };
      if (index % 2 === 0) {
        const { output } = await client.send(new ConverseCommand(input));
        return output?.message?.content?.[0]?.text ?? "";
      }
      const { stream } = await client.send(new ConverseStreamCommand(input));
      return (await eventsOf(stream)).map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
    }),
  );
  for (const [index, answer] of answers.entries()) expect(answer).toContain(numbers[index]);
});
