/** Portkey's page on Bedrock: its SDK, OpenAI's SDK and curl, with only the base URL and the keys changed. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  BedrockClient,
  prepareChat,
  Secret,
  staticSource,
  systemClock,
  Transport,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatRequest,
} from "@adit/bedrock";
import { exampleApiKey } from "@adit/emulator";
import OpenAI from "openai";
import { createHeaders, Portkey } from "portkey-ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { assemble, joinPieces, readChat } from "../support/sse.ts";
import { curl, openAiPython, portkeyPython, refusalOf, sendChat } from "./documents.ts";
import {
  mistakenSample,
  multiTurn,
  plainSample,
  printedSignature,
  printedThinking,
  redPixel,
  singleTurn,
} from "./samples.ts";

const account = pairOf("PORTKEY");
const session = pairOf("PORTKEYSESSION", { sessionToken: "portkey/session+token==" });
const nova = "us.amazon.nova-lite-v1:0";
const hello = [{ role: "user", content: "Hello!" }];

let house: House;
let openAiServer: OpenAiServer;
beforeAll(async () => {
  openAiServer = await startOpenAiServer();
  house = await openHouse({ variables: { ADIT_CUSTOM_HOSTS: openAiServer.origin } });
  house.emulator.addCredential(account);
  house.emulator.addCredential(session);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  await openAiServer.close();
});

const direct = {
  provider: "bedrock",
  awsAccessKeyId: account.accessKeyId,
  awsSecretAccessKey: account.secretAccessKey,
  awsRegion: "us-east-1",
};

/** The client of the document; its base URL is the only thing that is not printed there. */
function portkey(options: Record<string, unknown>): Portkey {
  return new Portkey({ apiKey: gatewayKey, baseURL: house.baseUrl, ...options });
}

/** OpenAI's client behind `createHeaders`, as the document shows it. */
function openAiBehind(headers: Record<string, unknown>, apiKey: string = exampleApiKey): OpenAI {
  return new OpenAI({ apiKey, baseURL: house.baseUrl, defaultHeaders: createHeaders(headers), maxRetries: 0 });
}

/** The document's curl sample on thinking. */
function curlThinking(extra: Record<string, string> = {}): Record<string, string> {
  return {
    ...curl,
    "x-portkey-api-key": gatewayKey,
    "x-portkey-provider": "bedrock",
    "x-api-key": exampleApiKey,
    ...extra,
  };
}

async function gather(stream: AsyncIterable<unknown>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk as ChatCompletionChunk);
  return chunks;
}

/** A stream of thinking as the document promises it. */
function expectThinking(whole: ReturnType<typeof assemble>): void {
  const thinking = joinPieces(whole.pieces, "thinking");
  expect(thinking.length).toBeGreaterThan(0);
  expect(joinPieces(whole.pieces, "signature")).toMatch(/^[A-Za-z0-9+/]+=*$/);
  expect(joinPieces(whole.pieces, "text")).toBe(whole.text);
  expect(whole.text).toContain("flight");
  expect(whole.text).not.toContain(thinking);
  expect(whole.finishReasons).toHaveLength(1);
}

describe("providers and clients", () => {
  test("P02 the slug bedrock is known, in any case", async () => {
    for (const provider of ["bedrock", "Bedrock"]) {
      const response = await sendChat(house, curlThinking({ "x-portkey-provider": provider }), {
        model: nova,
        messages: hello,
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-portkey-provider")).toBe("bedrock");
    }
  });

  test("P02 an unknown slug is a 400 that names the known ones", async () => {
    const response = await sendChat(house, curlThinking({ "x-portkey-provider": "bedrok" }), {
      model: nova,
      messages: hello,
    });
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.message).toMatch(/"bedrok".*bedrock/s);
    expect(house.emulator.requests).toEqual([]);
  });

  test("P03 the published portkey-ai package works with only its baseURL changed", async () => {
    const client = portkey(direct);
    const answer = await client.chat.completions.create({ messages: hello, model: nova });
    expect(answer.choices[0]?.message?.content).toContain("Hello!");
    expect(answer.getHeaders()).toMatchObject({ provider: "bedrock", "last-used-option-index": "config" });
    expect(answer.getHeaders()?.["trace-id"]).toBeTruthy();
    expectNoLeak(house, [account.secretAccessKey]);
  });

  test("P03 its models.list goes through the OpenAI client inside it", async () => {
    const list = await portkey({ provider: "bedrock" }).models.list();
    expect((list as unknown as { data: { id: string }[] }).data.map(({ id }) => id)).toContain("amazon.nova-lite-v1:0");
    expect(callsOf(house.emulator, "ListFoundationModels")).toMatchObject([{ verdict: "sigv4 ok" }]);
  });

  test("P03 what portkey-ai throws for a refusal holds the gateway's words, and nothing is sent twice", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "InternalServerException" }, 10);
    const client = portkey({ ...direct, config: { retry: { attempts: 0 } } });
    await expect(client.chat.completions.create({ messages: hello, model: nova })).rejects.toMatchObject({
      status: 500,
      message: expect.stringContaining("The system encountered an unexpected error") as string,
    });
    expect(modelCalls(house.emulator)).toHaveLength(1);
    await drainFaults();
  });
});

