/** The library's functions over the emulator: what ReqLLM's page does not ask for, and what must not happen. */
import {
  chooseRoute,
  closeConnections,
  countTokens,
  embed,
  factsOfModel,
  generateObject,
  generateText,
  putKey,
  streamText,
  type ObjectOptions,
  type Prompt,
  type TextOptions,
  type TextResult,
} from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { environmentOf } from "../support/emulator-environment.ts";
import { openReplayingEndpoint } from "../support/replaying-endpoint.ts";
import { refused } from "../support/refused.ts";
import { bodyOf, callsOf, modelCalls } from "../support/seen.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "us.amazon.nova-lite-v1:0";
let emulator: Emulator;
let environment: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator();
  environment = environmentOf(emulator);
});
beforeEach(() => emulator.clearRequests());
afterAll(async () => {
  await closeConnections(environment);
  await emulator.close();
});

const options = <More extends TextOptions | ObjectOptions>(more?: More): TextOptions => ({ environment, ...more });

describe("generateObject", () => {
  const schema = z.object({ city: z.string(), days: z.number().optional() });
  const loose = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

  test.each([
    ["AWS's outputConfig", claude, schema, "outputConfig", []],
    ["AWS's outputConfig with whole numbers", claude, schema.extend({ days: z.int() }), "outputConfig", []],
    ["a strict schema in JSON", claude, { ...loose, additionalProperties: false }, "outputConfig", []],
    ["a forced tool, checked by zod", nova, schema, "forced-tool", []],
    ["a forced tool, checked by nobody", nova, loose, "forced-tool", ["unchecked-object"]],
    ["a schema that AWS's strict decoding refuses", claude, loose, "forced-tool", ["unchecked-object"]],
  ])("by %s, and says so", async (_way, model, given, means, warnings) => {
    const result = await generateObject(model, "A city?", given, options());
    expect(result.object).toMatchObject({ city: expect.any(String) as unknown });
    expect(result.means).toBe(means);
    expect(result.warnings.map(({ type }) => type)).toEqual(warnings);
    expect(result.finishReason).toBe("stop");
    expect(result.toolCalls).toEqual([]);
    expect(JSON.parse(result.text)).toMatchObject({ city: expect.any(String) as unknown });
    expect(modelCalls(emulator)).toHaveLength(1);
  });

  test("a schema that is mended for the model is told by the caller's name for it", async () => {
    const { warnings } = await generateObject(nova, "A city?", { ...loose, $schema: "x" }, options());
    expect(warnings[0]).toMatchObject({ type: "dropped", path: "schema" });
  });

  test("a model that calls a tool in the object's place: the error says which", async () => {
    const tools = [{ name: "weather", parameters: z.object({ city: z.string() }) }];
    const error = await refused(generateObject(nova, "A city?", schema, options({ tools })));
    expect([error.code, error.retryable]).toEqual(["malformed_model_output", false]);
    expect(error.message).toBe("The model called weather in place of giving the object.");
  });

  test("an answer that a guardrail stopped is no object, and asking again is no use", async () => {
    const guardrail = { identifier: "abc", version: "1" };
    const error = await refused(generateObject(claude, "TRIP_GUARDRAIL", schema, options({ guardrail })));
    expect([error.code, error.retryable, error.remedy.slice(0, 11)]).toEqual([
      "malformed_model_output",
      false,
      "A guardrail",
    ]);
    expect(error.message).toContain("it ended with guardrail_intervened");
  });

  test("an object that was cut off is none: AWS closes its call with what was whole", async () => {
    const endpoint = await openReplayingEndpoint();
    const toolUse = { toolUseId: "t1", name: "structured_output", input: {} };
    const answer = {
      output: { message: { role: "assistant", content: [{ toolUse }] } },
      stopReason: "max_tokens",
      usage: { inputTokens: 5, outputTokens: 3, totalTokens: 8 },
    };
    endpoint.answer = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
    const there = { ...environment, AWS_ENDPOINT_URL: endpoint.url };
    const error = await refused(generateObject(nova, "A city?", loose, { environment: there, maxTokens: 3 }));
    expect([error.code, error.remedy]).toEqual(["malformed_model_output", "Give the answer more tokens: maxTokens."]);
    const digits = { ...answer, output: { message: { role: "assistant", content: [{ text: "12" }] } } };
    endpoint.answer = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(digits)) };
    const half = await refused(generateObject(claude, "How many?", z.number(), { environment: there, maxTokens: 1 }));
    expect(half.message).toContain("The answer was cut off");
    await closeConnections(there);
    await endpoint.close();
  });

  test("by words where a model has nothing better; what is no such object is an error that shows it", async () => {
    const model = "us.meta.llama3-2-3b-instruct-v1:0";
    expect((await generateObject(model, "A city?", schema, options())).means).toBe("instruction");
    const error = await refused(generateObject(model, "A city?", schema, options({ maxTokens: 3 })));
    expect(error.code).toBe("malformed_model_output");
    expect(error.message).toContain("is no JSON");
    expect(error.message).toContain('{"');
    expect(JSON.stringify(bodyOf(modelCalls(emulator)[0]!))).toContain("JSON schema");
  });

  test.each([
    ["a fence", '\n```json\n \n{"city": "Rome"}\n \n```\n', { object: { city: "Rome" } }],
    ["a fence without a name", "```\n[1]\n```", { object: [1] }],
    ["a fence that does not end on a line of its own", "```json\n[1]```", { isNoJson: true }],
    ["a fence that does not end", "```json\n[1]\n", { isNoJson: true }],
    ["a row of line breaks", `\`\`\`json${"\n".repeat(20_000)}{`, { isNoJson: true }],
    ["a fence around such a row", `\`\`\`json\n{${"\n".repeat(20_000)}x\`\`\``, { isNoJson: true }],
  ])("%s, as models that are asked in words answer", { timeout: 30_000 }, async (_form, text, expected) => {
    const endpoint = await openReplayingEndpoint();
    const answer = { output: { message: { role: "assistant", content: [{ text }] } }, stopReason: "end_turn" };
    endpoint.answer = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
    const there = { ...environment, AWS_ENDPOINT_URL: endpoint.url };
    const given = { environment: there, useConverse: true };
    const asked = generateObject("us.meta.llama3-2-3b-instruct-v1:0", "A city?", loose, given);
    const read = await asked.then(
      ({ object }) => ({ object }),
      ({ message }: Error) => ({ isNoJson: message.includes("is no JSON") }),
    );
    expect(read).toEqual(expected);
    await closeConnections(there);
    await endpoint.close();
  });

  test("what does not fit the zod schema is an error that names the place", async () => {
    const picky = z.object({ city: z.string().refine((name) => name === "Paris", "must be Paris") });
    const error = await refused(generateObject(claude, "A city?", picky, options()));
    expect(error.message).toMatch(/does not fit the schema \(city: must be Paris\)/);
  });

  test("so is what the schema's own code throws at it, which is the error's cause", async () => {
    const parsing = z.object({ city: z.string().transform((text) => JSON.parse(text) as unknown) });
    const error = await refused(generateObject(claude, "A city?", parsing, options()));
    expect(error.code).toBe("malformed_model_output");
    expect(error.message).toMatch(
      /does not fit the schema \(the schema's own code threw SyntaxError: .*The answer: \{/,
    );
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  test("the name and the description of the schema reach the model", async () => {
    await generateObject(nova, "A city?", schema, options({ schemaName: "city", schema_description: "A city." }));
    expect(bodyOf(modelCalls(emulator)[0]!).toolConfig?.tools[0]?.toolSpec).toMatchObject({
      name: "city",
      description: "A city.",
    });
  });

  test("Claude's own format carries the schema alone: its name and description are told as left out, and it is not", async () => {
    const named = options({ schemaName: "city", schema_description: "A city.", useConverse: false });
    const { warnings } = await generateObject(claude, "A city?", schema, named);
    expect(warnings).toMatchObject([{ path: "schemaName" }, { path: "schema_description" }]);
  });
});

describe("tries and limits", () => {
  test.each([
    [{ retry: { maxRetries: 2 } }, "retry.maxRetries"],
    [{ retry: { attempts: "2" } }, "retry.attempts"],
    [{ providerOptions: { limits: { totalMs: "5s" } } }, "providerOptions.limits.totalMs"],
  ])("that are none are refused by the caller's own path, and nothing is sent: %j", async (given, param) => {
    const error = await refused(generateText(nova, "Good morning", options(given as never)));
    expect([error.code, error.param]).toEqual(["invalid_request", param]);
    expect(modelCalls(emulator)).toHaveLength(0);
  });
});

describe("what InvokeModel has in a header", () => {
  test.each([
    [{ guardrail: { identifier: "abc", version: "1", trace: 5 } }, "guardrail.trace"],
    [{ providerOptions: { guardrail: { id: "abc", version: "1", trace: [] } } }, "providerOptions.guardrail.trace"],
    [{ requestMetadata: { team: 5 } }, "requestMetadata.team"],
    [{ performanceConfig: { latency: true } }, "performanceConfig.latency"],
  ])("is refused by its path where it is no text, as by Converse: %j", async (given, param) => {
    const error = await refused(generateText(claude, "Hi", options({ ...(given as object), useConverse: false })));
    expect([error.code, error.param]).toEqual(["invalid_request", param]);
    expect((await refused(generateText(claude, "Hi", options(given as object)))).code).toMatch(/Exception$/);
  });

  test("goes there in words that this version does not know, too, for AWS to judge", async () => {
    const guardrail = { identifier: "abc", version: "1", trace: "loud" as "enabled" };
    const error = await refused(generateText(claude, "Hi", options({ guardrail, useConverse: false })));
    expect(error.message).toContain("Value 'loud' at 'trace'");
  });
});

test("a list with a place that was never filled is refused by the place", async () => {
  const texts = ["one"];
  texts[2] = "three";
  const error = await refused(embed("amazon.titan-embed-text-v2:0", texts, { environment }));
  expect([error.code, error.param]).toEqual(["invalid_request", "input[1]"]);
  const said = texts.map((content) => ({ role: "user", content }) as const);
  expect((await refused(generateText(nova, said, options()))).param).toBe("messages");
});

test.each([
  ["us.meta.llama3-3-70b-instruct-v1:0", 2_048, 4_096],
  ["us.meta.llama4-scout-17b-instruct-v1:0", 8_192, 16_384],
])("more tokens than %s may write by InvokeModel (%d) go by Converse", async (model, most, asked) => {
  const routeOf = async (maxTokens: number): Promise<string> =>
    (await generateText(model, "Hi", options({ maxTokens }))).route;
  expect([await routeOf(most), await routeOf(most + 1), await routeOf(asked)]).toEqual([
    "invoke",
    "converse",
    "converse",
  ]);
});

describe("countTokens", () => {
  test("counts by AWS under the foundation model's id, and sends nothing to a model", async () => {
    const counted = await countTokens(
      "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
      "Good morning",
      options({ system: "Rules" }),
    );
    expect(counted).toMatchObject({
      estimated: false,
      model: "anthropic.claude-3-5-sonnet-20241022-v2:0",
      warnings: [],
    });
    expect(counted.inputTokens).toBeGreaterThan(2);
    expect(callsOf(emulator, "CountTokens").map(({ path, status }) => [path, status])).toEqual([
      ["/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/count-tokens", 200],
    ]);
    expect(emulator.requests).toHaveLength(1);
  });

  test.each(["us.meta.llama3-3-70b-instruct-v1:0", nova])(
    "of %s, for which AWS does not count, it is an estimate that says so",
    async (model) => {
      const { estimated, inputTokens } = await countTokens(model, "Good morning. ".repeat(100), options());
      expect(estimated).toBe(true);
      // A token for three to four characters.
      expect(inputTokens).toBeGreaterThan(300);
      expect(inputTokens).toBeLessThan(600);
    },
  );

  test("what an estimate cannot tell is an error that says so, and not that Claude takes none", async () => {
    const video = { type: "video_url", video_url: { url: "data:video/mp4;base64,AAAAHGZ0eXBtcDQy" } };
    const error = await refused(countTokens(nova, [{ role: "user", content: [video as never] }], options()));
    expect([error.code, error.param]).toEqual(["unsupported_parameter", "messages[0].content[0].video"]);
    expect(error.message).toBe(
      `messages[0].content[0].video cannot be estimated, and AWS does not count tokens for ${nova}.`,
    );
  });

  test("AWS's refusal of the credential is no reason to estimate", async () => {
    const model = "anthropic.claude-3-5-sonnet-20241022-v2:0";
    const error = await refused(countTokens(model, "Hi", options({ accessKeyId: "AKIAWRONG", secretAccessKey: "x" })));
    expect(error.status).toBe(403);
  });
});

test("embed, by the emulator", async () => {
  const { embeddings, usage, cost } = await embed("bedrock:amazon.titan-embed-text-v2:0", ["one", "two"], {
    environment,
    dimensions: 256,
  });
  expect(embeddings.map(({ length }) => length)).toEqual([256, 256]);
  expect(usage.inputTokens).toBeGreaterThan(0);
  expect(cost.known).toBe(true);
});

describe("streamText", () => {
  test("leaving the loop ends the call", async () => {
    emulator.faultNext({ kind: "drip", bytes: 16, everyMs: 5 });
    const stream = streamText(claude, "A long answer, please", options({ useConverse: true }));
    for await (const _text of stream.textStream) break;
    expect((await refused(stream.result)).code).toBe("client_closed");
  });

  test("a signal ends it, before and in the middle", async () => {
    expect((await refused(streamText(claude, "Hi", options({ signal: AbortSignal.abort() })).result)).code).toBe(
      "client_closed",
    );
    emulator.faultNext({ kind: "drip", bytes: 16, everyMs: 5 });
    const controller = new AbortController();
    const stream = streamText(claude, "Hi", options({ signal: controller.signal }));
    for await (const _part of stream) {
      controller.abort();
      break;
    }
    expect((await refused(stream.result)).code).toBe("client_closed");
  });

  test("cancel() ends it while a profile is looked up", async () => {
    const arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/cancelled";
    emulator.faultNext({ kind: "silence", operation: "GetInferenceProfile" });
    const stream = streamText(arn, "Hi", options({ signal: new AbortController().signal }));
    await expect.poll(() => callsOf(emulator, "GetInferenceProfile")).toHaveLength(1);
    stream.cancel();
    expect((await refused(stream.result)).code).toBe("client_closed");
    expect(modelCalls(emulator)).toEqual([]);
  });

  test("AWS's refusal reaches the reader and the promises", async () => {
    emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    const stream = streamText(claude, "Hi", options());
    const reading = (async () => {
      for await (const _part of stream) continue;
    })();
    expect((await refused(reading)).code).toBe("AccessDeniedException");
    expect((await refused(stream.text)).status).toBe(403);
  });

  test("tools on a model that AWS does not stream with tools: one whole call, told as a stream", async () => {
    const model = "us.meta.llama3-3-70b-instruct-v1:0";
    const tools = [{ name: "get_weather", parameters: z.object({ city: z.string() }) }];
    const stream = streamText(model, "Weather in Paris?", options({ tools }));
    const types = new Set<string>();
    for await (const { type } of stream) types.add(type);
    expect([...types]).toEqual(expect.arrayContaining(["tool-call-start", "tool-call-delta", "finish"]));
    expect((await stream.result).toolCalls[0]?.input).toHaveProperty("city");
    expect(modelCalls(emulator).map(({ operation }) => operation)).toEqual(["Converse"]);
  });
});

describe("a conversation", () => {
  const tools = [{ name: "get_weather", parameters: z.object({ city: z.string() }) }];

  test.each([true, false])(
    "of thinking and tools goes on by either API (useConverse: %s) and loses nothing",
    async (useConverse) => {
      const more = options({ tools, useConverse, reasoningEffort: "low", maxTokens: 8000 });
      const prompt: Prompt = [{ role: "user", content: "Weather in Paris?" }];
      const first = await streamText(claude, prompt, more).result;
      const [call] = first.toolCalls;
      const answer = { role: "tool", tool_call_id: call?.id ?? "", content: "18 degrees" } as const;
      const second = await generateText(claude, [...prompt, first.message, answer], more);
      expect(second.text).toContain("18 degrees");
      expect(second.warnings).toEqual([]);
      expect(first.reasoning).not.toBe("");
      const sent = emulator.requests[1]?.body.toString() ?? "";
      const signature = /"signature":"([^"]+)"/.exec(JSON.stringify(first.message))?.[1] ?? "none";
      expect(sent).toContain(signature);
    },
  );
});

