/** ReqLLM's page on Bedrock, by the library's own face: `new Bedrock(...)`. */
import { Bedrock, type BedrockOptions, type ChatCompletion, type ChatRequest } from "@adit/bedrock";
import { exampleApiKey, exampleCredential, startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dateOf, shortTermKey } from "../../packages/emulator/src/testing/hand-signer.ts";
import { refused } from "../support/refused.ts";
import { bodyOf, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { assemble } from "../support/sse.ts";
import { redPixel } from "./samples.ts";

const own = pairOf("REQLLM");
const session = pairOf("REQLLMSESSION", { sessionToken: "FwoGZXIvYXdzEBc/session+token==" });
const secondKey = `ABSK${Buffer.from(`BedrockAPIKey-two-at-123456789012:${"second-example-key/".repeat(3)}`).toString("base64")}`;
const claude = "anthropic.claude-3-sonnet-20240229-v1:0";
const hello = [{ role: "user" as const, content: "Hello" }];
const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

let emulator: Emulator;
const open: Bedrock[] = [];
beforeAll(async () => {
  emulator = await startEmulator({
    credentials: [exampleCredential, own, session],
    apiKeys: [exampleApiKey, secondKey],
  });
});
beforeEach(() => emulator.clearRequests());
afterEach(async () => {
  await Promise.all(open.splice(0).map((bedrock) => bedrock.close()));
});
afterAll(() => emulator.close());

/** The library as a caller makes it; the environment is only what the test gives. */
function library(options: BedrockOptions = {}, environment: Record<string, string> = {}): Bedrock {
  const bedrock = new Bedrock({
    ...options,
    environment: { AWS_ENDPOINT_URL: emulator.url, AWS_EC2_METADATA_DISABLED: "true", ...environment },
  });
  open.push(bedrock);
  return bedrock;
}

const withKey = (more: BedrockOptions = {}): Bedrock => library({ apiKey: exampleApiKey, ...more });

async function streamed(bedrock: Bedrock, request: ChatRequest) {
  const chunks = [];
  for await (const chunk of await bedrock.chat({ ...request, stream: true })) chunks.push(chunk);
  return assemble(chunks);
}

test("R01 one call for four families: only the model's name changes, the answer has one shape", async () => {
  const models = [claude, "cohere.command-r-plus-v1:0", "openai.gpt-oss-120b-1:0", "us.meta.llama3-2-3b-instruct-v1:0"];
  const answers: ChatCompletion[] = [];
  for (const model of models) {
    answers.push(await withKey().chat({ model: `bedrock:${model}`, messages: hello, max_tokens: 50 }));
  }
  for (const [index, answer] of answers.entries()) {
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: `bedrock:${models[index]}`,
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant" } }],
    });
    expect(answer.choices[0]?.message.content).toContain(models[index]);
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  }
  const seen = modelCalls(emulator);
  expect(seen.map(({ modelId, status }) => [modelId, status])).toEqual(models.map((model) => [model, 200]));
  for (const call of seen) {
    expect(bodyOf(call)).toEqual({
      messages: [{ role: "user", content: [{ text: "Hello" }] }],
      inferenceConfig: { maxTokens: 50 },
    });
  }
});