/** Uses up the faults that a test has left. */
async function drainFaults(): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const response = await house.post("/v1/chat/completions", { model: nova, messages: hello });
    if (response.status === 200) return;
  }
  throw new Error("The faults do not end.");
}

describe("stored things that are not there", () => {
  test.each<[string, () => Promise<unknown>]>([
    ["the chat sample", () => portkey({ virtualKey: "VIRTUAL_KEY" }).chat.completions.create(plainSample)],
    [
      "the sample on thinking",
      () => portkey({ virtualKey: "VIRTUAL_KEY", strictOpenAICompliance: false }).chat.completions.create(singleTurn),
    ],
    [
      "the sample of a second turn",
      () =>
        portkey({ virtualKey: "VIRTUAL_KEY", strictOpenAICompliance: false }).chat.completions.create(
          multiTurn as unknown as typeof singleTurn,
        ),
    ],
    [
      "the sample on STS",
      () => portkey({ virtualKey: "VIRTUAL_KEY", aws_session_token: "" }).chat.completions.create(plainSample),
    ],
  ])("P06 the virtual key of %s is a clear 400, and nothing is sent", async (_sample, send) => {
    await expect(send()).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/virtual.key.*VIRTUAL_KEY/i) as string,
    });
    expect(house.emulator.requests).toEqual([]);
  });

  test("P06 so is that of the Python samples", async () => {
    for (const body of [plainSample, singleTurn, multiTurn]) {
      const response = await sendChat(
        house,
        portkeyPython(gatewayKey, { "x-portkey-virtual-key": "VIRTUAL_KEY" }),
        body,
      );
      expect(response.status).toBe(400);
      expect((await refusalOf(response)).message).toMatch(/virtual key.*VIRTUAL_KEY/);
    }
    expect(house.emulator.requests).toEqual([]);
  });

  test.each([
    ["Node", "x-portkey-aws_session_token"],
    ["Python", "x-portkey-aws-session-token"],
  ])("P07 the session token as the %s SDK spells it (%s) is read, signed and sent", async (_language, name) => {
    const headers = curlThinking({
      "x-portkey-aws-access-key-id": session.accessKeyId,
      "x-portkey-aws-secret-access-key": session.secretAccessKey,
      [name]: session.sessionToken ?? "",
    });
    const response = await sendChat(house, headers, { model: nova, messages: hello });
    expect(response.status).toBe(200);
    const seen = onlyModelCall(house.emulator);
    expect(seen).toMatchObject({ accessKeyId: session.accessKeyId, sessionToken: session.sessionToken });
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
  });

  test("P07 a session token without a pair is a 400 that names what is missing", async () => {
    const client = portkey({ provider: "bedrock", aws_session_token: "token" });
    await expect(client.chat.completions.create(plainSample)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("access key id") as string,
    });
    expect(house.emulator.requests).toEqual([]);
  });
});