describe("warnings", () => {
  test.each([
    [
      nova,
      true,
      {
        output: { message: { role: "assistant", content: [{ toolUse: { toolUseId: "t1", name: "f", input: {} } }] } },
        stopReason: "max_tokens",
      },
    ],
    [
      "openai.gpt-oss-120b-1:0",
      false,
      {
        choices: [
          {
            message: { tool_calls: [{ id: "t1", function: { name: "f", arguments: '{"ci' } }] },
            finish_reason: "length",
          },
        ],
      },
    ],
  ])("say of a whole answer of %s too that the limit of tokens cut its call", async (model, useConverse, answer) => {
    const endpoint = await openReplayingEndpoint();
    endpoint.answer = { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
    const there = { ...environment, AWS_ENDPOINT_URL: endpoint.url };
    const given = { environment: there, tools: [{ name: "f" }], useConverse };
    const { toolCalls, warnings } = await generateText(model, "Hi", given);
    expect(toolCalls).toHaveLength(1);
    expect(warnings).toMatchObject([
      { type: "incomplete-tool-call", message: expect.stringContaining("t1") as string },
    ]);
    const ended = JSON.stringify(answer).replace("max_tokens", "tool_use").replace("length", "tool_calls");
    endpoint.answer = { status: 200, headers: {}, body: Buffer.from(ended.replace('{\\"ci', "{}")) };
    expect((await generateText(model, "Hi", given)).warnings).toEqual([]);
    await closeConnections(there);
    await endpoint.close();
  });

  test("name what was dropped by the caller's own path, wherever the option stood", async () => {
    const { warnings } = await generateText(
      nova,
      [{ role: "user", content: "Hi", name: "Ann" } as never],
      options({
        system: "Rules",
        temperature: 1.5,
        providerOptions: { reasoning_token_budget: 2000 },
        useConverse: true,
      }),
    );
    expect(new Set(warnings.map(({ path }) => path))).toEqual(
      new Set(["messages[0].name", "providerOptions.reasoning_token_budget", "temperature"]),
    );
  });

  test("there are none of the other names that options are known by, nor from the compiler", async () => {
    const others: TextOptions = {
      systemPrompt: "Rules",
      maxOutputTokens: 50,
      stopSequences: ["END"],
      anthropicPromptCache: true,
      anthropic_prompt_cache_ttl: "1h",
      anthropicCacheMessages: -1,
      guardrail_config: { guardrailIdentifier: "abc", guardrailVersion: "1" },
    };
    const { warnings } = await generateText(claude, "Hi ".repeat(2000), options({ ...others, useConverse: true }));
    expect(warnings).toEqual([]);
    const ttl = { cachePoint: { type: "default", ttl: "1h" } };
    expect(bodyOf(modelCalls(emulator)[0]!)).toMatchObject({
      system: [{ text: "Rules" }, ttl],
      messages: [{ content: [{}, ttl] }],
      inferenceConfig: { maxTokens: 50, stopSequences: ["END"] },
      guardrailConfig: { guardrailIdentifier: "abc", guardrailVersion: "1" },
    });
  });

  test("errors name the caller's path too", async () => {
    const error = await refused(
      generateText(nova, [{ role: "nobody", content: "Hi" } as never], options({ system: "Rules" })),
    );
    expect(error.param).toBe("messages[0].role");
    expect(error.message).toContain("messages[0].role");
    const wrong = await refused(generateText(nova, "Hi", options({ providerOptions: { max_tokens: "many" } })));
    expect(wrong.param).toBe("providerOptions.max_tokens");
  });

  test("what a model's own format cannot carry is told where the caller wrote it", async () => {
    const own = options({ system: "Rules", useConverse: false });
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } } as const;
    const seen: Prompt = [{ role: "user", content: [{ type: "text", text: "Hi" }, image] }];
    const pathOf = async (model: string, prompt: Prompt, more?: TextOptions): Promise<string | undefined> =>
      (await refused(generateText(model, prompt, { ...own, ...more }))).param;
    expect([
      await pathOf("us.meta.llama3-3-70b-instruct-v1:0", seen),
      // The rules stand in the user's turn there.
      await pathOf("amazon.titan-text-express-v1", seen),
      await pathOf("amazon.titan-text-express-v1", [{ role: "system", content: "More" }, ...seen]),
      await pathOf("amazon.titan-text-express-v1", "Hi", { tools: [{ name: "a" }] }),
    ]).toEqual(["messages[0].content[1].image", "messages[0]", "messages[1]", "tools"]);
    const call = (id: string) => ({ id, type: "function", function: { name: "a", arguments: "{}" } }) as const;
    const calls: Prompt = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: null, tool_calls: [call("tooluse_first"), call("tooluse_second")] },
      { role: "tool", tool_call_id: "tooluse_first", content: "1" },
      { role: "tool", tool_call_id: "tooluse_second", content: "2" },
    ];
    const { warnings } = await generateText("mistral.mistral-large-2407-v1:0", calls, {
      ...own,
      tools: [{ name: "a" }],
    });
    expect(warnings.map(({ path }) => path)).toEqual(["messages[1]", "messages[2]"]);
  });

  test("a tool's faults and losses are told where the caller wrote the tool", async () => {
    const search = { type: "tool_search_tool_regex_20251119", name: "search" };
    const deferred = { name: "later", deferLoading: true, strict: true, cacheControl: { type: "ephemeral" as const } };
    const fault = { name: "a", description: 5 } as never;
    const error = await refused(generateText(claude, "Hi", options({ tools: [deferred, fault, search as never] })));
    expect([error.param, error.message]).toEqual([
      "tools[1].description",
      "tools[1].description must be a string (it is a number)",
    ]);
    const nested = await refused(generateText(claude, "Hi", { environment, providerOptions: { tools: [fault] } }));
    expect(nested.param).toBe("providerOptions.tools[0].description");
    const { warnings } = await generateText(nova, "Hi", options({ tools: [{ ...deferred, deferLoading: false }] }));
    expect(warnings.filter(({ type }) => type === "dropped").map(({ path }) => path)).toEqual([
      "tools[0].strict",
      "tools[0].cache_control",
    ]);
  });

  test("what the cache's options put into a request is told as theirs", async () => {
    const tools = [{ name: "a" }];
    const paths = ({ warnings }: TextResult): (string | undefined)[] =>
      warnings.filter(({ type }) => type === "dropped").map(({ path }) => path);
    const cached: TextOptions = { system: "Rules", anthropic_prompt_cache: true, anthropic_cache_messages: true };
    expect(paths(await generateText("us.meta.llama3-3-70b-instruct-v1:0", "Hi", options(cached)))).toEqual([
      "anthropic_prompt_cache",
      "anthropic_cache_messages",
    ]);
    const hour = options({ system: "Rules", tools, promptCache: true, promptCacheTtl: "1h" });
    expect(paths(await generateText(nova, "Hi", hour))).toEqual(["promptCache", "promptCacheTtl"]);
    const early = [{ name: "a", cacheControl: { type: "ephemeral" as const } }];
    const error = await refused(generateText(claude, "Hi", { ...hour, tools: early }));
    expect(error.param).toBe("promptCache");
    expect(error.message).toContain("promptCache is a cache mark of one hour behind one of five minutes");
  });

  test.each([
    ["useConverse", "yes"],
    ["promptCache", 1],
    ["reasoningTokenBudget", 0.5],
    ["guardrail", "abc"],
    ["guardrail", { identifier: "abc" }],
    ["tools", "get_weather"],
    ["tools", [{ parameters: {} }]],
    ["tools", [{ name: "a", strict: "maybe" }]],
    ["tools", [{ name: "a", deferLoading: "yes" }]],
    ["signal", {}],
    ["system", 5],
  ])("a wrong %s (%o) is refused with its path", async (name, value) => {
    const error = await refused(generateText(nova, "Hi", { environment, [name]: value }));
    expect(error.code).toBe("invalid_request");
    expect(error.param?.startsWith(name)).toBe(true);
    expect(emulator.requests).toEqual([]);
  });
});

