/** Obiguard's page on Bedrock: what its SDK, OpenAI's SDK and curl send, under its own prefix. */
import { Bedrock, type ChatCompletion } from "@adit/bedrock";
import { exampleApiKey } from "@adit/emulator";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { gatewayKey, openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, expectNoLeak, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { joinPieces, readChat, readEvents, type WholeStream } from "../support/sse.ts";
import { curl, obiguardPython, openAiPython, refusalOf, sendChat } from "./documents.ts";
import {
  mistakenSample,
  multiTurn,
  plainSample,
  printedSignature,
  printedThinking,
  redPixel,
  singleTurn,
} from "./samples.ts";

const session = pairOf("OBIGUARD", { sessionToken: "obiguard/session+token==" });
const nova = "us.amazon.nova-lite-v1:0";
const hello = [{ role: "user", content: "Hello!" }];

let house: House;
beforeAll(async () => {
  house = await openHouse();
  house.emulator.addCredential(session);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

/** The document's curl sample on thinking. */
function curlSample(extra: Record<string, string> = {}): Record<string, string> {
  return {
    ...curl,
    "x-obiguard-api-key": gatewayKey,
    "x-obiguard-provider": "bedrock",
    "x-api-key": exampleApiKey,
    ...extra,
  };
}

/** The document's curl sample without a virtual key. */
function curlDirect(extra: Record<string, string> = {}): Record<string, string> {
  return {
    ...curl,
    "x-obiguard-api-key": gatewayKey,
    "x-obiguard-provider": "bedrock",
    "x-obiguard-aws-access-key-id": session.accessKeyId,
    "x-obiguard-aws-secret-access-key": session.secretAccessKey,
    "x-obiguard-aws-region": "us-west-2",
    "x-obiguard-aws-session-token": session.sessionToken ?? "",
    ...extra,
  };
}

/** The document's sample of OpenAI's Python SDK behind `createHeaders`. */
function openAiSample(extra: Record<string, string> = {}): Record<string, string> {
  return {
    ...openAiPython(exampleApiKey),
    "x-obiguard-provider": "bedrock",
    "x-obiguard-api-key": gatewayKey,
    "x-obiguard-strict-openai-compliance": "false",
    ...extra,
  };
}

function expectThinking(whole: WholeStream): void {
  const thinking = joinPieces(whole.pieces, "thinking");
  expect(thinking.length).toBeGreaterThan(0);
  expect(joinPieces(whole.pieces, "text")).toBe(whole.text);
  expect(whole.text).toContain("flight");
  expect(whole.text).not.toContain(thinking);
  expect(whole.endsWithDone).toBe(true);
}

test.each(["O01", "S01"])(
  "%s the index of the documents is at /llms.txt, and every page that it lists is served",
  async (_row) => {
    const response = await fetch(`${house.gateway.url}/llms.txt`);
    expect(response.status).toBe(200);
    const links = [...(await response.text()).matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect((await fetch(new URL(link, house.gateway.url))).status, link).toBe(200);
  },
);

describe("clients and keys", () => {
  test("O03 the slug bedrock is known in any case; an unknown one is a 400 that lists the known", async () => {
    for (const provider of ["bedrock", "BEDROCK"]) {
      const response = await sendChat(house, curlSample({ "x-obiguard-provider": provider }), {
        model: nova,
        messages: hello,
      });
      expect(response.status).toBe(200);
    }
    house.emulator.clearRequests();
    const response = await sendChat(house, curlSample({ "x-obiguard-provider": "rock" }), plainSample);
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.message).toMatch(/"rock".*bedrock, /s);
    expect(house.emulator.requests).toEqual([]);
  });

  test("O04 x-obiguard-api-key is the gateway key; a virtual key that is not stored is a clear 400", async () => {
    const headers = obiguardPython(gatewayKey, { "x-obiguard-virtual-key": "VIRTUAL_KEY" });
    const response = await sendChat(house, headers, plainSample);
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.message).toMatch(/virtual key.*VIRTUAL_KEY/);
    const wrong = await sendChat(house, obiguardPython("sk-obg-wrong-wrong-wrong"), plainSample);
    expect(wrong.status).toBe(401);
    expect(house.emulator.requests).toEqual([]);
  });

  test("O08 AWS details in the request work with nothing stored", async () => {
    const headers = obiguardPython(gatewayKey, {
      "x-obiguard-provider": "bedrock",
      "x-obiguard-aws-access-key-id": session.accessKeyId,
      "x-obiguard-aws-secret-access-key": session.secretAccessKey,
      "x-obiguard-aws-region": "us-east-1",
      "x-obiguard-aws-session-token": session.sessionToken ?? "",
    });
    const response = await sendChat(house, headers, plainSample);
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({ accessKeyId: session.accessKeyId, region: "us-east-1" });
    expectNoLeak(house, [session.secretAccessKey]);
  });

  test.each([{ max_tokens: 250 }, {}])("O09 'Say this is a test' with %j", async (limit) => {
    const { max_tokens: _printed, ...sample } = plainSample;
    const response = await sendChat(house, curlDirect(), { ...sample, ...limit });
    const answer = (await response.json()) as ChatCompletion;
    expect(answer.choices[0]?.message.content).toContain("Say this is a test");
    expect(bodyOf(onlyModelCall(house.emulator)).inferenceConfig?.maxTokens).toBe(limit.max_tokens);
  });

  test("O11 completion.choices, read by OpenAI's SDK", async () => {
    const client = new OpenAI({
      apiKey: exampleApiKey,
      baseURL: house.baseUrl,
      defaultHeaders: { "x-obiguard-provider": "bedrock", "x-obiguard-api-key": gatewayKey },
    });
    const answer = await client.chat.completions.create(plainSample);
    expect(answer).toMatchObject({ object: "chat.completion", model: plainSample.model });
    expect(answer.choices).toHaveLength(1);
    expect(answer.choices[0]).toMatchObject({
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content: expect.stringContaining("Say this is a test") as string },
    });
    const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = answer.usage!;
    expect(prompt).toBeGreaterThan(0);
    expect(completion).toBeGreaterThan(0);
    expect(total).toBe(prompt + completion);
  });

  test.each([
    "anthropic.claude-3-sonnet-20240229-v1:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "us.anthropic.claude-3-opus-20240229-v1:0",
  ])("O12 %s sees an image", async (model) => {
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${redPixel}` } },
    ];
    const response = await sendChat(house, curlDirect(), { model, messages: [{ role: "user", content }] });
    const answer = (await response.json()) as ChatCompletion;
    expect(answer.choices[0]?.message.content).toContain("with image");
    expect(bodyOf(onlyModelCall(house.emulator)).messages?.[0]?.content[1]).toEqual({
      image: { format: "png", source: { bytes: redPixel } },
    });
  });
});

describe("extended thinking", () => {
  test("O13 thinking and max_tokens arrive in Converse's fields", async () => {
    await (await sendChat(house, curlSample(), singleTurn)).text();
    expect(bodyOf(onlyModelCall(house.emulator))).toMatchObject({
      inferenceConfig: { maxTokens: 3000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2030 } },
    });
  });

  const senders: Record<string, Record<string, string>> = {
    "Obiguard's Python client": obiguardPython(gatewayKey, {
      "x-obiguard-provider": "bedrock",
      "x-obiguard-strict-openai-compliance": "false",
    }),
    "OpenAI's Python client": openAiSample(),
    curl: curlSample({ "x-obiguard-strict-openai-compliance": "false" }),
  };

  test.each(Object.keys(senders))("O14 the thinking comes in delta.content_blocks alone, to %s", async (name) => {
    const whole = await readChat(await sendChat(house, senders[name]!, singleTurn));
    expectThinking(whole);
    expect(whole.reasoning).toBe("");
  });

  test.each([
    "x-obiguard-strict-openai-compliance",
    "x-obiguard-strict-open-ai-compliance",
    "x-obiguard-strict-open-a-i-compliance",
    "x-obiguard-strict_open_ai_compliance",
  ])("O15 %s: false switches them on", async (name) => {
    const whole = await readChat(await sendChat(house, curlSample({ [name]: "false" }), singleTurn));
    expectThinking(whole);
    expect(whole.endsWithDone).toBe(true);
  });

  test("O15 absent is strict: no content_blocks anywhere, whole or streamed", async () => {
    const streamed = await (await sendChat(house, curlSample(), singleTurn)).text();
    const whole = await (await sendChat(house, curlSample(), { ...singleTurn, stream: false })).text();
    expect(streamed).toContain("[DONE]");
    expect(whole).toContain("flight");
    expect(`${streamed}${whole}`).not.toContain("content_blocks");
  });

  test("O16 stream=True is a stream of data: lines with [DONE] at the end", async () => {
    const response = await sendChat(house, curlSample(), singleTurn);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = await readEvents(response);
    expect(events.at(-1)).toEqual({ event: undefined, data: "[DONE]" });
    for (const { event, data } of events.slice(0, -1)) {
      expect(event).toBeUndefined();
      expect(JSON.parse(data)).toMatchObject({ object: "chat.completion.chunk" });
    }
  });

  test("O17 O18 OpenAI's api_key and curl's x-api-key reach AWS as the same bearer, in the default region", async () => {
    await (await sendChat(house, openAiSample(), singleTurn)).text();
    await (await sendChat(house, curlSample(), singleTurn)).text();
    const calls = modelCalls(house.emulator);
    expect(calls.map(({ verdict, headers }) => [verdict, headers["authorization"], headers["x-api-key"]])).toEqual([
      ["bearer ok", `Bearer ${exampleApiKey}`, undefined],
      ["bearer ok", `Bearer ${exampleApiKey}`, undefined],
    ]);
    expectNoLeak(house, []);
  });

  test.each(Object.keys(senders))(
    "O19 a second turn by %s: the signature arrives byte for byte, first in its turn",
    async (name) => {
      const whole = await readChat(await sendChat(house, senders[name]!, multiTurn));
      expect(whole.text).toContain("how about to chennai?");
      const turns = bodyOf(onlyModelCall(house.emulator)).messages ?? [];
      expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
      expect(turns[1]?.content[0]).toEqual({
        reasoningContent: { reasoningText: { text: printedThinking, signature: printedSignature } },
      });
    },
  );

  test("O19 a signature over several lines stays as it is", async () => {
    const signature = `${printedSignature.slice(0, 76)}\n${printedSignature.slice(76)}`;
    const body = structuredClone(multiTurn);
    (body.messages[1]!.content as { signature?: string }[])[0]!.signature = signature;
    await (await sendChat(house, curlSample(), body)).text();
    expect(bodyOf(onlyModelCall(house.emulator)).messages?.[1]?.content[0]).toMatchObject({
      reasoningContent: { reasoningText: { signature } },
    });
  });
});

describe("AWS details by header", () => {
  test("O20 x-obiguard-aws-access-key-id is the key that signs", async () => {
    await sendChat(house, curlDirect(), { model: nova, messages: hello });
    expect(onlyModelCall(house.emulator)).toMatchObject({ verdict: "sigv4 ok", accessKeyId: session.accessKeyId });
  });

  test("O21 x-obiguard-aws-secret-access-key is neither logged nor sent, and without its pair it is a 400", async () => {
    await sendChat(house, curlDirect(), { model: nova, messages: hello });
    expectNoLeak(house, [session.secretAccessKey]);
    house.emulator.clearRequests();
    for (const [left, missing] of [
      ["x-obiguard-aws-access-key-id", "access key id"],
      ["x-obiguard-aws-secret-access-key", "secret access key"],
    ] as const) {
      const { [left]: _left, ...half } = curlDirect();
      const response = await sendChat(house, half, { model: nova, messages: hello });
      expect(response.status).toBe(400);
      expect((await refusalOf(response)).error.message).toContain(`lacks the ${missing}`);
    }
    expect(house.emulator.requests).toEqual([]);
  });

  test("O22 x-obiguard-aws-region is the region", async () => {
    await sendChat(house, curlDirect({ "x-obiguard-aws-region": "eu-west-3" }), {
      model: "eu.amazon.nova-lite-v1:0",
      messages: hello,
    });
    expect(onlyModelCall(house.emulator).region).toBe("eu-west-3");
  });

  test("O23 x-obiguard-aws-session-token is sent and signed", async () => {
    await sendChat(house, curlDirect(), { model: nova, messages: hello });
    const seen = onlyModelCall(house.emulator);
    expect(seen.sessionToken).toBe(session.sessionToken);
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
  });
});

describe("inference profiles, Converse, more fields", () => {
  const profile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-us.amazon.nova-pro-v1:0";

  test("O24 a profile is looked up once, then known", async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await sendChat(house, curlDirect(), { model: profile, messages: hello })).status).toBe(200);
    }
    expect(callsOf(house.emulator, "GetInferenceProfile")).toHaveLength(1);
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("O24 without the permission to look it up, chat works", async () => {
    const other = profile.replace("nova-pro", "nova-micro");
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException", operation: "GetInferenceProfile" });
    expect((await sendChat(house, curlDirect(), { model: other, messages: hello })).status).toBe(200);
    expect(callsOf(house.emulator, "GetInferenceProfile").map(({ status }) => status)).toEqual([403]);
  });

  test.each([
    "anthropic.claude-3-haiku-20240307-v1:0",
    "amazon.nova-micro-v1:0",
    "us.meta.llama3-2-3b-instruct-v1:0",
    "mistral.mistral-large-2402-v1:0",
    "cohere.command-r-v1:0",
    "openai.gpt-oss-20b-1:0",
    "us.deepseek.r1-v1:0",
    "ai21.jamba-1-5-mini-v1:0",
  ])("O25 %s goes by Converse, whole and streamed", async (model) => {
    await (await sendChat(house, curlSample(), { model, messages: hello })).text();
    await (await sendChat(house, curlSample(), { model, messages: hello, stream: true })).text();
    const segment = encodeURIComponent(model);
    expect(modelCalls(house.emulator).map(({ path, status }) => [path, status])).toEqual([
      [`/model/${segment}/converse`, 200],
      [`/model/${segment}/converse-stream`, 200],
    ]);
  });

  test("O26 additionalModelRequestFields arrive verbatim beside thinking", async () => {
    const fields = { frequency_penalty: 0.4, top_k: 5 };
    const plain = { model: "mistral.mistral-large-2402-v1:0", messages: hello, additionalModelRequestFields: fields };
    await (await sendChat(house, curlSample(), plain)).text();
    expect(bodyOf(onlyModelCall(house.emulator)).additionalModelRequestFields).toEqual(fields);
    house.emulator.clearRequests();
    const thinking = { ...singleTurn, additionalModelRequestFields: { frequency_penalty: 0.4 } };
    await (await sendChat(house, curlSample(), thinking)).text();
    expect(bodyOf(modelCalls(house.emulator)[0]!).additionalModelRequestFields).toEqual({
      frequency_penalty: 0.4,
      thinking: { type: "enabled", budget_tokens: 2030 },
    });
  });

  test.each([{ stream: false }, { stream: true }])(
    "O27 additionalModelResponseFieldPaths go up, and what they find comes back (%j)",
    async ({ stream }) => {
      const body = {
        model: "anthropic.claude-3-haiku-20240307-v1:0",
        messages: hello,
        stop: ["heard"],
        stream,
        additionalModelResponseFieldPaths: ["/stop_sequence"],
      };
      const response = await sendChat(house, curlSample({ "x-obiguard-strict-openai-compliance": "false" }), body);
      const text = await response.text();
      expect(bodyOf(onlyModelCall(house.emulator)).additionalModelResponseFieldPaths).toEqual(["/stop_sequence"]);
      expect(text).toContain('"additional_model_response_fields":{"stop_sequence":"heard"}');
    },
  );

  test("O28 the curl sample's gpt-4o is a 400 in AWS's words, never a 500", async () => {
    const response = await sendChat(house, curlDirect(), mistakenSample);
    expect(response.status).toBe(400);
    expect((await refusalOf(response)).error.message).toContain("The provided model identifier is invalid.");
    expect(onlyModelCall(house.emulator).path).toBe("/model/gpt-4o/converse");
  });

  test("O28 that refusal hints at what to name instead", async () => {
    const response = await sendChat(house, curlDirect(), mistakenSample);
    expect((await refusalOf(response)).error.message).toMatch(/"gpt-4o"|\/v1\/models|nearest ids/);
  });

  test("O29 any id of AWS's list, and one that no list has yet, goes through", async () => {
    const model = "mistral.model-of-tomorrow-v3:0";
    const response = await sendChat(house, curlSample(), { model, messages: hello });
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator).modelId).toBe(model);
  });
});

test("O31 the names of the Node column are those of the TypeScript client", async () => {
  const bedrock = new Bedrock({
    accessKeyId: session.accessKeyId,
    secretAccessKey: session.secretAccessKey,
    sessionToken: session.sessionToken!,
    region: "us-west-2",
    environment: { AWS_ENDPOINT_URL: house.emulator.url },
  });
  await bedrock.chat({ model: nova, messages: [{ role: "user", content: "Hello!" }] });
  await bedrock.close();
  // In a body, as the column writes them.
  const camel = {
    awsAccessKeyId: session.accessKeyId,
    awsSecretAccessKey: session.secretAccessKey,
    awsRegion: "us-west-2",
    awsSessionToken: session.sessionToken,
  };
  expect((await house.post("/v1/chat/completions", { model: nova, messages: hello, ...camel })).status).toBe(200);
  const expected = { accessKeyId: session.accessKeyId, sessionToken: session.sessionToken, region: "us-west-2" };
  expect(modelCalls(house.emulator)).toMatchObject([expected, expected]);
  expectNoLeak(house, [session.secretAccessKey]);
});