describe("chat", () => {
  test.each([{ max_tokens: 250 }, {}])("P08 'Say this is a test' with %j", async (limit) => {
    const { max_tokens: _printed, ...sample } = plainSample;
    const answer = await portkey(direct).chat.completions.create({ ...sample, ...limit });
    expect(answer.choices[0]?.message?.content).toContain("Say this is a test");
    const seen = onlyModelCall(house.emulator);
    expect(seen.path).toBe("/model/anthropic.claude-v2%3A1/converse");
    expect(bodyOf(seen).inferenceConfig?.maxTokens).toBe(limit.max_tokens);
  });

  test("P08 the Python sample, by the HTTP that its SDK sends", async () => {
    const headers = portkeyPython(gatewayKey, {
      "x-portkey-provider": "bedrock",
      "x-portkey-aws-access-key-id": account.accessKeyId,
      "x-portkey-aws-secret-access-key": account.secretAccessKey,
      "x-portkey-aws-region": "us-east-1",
    });
    const response = await sendChat(house, headers, plainSample);
    expect(response.status).toBe(200);
    const answer = (await response.json()) as ChatCompletion;
    expect(answer.choices[0]?.message.content).toContain("Say this is a test");
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(account.accessKeyId);
  });

  const visionModels = [
    "anthropic.claude-3-sonnet-20240229-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "us.anthropic.claude-3-opus-20240229-v1:0",
  ];
  const visionBody = (model: string, url: string) => ({
    model,
    max_tokens: 250,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "What is in this image?" },
          { type: "image_url", image_url: { url } },
        ],
      },
    ],
  });

  test.each(visionModels)("P10 %s sees the image of a data URL", async (model) => {
    const answer = await portkey(direct).chat.completions.create(
      visionBody(model, `data:image/png;base64,${redPixel}`),
    );
    expect(answer.choices[0]?.message?.content).toContain("with image");
    expect(bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content).toEqual([
      { text: "What is in this image?" },
      { image: { format: "png", source: { bytes: redPixel } } },
    ]);
  });

  test("P10 an https image is fetched, and its bytes go to AWS", async () => {
    // What fetches from a server with a certificate is tested beside it; here its answer is given, and the rest is real.
    const url = "https://images.example.com/pixel.png";
    const transport = new Transport({ clock: systemClock, environment: {} });
    const environment = { AWS_ENDPOINT_URL: house.emulator.url };
    const client = new BedrockClient({ clock: systemClock, environment, transport });
    const keys = { kind: "keys" as const, accessKeyId: account.accessKeyId };
    const credentials = staticSource(
      { ...keys, secretAccessKey: new Secret(account.secretAccessKey) },
      "test",
      systemClock,
    );
    const target = { model: visionModels[1] ?? "", region: "us-east-1", credentials };
    const { body } = await prepareChat(visionBody(target.model, url) as ChatRequest, target, {
      client,
      loadMedia: (urls) =>
        Promise.resolve(new Map([...urls.keys()].map((each) => [each, { bytes: redPixel, contentType: "image/png" }]))),
    });
    const { response } = await client.converse({ ...target, body });
    expect(response.output.message?.content[0]).toMatchObject({
      text: expect.stringContaining("with image") as string,
    });
    expect(bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content[1]).toEqual({
      image: { format: "png", source: { bytes: redPixel } },
    });
    await client.close();
  });

  test.each([
    ["http://images.example.com/cat.png", "media_not_allowed"],
    ["https://127.0.0.1/cat.png", "media_not_allowed"],
    ["https://169.254.169.254/latest/meta-data", "media_not_allowed"],
    ["https://images.invalid/cat.png", "media_fetch_failed"],
  ])("P10 the image at %s is a 400 of code %s that names the address, before AWS is called", async (url, code) => {
    const response = await house.post("/v1/chat/completions", visionBody(visionModels[1] ?? "", url));
    const { error } = await refusalOf(response);
    expect({ status: response.status, code: error.code }).toEqual({ status: 400, code });
    expect(error.message).toContain(url.split("?")[0]);
    expect(house.emulator.requests).toEqual([]);
  });
});

test("P10 the refusal of an image's address names its field", async () => {
  const content = [{ type: "image_url", image_url: { url: "http://images.example.com/cat.png" } }];
  const response = await house.post("/v1/chat/completions", { model: nova, messages: [{ role: "user", content }] });
  expect((await refusalOf(response)).error.param).toContain("messages[0].content[0]");
});