test.each([
  "openai.gpt-oss-120b-1:0",
  nova,
  "amazon.titan-text-express-v1",
  "cohere.command-text-v14",
  "cohere.command-r-v1:0",
  "mistral.mistral-7b-instruct-v0:2",
  "mistral.mistral-large-2407-v1:0",
  "ai21.jamba-1-5-mini-v1:0",
  "us.deepseek.r1-v1:0",
  "qwen.qwen3-32b-v1:0",
  "anthropic.claude-v2:1",
  claude,
  "us.meta.llama3-2-3b-instruct-v1:0",
  "us.writer.palmyra-x5-v1:0",
])("%s answers in its own format, whole and streamed alike", async (model) => {
  const more = options({ useConverse: false, maxTokens: 200 });
  const whole = await generateText(model, "Hello there", more);
  const streamed = await streamText(model, "Hello there", more).result;
  expect(whole.text).toContain('heard: "Hello there"');
  const told = ({ text, reasoning, finishReason, usage, route, warnings }: TextResult): unknown[] => [
    text,
    reasoning,
    finishReason,
    usage?.outputTokens,
    route,
    warnings,
  ];
  expect(told(streamed)).toEqual(told(whole));
  expect([whole.finishReason, whole.route, whole.warnings]).toEqual(["stop", "invoke", []]);
});

