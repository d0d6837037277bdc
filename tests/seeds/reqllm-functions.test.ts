/** ReqLLM's page on Bedrock, by the functions that its users know: `generateText`, `streamText`, `generateObject`. */
import {
  closeConnections,
  generateText,
  putKey,
  streamText,
  type Message,
  type Prompt,
  type TextOptions,
  type TextResult,
  type TextStreamPart,
} from "@adit/bedrock";
import { exampleApiKey, exampleCredential, startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dateOf, shortTermKey } from "../../packages/emulator/src/testing/hand-signer.ts";
import { heldNow, holdTime, until, type MovedClock } from "../support/moved-clock.ts";
import { refused } from "../support/refused.ts";
import { bodyOf, modelCalls, onlyModelCall, pairOf, signedHeaders } from "../support/seen.ts";
import { redPixel } from "./samples.ts";

const own = pairOf("REQLLMFN");
const session = pairOf("REQLLMFNSESSION", { sessionToken: "FwoGZXIvYXdzEBc/session+token==" });
const secondKey = `ABSK${Buffer.from(`BedrockAPIKey-fn-at-123456789012:${"another-example-key/".repeat(3)}`).toString("base64")}`;
const claude3 = "anthropic.claude-3-sonnet-20240229-v1:0";
const claude = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
const commandR = "cohere.command-r-plus-v1:0";
const gptOss = "openai.gpt-oss-120b-1:0";
const llama = "us.meta.llama3-2-3b-instruct-v1:0";
const weather = {
  name: "get_weather",
  description: "Weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

let emulator: Emulator;
let environments: Record<string, string>[] = [];
let clock: MovedClock | undefined;
beforeAll(async () => {
  emulator = await startEmulator({
    credentials: [exampleCredential, own, session],
    apiKeys: [exampleApiKey, secondKey],
    clock: heldNow,
  });
});
beforeEach(() => {
  emulator.clearRequests();
});
afterEach(async () => {
  clock?.restore();
  clock = undefined;
  putKey("aws_bedrock", undefined);
  await Promise.all(environments.splice(0).map((environment) => closeConnections(environment)));
});
afterAll(async () => {
  await emulator.close();
});

/** Options without a credential, whose calls arrive at the emulator; the environment is only what the test gives. */
function at(variables: Record<string, string> = {}): TextOptions {
  const environment = { AWS_ENDPOINT_URL: emulator.url, AWS_EC2_METADATA_DISABLED: "true", ...variables };
  environments.push(environment);
  return { environment };
}

/** By Converse, with a key that the emulator knows. */
const keyed = (more: TextOptions = {}): TextOptions => ({ ...at(), apiKey: exampleApiKey, useConverse: true, ...more });

/** By the API that the library chooses, or that a test names. */
const free = (more: TextOptions = {}): TextOptions => ({ ...at(), apiKey: exampleApiKey, ...more });

const actions = (): (string | undefined)[] => emulator.requests.map(({ path }) => path.split("/").at(-1));
const sentBody = (index = 0): Record<string, unknown> =>
  JSON.parse(emulator.requests[index]?.body.toString() ?? "{}") as Record<string, unknown>;

async function partsOf(model: string, prompt: Prompt, options: TextOptions) {
  const stream = streamText(model, prompt, options);
  const parts: TextStreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return { parts, result: await stream.result };
}

describe("one call", () => {
  test("R01 four families by one function: only the model's name changes, the result has one shape", async () => {
    const results: TextResult[] = [];
    for (const model of [claude, commandR, gptOss, llama]) {
      results.push(await generateText(`bedrock:${model}`, "Hello", free({ maxTokens: 50 })));
    }
    const shape = (result: TextResult): string[] => Object.keys(result).toSorted();
    for (const result of results) {
      expect(shape(result)).toEqual(shape(results[0]!));
      expect(result).toMatchObject({ finishReason: "stop", toolCalls: [], warnings: [], cost: { known: true } });
      expect(result.text).toContain(`${result.model} heard`);
      expect(result.usage?.inputTokens).toBeGreaterThan(0);
    }
    expect(emulator.requests.map((_seen, index) => sentBody(index))).toEqual([
      expect.objectContaining({ anthropic_version: "bedrock-2023-05-31", max_tokens: 50 }),
      { messages: [{ role: "user", content: [{ text: "Hello" }] }], inferenceConfig: { maxTokens: 50 } },
      expect.objectContaining({ messages: [{ role: "user", content: "Hello" }] }),
      expect.objectContaining({ max_gen_len: 50, prompt: expect.stringContaining("Hello") as unknown }),
    ]);
  });

  test.each([
    [`bedrock:${claude3}`, claude3],
    [`amazon_bedrock:${claude3}`, claude3],
    [`${claude3}@bedrock`, claude3],
    [claude3, claude3],
    [{ provider: "amazon_bedrock", id: claude3 }, claude3],
  ])("R06 the model spec %o goes upstream as %s", async (spec, id) => {
    const { warnings } = await generateText(spec, "Hello", keyed());
    expect(onlyModelCall(emulator).modelId).toBe(id);
    expect(warnings).toEqual([]);
  });

  test.each([
    ["amazon_bedrock:anthropic.claude-of-tomorrow-v1:0", "anthropic.claude-of-tomorrow-v1:0"],
    [{ id: "meta.llama9-1t-instruct-v1:0" }, "meta.llama9-1t-instruct-v1:0"],
  ])("R06 the unknown id of %o is sent as it is, with a warning", async (spec, id) => {
    const { warnings } = await generateText(spec, "Hello", keyed());
    expect(onlyModelCall(emulator).modelId).toBe(id);
    expect(warnings.map(({ type }) => type)).toEqual(["unverified-model"]);
  });

  test("R06 an object tells the family of an id that the data does not know", async () => {
    const model = { id: "us.meta.llama9-1t-instruct-v1:0", baseModel: llama };
    await generateText(model, "Hello", free({ useConverse: false }));
    expect(emulator.requests[0]?.path).toBe("/model/us.meta.llama9-1t-instruct-v1%3A0/invoke");
    expect(sentBody()).toHaveProperty("prompt");
  });

  test.each([[{ id: 5 }], [{}], [""], ["bedrock:"], [undefined]])("R06 %o is no model, and says so", async (spec) => {
    const error = await refused(generateText(spec as string, "Hello", keyed()));
    expect(error).toMatchObject({ status: 400, param: expect.stringMatching(/^model/) as unknown });
  });
});

describe("Bedrock API keys", () => {
  test.each<[string, TextOptions, Record<string, string>]>([
    ["apiKey", { apiKey: exampleApiKey }, {}],
    ["api_key inside provider_options", { provider_options: { api_key: exampleApiKey } }, {}],
    ["AWS_BEARER_TOKEN_BEDROCK", {}, { AWS_BEARER_TOKEN_BEDROCK: exampleApiKey }],
  ])("R02 by %s the key is sent as a bearer, and nothing is signed", async (_way, options, variables) => {
    await generateText(claude3, "Hello", { ...at(variables), useConverse: true, ...options });
    const { headers, verdict } = onlyModelCall(emulator);
    expect([verdict, headers["authorization"]]).toEqual(["bearer ok", `Bearer ${exampleApiKey}`]);
    expect(headers["x-amz-date"]).toBeUndefined();
  });

  const keyFrom = (minutesAgo: number): string =>
    shortTermKey({ credential: own, date: dateOf(Date.now() - minutesAgo * 60_000), seconds: 3600 });

  test("R03 a short-term key serves; an expired one says so, and is not tried again and again", async () => {
    await generateText(claude3, "Hello", keyed({ apiKey: keyFrom(5) }));
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "bearer ok", status: 200 });
    const error = await refused(generateText(claude3, "Hello", keyed({ apiKey: keyFrom(61) })));
    expect([401, 403]).toContain(error.status);
    expect(error.describe()).toMatch(/expired/i);
    expect(modelCalls(emulator).length).toBeLessThanOrEqual(2);
  });

  test("R07 calls at once with different keys and regions never mix", async () => {
    const shared = at();
    const callers = [
      { apiKey: exampleApiKey, region: "us-east-1" },
      { providerOptions: { api_key: secondKey, region: "us-west-2" } },
    ];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        generateText(claude3, `caller-${index % 2}`, { ...shared, ...callers[index % 2], useConverse: true }),
      ),
    );
    const seen = modelCalls(emulator);
    expect(seen).toHaveLength(20);
    for (const call of seen) {
      const caller = JSON.stringify(bodyOf(call)).includes("caller-0") ? 0 : 1;
      expect([call.verdict, call.headers["authorization"]]).toEqual([
        "bearer ok",
        `Bearer ${[exampleApiKey, secondKey][caller]}`,
      ]);
    }
  });
});

