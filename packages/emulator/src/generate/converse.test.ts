import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../model-list/catalogue.ts";
import {
  fixtureCalls,
  recordedCalls,
  recordingsFolder,
  regionOf,
  type RecordedCall,
} from "../validate/testing/recorded-calls.ts";
import { converse as converseWith, type ConverseAnswer, type ConverseInput } from "./converse.ts";
import type { SharedState } from "./respond.ts";
import { newState } from "./testing/shared-state.ts";
import { blockedMessage } from "../guardrail/converse-guardrail.ts";
import { deniedTopicWord } from "../guardrail/findings.ts";
import { redactedThinkingTrigger } from "./reasoning.ts";
import { assembled } from "./testing/assemble.ts";

type Json = Record<string, unknown>;
interface Reply {
  output: { message: { role: string; content: Json[] } };
  stopReason: string;
  usage: Json & { inputTokens: number; outputTokens: number; totalTokens: number };
  [key: string]: unknown;
}

const place = { region: "us-east-1", account: "123456789012" };
const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "amazon.nova-lite-v1:0";
const weather = {
  toolSpec: {
    name: "get_weather",
    inputSchema: { json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
  },
};

/** A call with a memory of its own, unless one is given. */
function converse(input: ConverseInput, state = newState()) {
  return converseWith(input, state);
}

function say(text: string, more: object = {}) {
  return { messages: [{ role: "user", content: [{ text }] }], ...more };
}

function answerOf(modelId: string, body: object, options: { stream?: boolean; state?: SharedState } = {}): Answered {
  const outcome = converse(
    {
      modelId,
      ...place,
      body,
      stream: options.stream ?? false,
    },
    options.state,
  );
  if (outcome.kind === "refusal") throw new Error(outcome.message);
  const { settle: _settle, ...answer } = outcome;
  return answer;
}

type Answered = Omit<ConverseAnswer, "settle">;

function replyOf(modelId: string, body: object, state?: SharedState): Reply {
  return answerOf(modelId, body, state === undefined ? {} : { state }).response as Reply;
}

function contentOf(modelId: string, body: object): Json[] {
  return replyOf(modelId, body).output.message.content;
}

function textOf(content: readonly Json[]): string {
  return content.map((block) => (typeof block["text"] === "string" ? block["text"] : "")).join("");
}

function deltasOf(modelId: string, body: object): Json[] {
  return answerOf(modelId, body, { stream: true })
    .events.filter(({ type }) => type === "contentBlockDelta")
    .map(({ payload }) => (payload as { delta: Json }).delta);
}

/** One listed id of every provider and kind, by the profile where there is no other way. */
const chatIds = [...catalogue.values()]
  .filter((row) => row.chat && row.lifecycle !== "retired")
  .map((row) => (row.profileOnly ? `${row.geographies.includes("us") ? "us" : "global"}.${row.id}` : row.id));

/** The same content, whichever way it came: order set aside, for DeepSeek R1 has two, and `type: "tool_use"`, which streams lack. */
function told(content: readonly unknown[]): unknown[] {
  return content
    .map((block) => block as Json)
    .filter((block) => block["text"] !== "")
    .map((block) => JSON.stringify(sortKeys(block)).replace(',"type":"tool_use"}', "}"))
    .toSorted();
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}

function expectSameTwice(answer: Answered): void {
  const reply = answer.response as Reply;
  const stream = assembled(answer.events);
  expect(told(stream.content)).toEqual(told(reply.output.message.content));
  expect(stream.stopReason).toBe(reply.stopReason);
  expect(stream.usage).toEqual(reply.usage);
  const {
    inputTokens,
    outputTokens,
    totalTokens,
    cacheReadInputTokens: read = 0,
    cacheWriteInputTokens: write = 0,
  } = reply.usage;
  expect(totalTokens).toBe(inputTokens + outputTokens + Number(read) + Number(write));
}

describe("every chat model", () => {
  it.each(chatIds)("%s answers with its id and the caller's words, whole and streamed alike", (id) => {
    const answer = answerOf(id, say("Grüße, 世界 👩‍🚀!"));
    expect(textOf((answer.response as Reply).output.message.content)).toContain(
      `[emulator] ${id} heard: "Grüße, 世界 👩‍🚀!"`,
    );
    expectSameTwice(answer);
  });

  it("gives the same answer to the same call", () => {
    const body = say("Hi", { toolConfig: { tools: [weather] } });
    expect(answerOf(claude, body)).toEqual(answerOf(claude, body));
    expect(answerOf(claude, say("Hi"))).not.toEqual(answerOf(claude, say("Ho")));
  });

  it("writes keys in AWS's order", () => {
    const body = say("Hi", { performanceConfig: { latency: "standard" }, serviceTier: { type: "flex" } });
    const keys = Object.keys(replyOf(claude, body));
    expect(keys).toEqual(keys.toSorted());
    expect(replyOf(claude, body)).toMatchObject({
      performanceConfig: { latency: "standard" },
      serviceTier: { type: "flex" },
    });
  });
});

describe("limits", () => {
  it("keeps to maxTokens", () => {
    const reply = replyOf(claude, say("Hello there", { inferenceConfig: { maxTokens: 5 } }));
    expect(reply.stopReason).toBe("max_tokens");
    expect(reply.usage.outputTokens).toBe(5);
    expect(textOf(reply.output.message.content)).toBe("[emulator] us.anthro");
  });

  it("stops at a stop sequence, and says which if asked", () => {
    const body = say("red green blue", {
      inferenceConfig: { stopSequences: ["blue", "green"] },
      additionalModelResponseFieldPaths: ["/stop_sequence"],
    });
    const reply = replyOf(claude, body);
    expect(reply.stopReason).toBe("stop_sequence");
    expect(textOf(reply.output.message.content)).toMatch(/heard: "red $/);
    expect(reply["additionalModelResponseFields"]).toEqual({ stop_sequence: "green" });
    expect(replyOf(claude, { ...body, inferenceConfig: {} })["additionalModelResponseFields"]).toEqual({
      stop_sequence: null,
    });
  });

  it("ends at maxTokens where a stop sequence would only be whole behind it", () => {
    const inferenceConfig = { maxTokens: 5, stopSequences: ["us.anthropic"] };
    const reply = replyOf(claude, say("Hello there", { inferenceConfig }));
    expect(reply.stopReason).toBe("max_tokens");
    expect(textOf(reply.output.message.content)).toBe("[emulator] us.anthro");
  });

  it("keeps Nova's stop sequence in the text, with end_turn (recorded)", () => {
    const reply = replyOf(nova, say("The city of Paris is", { inferenceConfig: { stopSequences: ["Paris"] } }));
    expect(reply.stopReason).toBe("end_turn");
    expect(textOf(reply.output.message.content)).toMatch(/The city of Paris$/);
  });
});

describe("tools", () => {
  const tools = { toolConfig: { tools: [weather] } };

  it("are called once, and their results told: the loop ends", () => {
    const first = replyOf(claude, say("Weather in Rome?", tools));
    expect(first.stopReason).toBe("tool_use");
    const call = first.output.message.content.find((block) => block["toolUse"] !== undefined)!["toolUse"] as Json;
    expect(call).toMatchObject({
      name: "get_weather",
      type: "tool_use",
      input: { city: expect.any(String) as unknown },
    });
    expect(call["toolUseId"]).toMatch(/^tooluse_[A-Za-z0-9]{22}$/);
    const { type: _type, ...sentBack } = call;
    const messages = [
      { role: "user", content: [{ text: "Weather in Rome?" }] },
      { role: "assistant", content: [{ toolUse: sentBack }] },
      { role: "user", content: [{ toolResult: { toolUseId: call["toolUseId"], content: [{ text: "31 °C" }] } }] },
    ];
    const second = replyOf(claude, { messages, ...tools });
    expect(second.stopReason).toBe("end_turn");
    expect(textOf(second.output.message.content)).toContain('get_weather said: "31 °C"');
  });

  it("are not called where the text says so, and always where the choice forces it", () => {
    expect(replyOf(claude, say("Hi, no tools", tools)).stopReason).toBe("end_turn");
    const forced = { toolConfig: { tools: [weather], toolChoice: { tool: { name: "get_weather" } } } };
    const reply = replyOf(claude, say("Hi, no tools", forced));
    expect(reply.stopReason).toBe("tool_use");
    expect(reply.output.message.content).toHaveLength(1);
  });

  it("end where each turn must call one: what was not called yet comes after a result", () => {
    const hands = { toolSpec: { ...weather.toolSpec, name: "hand_in" } };
    const forced = { toolConfig: { tools: [weather, hands], toolChoice: { any: {} } } };
    const asked = say("get_weather in Rome?", forced);
    const { toolUse } = contentOf(claude, asked).find((block) => block["toolUse"] !== undefined) as { toolUse: Json };
    const { toolUseId, name, input } = toolUse;
    expect(name).toBe("get_weather");
    const messages = [
      ...asked.messages,
      { role: "assistant", content: [{ toolUse: { toolUseId, name, input } }] },
      { role: "user", content: [{ toolResult: { toolUseId, content: [{ text: "31" }] } }] },
    ];
    const uses = contentOf(claude, { ...asked, messages }).flatMap((block) => block["toolUse"] ?? []);
    expect(uses).toMatchObject([{ name: "hand_in" }]);
  });

  it("are called two at a time by families that do so", () => {
    const inputs = (model: string, more: object = {}) =>
      contentOf(model, say("Weather in both Rome and Oslo?", { ...tools, ...more })).flatMap((block) =>
        block["toolUse"] === undefined ? [] : [JSON.stringify((block["toolUse"] as Json)["input"])],
      );
    expect(new Set(inputs(claude)).size).toBe(2);
    expect(inputs("us.meta.llama3-3-70b-instruct-v1:0")).toHaveLength(1);
    const alone = { additionalModelRequestFields: { tool_choice: { type: "auto", disable_parallel_tool_use: true } } };
    expect(inputs(claude, alone)).toHaveLength(1);
    expect(inputs(claude, { additionalModelRequestFields: { tool_choice: { type: "none" } } })).toEqual([]);
  });

  it("have Kimi's ids by name and count, of the whole conversation", () => {
    const kimi = "moonshot.kimi-k2-thinking";
    const turns = (...texts: string[]) => texts.map((text) => ({ role: "user", content: [{ text }] }));
    const first = "functions.get_weather:0";
    const usesOf = (request: object) => contentOf(kimi, request).flatMap((block) => block["toolUse"] ?? []);
    // Recorded.
    expect(usesOf(say("Weather?", tools))).toMatchObject([{ toolUseId: first }]);
    const [question, again] = turns("Weather?", "And now? twice");
    const use = { toolUseId: first, name: "get_weather", input: { city: "Oslo" } };
    const result = { toolResult: { toolUseId: first, content: [{ text: "18" }] } };
    const history = [
      question,
      { role: "assistant", content: [{ toolUse: use }] },
      { role: "user", content: [result] },
      { role: "assistant", content: [{ text: "18" }] },
    ];
    expect(usesOf({ ...tools, messages: [...history, again] })).toMatchObject([
      { toolUseId: "functions.get_weather:1" },
      { toolUseId: "functions.get_weather:2" },
    ]);
  });

  it("of AWS's own are answered in the same turn (recorded on Nova 2)", () => {
    const systemTool = { toolConfig: { tools: [{ systemTool: { name: "nova_code_interpreter" } }] } };
    const answer = answerOf("us.amazon.nova-2-lite-v1:0", say("What is 1234 * 5678?", systemTool));
    const reply = answer.response as Reply;
    expect(reply.output.message.content).toMatchObject([
      { toolUse: { input: { snippet: "1234 * 5678" }, name: "nova_code_interpreter", type: "server_tool_use" } },
      {
        toolResult: {
          content: [{ json: { exitCode: 0, isError: false, stdErr: "", stdOut: "7006652" } }],
          status: "success",
          type: "nova_code_interpreter_result",
        },
      },
      { text: expect.any(String) as unknown },
    ]);
    expect(reply.stopReason).toBe("end_turn");
    expectSameTwice(answer);
    const search = { toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } };
    expectSameTwice(answerOf("us.amazon.nova-2-lite-v1:0", say("Search the web", search)));
  });
});

describe("reasoning", () => {
  const enabled = { additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } };

  it("comes when asked, signed, and may come back", () => {
    const answer = answerOf(claude, say("Think", enabled));
    expectSameTwice(answer);
    const content = (answer.response as Reply).output.message.content;
    expect(content[0]).toMatchObject({
      reasoningContent: { reasoningText: { text: expect.stringContaining("Think") as unknown } },
    });
    const again = {
      messages: [
        { role: "user", content: [{ text: "Think" }] },
        { role: "assistant", content },
        { role: "user", content: [{ text: "More" }] },
      ],
      ...enabled,
    };
    expect(replyOf(claude, again).stopReason).toBe("end_turn");
    expect(contentOf(claude, say("Think")).every((block) => block["reasoningContent"] === undefined)).toBe(true);
  });

  it("is redacted on Anthropic's documented words, twice in base64 (recorded)", () => {
    const answer = answerOf(claude, say(redactedThinkingTrigger, enabled));
    expectSameTwice(answer);
    const [block] = (answer.response as Reply).output.message.content;
    const data = String((block!["reasoningContent"] as Json)["redactedContent"]);
    expect(Buffer.from(data, "base64").toString()).toMatch(/^[A-Za-z0-9+/]+=*$/);
  });

  it("of the newest Claude is a signature alone, unless a summary is asked for", () => {
    const adaptive = (display: object) =>
      say("Think", { additionalModelRequestFields: { thinking: { type: "adaptive", ...display } } });
    const reasoning = (body: object) =>
      (contentOf("us.anthropic.claude-opus-4-8", body)[0]!["reasoningContent"] as Json)["reasoningText"];
    expect(reasoning(adaptive({}))).toMatchObject({ text: "" });
    expect(reasoning(adaptive({ display: "summarized" }))).toMatchObject({
      text: expect.stringContaining("Think") as unknown,
    });
    expectSameTwice(answerOf("us.anthropic.claude-opus-4-8", adaptive({})));
  });

  it.each([
    ["us.amazon.nova-2-lite-v1:0", { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } }],
    ["qwen.qwen3-32b-v1:0", { reasoning_config: "high" }],
    ["deepseek.v3-v1:0", { reasoning_config: "low" }],
    ["us.deepseek.r1-v1:0", {}],
    ["minimax.minimax-m2", {}],
    ["openai.gpt-oss-20b-1:0", { reasoning_effort: "low" }],
  ])("of %s has no signature", (model, fields) => {
    const answer = answerOf(model, say("Think", { additionalModelRequestFields: fields }));
    expectSameTwice(answer);
    const reasoning = (answer.response as Reply).output.message.content.flatMap(
      (block) => block["reasoningContent"] ?? [],
    );
    expect(reasoning).toEqual([{ reasoningText: { text: expect.stringContaining("Think") as unknown } }]);
  });
});