describe("extended thinking, one turn", () => {
  test("P11 Portkey's Node client gets content_blocks in the stream", async () => {
    const client = portkey({ ...direct, strictOpenAICompliance: false });
    const stream = await client.chat.completions.create(singleTurn);
    const whole = assemble(await gather(stream));
    expectThinking(whole);
    const seen = onlyModelCall(house.emulator);
    expect(seen.operation).toBe("ConverseStream");
    expect(bodyOf(seen)).toMatchObject({
      inferenceConfig: { maxTokens: 3000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2030 } },
    });
  });

  test("P11 OpenAI's Node client behind createHeaders gets them too", async () => {
    const client = openAiBehind({ provider: "bedrock", apiKey: gatewayKey, strictOpenAICompliance: false });
    const stream = await client.chat.completions.create(
      singleTurn as unknown as OpenAI.ChatCompletionCreateParamsStreaming,
    );
    const whole = assemble(await gather(stream));
    expectThinking(whole);
    expect(whole.reasoning).toBe("");
  });

  test("P11 so does the Python sample of Portkey's SDK", async () => {
    const headers = portkeyPython(gatewayKey, {
      "x-portkey-provider": "bedrock",
      "x-portkey-strict-openai-compliance": "false",
      "x-portkey-aws-access-key-id": account.accessKeyId,
      "x-portkey-aws-secret-access-key": account.secretAccessKey,
    });
    const whole = await readChat(await sendChat(house, headers, singleTurn));
    expectThinking(whole);
    expect(whole.endsWithDone).toBe(true);
  });

  test("P11 so does the Python sample of OpenAI's SDK", async () => {
    const headers = {
      ...openAiPython(exampleApiKey),
      "x-portkey-provider": "bedrock",
      "x-portkey-api-key": gatewayKey,
      "x-portkey-strict-openai-compliance": "false",
    };
    expectThinking(await readChat(await sendChat(house, headers, singleTurn)));
    expect(onlyModelCall(house.emulator).verdict).toBe("bearer ok");
  });

  test("P11 so does curl", async () => {
    const response = await sendChat(house, curlThinking({ "x-portkey-strict-openai-compliance": "false" }), singleTurn);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expectThinking(await readChat(response));
  });

  test.each([
    "x-portkey-strict-open-a-i-compliance",
    "x-portkey-strict-openai-compliance",
    "x-portkey-strict-open-ai-compliance",
    "x-portkey-strict_open_ai_compliance",
  ])("P12 %s: false switches content_blocks on", async (name) => {
    const whole = await readChat(await sendChat(house, curlThinking({ [name]: "false" }), singleTurn));
    expectThinking(whole);
    expect(whole.endsWithDone).toBe(true);
  });

  test.each([
    [{ strictOpenAICompliance: false }, "x-portkey-strict-open-a-i-compliance"],
    [{ strict_openai_compliance: false }, "x-portkey-strict_openai_compliance"],
    [{ strict_open_ai_compliance: false }, "x-portkey-strict_open_ai_compliance"],
    [{ strictOpenAiCompliance: false }, "x-portkey-strict-open-ai-compliance"],
  ])("P12 createHeaders(%j) sends %s, and it switches", async (option, name) => {
    expect(createHeaders(option)).toEqual({ [name]: "false" });
    const client = openAiBehind({ provider: "bedrock", apiKey: gatewayKey, ...option });
    const stream = await client.chat.completions.create(
      singleTurn as unknown as OpenAI.ChatCompletionCreateParamsStreaming,
    );
    expectThinking(assemble(await gather(stream)));
  });

  test.each([{}, { "x-portkey-strict-open-ai-compliance": "true" }])(
    "P12 with the headers %j nothing but OpenAI's fields and reasoning_content comes",
    async (header) => {
      const whole = await readChat(await sendChat(house, curlThinking(header), singleTurn));
      expect(whole.pieces).toEqual([]);
      expect(whole.reasoning.length).toBeGreaterThan(0);
      expect(whole.text).toContain("flight");
    },
  );

  test("P13 OpenAI's SDK: its apiKey reaches AWS as the bearer, the gateway key does not", async () => {
    const client = openAiBehind({ provider: "bedrock", apiKey: gatewayKey });
    const answer = await client.chat.completions.create({
      model: nova,
      messages: [{ role: "user", content: "Hello!" }],
    });
    expect(answer.choices[0]?.message.content).toContain("Hello!");
    const seen = onlyModelCall(house.emulator);
    expect(seen.headers["authorization"]).toBe(`Bearer ${exampleApiKey}`);
    expect(seen.headers["x-amz-date"]).toBeUndefined();
    expectNoLeak(house, []);
  });

  test("P14 curl's x-api-key has the same result", async () => {
    const response = await sendChat(house, curlThinking(), { model: nova, messages: hello });
    expect(response.status).toBe(200);
    const seen = onlyModelCall(house.emulator);
    expect(seen.headers["authorization"]).toBe(`Bearer ${exampleApiKey}`);
    expect(seen.headers["x-api-key"]).toBeUndefined();
  });
});