const pair = { accessKeyId: own.accessKeyId, secretAccessKey: own.secretAccessKey };
const othersInEnvironment = {
  AWS_ACCESS_KEY_ID: exampleCredential.accessKeyId,
  AWS_SECRET_ACCESS_KEY: exampleCredential.secretAccessKey,
};

describe("regions", () => {
  test.each<[string, TextOptions, Record<string, string>, string]>([
    ["nothing is set", {}, {}, "us-east-1"],
    ["AWS_REGION is set", {}, { AWS_REGION: "eu-central-1" }, "eu-central-1"],
    ["the option is given beside AWS_REGION", { region: "us-west-2" }, { AWS_REGION: "eu-central-1" }, "us-west-2"],
    ["an option inside is given", { providerOptions: { region: "us-west-2" } }, {}, "us-west-2"],
    ["both are given", { region: "eu-west-1", providerOptions: { region: "us-west-2" } }, {}, "eu-west-1"],
  ])("R05 where %s the region is the expected one", async (_case, options, variables, region) => {
    const result = await generateText(claude3, "Hello", { ...at(variables), ...pair, useConverse: true, ...options });
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "sigv4 ok", region });
    expect(result.region).toBe(region);
  });
});

describe("IAM credentials", () => {
  const variables = { AWS_ACCESS_KEY_ID: own.accessKeyId, AWS_SECRET_ACCESS_KEY: own.secretAccessKey };

  test("R08 from AWS's variables", async () => {
    await generateText(claude3, "Hello", { ...at({ ...variables, AWS_REGION: "us-west-2" }), useConverse: true });
    expect(onlyModelCall(emulator)).toMatchObject({
      verdict: "sigv4 ok",
      accessKeyId: own.accessKeyId,
      region: "us-west-2",
    });
  });

  test("R09 a key put once serves every call that brings none, before the environment's", async () => {
    const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = own;
    putKey("aws_bedrock", { access_key_id, secret_access_key, region: "us-west-2" });
    const options = { ...at(othersInEnvironment), useConverse: true };
    for (let turn = 0; turn < 2; turn += 1) await generateText(claude3, "Hello", options);
    expect(new Set(modelCalls(emulator).map(({ accessKeyId, region }) => `${accessKeyId} ${region}`))).toEqual(
      new Set([`${own.accessKeyId} us-west-2`]),
    );
  });

  test("R09 a call's own credential and region go before the key that was put; forgotten, the environment serves", async () => {
    putKey("bedrock", { ...pair, region: "us-west-2" });
    const options = { ...at(othersInEnvironment), useConverse: true };
    await generateText(claude3, "Hello", { ...options, apiKey: exampleApiKey });
    await generateText(claude3, "Hello", { ...options, region: "eu-west-1" });
    putKey("amazon_bedrock", undefined);
    await generateText(claude3, "Hello", options);
    expect(modelCalls(emulator).map(({ verdict, accessKeyId, region }) => [verdict, accessKeyId, region])).toEqual([
      ["bearer ok", undefined, "us-east-1"],
      ["sigv4 ok", own.accessKeyId, "eu-west-1"],
      ["sigv4 ok", exampleCredential.accessKeyId, "us-east-1"],
    ]);
  });

  test("R09 what is no credential of Bedrock's is refused when it is put", () => {
    expect(() => putKey("openai", "sk-1")).toThrow(/not Bedrock/);
    expect(() => putKey("aws_bedrock", { region: "us-east-1" })).toThrow(/no credential/);
    expect(() => putKey("aws_bedrock", { accessKeyId: "AKIA" })).toThrow(/secret access key/);
  });

  test.each<[string, TextOptions]>([
    ["at the top", pair],
    ["inside providerOptions", { providerOptions: pair }],
    [
      "inside provider_options, in snake_case",
      {
        provider_options: { access_key_id: own.accessKeyId, secret_access_key: own.secretAccessKey },
      },
    ],
  ])("R10 by options %s, before those of the environment", async (_where, options) => {
    await generateText(claude3, "Hello", { ...at(othersInEnvironment), useConverse: true, ...options });
    expect(onlyModelCall(emulator)).toMatchObject({ verdict: "sigv4 ok", accessKeyId: own.accessKeyId });
  });

  test("R10 half a pair is an error, and never the environment's identity", async () => {
    const options = { ...at(othersInEnvironment), accessKeyId: own.accessKeyId };
    expect((await refused(generateText(claude3, "Hello", options))).code).toBe("incomplete_credentials");
    expect(emulator.requests).toEqual([]);
  });

  test("R11 a session token is sent, and the signature covers it", async () => {
    const { accessKeyId, secretAccessKey, sessionToken = "" } = session;
    await generateText(claude3, "Hello", {
      ...at(),
      useConverse: true,
      providerOptions: { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken },
    });
    const seen = onlyModelCall(emulator);
    expect(seen.headers["x-amz-security-token"]).toBe(sessionToken);
    expect(signedHeaders(seen)).toContain("x-amz-security-token");
  });
});

