/** What one system must reconcile of the five: names, fields, errors, streams, figures. */
import type { ChatCompletion } from "@adit/bedrock";
import { exampleApiKey, type Fault } from "@adit/emulator";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, callsOf, modelCalls, onlyModelCall, pairOf } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";
import { refusalOf, type RefusalBody } from "./documents.ts";

const nova = "us.amazon.nova-lite-v1:0";
const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const messages = [{ role: "user", content: "Good morning" }];
const pair = pairOf("ONESYSTEM", { sessionToken: "one/system+token==" });

let house: House;
beforeAll(async () => {
  house = await openHouse();
  house.emulator.addCredential(pair);
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const ask = (body: object, headers?: Record<string, string>) =>
  house.post("/v1/chat/completions", { model: nova, messages, ...body }, headers);

/** One try: what is asked is how one refusal looks. */
const once = { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }) };

describe("names", () => {
  const id = "amazon.nova-lite-v1:0";
  test.each([
    [`bedrock/${id}`, id],
    [`bedrock:${id}`, id],
    [`aws_bedrock/${id}`, id],
    [`amazon_bedrock:${id}`, id],
    [`amazon-bedrock/${id}`, id],
    [`${id}@bedrock`, id],
    [id, id],
    [`bedrock/us.${id}`, `us.${id}`],
    [`arn:aws:bedrock:us-east-1::foundation-model/${id}`, `arn:aws:bedrock:us-east-1::foundation-model/${id}`],
    [
      `bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${id}`,
      `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${id}`,
    ],
  ])("U1 %s is the model %s", async (written, model) => {
    const response = await ask({ model: written });
    const answer = (await response.json()) as ChatCompletion;
    expect(response.status).toBe(200);
    expect(answer.model).toBe(written);
    expect(onlyModelCall(house.emulator).path).toBe(`/model/${encodeURIComponent(model)}/converse`);
  });

  test.each([
    ["us.amazon.nova-lite-v1:0", "us-east-1"],
    ["eu.amazon.nova-lite-v1:0", "eu-west-1"],
    ["apac.amazon.nova-lite-v1:0", "ap-southeast-2"],
    ["global.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-east-1"],
  ])("U2 the prefix of %s stays on the wire, and the model behind it is known", async (model, region) => {
    const response = await ask({ model, max_tokens: 20 }, { "x-adit-aws-region": region });
    expect(response.status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({ modelId: model, region });
  });

  test("U2 the region of an ARN goes before any other", async () => {
    const model = "arn:aws:bedrock:eu-west-3:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
    const response = await ask({ model }, { "x-adit-aws-region": "us-east-1" });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-adit-region")).toBe("eu-west-3");
    expect(onlyModelCall(house.emulator)).toMatchObject({ region: "eu-west-3", modelId: model });
  });
});

describe("fields of a credential", () => {
  const names = (access: string, secret: string, token: string, region: string) => ({
    [access]: pair.accessKeyId,
    [secret]: pair.secretAccessKey,
    [token]: pair.sessionToken,
    [region]: "us-west-2",
  });

  test.each([
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region_name"],
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region"],
    ["access_key_id", "secret_access_key", "session_token", "region"],
    ["access_key", "secret_access_key", "session_token", "region"],
    ["awsAccessKeyId", "awsSecretAccessKey", "awsSessionToken", "awsRegion"],
  ])("U3 %s, %s, %s, %s in a body", async (access, secret, token, region) => {
    const bedrock = names(access, secret, token, region);
    expect((await ask({ customer_credentials: { bedrock } })).status).toBe(200);
    expect(onlyModelCall(house.emulator)).toMatchObject({
      accessKeyId: pair.accessKeyId,
      sessionToken: pair.sessionToken,
      region: "us-west-2",
    });
  });

  test.each(["adit", "portkey", "obiguard"])("U3 x-%s-aws-... in headers, with _ and with -", async (vendor) => {
    for (const mark of ["-", "_"]) {
      const name = (part: string): string => `x-${vendor}-${part.replaceAll("-", mark)}`;
      const headers = names(
        name("aws-access-key-id"),
        name("aws-secret-access-key"),
        name("aws-session-token"),
        name("aws-region"),
      ) as Record<string, string>;
      expect((await ask({}, headers)).status).toBe(200);
    }
    const seen = { accessKeyId: pair.accessKeyId, sessionToken: pair.sessionToken, region: "us-west-2" };
    expect(modelCalls(house.emulator)).toMatchObject([seen, seen]);
  });

  test.each(["api_key", "bedrock_api_key", "AWS_BEARER_TOKEN_BEDROCK"])("U3 %s is a bearer", async (name) => {
    expect((await ask({ customer_credentials: { bedrock: { [name]: exampleApiKey } } })).status).toBe(200);
    expect(onlyModelCall(house.emulator).verdict).toBe("bearer ok");
  });

  test.each(["role_arn", "aws_role_arn", "aws_role_name"])("U3 %s with external_id is a role", async (name) => {
    const role = `arn:aws:iam::123456789012:role/${name}`;
    const bedrock = { [name]: role, external_id: "external" };
    expect((await ask({ customer_credentials: { bedrock } })).status).toBe(200);
    const form = new URLSearchParams(callsOf(house.emulator, "AssumeRole")[0]?.body.toString());
    expect([form.get("RoleArn"), form.get("ExternalId")]).toEqual([role, "external"]);
  });
});

test("U5 chat goes by Converse, and a header says so", async () => {
  const response = await ask({});
  expect(response.headers.get("x-adit-route")).toBe("converse");
  expect(onlyModelCall(house.emulator).operation).toBe("Converse");
});

const never = { "x-adit-use-converse": "false" };

test.each([
  ["the body", { use_converse: false }, {}],
  ["a header", {}, never],
  ["the body, before a header", { use_converse: false }, { "x-portkey-use-converse": "true" }],
])(
  "U5 by %s the model's own format is forced, whole and streamed, and the header says so",
  async (_where, body, headers) => {
    for (const [stream, operation] of [
      [false, "InvokeModel"],
      [true, "InvokeModelWithResponseStream"],
    ] as const) {
      const response = await ask({ ...body, stream }, headers);
      expect([response.status, response.headers.get("x-adit-route")]).toEqual([200, "invoke"]);
      // A stream tells it in pieces.
      expect(await response.text()).toContain("morning");
      expect(house.emulator.requests.at(-1)?.operation).toBe(operation);
    }
  },
);

test("U5 Claude's own format is Anthropic's messages unless Converse is forced", async () => {
  const body = { model: claude, max_tokens: 50, messages };
  const own = await house.post("/v1/messages", body);
  const forced = await house.post("/v1/messages", { ...body, use_converse: true });
  const routes = [own, forced].map((response) => [response.status, response.headers.get("x-adit-route")]);
  expect(routes).toEqual([
    [200, "invoke"],
    [200, "converse"],
  ]);
});

test("U9 what Converse has in its body are InvokeModel's headers, whole and streamed", async () => {
  const members = {
    guardrailConfig: { guardrailIdentifier: "gr1234567890", guardrailVersion: "1", trace: "enabled" },
    performanceConfig: { latency: "standard" },
    serviceTier: { type: "flex" },
  };
  for (const stream of [false, true]) {
    const response = await ask({ ...members, stream }, never);
    expect(response.status, await response.text()).toBe(200);
    expect(house.emulator.requests.at(-1)?.headers).toMatchObject({
      "x-amzn-bedrock-guardrailidentifier": "gr1234567890",
      "x-amzn-bedrock-guardrailversion": "1",
      "x-amzn-bedrock-trace": "ENABLED",
      "x-amzn-bedrock-performanceconfig-latency": "standard",
      "x-amzn-bedrock-service-tier": "flex",
    });
  }
});

test("U9 at Bedrock's own paths these headers are the caller's, a stream's x-amzn-bedrock-accept too", async () => {
  const headers = {
    "x-amzn-bedrock-accept": "application/json",
    "x-amzn-bedrock-trace": "ENABLED_FULL",
    "x-amzn-bedrock-service-tier": "flex",
  };
  const body = { messages: [{ role: "user", content: [{ text: "Good morning" }] }] };
  const path = `/model/${encodeURIComponent(nova)}/invoke-with-response-stream`;
  const response = await house.post(path, body, headers);
  expect([response.status, (await response.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
  expect(house.emulator.requests.at(-1)?.headers).toMatchObject(headers);
});

describe("errors", () => {
  // Status by AWS's name, from AWS's service model of bedrock-runtime.
  test.each([
    ["ValidationException", 400],
    ["ServiceQuotaExceededException", 400],
    ["AccessDeniedException", 403],
    ["ResourceNotFoundException", 404],
    ["ModelTimeoutException", 408],
    ["ModelErrorException", 424],
    ["ThrottlingException", 429],
    ["ModelNotReadyException", 429],
    ["InternalServerException", 500],
    ["ServiceUnavailableException", 503],
  ])("U6 %s keeps its status %i, AWS's words and request id", async (type, status) => {
    for (const stream of [false, true]) {
      house.emulator.faultNext({ kind: "refuse", type, message: `AWS's own words on ${type}.` });
      const response = await ask({ stream }, once);
      const { error } = await refusalOf(response);
      expect(response.status).toBe(status);
      expect(error.message).toContain(`AWS's own words on ${type}.`);
      expect(error.message).toContain(type);
      expect(error.message).toMatch(/request id [0-9a-f-]{36}/);
      expect(error.message).toContain("region us-east-1");
      expect(error.type).toMatch(/^[a-z_]+$/);
      expect(error.code).toMatch(/^[a-z_]+$/);
    }
  });

  test("U6 the gateway's own: a wrong key is a 401, and nothing is sent", async () => {
    const response = await ask({}, { authorization: "Bearer wrong-wrong-wrong-wrong" });
    expect(response.status).toBe(401);
    expect((await refusalOf(response)).error.message).toBeTruthy();
    expect(house.emulator.requests).toEqual([]);
  });

  test("U6 OpenAI's client throws its own classes for them", async () => {
    const client = new OpenAI({ apiKey: house.key, baseURL: house.baseUrl, maxRetries: 0, defaultHeaders: once });
    const refusals: [Fault, abstract new (...given: never[]) => Error][] = [
      [{ kind: "refuse", type: "ThrottlingException" }, OpenAI.RateLimitError],
      [{ kind: "refuse", type: "AccessDeniedException" }, OpenAI.PermissionDeniedError],
      [{ kind: "refuse", type: "ResourceNotFoundException" }, OpenAI.NotFoundError],
      [{ kind: "refuse", type: "InternalServerException" }, OpenAI.InternalServerError],
    ];
    for (const [fault, kind] of refusals) {
      house.emulator.faultNext(fault);
      const asked = client.chat.completions.create({ model: nova, messages: [{ role: "user", content: "Hello" }] });
      await expect(asked).rejects.toBeInstanceOf(kind);
    }
  });
});

describe("streams that fail", () => {
  const exceptions = [
    "internalServerException",
    "modelStreamErrorException",
    "validationException",
    "throttlingException",
    "serviceUnavailableException",
  ];

  /** The first text reaches the gateway, and only later what the fault does. */
  const afterFirstText = (fault: Fault): void => {
    house.emulator.faultNext({ kind: "silence", frame: 2, ms: 150 });
    house.emulator.faultNext(fault);
  };

  test.each(exceptions)("U7 %s after the first text is an error event, and the end", async (type) => {
    afterFirstText({ kind: "exception", type, frame: 2, message: "AWS's words in the stream." });
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    const events = await readEvents(response);
    const last = events.at(-1);
    expect(last?.event).toBe("error");
    expect((JSON.parse(last?.data ?? "{}") as RefusalBody).error.message).toContain("AWS's words in the stream.");
    expect(events.some(({ data }) => data === "[DONE]")).toBe(false);
    expect(events.some(({ data }) => /"finish_reason":"/.test(data))).toBe(false);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test.each([
    ["throttlingException", 429],
    ["validationException", 400],
    ["serviceUnavailableException", 503],
    ["internalServerException", 500],
  ])("U7 %s as the first frame is a real status %i", async (type, status) => {
    house.emulator.faultNext({ kind: "exception", type, frame: 0, message: "AWS's words at once." });
    const response = await ask({ stream: true }, once);
    expect(response.status).toBe(status);
    expect((await refusalOf(response)).error.message).toContain("AWS's words at once.");
  });

  test("U7 as the first frame it may be tried again, and the caller sees nothing of it", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 0 });
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    const whole = await readChat(response);
    expect(whole.text).toContain("Good morning");
    expect(whole.endsWithDone).toBe(true);
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test.each<[string, Fault]>([
    ["cut between two frames", { kind: "cut", frame: 2 }],
    ["cut in a frame", { kind: "cut", frame: 2, bytes: 20 }],
    ["a frame whose checksum does not hold", { kind: "crc", frame: 2 }],
    ["a reset connection", { kind: "reset", frame: 2 }],
    ["an error frame", { kind: "error-frame", frame: 2 }],
  ])("U7 %s never looks like success", async (_what, fault) => {
    afterFirstText(fault);
    const events = await readEvents(await ask({ stream: true }));
    expect(events.at(-1)?.event).toBe("error");
    expect(events.some(({ data }) => data === "[DONE]" || /"finish_reason":"/.test(data))).toBe(false);
  });

  test("U7 text and exception in one read of the network: the call is not made again", async () => {
    // One piece, larger than the stream: its frames come together.
    house.emulator.faultNext({ kind: "drip", bytes: 1_000_000 });
    house.emulator.faultNext({ kind: "exception", frame: 2 });
    await (await ask({ stream: true })).text();
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("U7 OpenAI's client throws for it", async () => {
    afterFirstText({ kind: "exception", frame: 2 });
    const client = new OpenAI({ apiKey: house.key, baseURL: house.baseUrl, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: nova,
      messages: [{ role: "user", content: "Good morning" }],
      stream: true,
    });
    const reading = (async () => {
      for await (const _chunk of stream) continue;
    })();
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});

describe("Converse's own members", () => {
  test.each([
    [
      "guardrailConfig",
      "guardrail_config",
      { guardrailIdentifier: "abc123def456", guardrailVersion: "1", trace: "enabled" },
    ],
    ["performanceConfig", "performance_config", { latency: "standard" }],
    ["requestMetadata", "request_metadata", { team: "night" }],
    ["additionalModelResponseFieldPaths", "additional_model_response_field_paths", ["/stop_reason"]],
    ["additionalModelRequestFields", "additional_model_request_fields", { top_k: 3 }],
  ])("U8 %s and %s reach AWS as they are", async (camel, snake, value) => {
    for (const name of [camel, snake]) {
      const response = await ask({ model: claude, max_tokens: 50, [name]: value });
      expect(response.status, await response.text()).toBe(200);
    }
    for (const seen of modelCalls(house.emulator)) {
      expect((bodyOf(seen) as Record<string, unknown>)[camel]).toEqual(value);
    }
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("U8 OpenAI's fields become Converse's", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const response = await ask({
      model: claude,
      messages: [{ role: "system", content: "Be brief." }, ...messages],
      max_completion_tokens: 100,
      temperature: 0.5,
      stop: ["END"],
      service_tier: "priority",
      tools: [{ type: "function", function: { name: "look", description: "Looks", parameters: schema } }],
      tool_choice: "required",
    });
    expect(response.status, await response.text()).toBe(200);
    expect(bodyOf(onlyModelCall(house.emulator))).toEqual({
      system: [{ text: "Be brief." }],
      messages: [{ role: "user", content: [{ text: "Good morning" }] }],
      inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ["END"] },
      serviceTier: { type: "priority" },
      toolConfig: {
        tools: [{ toolSpec: { name: "look", description: "Looks", inputSchema: { json: schema } } }],
        toolChoice: { any: {} },
      },
    });
  });
});

describe("usage", () => {
  const longRule = [{ type: "text", text: "A long rule. ".repeat(2000), cache_control: { type: "ephemeral" } }];
  const cached = { model: claude, messages: [{ role: "system", content: longRule }, ...messages] };

  interface Figures {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number };
  }

  async function usageOf(body: object): Promise<Figures> {
    const answer = (await (await ask(body)).json()) as { usage: Figures };
    return answer.usage;
  }

  test("U10 prompt_tokens includes what was written to and read from the cache, and says how much", async () => {
    const written = await usageOf(cached);
    const read = await usageOf(cached);
    const plain = await usageOf({ model: claude });
    expect(written.prompt_tokens_details?.cache_write_tokens).toBeGreaterThan(1000);
    expect(read.prompt_tokens_details?.cached_tokens).toBe(written.prompt_tokens_details?.cache_write_tokens);
    for (const usage of [written, read]) {
      const { cached_tokens: readTokens = 0, cache_write_tokens: writtenTokens = 0 } =
        usage.prompt_tokens_details ?? {};
      // What is left is the question, which was not cached.
      expect(usage.prompt_tokens - readTokens - writtenTokens).toBe(plain.prompt_tokens);
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
    }
  });

  test("U10 a stream has the same figures, in a chunk of its own, where they are asked for", async () => {
    const whole = await usageOf({});
    const told = await readChat(await ask({ stream: true, stream_options: { include_usage: true } }));
    const silent = await readChat(await ask({ stream: true }));
    expect(told.chunks.filter(({ usage }) => usage !== undefined && usage !== null)).toMatchObject([
      { choices: [], usage: whole },
    ]);
    expect(silent.chunks.some(({ usage }) => usage !== undefined && usage !== null)).toBe(false);
  });
});