describe("Claude's tool search", () => {
  const search = { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" };
  const weather = { name: "get_weather", parameters: z.object({ city: z.string() }), deferLoading: true };
  const news = { name: "get_news", parameters: { type: "object", properties: {} } };

  test("goes by InvokeModel, in Claude's own form", async () => {
    const { warnings } = await generateText(claude, "Weather?", options({ tools: [search, weather, news] }));
    expect(warnings).toEqual([]);
    expect(emulator.requests.map(({ path }) => path.split("/").at(-1))).toEqual(["invoke"]);
    const body = JSON.parse(emulator.requests[0]!.body.toString()) as { tools: object[]; anthropic_beta: string[] };
    const { tools, anthropic_beta: flags } = body;
    expect(flags).toEqual(["tool-search-tool-2025-10-19"]);
    expect(tools).toEqual(
      expect.arrayContaining([
        search,
        expect.objectContaining({ name: "get_news" }),
        expect.objectContaining({ name: "get_weather", defer_loading: true }),
      ]),
    );
    expect(tools).toHaveLength(3);
  });

  test.each([
    ["a list", ["context-1m-2025-08-07"]],
    ["one alone", "context-1m-2025-08-07"],
  ])("a tool that only it finds brings its flag to the caller's own: %s", async (_form, own) => {
    const additionalModelRequestFields = { anthropic_beta: own };
    await generateText(claude, "Weather?", options({ tools: [weather, news], additionalModelRequestFields }));
    const { anthropic_beta: flags } = JSON.parse(emulator.requests[0]!.body.toString()) as { anthropic_beta: string[] };
    expect(flags).toEqual(["context-1m-2025-08-07", "tool-search-tool-2025-10-19"]);
  });

  test.each([nova, "us.anthropic.claude-sonnet-4-20250514-v1:0"])(
    "a model without it sees every tool at once, with a warning: %s",
    async (model) => {
      const { warnings } = await generateText(model, "Weather?", options({ tools: [weather] }));
      expect(warnings.map(({ path }) => path)).toEqual(["tools[0].deferLoading"]);
      expect(bodyOf(modelCalls(emulator)[0]!).toolConfig?.tools[0]?.toolSpec?.name).toBe("get_weather");
    },
  );
});

test("a guardrail is asked of either API", async () => {
  const guardrail = { identifier: "abc", version: "1", trace: true };
  const results = [];
  for (const useConverse of [true, false]) {
    results.push(await generateText(claude, "TRIP_GUARDRAIL", options({ guardrail, useConverse })));
  }
  expect(results.map(({ finishReason, stopReason }) => [finishReason, stopReason])).toEqual([
    ["content_filter", "guardrail_intervened"],
    ["content_filter", "guardrail_intervened"],
  ]);
  expect(emulator.requests[1]?.headers).toMatchObject({
    "x-amzn-bedrock-guardrailidentifier": "abc",
    "x-amzn-bedrock-guardrailversion": "1",
    "x-amzn-bedrock-trace": "ENABLED",
  });
});

test("no result and no error holds a secret", async () => {
  const secret = "canary-secret-access-key-0123456789";
  putKey("aws_bedrock", { accessKeyId: "AKIACANARY", secretAccessKey: secret });
  try {
    const error = await refused(generateText(claude, "Hi", options()));
    expect(`${inspect(error, { depth: 9 })}${error.describe()}${JSON.stringify(error)}`).not.toContain(secret);
    putKey("aws_bedrock", {
      accessKeyId: emulator.credential.accessKeyId,
      secretAccessKey: emulator.credential.secretAccessKey,
    });
    const result = await generateText(claude, "Hi", options());
    expect(JSON.stringify(result)).not.toContain(emulator.credential.secretAccessKey);
    expect(result.credential).toBe("kept key");
  } finally {
    putKey("aws_bedrock", undefined);
  }
});

test("a streamed answer of GPT's, whose input holds its cache too, tells what the whole one tells", async () => {
  const endpoint = await openReplayingEndpoint();
  const there = { environment: { ...environment, AWS_ENDPOINT_URL: endpoint.url } };
  const told = ({ usage, cost }: TextResult): unknown[] => [usage, cost.known && cost.total];
  const usage = { inputTokens: 5000, outputTokens: 10, totalTokens: 8010, cacheReadInputTokens: 3000 };
  const output = { message: { role: "assistant", content: [{ text: "Hi" }] } };
  const body = Buffer.from(JSON.stringify({ output, stopReason: "end_turn", usage }));
  endpoint.answer = { status: 200, headers: { "content-type": "application/json" }, body };
  const whole = await generateText("openai.gpt-5.6-sol", "Hi", there);
  const streamed = { ...usage, inputTokens: 8000, totalTokens: 11_010 };
  endpoint.answer = {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: Buffer.concat([
      eventFrame("messageStart", { role: "assistant" }),
      eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } }),
      eventFrame("messageStop", { stopReason: "end_turn" }),
      eventFrame("metadata", { usage: streamed, metrics: { latencyMs: 1 } }),
    ]),
  };
  const stream = await streamText("openai.gpt-5.6-sol", "Hi", there).result;
  // $5.50 in and $0.55 read a million, $33 out.
  expect([whole, stream].map(told)).toEqual([
    [usage, "0.02948"],
    [usage, "0.02948"],
  ]);
  expect(stream.raw).toMatchObject({ usage: streamed });
  await closeConnections(there.environment);
  await endpoint.close();
});