describe("Converse or the model's own format", () => {
  test.each([
    [claude, "use_converse", true, "converse"],
    [claude, "use_converse", false, "invoke"],
    [claude, "useConverse", undefined, "invoke"],
    [llama, "useConverse", true, "converse"],
    [llama, "useConverse", false, "invoke"],
    [llama, "useConverse", undefined, "invoke"],
    [commandR, "useConverse", undefined, "converse"],
  ])("R12 %s with %s: %s goes by %s, whole and streamed", async (model, name, value, action) => {
    const options = free({ [name]: value });
    const whole = await generateText(model, "Hello", options);
    const streamed = await partsOf(model, "Hello", options);
    expect([whole.route, streamed.result.route]).toEqual([action, action]);
    expect([streamed.result.text, streamed.result.finishReason, streamed.result.usage?.outputTokens]).toEqual([
      whole.text,
      "stop",
      whole.usage?.outputTokens,
    ]);
    const stream = action === "invoke" ? "invoke-with-response-stream" : "converse-stream";
    expect(actions()).toEqual([action, stream]);
  });

  test("R12 with tools the default is Converse, and by the caller's word it is not", async () => {
    await generateText(claude, "Hello", free({ tools: [weather] }));
    await generateText(claude, "Hello", free({ tools: [weather], useConverse: false }));
    expect(actions()).toEqual(["converse", "invoke"]);
    expect(sentBody(1)["tools"]).toEqual([
      { name: "get_weather", description: "Weather of a city", input_schema: weather.parameters },
    ]);
  });

  test("R12 a model whose own format nobody told: useConverse false is refused, with what to do", async () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123";
    const error = await refused(generateText(arn, "Hello", free({ useConverse: false })));
    expect(error).toMatchObject({ code: "unsupported_parameter", param: "useConverse" });
    expect(emulator.requests).toEqual([]);
    await generateText({ id: arn, family: "anthropic" }, "Hello", free({ useConverse: false })).catch(() => undefined);
    expect(sentBody()).toHaveProperty("anthropic_version");
  });

  test("R12 what the model's own format cannot carry goes by Converse, where the caller has not said", async () => {
    const document = { document: { format: "txt", name: "handbook", source: { text: "It opens at nine." } } };
    const prompt = [
      { role: "user", content: [{ type: "text", text: "When does it open?" }, document] },
    ] as unknown as Prompt;
    expect((await generateText(llama, prompt, free())).route).toBe("converse");
    const error = await refused(generateText(llama, prompt, free({ useConverse: false })));
    expect(error.status).toBe(400);
  });

  test("R19 gpt-oss: plain calls in its own format, tools by Converse, whole and streamed", async () => {
    await generateText(gptOss, "Hello", free({ maxTokens: 20 }));
    expect(emulator.requests[0]?.path).toBe("/model/openai.gpt-oss-120b-1%3A0/invoke");
    expect(sentBody()).toMatchObject({ messages: [{ role: "user", content: "Hello" }] });
    const options = { ...at(), apiKey: exampleApiKey, tools: [weather] };
    const whole = await generateText(gptOss, "Weather in Paris?", options);
    const streamed = await partsOf(gptOss, "Weather in Paris?", options);
    expect(whole.toolCalls[0]?.name).toBe("get_weather");
    expect(streamed.result.toolCalls[0]?.name).toBe("get_weather");
    expect(modelCalls(emulator).map(({ operation }) => operation)).toEqual(["Converse", "ConverseStream"]);
  });

  test("R23 the paths of the operations", async () => {
    for (const useConverse of [false, true]) {
      await generateText(llama, "Hello", free({ useConverse }));
      await streamText(llama, "Hello", free({ useConverse })).result;
    }
    expect(emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      ["invoke", "invoke-with-response-stream", "converse", "converse-stream"].map(
        (action) => `POST /model/us.meta.llama3-2-3b-instruct-v1%3A0/${action}`,
      ),
    );
  });
});