describe("extended thinking, a second turn", () => {
  const senders: Record<string, () => Promise<ReturnType<typeof assemble>>> = {
    "Portkey's Node client": async () => {
      const client = portkey({ ...direct, strictOpenAICompliance: false });
      const stream = await client.chat.completions.create(multiTurn as unknown as typeof singleTurn);
      return assemble(await gather(stream));
    },
    "OpenAI's Node client": async () => {
      const client = openAiBehind({ provider: "bedrock", apiKey: gatewayKey, strictOpenAICompliance: false });
      const body = multiTurn as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
      return assemble(await gather(await client.chat.completions.create(body)));
    },
    "Portkey's Python client": async () => {
      const headers = portkeyPython(gatewayKey, { "x-portkey-provider": "bedrock" });
      return readChat(await sendChat(house, headers, multiTurn));
    },
    "OpenAI's Python client": async () => {
      const headers = {
        ...openAiPython(exampleApiKey),
        "x-portkey-provider": "bedrock",
        "x-portkey-api-key": gatewayKey,
        "x-portkey-strict-openai-compliance": "false",
      };
      return readChat(await sendChat(house, headers, multiTurn));
    },
    curl: async () =>
      readChat(await sendChat(house, curlThinking({ "x-portkey-strict-openai-compliance": "false" }), multiTurn)),
  };

  test.each(Object.keys(senders))(
    "P15 the thinking sent by %s arrives first in its turn, byte for byte",
    async (name) => {
      const whole = await senders[name]!();
      expect(whole.text).toContain("how about to chennai?");
      const turns = bodyOf(onlyModelCall(house.emulator)).messages ?? [];
      expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
      expect(turns[1]?.content[0]).toEqual({
        reasoningContent: { reasoningText: { text: printedThinking, signature: printedSignature } },
      });
      expect(turns[2]?.content).toEqual([{ text: "thanks that's good to know, how about to chennai?" }]);
    },
  );

  test("P15 a signature that the model made comes back to it unchanged", async () => {
    const client = portkey({ ...direct, strictOpenAICompliance: false });
    const { stream: _streamed, ...whole } = singleTurn;
    const first = await client.chat.completions.create(whole);
    const message = first.choices[0]?.message as unknown as {
      content_blocks: { type: string; thinking?: string; signature?: string }[];
    };
    const [thinking] = message.content_blocks;
    expect(thinking).toMatchObject({ type: "thinking" });
    const next = [...whole.messages, message, { role: "user", content: "and to chennai?" }];
    // The emulator refuses a signature that it did not make for this text, as AWS does.
    const second = await client.chat.completions.create({ ...whole, messages: next as typeof whole.messages });
    expect(second.choices[0]?.message?.content).toContain("and to chennai?");
    const assistant = bodyOf(modelCalls(house.emulator)[1]!).messages?.[1];
    expect(assistant?.content[0]).toEqual({
      reasoningContent: { reasoningText: { text: thinking?.thinking, signature: thinking?.signature } },
    });
  });
});