describe("Bedrock API keys", () => {
  test.each([
    ["the option apiKey", { apiKey: exampleApiKey }, {}],
    ["AWS_BEARER_TOKEN_BEDROCK", {}, { AWS_BEARER_TOKEN_BEDROCK: exampleApiKey }],
    [
      "AWS_BEARER_TOKEN_BEDROCK beside a key pair",
      {},
      {
        AWS_BEARER_TOKEN_BEDROCK: exampleApiKey,
        AWS_ACCESS_KEY_ID: own.accessKeyId,
        AWS_SECRET_ACCESS_KEY: own.secretAccessKey,
      },
    ],
  ])("R02 by %s the key is sent as a bearer, and nothing is signed", async (_way, options, environment) => {
    await library(options, environment).chat({ model: claude, messages: hello });
    const { headers, verdict } = onlyModelCall(emulator);
    expect(verdict).toBe("bearer ok");
    expect(headers["authorization"]).toBe(`Bearer ${exampleApiKey}`);
    expect(headers["x-amz-date"]).toBeUndefined();
    expect(headers["authorization"]).not.toContain("Credential=");
  });

  const keyFrom = (minutesAgo: number): string =>
    shortTermKey({ credential: own, date: dateOf(Date.now() - minutesAgo * 60_000), seconds: 3600 });

  test("R03 a short-term key serves", async () => {
    await library({ apiKey: keyFrom(5) }).chat({ model: claude, messages: hello });
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "bearer ok", status: 200 });
  });

  test("R03 an expired short-term key is a 401 or 403 that says so, and is not tried again and again", async () => {
    const error = await refused(library({ apiKey: keyFrom(61) }).chat({ model: claude, messages: hello }));
    expect([401, 403]).toContain(error.status);
    expect(error.describe()).toMatch(/expired/i);
    expect(error.retryable).toBe(false);
    expect(modelCalls(emulator).length).toBeLessThanOrEqual(1);
  });

  test("R07 two calls at once with different keys and regions never mix", async () => {
    const clients = [withKey({ region: "us-east-1" }), library({ apiKey: secondKey, region: "us-west-2" })];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        clients[index % 2]!.chat({ model: claude, messages: [{ role: "user", content: `client-${index % 2}` }] }),
      ),
    );
    const keys = [exampleApiKey, secondKey];
    const seen = modelCalls(emulator);
    expect(seen).toHaveLength(20);
    for (const call of seen) {
      const client = JSON.stringify(bodyOf(call)).includes("client-0") ? 0 : 1;
      expect([call.verdict, call.headers["authorization"]]).toEqual(["bearer ok", `Bearer ${keys[client]}`]);
    }
  });
});

describe("regions", () => {
  const keys = { accessKeyId: own.accessKeyId, secretAccessKey: own.secretAccessKey };

  test.each([
    ["nothing is set", {}, {}, "us-east-1"],
    ["AWS_REGION is set", {}, { AWS_REGION: "eu-central-1" }, "eu-central-1"],
    ["AWS_REGION is empty", {}, { AWS_REGION: "" }, "us-east-1"],
    ["the option is given beside AWS_REGION", { region: "us-west-2" }, { AWS_REGION: "eu-central-1" }, "us-west-2"],
  ])("R05 where %s the region is the expected one", async (_case, options, environment, region) => {
    await library({ ...keys, ...options }, environment).chat({
      model: claude,
      messages: hello,
    });
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "sigv4 ok", region });
  });
});

test.each([
  [`bedrock:${claude}`, claude],
  ["amazon_bedrock:anthropic.claude-of-tomorrow-v1:0", "anthropic.claude-of-tomorrow-v1:0"],
  [`${claude}@bedrock`, claude],
  ["meta.llama9-1t-instruct-v1:0", "meta.llama9-1t-instruct-v1:0"],
])("R06 the model spec %s goes upstream as %s", async (spec, id) => {
  const answer = await withKey().chat({ model: spec, messages: hello });
  expect(answer.choices[0]?.message.content).toContain("Hello");
  expect(onlyModelCall(emulator).modelId).toBe(id);
});