describe("streaming habits (all recorded)", () => {
  const tools = { toolConfig: { tools: [weather], toolChoice: { any: {} } } };
  const pieces = (model: string, body: object) =>
    deltasOf(model, body).flatMap((delta) =>
      delta["toolUse"] === undefined ? [] : [(delta["toolUse"] as Json)["input"]],
    );

  it("Claude's tool input begins empty, Nova's comes at once", () => {
    expect(pieces(claude, say("Hi", tools))[0]).toBe("");
    expect(pieces(claude, say("Hi", tools)).length).toBeGreaterThan(2);
    expect(pieces(nova, say("Hi", tools))).toHaveLength(1);
  });

  it("a caller's tool has a type in whole replies of Claude alone", () => {
    const events = answerOf(claude, say("Hi", tools), { stream: true }).events;
    const starts = events.filter(({ type }) => type === "contentBlockStart").map(({ payload }) => payload);
    expect(starts).toEqual([
      { contentBlockIndex: 0, start: { toolUse: { name: "get_weather", toolUseId: expect.any(String) as unknown } } },
    ]);
  });

  it("a call without arguments streams one empty piece", () => {
    const ping = {
      toolConfig: {
        tools: [{ toolSpec: { name: "ping", inputSchema: { json: { type: "object", properties: {} } } } }],
      },
    };
    expect(pieces(claude, say("Hi", ping))).toEqual([""]);
    expect(pieces(nova, say("Hi", ping))).toEqual(["{}"]);
  });

  it("Titan sends one piece, Llama ends in an empty one, gpt-oss opens with an empty block", () => {
    expect(deltasOf("amazon.titan-text-express-v1", say("One two three"))).toHaveLength(1);
    expect(deltasOf("us.meta.llama3-2-3b-instruct-v1:0", say("One two")).at(-1)).toEqual({ text: "" });
    const events = assembled(answerOf("openai.gpt-oss-20b-1:0", say("Hi"), { stream: true }).events);
    expect(events.content.map((block) => Object.keys(block)[0])).toEqual(["text", "reasoningContent", "text"]);
    expect(events.content[0]).toEqual({ text: "" });
  });

  it("text opens no block by an event of its own, tools do", () => {
    const starts = answerOf(claude, say("Hi", { toolConfig: { tools: [weather] } }), { stream: true }).events.filter(
      ({ type }) => type === "contentBlockStart",
    );
    expect(starts.map(({ payload }) => Object.keys((payload as { start: object }).start))).toEqual([["toolUse"]]);
  });

  it("DeepSeek R1 reasons first in a stream and last in a whole reply", () => {
    const answer = answerOf("us.deepseek.r1-v1:0", say("Hi"));
    const kinds = (content: readonly Json[]) => content.map((block) => Object.keys(block)[0]);
    expect(kinds(assembled(answer.events).content)).toEqual(["reasoningContent", "text"]);
    expect(kinds((answer.response as Reply).output.message.content)).toEqual(["text", "reasoningContent"]);
  });

  it("never cuts a character", () => {
    const answer = answerOf(claude, say("👩‍🚀".repeat(40)), { stream: true });
    expect(answer.events.length).toBeGreaterThan(10);
    for (const { payload } of answer.events) expect(JSON.stringify(payload)).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe("the prompt cache", () => {
  const long = "word ".repeat(1200);
  const body = (question: string, ttl?: string) => ({
    system: [{ text: long }, { cachePoint: { type: "default", ...(ttl === undefined ? {} : { ttl }) } }],
    messages: [{ role: "user", content: [{ text: question }] }],
  });

  it("writes, then reads", () => {
    const state = newState();
    const first = replyOf(claude, body("One?"), state).usage;
    const second = replyOf(claude, body("Two?"), state).usage;
    expect(first).toMatchObject({
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 1500,
      cacheDetails: [{ inputTokens: 1500, ttl: "5m" }],
    });
    expect(second).toMatchObject({
      cacheReadInputTokens: 1500,
      cacheReadInputTokenCount: 1500,
      cacheWriteInputTokens: 0,
    });
    expect(second.totalTokens).toBe(second.inputTokens + second.outputTokens + 1500);
    expect(replyOf(claude, body("Two?"), newState()).usage).toMatchObject({ cacheReadInputTokens: 0 });
    expect(replyOf("us.anthropic.claude-opus-4-8", body("Two?"), state).usage).toMatchObject({
      cacheReadInputTokens: 0,
    });
  });

  it("holds so many prefixes, and forgets the one that was used longest ago", () => {
    const state = newState();
    const read = (question: string) => replyOf(claude, body(question), state).usage["cacheReadInputTokens"];
    read("One?");
    const [used = ""] = state.cache.keys();
    for (let index = 0; index < 99_999; index += 1) state.cache.set(`other ${index}`, Infinity);
    expect(read("Two?")).toBe(1500);
    replyOf(
      claude,
      { ...body("Three?"), system: [{ text: `another ${long}` }, { cachePoint: { type: "default" } }] },
      state,
    );
    expect(state.cache.size).toBe(100_000);
    expect([state.cache.has("other 0"), state.cache.has("other 1"), state.cache.has(used)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("tells the hour apart", () => {
    expect(replyOf(claude, body("One?", "1h")).usage["cacheDetails"]).toEqual([{ inputTokens: 1500, ttl: "1h" }]);
  });

  it.each<[string | undefined, number]>([
    [undefined, 5],
    ["1h", 60],
  ])("keeps what is used for its time (%s)", (ttl, minutes) => {
    let now = 1_790_000_000_000;
    const state = { ...newState(), clock: () => now };
    const readAfter = (ms: number): unknown => {
      now += ms;
      return replyOf(claude, body("One?", ttl), state).usage["cacheReadInputTokens"];
    };
    const life = minutes * 60_000;
    expect([0, life - 1, life - 1, life, 1].map(readAfter)).toEqual([0, 1500, 1500, 0, 1500]);
  });

  it("of Claude finds what was cached within twenty blocks before a mark, that of others what ends in one alone", () => {
    const point = { cachePoint: { type: "default" } };
    const turns = (count: number) => ({
      messages: [
        { role: "user", content: [{ text: long }, ...Array.from({ length: count }, () => ({ text: "Go on" })), point] },
      ],
    });
    const readBy = (model: string, count: number): unknown => {
      const state = newState();
      replyOf(model, turns(0), state);
      return replyOf(model, turns(count), state).usage["cacheReadInputTokens"];
    };
    expect([readBy(claude, 20), readBy(claude, 21), readBy(nova, 1)]).toEqual([1500, 0, 0]);
  });

  it("passes over what is too short", () => {
    const short = { system: [{ text: "short" }, { cachePoint: { type: "default" } }], ...say("Hi") };
    expect(replyOf(claude, short).usage).toMatchObject({ cacheReadInputTokens: 0, cacheWriteInputTokens: 0 });
  });

  it("shows figures as each family does (recorded)", () => {
    expect(Object.keys(replyOf(nova, say("Hi")).usage)).toEqual([
      "inputTokens",
      "outputTokens",
      "serverToolUsage",
      "totalTokens",
    ]);
    expect(Object.keys(replyOf("us.anthropic.claude-sonnet-5", say("Hi")).usage)).toEqual([
      "cacheReadInputTokenCount",
      "cacheReadInputTokens",
      "inputTokens",
      "outputTokens",
      "serverToolUsage",
      "totalTokens",
    ]);
  });
});

describe("guardrails", () => {
  const guardrailConfig = { guardrailIdentifier: "abc123", guardrailVersion: "DRAFT", trace: "enabled" };

  it("block one word, and trace", () => {
    const answer = answerOf(claude, say(`Please ${deniedTopicWord}`, { guardrailConfig }));
    const reply = answer.response as Reply;
    expectSameTwice(answer);
    expect(reply.stopReason).toBe("guardrail_intervened");
    expect(reply.output.message.content).toEqual([{ text: blockedMessage }]);
    expect(reply.usage).toMatchObject({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });
    expect(reply["trace"]).toMatchObject({
      guardrail: {
        actionReason: "Guardrail blocked.",
        inputAssessment: { abc123: { topicPolicy: { topics: [{ action: "BLOCKED" }] } } },
      },
    });
  });

  it("let the rest pass, with a trace where asked", () => {
    const reply = replyOf(claude, say("Hi", { guardrailConfig }));
    expect(reply.stopReason).toBe("end_turn");
    expect(reply["trace"]).toMatchObject({ guardrail: { actionReason: "No action.", modelOutput: [] } });
    expect(
      replyOf(claude, say("Hi", { guardrailConfig: { ...guardrailConfig, trace: "disabled" } }))["trace"],
    ).toBeUndefined();
  });
});

describe("citations", () => {
  it("name the document, its words and their place (shape recorded)", () => {
    const policy = "Company leave policy: Employees get 20 days annual leave. Consult with your manager for details.";
    const document = { format: "txt", name: "company_policy", source: { text: policy }, citations: { enabled: true } };
    const answer = answerOf("us.anthropic.claude-sonnet-5", {
      messages: [{ role: "user", content: [{ document }, { text: "How many days?" }] }],
    });
    expectSameTwice(answer);
    expect((answer.response as Reply).output.message.content[1]).toEqual({
      citationsContent: {
        citations: [
          {
            location: { documentChar: { documentIndex: 0, end: 58, start: 0 } },
            sourceContent: [{ text: "Company leave policy: Employees get 20 days annual leave. " }],
            title: "company_policy",
          },
        ],
        content: [{ text: "Company leave policy: Employees get 20 days annual leave." }],
      },
    });
  });
});

describe("rare stop reasons", () => {
  it.each(["content_filtered", "malformed_model_output", "malformed_tool_use", "model_context_window_exceeded"])(
    "%s comes when asked for",
    (reason) => {
      const answer = answerOf(claude, say(`Please STOP_REASON:${reason}`, { toolConfig: { tools: [weather] } }));
      const content = (answer.response as Reply).output.message.content;
      expectSameTwice(answer);
      expect((answer.response as Reply).stopReason).toBe(reason);
      expect(content.map((block) => Object.keys(block)[0])).toEqual(reason === "content_filtered" ? [] : ["text"]);
    },
  );

  it("come with a blank behind the colon too, as people write it", () => {
    const answer = answerOf(claude, say("STOP_REASON: content_filtered"));
    expect((answer.response as Reply).stopReason).toBe("content_filtered");
  });
});

describe("structured output", () => {
  const schema = {
    type: "object",
    properties: {
      city: { type: "string" },
      population: { type: "integer" },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["city", "population", "tags"],
    additionalProperties: false,
  };

  const structure = { jsonSchema: { name: "City", schema: JSON.stringify(schema) } };
  it.each([
    ["Converse's own field", { outputConfig: { textFormat: { type: "json_schema", structure } } }],
    [
      "Claude's own among the additional fields",
      { additionalModelRequestFields: { output_config: { format: { type: "json_schema", schema } } } },
    ],
    [
      "words of the system prompt",
      { system: [{ text: `Use {braces}. Answer with JSON alone, by this schema:\n${JSON.stringify(schema)}` }] },
    ],
  ])("is JSON that the schema takes, whole and streamed, by %s", (_field, asked) => {
    const answer = answerOf(claude, say("Tell me of a city", asked));
    expectSameTwice(answer);
    const reader = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(reader.safeParse(JSON.parse(textOf((answer.response as Reply).output.message.content))).success).toBe(true);
  });

  it("is some object where the system prompt asks for JSON without a schema, and words where it does not ask", () => {
    const answered = (text: string) =>
      textOf(contentOf("us.meta.llama4-maverick-17b-instruct-v1:0", say("Hi", { system: [{ text }] })));
    expect(JSON.parse(answered("Respond with one JSON object."))).toEqual({ answer: expect.any(String) as string });
    expect(answered("You know JSON well.")).toContain("Hi");
    const behindOpenBracket = 'Begin with {, and answer in JSON: {"type": "integer", "const": 7}';
    expect(answered(behindOpenBracket)).toBe("7");
  });
});

describe("fields of the model's own reply", () => {
  it("are found by pointer, and stand in messageStop of a stream", () => {
    const body = say("one two", {
      inferenceConfig: { stopSequences: ["two"] },
      additionalModelResponseFieldPaths: ["/delta/stop_sequence", "/nothing"],
    });
    const stop = answerOf(claude, body, { stream: true }).events.find(({ type }) => type === "messageStop")!.payload;
    expect(stop).toEqual({
      additionalModelResponseFields: { delta: { stop_sequence: "two" } },
      stopReason: "stop_sequence",
    });
  });

  it("tell the model behind a router", () => {
    const router = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/emu-amazon.nova-lite-v1:0";
    expect(replyOf(router, say("Hi"))["trace"]).toEqual({
      promptRouter: { invokedModelId: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0" },
    });
  });
});

describe("refusals", () => {
  it("come as AWS's, and inside the stream where Nova looks at bytes", () => {
    const bytes = Buffer.from("these bytes are not a PNG image").toString("base64");
    const body = {
      messages: [{ role: "user", content: [{ text: "Look" }, { image: { format: "png", source: { bytes } } }] }],
    };
    expect(converse({ modelId: nova, ...place, body, stream: true })).toMatchObject({
      kind: "refusal",
      inStream: true,
      errorType: "ValidationException",
    });
    expect(converse({ modelId: nova, ...place, body, stream: false })).not.toHaveProperty("inStream");
    expect(converse({ modelId: "nonsense", ...place, body: {}, stream: false })).toMatchObject({
      kind: "refusal",
      status: 400,
    });
  });
});

describe("any call", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" }).map((words) => `a${words}`);
  const schema = fc.jsonValue({ maxDepth: 4 }).map((value) => ({ type: "object", properties: { value } }));
  const body = fc.record(
    {
      messages: fc
        .array(text, { minLength: 1, maxLength: 4 })
        .map((texts) =>
          texts.map((words, index) => ({ role: index % 2 === 0 ? "user" : "assistant", content: [{ text: words }] })),
        ),
      system: fc.array(
        text.map((words) => ({ text: words })),
        { maxLength: 2 },
      ),
      inferenceConfig: fc.record(
        { maxTokens: fc.integer({ min: 1, max: 4000 }), stopSequences: fc.array(text, { maxLength: 3 }) },
        { requiredKeys: [] },
      ),
      toolConfig: fc.record({
        tools: fc.array(
          schema.map((json) => ({ toolSpec: { name: "tool", inputSchema: { json } } })),
          { minLength: 1, maxLength: 1 },
        ),
      }),
    },
    { requiredKeys: ["messages"] },
  );

  it("of good form is answered or refused, never thrown at, and told alike both ways", () => {
    fc.assert(
      fc.property(fc.constantFrom(...chatIds), body, fc.boolean(), (modelId, request, stream) => {
        const outcome = converse({ modelId, ...place, body: request, stream });
        expect(outcome.kind === "answer" || outcome.status >= 400).toBe(true);
        if (outcome.kind === "answer") expectSameTwice(outcome);
      }),
      { numRuns: 300 },
    );
  });

  it("of any JSON is never thrown at", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (messages, toolConfig) => {
        expect(converse({ modelId: claude, ...place, body: { messages, toolConfig }, stream: false }).kind).toBe(
          "refusal",
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** Answers to their end: fixtures also hold streams that broke. */
const accepted = [...fixtureCalls(), ...recordedCalls()].filter(
  ({ response }) =>
    response.status === 200 && (response.events === undefined || response.events.at(-1)?.type === "metadata"),
);
const withRecordings = recordingsFolder() !== undefined;

/** The emulator's answer to a recorded call, as a recording. */
function toolTypesOf(call: RecordedCall, stream: boolean): unknown[] {
  const outcome = converse({
    modelId: call.model_id,
    region: regionOf(call),
    account: place.account,
    body: call.request.body,
    stream,
  });
  if (outcome.kind === "refusal") throw new Error(outcome.message);
  const response = stream
    ? { events: outcome.events as { type: string; payload: Json }[] }
    : { body_json: outcome.response as Json };
  return recordedTypes({ ...call, response: { status: 200, headers: {}, ...response } });
}

/** `type` of the tool calls in a recorded answer, those of AWS's own tools left out. */
function recordedTypes(call: RecordedCall): unknown[] {
  const whole = (call.response.body_json?.["output"] as Reply["output"] | undefined)?.message.content ?? [];
  const started = (call.response.events ?? []).map(({ payload }) => (payload["start"] ?? {}) as Json);
  const uses = [...whole, ...started].flatMap((block) =>
    block["toolUse"] === undefined ? [] : [block["toolUse"] as Json],
  );
  return uses.map((use) => use["type"]).filter((type) => type !== "server_tool_use");
}

/** How the first tool call of a stream brings its arguments; undefined where there is none. */
function argumentHabit(events: readonly { type: string; payload: object }[]): object | undefined {
  const payloads = events.map(({ payload }) => payload as Json);
  const index = payloads.find(
    (payload) =>
      ((payload["start"] as Json | undefined)?.["toolUse"] as Json | undefined)?.["type"] === undefined &&
      (payload["start"] as Json | undefined)?.["toolUse"] !== undefined,
  )?.["contentBlockIndex"];
  const inputs = payloads.flatMap((payload) => {
    const use = (payload["delta"] as Json | undefined)?.["toolUse"] as Json | undefined;
    return use === undefined || payload["contentBlockIndex"] !== index ? [] : [use["input"]];
  });
  return inputs.length === 0 ? undefined : { beginsEmpty: inputs[0] === "", comesAtOnce: inputs.length === 1 };
}

/** The first two blocks of a stream. */
function opening(events: readonly { type: string; payload: object }[]): string {
  const { content } = assembled(events);
  return content
    .slice(0, 2)
    .map((block) => (block["text"] === "" ? "empty" : Object.keys(block)[0]))
    .join();
}

describe("calls of the fixtures and recordings", () => {
  it("stream arguments and open as the families do here", () => {
    const streams = accepted.filter((call) => call.operation === "ConverseStream");
    const compared = streams.flatMap((call) => {
      const ours = converse({
        modelId: call.model_id,
        region: regionOf(call),
        account: place.account,
        body: call.request.body,
        stream: true,
      });
      if (ours.kind === "refusal") throw new Error(ours.message);
      const theirs = argumentHabit(call.response.events!);
      const habit = argumentHabit(ours.events);
      const tools = theirs === undefined || habit === undefined ? [] : [[call.id, habit, theirs]];
      const gptOss = call.model_id.startsWith("openai.")
        ? [[call.id, opening(ours.events), opening(call.response.events!)]]
        : [];
      return [...tools, ...gptOss];
    });
    expect(compared.length).toBeGreaterThan(withRecordings ? 20 : 5);
    expect(compared.map(([id, ours]) => [id, ours])).toEqual(compared.map(([id, , theirs]) => [id, theirs]));
  });

  it("give tool calls a type where Claude and the others do here", () => {
    const calls = accepted.filter((call) => recordedTypes(call).length > 0);
    const differing = calls.filter((call) => {
      const stream = call.operation === "ConverseStream";
      const ours = toolTypesOf(call, stream);
      return ours.length > 0 && ours[0] !== recordedTypes(call)[0];
    });
    expect(calls.length).toBeGreaterThan(withRecordings ? 65 : 5);
    expect(differing.map((call) => call.id)).toEqual([]);
  });

  it.each(accepted.map((call) => [call.id, call] as const))(
    "%s: members and usage keys as AWS had them",
    (_id, call) => {
      const stream = call.operation === "ConverseStream";
      const outcome = converse({
        modelId: call.model_id,
        region: regionOf(call),
        account: place.account,
        body: call.request.body,
        stream,
      });
      if (outcome.kind === "refusal") throw new Error(outcome.message);
      expectSameTwice(outcome);
      const answer = (stream ? outcome.events.at(-1)!.payload : outcome.response) as Json;
      const recorded = (stream ? call.response.events!.at(-1)!.payload : call.response.body_json!) as Json;
      const known = new Set([...Object.keys(recorded), "trace", "performanceConfig", "serviceTier", "p"]);
      expect(Object.keys(answer).filter((key) => !known.has(key))).toEqual([]);
      // AWS added `serverToolUsage` between recordings; cache figures depend on what was in AWS's cache that day.
      const plain = (usage: unknown) =>
        Object.keys(usage as Json).filter((key) => key !== "serverToolUsage" && !key.startsWith("cache"));
      expect(plain(answer["usage"])).toEqual(plain(recorded["usage"]));
    },
  );
});