describe("inference profiles and Converse", () => {
  const profileOf = (name: string): string =>
    `arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/emu-${name}`;

  test("P16 an application profile's model is looked up once, under a burst too, and its region is the ARN's", async () => {
    const model = profileOf("us.anthropic.claude-3-7-sonnet-20250219-v1:0");
    const client = portkey(direct);
    const ask = () => client.chat.completions.create({ model, messages: hello });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    answers.push(await ask());
    for (const answer of answers) expect(answer.choices[0]?.message?.content).toContain("Hello!");
    expect(callsOf(house.emulator, "GetInferenceProfile")).toMatchObject([
      { accessKeyId: account.accessKeyId, region: "us-west-2", status: 200 },
    ]);
    const calls = modelCalls(house.emulator);
    expect(new Set(calls.map(({ path }) => path))).toEqual(new Set([`/model/${encodeURIComponent(model)}/converse`]));
    expect(new Set(calls.map(({ region }) => region))).toEqual(new Set(["us-west-2"]));
  });

  test("P16 capabilities follow the foundation model behind the profile", async () => {
    const tool = { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } };
    const ask = (name: string) =>
      house.post("/v1/chat/completions", {
        model: profileOf(name),
        messages: hello,
        tools: [tool],
        reasoning_effort: "low",
      });
    expect((await ask("us.anthropic.claude-sonnet-4-20250514-v1:0")).status).toBe(200);
    // Claude's way to think, which the ARN alone would not have told.
    expect(bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields).toMatchObject({
      thinking: { type: "enabled" },
    });
  });

  test("P16 without bedrock:GetInferenceProfile chat works all the same", async () => {
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", operation: "GetInferenceProfile" });
    const model = profileOf("us.amazon.nova-pro-v1:0");
    const client = portkey(direct);
    for (const turn of [1, 2]) {
      const answer = await client.chat.completions.create({ model, messages: hello });
      expect(answer.choices[0]?.message?.content, `turn ${turn}`).toContain("Hello!");
    }
    expect(callsOf(house.emulator, "GetInferenceProfile").map(({ status }) => status)).toEqual([403]);
  });

  test("P16 the id of a profile that AWS defines names its model: nothing is looked up", async () => {
    await portkey(direct).chat.completions.create({ model: nova, messages: hello });
    expect(house.emulator.requests.map(({ operation }) => operation)).toEqual(["Converse"]);
  });

  test("P17 chat goes by Converse, whole and streamed", async () => {
    const body = { model: nova, messages: hello };
    const whole = await house.post("/v1/chat/completions", body);
    const streamed = await house.post("/v1/chat/completions", { ...body, stream: true });
    await Promise.all([whole.text(), streamed.text()]);
    expect(modelCalls(house.emulator).map(({ path }) => path)).toEqual([
      "/model/us.amazon.nova-lite-v1%3A0/converse",
      "/model/us.amazon.nova-lite-v1%3A0/converse-stream",
    ]);
    expect(whole.headers.get("x-adit-route")).toBe("converse");
  });

  test("P18 additionalModelRequestFields arrive verbatim, by curl and by Portkey's client", async () => {
    const fields = { frequency_penalty: 0.4, nested: { camelCase: [1, "two", null] } };
    const model = "mistral.mistral-large-2402-v1:0";
    const byCurl = { model, messages: hello, additionalModelRequestFields: fields };
    expect((await sendChat(house, curlThinking(), byCurl)).status).toBe(200);
    // The client writes the name in snake case on its way.
    await portkey(direct).chat.completions.create({ model, messages: hello, additionalModelRequestFields: fields });
    for (const seen of modelCalls(house.emulator)) {
      expect(bodyOf(seen).additionalModelRequestFields).toEqual(fields);
    }
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("P18 they are merged with what the gateway derives", async () => {
    const body = {
      ...singleTurn,
      additionalModelRequestFields: {
        anthropic_beta: ["interleaved-thinking-2025-05-14"],
        metadata: { user_id: "kept" },
      },
    };
    const response = await sendChat(house, curlThinking(), body);
    await response.text();
    expect(response.status).toBe(200);
    expect(bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields).toEqual({
      thinking: { type: "enabled", budget_tokens: 2030 },
      anthropic_beta: ["interleaved-thinking-2025-05-14"],
      metadata: { user_id: "kept" },
    });
  });

  test("P19 additionalModelResponseFieldPaths are sent, and what they find reaches the caller", async () => {
    const client = portkey({ ...direct, strictOpenAiCompliance: false });
    const answer = await client.chat.completions.create({
      model: "anthropic.claude-3-haiku-20240307-v1:0",
      messages: hello,
      stop: ["heard"],
      additionalModelResponseFieldPaths: ["/stop_sequence"],
    });
    expect(bodyOf(onlyModelCall(house.emulator)).additionalModelResponseFieldPaths).toEqual(["/stop_sequence"]);
    const message = answer.choices[0]?.message as unknown as Record<string, unknown>;
    expect(message["additional_model_response_fields"]).toEqual({ stop_sequence: "heard" });
  });
});

describe("without a virtual key", () => {
  test("P21 Portkey's Node client with the AWS details", async () => {
    const client = portkey({
      provider: "bedrock",
      awsAccessKeyId: session.accessKeyId,
      awsSecretAccessKey: session.secretAccessKey,
      awsRegion: "us-east-1",
      awsSessionToken: session.sessionToken,
    });
    const answer = await client.chat.completions.create({ model: nova, messages: hello });
    expect(answer.choices[0]?.message?.content).toContain("Hello!");
    expect(onlyModelCall(house.emulator)).toMatchObject({
      verdict: "sigv4 ok",
      accessKeyId: session.accessKeyId,
      sessionToken: session.sessionToken,
      region: "us-east-1",
    });
    expectNoLeak(house, [session.secretAccessKey]);
  });

  test("P21 Portkey's Python client with the AWS details", async () => {
    const headers = portkeyPython(gatewayKey, {
      "x-portkey-provider": "bedrock",
      "x-portkey-aws-access-key-id": session.accessKeyId,
      "x-portkey-aws-secret-access-key": session.secretAccessKey,
      "x-portkey-aws-region": "us-west-2",
      "x-portkey-aws-session-token": session.sessionToken ?? "",
    });
    const response = await sendChat(house, headers, { model: nova, messages: hello });
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: session.accessKeyId, region: "us-west-2" });
  });

  test("P21 empty values, as the Python sample prints them, are absent: the server's own credentials serve", async () => {
    const headers = portkeyPython(gatewayKey, {
      "x-portkey-provider": "bedrock",
      "x-portkey-aws-access-key-id": "",
      "x-portkey-aws-secret-access-key": "",
      "x-portkey-aws-region": "us-east-1",
      "x-portkey-aws-session-token": "",
    });
    const response = await sendChat(house, headers, { model: nova, messages: hello });
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator).accessKeyId).toBe(house.emulator.credential.accessKeyId);
  });

  test("P22 the curl sample's gpt-4o is AWS's 400 with a hint", async () => {
    const headers = {
      ...curl,
      "x-portkey-api-key": gatewayKey,
      "x-portkey-provider": "bedrock",
      "x-portkey-aws-access-key-id": session.accessKeyId,
      "x-portkey-aws-secret-access-key": session.secretAccessKey,
      "x-portkey-aws-region": "us-east-1",
      "x-portkey-aws-session-token": session.sessionToken ?? "",
    };
    const response = await sendChat(house, headers, mistakenSample);
    const { error, provider } = await refusalOf(response);
    expect(response.status).toBe(400);
    expect(provider).toBe("bedrock");
    expect(error.message).toMatch(/^bedrock error: The provided model identifier is invalid\./);
    expect(response.headers.get("x-adit-model")).toBe("gpt-4o");
    expect(onlyModelCall(house.emulator)).toMatchObject({ path: "/model/gpt-4o/converse", status: 400 });
  });

  test("P22 the refusal of gpt-4o hints at what to name instead", async () => {
    const response = await sendChat(house, curlThinking(), mistakenSample);
    expect((await refusalOf(response)).error.message).toMatch(/"gpt-4o"|\/v1\/models|nearest ids/);
  });

  test("P23 an id that is in no list goes upstream as it is written", async () => {
    const model = "anthropic.claude-of-tomorrow-20990101-v9:3";
    const answer = await portkey(direct).chat.completions.create({ model, messages: hello });
    expect(answer.choices[0]?.message?.content).toContain(model);
    expect(onlyModelCall(house.emulator).path).toBe(`/model/${encodeURIComponent(model)}/converse`);
  });
});