describe("IAM credentials", () => {
  test("R08 from AWS's variables", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: own.accessKeyId,
      AWS_SECRET_ACCESS_KEY: own.secretAccessKey,
      AWS_REGION: "us-west-2",
    };
    await library({}, environment).chat({ model: claude, messages: hello });
    expect(onlyModelCall(emulator)).toMatchObject({
      verdict: "sigv4 ok",
      accessKeyId: own.accessKeyId,
      region: "us-west-2",
    });
  });

  test("R09 one record of three fields, given once, serves every call that brings none", async () => {
    const bedrock = library({
      accessKeyId: own.accessKeyId,
      secretAccessKey: own.secretAccessKey,
      region: "us-west-2",
    });
    for (let turn = 0; turn < 3; turn += 1) await bedrock.chat({ model: claude, messages: hello });
    expect(new Set(modelCalls(emulator).map(({ accessKeyId, region }) => `${accessKeyId} ${region}`))).toEqual(
      new Set([`${own.accessKeyId} us-west-2`]),
    );
  });

  test("R10 from options, before those of the environment", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: exampleCredential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: exampleCredential.secretAccessKey,
    };
    const options = { accessKeyId: own.accessKeyId, secretAccessKey: own.secretAccessKey, region: "us-east-1" };
    await library(options, environment).chat({ model: claude, messages: hello });
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "sigv4 ok", accessKeyId: own.accessKeyId });
  });

  test("R10 half a pair is an error, and never the environment's identity", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: exampleCredential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: exampleCredential.secretAccessKey,
    };
    expect(() => library({ accessKeyId: own.accessKeyId }, environment)).toThrow(/secret access key/);
    expect(emulator.requests).toEqual([]);
  });

  test("R11 a session token is sent, and the signature covers it", async () => {
    await library({
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey,
      sessionToken: session.sessionToken!,
    }).chat({ model: claude, messages: hello });
    const seen = onlyModelCall(emulator);
    expect(seen.headers["x-amz-security-token"]).toBe(session.sessionToken);
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
  });
});

test.each(["additional_model_request_fields", "additionalModelRequestFields"])(
  "R13 %s reaches Converse as it is",
  async (name) => {
    const fields = { thinking: { type: "enabled", budget_tokens: 4096 } };
    const answer = await withKey().chat(
      {
        model: "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
        messages: hello,
        max_tokens: 8000,
        [name]: fields,
      },
      { strict: true },
    );
    expect(bodyOf(onlyModelCall(emulator)).additionalModelRequestFields).toEqual(fields);
    expect(answer.choices[0]?.message.reasoning_content).toBeTruthy();
  },
);