test.each([
  ["generateText", (model: string, signal: AbortSignal) => generateText(model, "Hi", options({ signal }))],
  ["streamText", (model: string, signal: AbortSignal) => streamText(model, "Hi", options({ signal })).result],
  ["countTokens", (model: string, signal: AbortSignal) => countTokens(model, "Hi", options({ signal }))],
  ["embed", (model: string, signal: AbortSignal) => embed(model, "Hi", { environment, signal })],
] as const)("%s: a signal ends it while a profile is looked up, and before anything is sent", async (name, call) => {
  const arn = `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/${name}`;
  expect(await refused(call(arn, AbortSignal.abort()))).toMatchObject({ code: "client_closed" });
  expect(emulator.requests).toHaveLength(0);
  emulator.faultNext({ kind: "silence", operation: "GetInferenceProfile" });
  const controller = new AbortController();
  const left = refused(call(arn, controller.signal));
  await expect.poll(() => callsOf(emulator, "GetInferenceProfile")).toHaveLength(1);
  controller.abort(new Error("enough"));
  expect(await left).toMatchObject({ code: "client_closed", cause: { message: "enough" } });
});

test("what a try cost that broke is not known, by any function", async () => {
  const reset = { kind: "reset", times: 1 } as const;
  emulator.faultNext(reset);
  const answer = await generateText(nova, "Hi", options());
  emulator.faultNext(reset);
  const streamed = await streamText(nova, "Hi", options()).result;
  emulator.faultNext(reset);
  const embedded = await embed("amazon.titan-embed-text-v2:0", "Hi", { environment });
  const missing = [answer, streamed, embedded].map(({ cost }) => !cost.known && cost.missing);
  expect(missing).toEqual([["usage"], ["usage"], ["usage"]]);
});