describe("metadata, configs, traces", () => {
  test("P25 metadata comes back, is in the log, and does not go to AWS", async () => {
    const metadata = { _user: "ada", team: "night shift" };
    const client = portkey({ ...direct, metadata });
    await client.chat.completions.create({ model: nova, messages: hello });
    expect(JSON.stringify(onlyModelCall(house.emulator).headers)).not.toContain("night shift");
    expect(house.logLines().at(-1)).toMatchObject({ metadata });
    const headers = curlThinking({ "x-portkey-metadata": JSON.stringify(metadata) });
    const response = await sendChat(house, headers, { model: nova, messages: hello });
    expect(JSON.parse(response.headers.get("x-adit-metadata") ?? "")).toEqual(metadata);
  });

  test("P26 an inline config steers the call", async () => {
    const client = portkey({
      config: {
        provider: "bedrock",
        aws_access_key_id: account.accessKeyId,
        aws_secret_access_key: account.secretAccessKey,
        aws_region: "eu-west-1",
        override_params: { model: "eu.amazon.nova-lite-v1:0", max_tokens: 17 },
      },
    });
    const answer = await client.chat.completions.create({ model: "whatever-the-app-says", messages: hello });
    expect(answer.choices[0]?.message?.content).toContain("Hello!");
    const seen = onlyModelCall(house.emulator);
    expect(seen).toMatchObject({
      accessKeyId: account.accessKeyId,
      region: "eu-west-1",
      modelId: "eu.amazon.nova-lite-v1:0",
    });
    expect(bodyOf(seen).inferenceConfig).toEqual({ maxTokens: 17 });
    expectNoLeak(house, [account.secretAccessKey]);
  });

  test("P26 a saved config is a clear 400", async () => {
    await expect(
      portkey({ config: "pc-bedrock-1" }).chat.completions.create({ model: nova, messages: hello }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining("pc-bedrock-1") as string });
    expect(house.emulator.requests).toEqual([]);
  });

  test("P27 trace and span come back and are in the log, on refusals too", async () => {
    const client = portkey({
      ...direct,
      traceID: "trace-27",
      spanId: "span-27",
      spanName: "lookup",
      parentSpanId: "parent-27",
    });
    const trace = { traceId: "trace-27", spanId: "span-27", spanName: "lookup", parentSpanId: "parent-27" };
    const answer = await client.chat.completions.create({ model: nova, messages: hello });
    expect(answer.getHeaders()?.["trace-id"]).toBe("trace-27");
    expect(house.logLines().at(-1)).toMatchObject({ status: 200, ...trace });
    await expect(client.chat.completions.create({ model: "gpt-4o", messages: hello })).rejects.toMatchObject({
      status: 400,
      headers: expect.objectContaining({ "x-portkey-trace-id": "trace-27" }) as unknown,
    });
    expect(house.logLines().at(-1)).toMatchObject({ status: 400, ...trace });
  });

  test("P27 traceparent starts a trace", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const response = await house.post("/v1/chat/completions", { model: nova, messages: hello }, { traceparent });
    await response.text();
    expect(response.headers.get("x-adit-trace-id")).toBe("4bf92f3577b34da6a3ce929d0e0e4736");
    expect(house.logLines().at(-1)).toMatchObject({
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      parentSpanId: "00f067aa0ba902b7",
    });
  });
});