describe("Claude", () => {
  const model = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";

  test("R16 tools, whole and streamed", async () => {
    const request = { model, messages: [{ role: "user" as const, content: "Weather in Paris?" }], tools: [weather] };
    const whole = await withKey().chat(request);
    const parts = await streamed(withKey(), request);
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: "function", function: { name: "get_weather" } });
    expect(JSON.parse(call?.function.arguments ?? "")).toHaveProperty("city");
    expect(whole.choices[0]?.finish_reason).toBe("tool_calls");
    expect(parts.finishReasons).toEqual(["tool_calls"]);
    const pieces = parts.chunks.flatMap((chunk) => chunk.choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(pieces[0]).toMatchObject({ index: 0, function: { name: "get_weather" } });
    const streamedArguments = pieces.map((piece) => piece.function?.arguments ?? "").join("");
    expect(JSON.parse(streamedArguments)).toEqual(JSON.parse(call?.function.arguments ?? ""));
    for (const seen of modelCalls(emulator)) {
      expect(bodyOf(seen).toolConfig?.tools).toEqual([
        {
          toolSpec: {
            name: "get_weather",
            description: "Weather of a city",
            inputSchema: { json: weather.function.parameters },
          },
        },
      ]);
    }
  });

  test("R16 a tool's result goes back in the turn after its call", async () => {
    const request = { model, messages: [{ role: "user" as const, content: "Weather in Paris?" }], tools: [weather] };
    const first = await withKey().chat(request);
    const message = first.choices[0].message;
    const id = message.tool_calls?.[0]?.id ?? "";
    const second = await withKey().chat({
      ...request,
      messages: [
        ...request.messages,
        message,
        { role: "tool", tool_call_id: id, content: "18 degrees" },
      ] as ChatRequest["messages"],
    });
    expect(second.choices[0]?.message.content).toContain("18 degrees");
    expect(bodyOf(modelCalls(emulator)[1]!).messages?.at(-1)).toEqual({
      role: "user",
      content: [
        { toolResult: expect.objectContaining({ toolUseId: id, content: [{ text: "18 degrees" }] }) as unknown },
      ],
    });
  });

  test("R16 attachments: an image and a document", async () => {
    const pdf = Buffer.from("%PDF-1.4\n%%EOF\n").toString("base64");
    const answer = await withKey().chat({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What are these?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${redPixel}` } },
            { type: "file", file: { filename: "report.pdf", file_data: `data:application/pdf;base64,${pdf}` } },
          ],
        },
      ],
    });
    expect(answer.choices[0]?.message.content).toMatch(/with .*image/);
    expect(bodyOf(onlyModelCall(emulator)).messages?.[0]?.content.slice(1)).toEqual([
      { image: { format: "png", source: { bytes: redPixel } } },
      { document: expect.objectContaining({ format: "pdf", source: { bytes: pdf } }) as unknown },
    ]);
  });

  test("R16 reasoning, whole and streamed", async () => {
    const request = { model, messages: hello, reasoning_effort: "low" as const, max_tokens: 8000 };
    const whole = await withKey().chat(request);
    const parts = await streamed(withKey(), request);
    expect(whole.choices[0]?.message.reasoning_content).toBeTruthy();
    expect(parts.reasoning).toBe(whole.choices[0]?.message.reasoning_content);
    expect(parts.text).toBe(whole.choices[0]?.message.content);
    for (const seen of modelCalls(emulator)) {
      expect(bodyOf(seen).additionalModelRequestFields).toMatchObject({ thinking: { type: "enabled" } });
    }
  });

  test("R16 caching: a marked system prompt is written once and read afterwards", async () => {
    const request = {
      model,
      messages: [
        {
          role: "system" as const,
          content: [
            {
              type: "text" as const,
              text: "A long rule. ".repeat(2000),
              cache_control: { type: "ephemeral" as const },
            },
          ],
        },
        ...hello,
      ],
    };
    const first = await withKey().chat(request);
    const second = await withKey().chat(request);
    expect(bodyOf(modelCalls(emulator)[0]!).system?.at(-1)).toEqual({ cachePoint: { type: "default" } });
    expect(first.usage?.prompt_tokens_details?.cache_write_tokens).toBeGreaterThan(1000);
    expect(second.usage?.prompt_tokens_details?.cached_tokens).toBe(
      first.usage?.prompt_tokens_details?.cache_write_tokens,
    );
  });
});

test.each(["global", "us", "eu"])("R17 the profile prefix %s. stays in the path", async (prefix) => {
  const id = `${prefix}.anthropic.claude-sonnet-4-5-20250929-v1:0`;
  const region = prefix === "eu" ? "eu-west-1" : "us-east-1";
  const keys = { accessKeyId: own.accessKeyId, secretAccessKey: own.secretAccessKey };
  const request = { model: `bedrock:${id}`, messages: hello, reasoning_effort: "low" as const, max_tokens: 5000 };
  const answer = await library({ ...keys, region }).chat(request);
  expect(answer.choices[0]?.message.content).toContain("Hello");
  const seen = onlyModelCall(emulator);
  expect(seen.path).toBe(`/model/${encodeURIComponent(id)}/converse`);
  // What the model can do is known without the prefix.
  expect(bodyOf(seen).additionalModelRequestFields).toMatchObject({ thinking: { type: "enabled" } });
});

describe("Cohere Command R", () => {
  const model = "cohere.command-r-plus-v1:0";

  test("R18 tools, whole and streamed", async () => {
    const request = { model, messages: [{ role: "user" as const, content: "Weather in Paris?" }], tools: [weather] };
    const whole = await withKey().chat(request);
    const parts = await streamed(withKey(), request);
    expect(whole.choices[0]?.message.tool_calls?.[0]?.function.name).toBe("get_weather");
    const pieces = parts.chunks.flatMap((chunk) => chunk.choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(pieces[0]?.function?.name).toBe("get_weather");
    expect(parts.finishReasons).toEqual(["tool_calls"]);
    expect(modelCalls(emulator).map(({ path }) => path)).toEqual([
      "/model/cohere.command-r-plus-v1%3A0/converse",
      "/model/cohere.command-r-plus-v1%3A0/converse-stream",
    ]);
  });

  test("R18 citations of a document are on the message, their text in its content", async () => {
    const document = {
      document: {
        format: "txt",
        name: "handbook",
        source: { text: "The office opens at nine." },
        citations: { enabled: true },
      },
    };
    const request = {
      model: "us.anthropic.claude-sonnet-4-20250514-v1:0",
      messages: [{ role: "user" as const, content: [{ type: "text", text: "When does it open?" }, document] }],
    } as unknown as ChatRequest & { stream?: false };
    const answer = await withKey().chat(request, { strict: false });
    const { citations, content } = answer.choices[0].message;
    expect(citations?.length).toBeGreaterThan(0);
    expect(content).toContain("According to the document");
  });
});

describe("OpenAI's open models and Llama", () => {
  test("R19 tools of gpt-oss go by Converse, whole and as a stream", async () => {
    const request = {
      model: "openai.gpt-oss-120b-1:0",
      messages: [{ role: "user" as const, content: "Weather in Paris?" }],
      tools: [weather],
    };
    const whole = await withKey().chat(request);
    const parts = await streamed(withKey(), request);
    expect(whole.choices[0]?.message.tool_calls?.[0]?.function.name).toBe("get_weather");
    expect(parts.finishReasons).toEqual(["tool_calls"]);
    expect(modelCalls(emulator).every(({ status }) => status === 200)).toBe(true);
  });

  test("R20 tools on a Llama that cannot call them are refused, never lost in silence", async () => {
    const request = {
      model: "bedrock:us.meta.llama3-2-3b-instruct-v1:0",
      messages: [{ role: "user" as const, content: "Weather in Paris?" }],
      tools: [weather],
    };
    const error = await refused(withKey().chat(request));
    expect(error.status).toBe(400);
    expect(error.message).toContain("doesn't support tool use");
    expect(bodyOf(modelCalls(emulator)[0]!).toolConfig?.tools).toHaveLength(1);
  });

  test("R20 text of a Llama by its inference profile", async () => {
    const answer = await withKey().chat({ model: "bedrock:us.meta.llama3-2-3b-instruct-v1:0", messages: hello });
    expect(answer.choices[0]?.message.content).toContain("Hello");
    expect(onlyModelCall(emulator).path).toBe("/model/us.meta.llama3-2-3b-instruct-v1%3A0/converse");
  });
});

test("R21 AWS's binary event stream comes out as plain chunks, however it is cut", async () => {
  const request = { model: claude, messages: [{ role: "user" as const, content: "Zwölf Boxkämpfer 🥊 jagen Viktor" }] };
  const whole = await withKey().chat(request);
  for (const bytes of [1, 7, 64]) {
    emulator.faultNext({ kind: "drip", bytes, everyMs: 0 });
    const parts = await streamed(withKey(), request);
    expect(parts.text).toBe(whole.choices[0]?.message.content);
    expect(parts.finishReasons).toEqual([whole.choices[0]?.finish_reason]);
  }
  const [seen] = modelCalls(emulator).filter(({ operation }) => operation === "ConverseStream");
  expect(seen?.headers["accept"]).toBe("application/vnd.amazon.eventstream");
});

test("R21 a stream that breaks is an error, not a short answer", async () => {
  emulator.faultNext({ kind: "cut", frame: 2 });
  const error = await refused(streamed(withKey(), { model: claude, messages: hello }));
  expect(error.code).toBe("truncated_stream");
});

test("R23 the paths of Converse, by each face of the library", async () => {
  const bedrock = withKey();
  const input = { modelId: claude, messages: [{ role: "user" as const, content: [{ text: "Hello" }] }] };
  await bedrock.chat({ model: claude, messages: hello });
  await streamed(bedrock, { model: claude, messages: hello });
  await bedrock.converse(input);
  for await (const _event of await bedrock.converseStream(input)) continue;
  const segment = "anthropic.claude-3-sonnet-20240229-v1%3A0";
  expect(modelCalls(emulator).map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST /model/${segment}/converse`,
    `POST /model/${segment}/converse-stream`,
    `POST /model/${segment}/converse`,
    `POST /model/${segment}/converse-stream`,
  ]);
});