test("a role is assumed once for many calls", async () => {
  const roleArn = "arn:aws:iam::123456789012:role/library";
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const more = options({ accessKeyId, secretAccessKey, roleArn, useConverse: true });
  await Promise.all(Array.from({ length: 5 }, () => generateText(claude, "Hi", more)));
  expect(callsOf(emulator, "AssumeRole")).toHaveLength(1);
  expect(new Set(modelCalls(emulator).map(({ accessKeyId: id }) => id?.slice(0, 4)))).toEqual(new Set(["ASIA"]));
});

test("the route is a function of its own", () => {
  const question = { useConverse: undefined, hasTools: false, wantsObject: false, hasToolSearch: false };
  expect(chooseRoute({ ...question, model: factsOfModel(nova) })).toEqual({ route: "converse", isFree: true });
});

test("a streamed call whose arguments nest too deeply is an error of the library's", async () => {
  const endpoint = await openReplayingEndpoint();
  const call = { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t1", name: "f" } } };
  const input = `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  endpoint.answer = {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: Buffer.concat([
      eventFrame("messageStart", { role: "assistant" }),
      eventFrame("contentBlockStart", call),
      eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { toolUse: { input } } }),
      eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
      eventFrame("messageStop", { stopReason: "tool_use" }),
      eventFrame("metadata", { usage: { inputTokens: 1, outputTokens: 1 }, metrics: { latencyMs: 1 } }),
    ]),
  };
  const there = { ...environment, AWS_ENDPOINT_URL: endpoint.url };
  const stream = streamText(nova, "Hi", { environment: there, tools: [{ name: "f" }] });
  expect((await refused(stream.result)).code).toBe("empty_output");
  await closeConnections(there);
  await endpoint.close();
});