describe("a fallback from OpenAI to Bedrock", () => {
  const config = (origin: string, strategy: object = { mode: "fallback" }) => ({
    strategy,
    targets: [
      {
        provider: "openai",
        api_key: "key-of-the-openai-account",
        custom_host: `${origin}/v1`,
        override_params: { model: "gpt-4o" },
      },
      {
        provider: "bedrock",
        aws_access_key_id: account.accessKeyId,
        aws_secret_access_key: account.secretAccessKey,
        override_params: { model: nova },
      },
    ],
  });

  test.each([{ stream: false }, { stream: true }])(
    "P28 OpenAI's 429 goes on to Bedrock, and the path is told (%j)",
    async ({ stream }) => {
      openAiServer.answerWith(429);
      const headers = {
        ...curl,
        "x-portkey-api-key": gatewayKey,
        "x-portkey-config": JSON.stringify(config(openAiServer.origin)),
      };
      const response = await sendChat(house, headers, { model: "gpt-4o", messages: hello, stream });
      expect(response.status).toBe(200);
      expect(response.headers.get("x-portkey-last-used-option-index")).toBe("config.targets[1]");
      expect(response.headers.get("x-portkey-provider")).toBe("bedrock");
      expect(await response.text()).toContain("Hello!");
      expect(openAiServer.seen).toMatchObject([
        { path: "/v1/chat/completions", authorization: "Bearer key-of-the-openai-account", model: "gpt-4o" },
      ]);
      expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: account.accessKeyId, modelId: nova });
      expectNoLeak(house, [account.secretAccessKey, "key-of-the-openai-account"]);
    },
  );

  test("P28 by Portkey's client, an answer of the first target comes through as it is", async () => {
    openAiServer.answerWith(200);
    const client = portkey({ config: config(openAiServer.origin) });
    const answer = await client.chat.completions.create({ model: "gpt-4o", messages: hello });
    expect(answer.choices[0]?.message?.content).toBe("from the first target");
    expect(answer.getHeaders()).toMatchObject({ "last-used-option-index": "config.targets[0]", provider: "openai" });
    expect(house.emulator.requests).toEqual([]);
  });

  test("P28 on_status_codes without 429 keeps the 429", async () => {
    openAiServer.answerWith(429);
    const client = portkey({
      config: config(openAiServer.origin, { mode: "fallback", on_status_codes: [503] }),
    });
    await expect(client.chat.completions.create({ model: "gpt-4o", messages: hello })).rejects.toMatchObject({
      status: 429,
    });
    expect(house.emulator.requests).toEqual([]);
  });

  test("P28 a host that the operator did not list is a 400 before anything is sent", async () => {
    openAiServer.answerWith(429);
    const client = portkey({ config: config("http://127.0.0.1:9") });
    await expect(client.chat.completions.create({ model: "gpt-4o", messages: hello })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("ADIT_CUSTOM_HOSTS") as string,
    });
    expect(openAiServer.seen).toEqual([]);
    expect(house.emulator.requests).toEqual([]);
  });
});

/** A server in OpenAI's format on this machine. */
interface OpenAiServer {
  origin: string;
  seen: { path: string; authorization: string | undefined; model: unknown }[];
  /** What it answers from now on; forgets what it has seen. */
  answerWith: (status: 200 | 429) => void;
  close: () => Promise<void>;
}

async function startOpenAiServer(): Promise<OpenAiServer> {
  let status = 200;
  const seen: OpenAiServer["seen"] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      seen.push({
        path: request.url ?? "",
        authorization: request.headers.authorization,
        model: (JSON.parse(text) as { model: unknown }).model,
      });
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(status === 200 ? openAiAnswer : openAiRefusal));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answerWith: (next) => {
      status = next;
      seen.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const openAiAnswer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "from the first target" },
      finish_reason: "stop",
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
};

const openAiRefusal = {
  error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded", param: null },
};

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