test.each(["additional_model_request_fields", "additionalModelRequestFields"])(
  "R13 %s reaches the model as it is",
  async (name) => {
    const fields = { thinking: { type: "enabled", budget_tokens: 4096 } };
    const model = "us.anthropic.claude-3-7-sonnet-20250219-v1:0";
    const result = await generateText(model, "Hello", keyed({ providerOptions: { [name]: fields }, maxTokens: 8000 }));
    expect(bodyOf(onlyModelCall(emulator)).additionalModelRequestFields).toEqual(fields);
    expect(result.reasoning).not.toBe("");
    await generateText(model, "Hello", free({ providerOptions: { [name]: fields }, maxTokens: 8000 }));
    expect(sentBody(1)["thinking"]).toEqual(fields.thinking);
  },
);

describe("prompt caching", () => {
  const conversation: Prompt = [
    { role: "user", content: "One" },
    { role: "assistant", content: "Two" },
    { role: "user", content: "Three" },
  ];
  const asked = { system: "Rules", tools: [weather, { ...weather, name: "get_news" }] };

  test.each(["anthropic_prompt_cache", "anthropicPromptCache", "prompt_cache", "promptCache"])(
    "R14 %s marks the last tool and the system prompt, once each, by either API",
    async (name) => {
      await generateText(claude, conversation, free({ ...asked, [name]: true, useConverse: true }));
      await generateText(claude, conversation, free({ ...asked, [name]: true, useConverse: false }));
      const [converse, invoke] = [sentBody(0), sentBody(1)];
      const mark = { cachePoint: { type: "default" } };
      expect(converse["system"]).toEqual([{ text: "Rules" }, mark]);
      expect((converse["toolConfig"] as { tools: object[] }).tools.map((tool) => "cachePoint" in tool)).toEqual([
        false,
        false,
        true,
      ]);
      expect(invoke["system"]).toEqual([{ type: "text", text: "Rules", cache_control: { type: "ephemeral" } }]);
      expect((invoke["tools"] as object[]).map((tool) => "cache_control" in tool)).toEqual([false, true]);
      expect(emulator.requests.map(({ body }) => body.toString().match(/cachePoint|cache_control/g)?.length)).toEqual([
        2, 2,
      ]);
    },
  );

  test.each([
    [true, 2],
    [-1, 2],
    [0, 0],
    [-2, 1],
  ])("R14 cacheMessages %s marks message %i", async (cacheMessages, index) => {
    await generateText(claude, conversation, free({ promptCache: true, cacheMessages, useConverse: true }));
    const messages = sentBody()["messages"] as { content: object[] }[];
    expect(messages.map(({ content }) => content.some((block) => "cachePoint" in block))).toEqual(
      [0, 1, 2].map((place) => place === index),
    );
  });

  test("R14 a message that does not exist, and settings without the switch, are warnings", async () => {
    const outOf = await generateText(claude, "Hi", free({ promptCache: true, cacheMessages: 7, useConverse: true }));
    expect(outOf.warnings.map(({ path }) => path)).toEqual(["cacheMessages"]);
    const off = await generateText(claude, "Hi", free({ promptCacheTtl: "1h", useConverse: true }));
    expect(off.warnings.map(({ path }) => path)).toEqual(["promptCacheTtl"]);
    expect(emulator.requests.every(({ body }) => !body.toString().includes("cachePoint"))).toBe(true);
  });

  test("R14 what is written once is read afterwards; what is too short to be cached is a warning", async () => {
    const options = keyed({ promptCache: true, system: "A long rule. ".repeat(2000) });
    const first = await generateText(claude, "Hello", options);
    const second = await generateText(claude, "Hello", options);
    expect(first.usage?.cacheWriteInputTokens).toBeGreaterThan(1000);
    expect(second.usage?.cacheReadInputTokens).toBe(first.usage?.cacheWriteInputTokens);
    expect([...first.warnings, ...second.warnings]).toEqual([]);
    const short = await generateText(claude, "Hello", keyed({ promptCache: true, system: "Short." }));
    expect(short.warnings.map(({ type }) => type)).toEqual(["cache-unused"]);
  });

  test.each([
    [undefined, {}],
    ["1h" as const, { ttl: "1h" }],
    ["5m" as const, { ttl: "5m" }],
  ])("R15 with the time %s the mark says so, by either API", async (ttl, expected) => {
    const options = {
      system: "Rules",
      prompt_cache: true,
      ...(ttl !== undefined && { anthropic_prompt_cache_ttl: ttl }),
    };
    await generateText(claude, "Hi", free({ providerOptions: options, useConverse: true }));
    await generateText(claude, "Hi", free({ providerOptions: options, useConverse: false }));
    expect(sentBody(0)["system"]).toEqual([{ text: "Rules" }, { cachePoint: { type: "default", ...expected } }]);
    expect(sentBody(1)["system"]).toEqual([
      { type: "text", text: "Rules", cache_control: { type: "ephemeral", ...expected } },
    ]);
  });

  test("R15 another time, and an hour behind five minutes, are refused before anything is sent", async () => {
    const other = await refused(
      generateText(claude, "Hi", free({ providerOptions: { prompt_cache: true, prompt_cache_ttl: "2h" } })),
    );
    expect(other).toMatchObject({ code: "invalid_request", param: "providerOptions.prompt_cache_ttl" });
    const marked = { ...weather, cacheControl: { ttl: "5m" as const } };
    const order = await refused(
      generateText(claude, "Hi", free({ system: "Rules", tools: [marked], promptCache: true, promptCacheTtl: "1h" })),
    );
    expect(order).toMatchObject({ code: "invalid_request", param: "promptCache" });
    expect(emulator.requests).toEqual([]);
  });
});

describe("Claude", () => {
  const question = "Weather in Paris?";

  test("R16 tools, whole and streamed", async () => {
    const whole = await generateText(claude, question, keyed({ tools: [weather] }));
    const { parts, result } = await partsOf(claude, question, keyed({ tools: [weather] }));
    const [call] = whole.toolCalls;
    expect(call).toMatchObject({ name: "get_weather", input: { city: expect.any(String) as unknown } });
    expect(whole.finishReason).toBe("tool_calls");
    const pieces = parts.flatMap((part) => (part.type === "tool-call-delta" ? [part.arguments] : []));
    expect(JSON.parse(pieces.join(""))).toEqual(call?.input);
    expect(parts.find((part) => part.type === "tool-call-start")).toMatchObject({ name: "get_weather" });
    expect(result.toolCalls.map(({ name, input }) => [name, input])).toEqual([["get_weather", call?.input]]);
  });

  test("R16 the answer's turn goes back as it is, with the tool's result behind it", async () => {
    const options = keyed({ tools: [weather], reasoningEffort: "low", maxTokens: 8000 });
    const first = await generateText(claude, question, options);
    const [call] = first.toolCalls;
    const second = await generateText(
      claude,
      [
        { role: "user", content: question },
        first.message,
        { role: "tool", toolCallId: call?.id, content: "18 degrees" } as never,
      ],
      options,
    );
    expect(second.text).toContain("18 degrees");
    expect(second.warnings).toEqual([]);
    const sent = bodyOf(modelCalls(emulator)[1]!).messages ?? [];
    // Byte for byte, thinking and its signature too; only AWS's own `type` of a call must not go back.
    const answered = (first.raw as { output: { message: Message } }).output.message;
    const content = answered.content.map(({ toolUse, ...block }) => {
      if (toolUse === undefined) return block;
      const { type: _type, ...rest } = toolUse;
      return { toolUse: rest };
    });
    expect(content.some((block) => "reasoningContent" in block)).toBe(true);
    expect(sent[1]).toEqual({ ...answered, content });
    expect(sent[2]?.content[0]?.toolResult?.toolUseId).toBe(call?.id);
  });

  test("R16 attachments: an image and a document", async () => {
    const pdf = Buffer.from("%PDF-1.4\n%%EOF\n").toString("base64");
    await generateText(
      claude,
      [
        {
          role: "user",
          content: [
            { type: "text", text: "What are these?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${redPixel}` } },
            { type: "file", file: { filename: "report.pdf", file_data: `data:application/pdf;base64,${pdf}` } },
          ],
        },
      ],
      keyed(),
    );
    expect(bodyOf(onlyModelCall(emulator)).messages?.[0]?.content.slice(1)).toEqual([
      { image: { format: "png", source: { bytes: redPixel } } },
      { document: expect.objectContaining({ format: "pdf", source: { bytes: pdf } }) as unknown },
    ]);
  });

  test.each([
    ["reasoning_effort", "low", expect.any(Number) as unknown],
    ["reasoning_token_budget", 2000, 2000],
  ])("R16 reasoning by %s, whole and streamed", async (name, value, budget) => {
    const options = keyed({ [name]: value, maxTokens: 8000 });
    const whole = await generateText(claude, "Hello", options);
    const { parts, result } = await partsOf(claude, "Hello", options);
    expect(whole.reasoning).not.toBe("");
    const pieces = parts.flatMap((part) => (part.type === "reasoning-delta" ? [part.text] : []));
    expect(pieces.join("")).toBe(whole.reasoning);
    expect([result.reasoning, result.text]).toEqual([whole.reasoning, whole.text]);
    expect(result.message).toEqual(whole.message);
    expect(bodyOf(modelCalls(emulator)[0]!).additionalModelRequestFields).toEqual({
      thinking: { type: "enabled", budget_tokens: budget },
    });
  });

  test("R16 thinking that must go, since a tool is forced, is a warning", async () => {
    const options = keyed({ tools: [weather], toolChoice: "required", reasoningTokenBudget: 2000, maxTokens: 8000 });
    const { warnings } = await generateText(claude, question, options);
    expect(warnings).toEqual([expect.objectContaining({ type: "dropped", path: "reasoningTokenBudget" })]);
  });

  test.each(["global", "us", "eu"])("R17 the profile prefix %s. stays in the path", async (prefix) => {
    const id = `${prefix}.anthropic.claude-sonnet-4-5-20250929-v1:0`;
    const options = { ...at(), ...pair, region: prefix === "eu" ? "eu-west-1" : "us-east-1", useConverse: true };
    const { warnings } = await generateText(`bedrock:${id}`, "Hello", options);
    expect(onlyModelCall(emulator).path).toBe(`/model/${encodeURIComponent(id)}/converse`);
    expect(warnings).toEqual([]);
  });
});

describe("Cohere Command R", () => {
  test("R18 tools, whole and streamed, by Converse", async () => {
    const options = { ...at(), apiKey: exampleApiKey, tools: [weather] };
    const whole = await generateText(commandR, "Weather in Paris?", options);
    const { parts } = await partsOf(commandR, "Weather in Paris?", options);
    expect(whole.toolCalls[0]?.name).toBe("get_weather");
    expect(parts.find((part) => part.type === "tool-call-start")).toMatchObject({ name: "get_weather" });
    expect(modelCalls(emulator).map(({ path }) => path)).toEqual([
      "/model/cohere.command-r-plus-v1%3A0/converse",
      "/model/cohere.command-r-plus-v1%3A0/converse-stream",
    ]);
  });

  test("R18 citations of a document are in the result, and come in the stream before it", async () => {
    const document = {
      document: {
        format: "txt",
        name: "handbook",
        source: { text: "It opens at nine." },
        citations: { enabled: true },
      },
    };
    const prompt = [
      { role: "user", content: [{ type: "text", text: "When does it open?" }, document] },
    ] as unknown as Prompt;
    const model = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    const whole = await generateText(model, prompt, keyed());
    const { parts, result } = await partsOf(model, prompt, keyed());
    expect(whole.citations.length).toBeGreaterThan(0);
    expect(result.citations).toEqual(whole.citations);
    expect(parts.flatMap((part) => (part.type === "citation" ? [part.citation] : []))).toEqual(whole.citations);
    expect(whole.text).toContain("According to the document");
  });
});

describe("Llama", () => {
  test("R20 text by the inference profile", async () => {
    const { text, warnings } = await generateText(`bedrock:${llama}`, "Hello", keyed());
    expect(text).toContain("Hello");
    expect(warnings).toEqual([]);
    expect(onlyModelCall(emulator).path).toBe("/model/us.meta.llama3-2-3b-instruct-v1%3A0/converse");
  });

  test("R20 tools on a Llama that cannot call them are refused, never lost in silence", async () => {
    const options = { ...at(), apiKey: exampleApiKey, tools: [weather] };
    const error = await refused(generateText(`bedrock:${llama}`, "Weather in Paris?", options));
    expect(error.status).toBe(400);
    expect(error.message).toContain("doesn't support tool use");
  });
});

describe("the binary event stream", () => {
  test("R21 comes out as plain parts, however it is cut", async () => {
    const prompt = "Zwölf Boxkämpfer 🥊 jagen Viktor";
    const whole = await generateText(claude3, prompt, keyed());
    for (const bytes of [1, 7, 64]) {
      emulator.faultNext({ kind: "drip", bytes, everyMs: 0 });
      const { parts, result } = await partsOf(claude3, prompt, keyed());
      expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : [])).join("")).toBe(whole.text);
      expect(parts.at(-1)).toEqual({ type: "finish", result });
      expect([result.finishReason, result.usage]).toEqual([whole.finishReason, whole.usage]);
    }
  });

  test("R21 that breaks is an error for the reader and in the promises, not a short answer", async () => {
    emulator.faultNext({ kind: "cut", frame: 2 });
    const stream = streamText(claude3, "Hello", keyed());
    expect(
      (
        await refused(
          (async () => {
            for await (const _part of stream) continue;
          })(),
        )
      ).code,
    ).toBe("truncated_stream");
    expect((await refused(stream.result)).code).toBe("truncated_stream");
    expect((await refused(stream.text)).code).toBe("truncated_stream");
  });
});

test("R22 a call that takes more than five minutes is answered, whole and streamed", async () => {
  clock = holdTime();
  for (const ask of [
    () => generateText(claude3, "Good morning", { ...at(), ...pair, useConverse: true }),
    () =>
      streamText(claude3, "Good morning", { ...at(), ...pair, useConverse: true, limits: { firstByteMs: 0 } }).result,
  ]) {
    emulator.clearRequests();
    emulator.faultNext({ kind: "delay", ms: 370_000 });
    const asked = ask();
    await until(() => modelCalls(emulator).length === 1, "the call to arrive");
    await clock.pass(370_000);
    expect((await asked).finishReason).toBe("stop");
    expect(onlyModelCall(emulator).status).toBe(200);
  }
});
