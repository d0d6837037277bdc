import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../json.ts";
import { foldedReply } from "./testing/folded.ts";
import { familyFor, replyContext, streamed } from "./testing/open-families.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const llama = "us.meta.llama3-3-70b-instruct-v1:0";
const mistral = "mistral.mistral-7b-instruct-v0:2";
const r1 = "us.deepseek.r1-v1:0";
const jurassic = "ai21.j2-ultra-v1";
const nova = "us.amazon.nova-lite-v1:0";
const titan = "amazon.titan-text-express-v1";
const gptOss = "openai.gpt-oss-120b-1:0";
const jamba = "ai21.jamba-1-5-large-v1:0";
const commandR = "cohere.command-r-plus-v1:0";

const emptyOutput = expect.objectContaining({ code: "empty_output" }) as Error;
const call = (named: JsonObject): JsonObject => ({ id: "t1", type: "function", function: named });
const chat = (message: JsonValue): JsonObject => ({ choices: [{ index: 0, message, finish_reason: "stop" }] });

describe("an answer that has something else where its content stands is none, not an empty one", () => {
  it.each<[model: string, answer: JsonObject]>([
    [claude, { content: [null] }],
    [claude, { content: [{ type: "text", text: 5 }], stop_reason: "end_turn" }],
    [claude, { content: [{ text: "a" }], stop_reason: "end_turn" }],
    [claude, { content: [{ type: "thinking", thinking: 5, signature: "s" }], stop_reason: "end_turn" }],
    [claude, { content: [{ type: "tool_use", name: "f", input: {} }] }],
    [claude, { content: [{ type: "tool_use", id: "t1", input: {} }] }],
    [llama, { generation: 5, stop_reason: "stop" }],
    [mistral, { outputs: [null] }],
    [mistral, { outputs: [{ text: ["a"], stop_reason: "stop" }] }],
    [r1, { choices: [{ text: { a: 1 }, stop_reason: "stop" }] }],
    [jurassic, { completions: [{ data: { text: 5 }, finishReason: { reason: "endoftext" } }] }],
    [gptOss, { choices: [null] }],
    [gptOss, { choices: 5 }],
    [gptOss, { choices: {} }],
    [gptOss, { choices: [{}] }],
    [gptOss, { choices: [{ index: 1, message: { content: "b" }, finish_reason: "stop" }] }],
    [gptOss, { choices: [{ index: 0, message: "a", finish_reason: "stop" }] }],
    [mistral, { outputs: {} }],
    [gptOss, chat({ content: { a: 1 } })],
    [jamba, chat({ content: 5 })],
    [gptOss, chat({ content: null, tool_calls: [call({ arguments: "{}" })] })],
    [gptOss, chat({ content: null, tool_calls: call({ name: "f", arguments: "{}" }) })],
    [gptOss, chat({ content: null, tool_calls: ["f"] })],
    [gptOss, chat({ content: [{ type: "text", text: "a" }, 5] })],
    [commandR, { text: "", finish_reason: "COMPLETE", tool_calls: [{ parameters: {} }] }],
    [commandR, { text: 5, finish_reason: "COMPLETE", tool_calls: [{ name: "f", parameters: {} }] }],
  ])("%s: %j", (model, answer) => {
    expect(() => familyFor(model).response(answer, replyContext(model))).toThrow(emptyOutput);
  });

  it.each<[model: string, chunk: JsonObject]>([
    [claude, { type: "content_block_start", index: 0, content_block: { type: "tool_use", name: "f", input: {} } }],
    [claude, { type: "content_block_start", index: 0, content_block: { text: "a" } }],
    [claude, { type: "content_block_start", index: 0, content_block: { type: "text", text: 5 } }],
    [claude, { type: "content_block_delta", index: 0, delta: { text: "a" } }],
    [claude, { type: "content_block_delta", index: 0, delta: 5 }],
    [claude, { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: 5 } }],
    [claude, { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: 5 } }],
    [claude, { index: 0, delta: { type: "text_delta", text: "a" } }],
    [llama, { generation: 5 }],
    [titan, { outputText: 5 }],
    [commandR, { event_type: "text-generation", text: 5, is_finished: false }],
    [gptOss, { choices: [{ index: 0, delta: { content: 5 } }] }],
    [gptOss, { choices: [{ index: 0, delta: "a" }] }],
    [gptOss, { choices: [{ index: "0", delta: { content: 5 } }] }],
    [gptOss, { choices: [{ index: 0, delta: { tool_calls: [call({ arguments: "{}" })] } }] }],
    [commandR, { event_type: "tool-calls-generation", tool_calls: [{ parameters: {} }] }],
  ])("in a stream of %s: %j", (model, chunk) => {
    expect(() => streamed(model, [chunk])).toThrow(emptyOutput);
  });

  it.each<[model: string, answer: JsonObject]>([
    [claude, { content: [], stop_reason: "end_turn" }],
    [llama, { generation: "", stop_reason: "stop" }],
    [mistral, { outputs: [{ text: "", stop_reason: "stop" }] }],
    [gptOss, chat({ role: "assistant", content: null })],
    [jamba, chat({ content: [] })],
  ])("a model that says nothing has answered: %s: %j", (model, answer) => {
    expect(familyFor(model).response(answer, replyContext(model)).output.message.content).toEqual([]);
  });
});

const endings: [model: string, whole: JsonObject, chunks: JsonObject[]][] = [
  [
    claude,
    { content: [{ type: "text", text: "half" }], stop_reason: null },
    [
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "half" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: null } },
      { type: "message_stop" },
    ],
  ],
  ["anthropic.claude-v2:1", { completion: "half", stop_reason: null }, [{ completion: "half", stop_reason: null }]],
  [
    nova,
    { output: { message: { role: "assistant", content: [{ text: "half" }] } } },
    [{ contentBlockDelta: { contentBlockIndex: 0, delta: { text: "half" } } }, { messageStop: {} }],
  ],
  [
    "amazon.titan-text-express-v1",
    { results: [{ outputText: "half", tokenCount: 3, completionReason: null }] },
    [{ outputText: "half", totalOutputTextTokenCount: 3, completionReason: null }],
  ],
  [llama, { generation: "half", stop_reason: null }, [{ generation: "half", stop_reason: null }]],
  [mistral, { outputs: [{ text: "half", stop_reason: null }] }, [{ outputs: [{ text: "half", stop_reason: null }] }]],
  [r1, { choices: [{ text: "a</think>half" }] }, [{ choices: [{ text: "a</think>half" }] }]],
  [jurassic, { completions: [{ data: { text: "half" }, finishReason: null }] }, []],
  [
    gptOss,
    { choices: [{ index: 0, message: { content: "half" }, finish_reason: null }] },
    [{ choices: [{ index: 0, delta: { content: "half" }, finish_reason: null }] }],
  ],
  [
    jamba,
    { choices: [{ index: 0, message: { content: "half" } }] },
    [{ choices: [{ index: 0, delta: { content: "half" } }] }],
  ],
  [commandR, { text: "half" }, [{ event_type: "text-generation", text: "half" }, { is_finished: true }]],
  [
    "cohere.command-text-v14",
    { generations: [{ text: "half" }] },
    [
      { text: "half", is_finished: false },
      { text: "", is_finished: true },
    ],
  ],
];

// Every recorded answer of each family says why it ended, whole or streamed, but where a guardrail stepped in.
describe("an answer that does not say why it ended may be half of one, and is told as such", () => {
  it.each(endings)("whole: %s", (model, whole) => {
    const read = (more: JsonObject): unknown => familyFor(model).response({ ...whole, ...more }, replyContext(model));
    expect(() => read({})).toThrow(emptyOutput);
    // No guardrail judges what an error says.
    expect(() => read({})).not.toThrow("half");
    const blocked = { "amazon-bedrock-guardrailAction": "INTERVENED" };
    expect(read(blocked)).toMatchObject({ stopReason: "guardrail_intervened" });
  });

  it.each(endings.filter(([, , chunks]) => chunks.length > 0))(
    "streamed, with AWS's metrics: %s",
    (model, _whole, chunks) => {
      const metrics = {
        "amazon-bedrock-invocationMetrics": { inputTokenCount: 3, outputTokenCount: 3, invocationLatency: 7 },
      };
      const last = chunks.at(-1) ?? {};
      const ending = (more: JsonObject): JsonObject[] => [...chunks.slice(0, -1), { ...last, ...metrics, ...more }];
      expect(() => streamed(model, ending({}))).toThrow(expect.objectContaining({ code: "truncated_stream" }) as Error);
      const blocked = ending({ "amazon-bedrock-guardrailAction": "INTERVENED" });
      expect(foldedReply(streamed(model, blocked).events).stopReason).toBe("guardrail_intervened");
    },
  );

  it.each<JsonObject>([
    { contentBlockDelta: "The" },
    { contentBlockDelta: { delta: 5, contentBlockIndex: 0 } },
    { contentBlockStart: { contentBlockIndex: 0 } },
  ])("Nova's piece that cannot be read is an error: %j", (chunk) => {
    expect(() => streamed(nova, [chunk])).toThrow(expect.objectContaining({ code: "corrupt_stream" }));
  });
});

it("arguments that come with the start of Claude's call, and not in pieces, are the call's", () => {
  const start = (input: JsonObject): JsonObject => ({
    type: "content_block_start",
    index: 0,
    content_block: { type: "tool_use", id: "t1", name: "f", input, caller: { type: "direct" } },
  });
  const end = [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "tool_use" } },
    { type: "message_stop" },
  ];
  const inputOf = (...chunks: JsonObject[]): unknown =>
    foldedReply(streamed(claude, [...chunks, ...end]).events).content[0]?.toolUse?.input;
  const piece = { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"b":2}' } };
  expect(inputOf(start({ a: 1 }))).toEqual({ a: 1 });
  expect(inputOf(start({}))).toEqual({});
  expect(inputOf(start({}), piece)).toEqual({ b: 2 });
  expect(inputOf(start({ a: 1 }), piece)).toEqual({ b: 2 });
});

describe("arguments of a call that come in another block than the call's are an error, and not another call's", () => {
  const start = (index: number): JsonObject => ({
    type: "content_block_start",
    index,
    content_block: { type: "tool_use", id: `t${index}`, name: "f", input: {} },
  });
  const novaStart = (contentBlockIndex: number): JsonObject => ({
    contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: `t${contentBlockIndex}`, name: "f" } } },
  });
  const late = { index: 0, delta: { type: "input_json_delta", partial_json: "{}" } };
  it.each<[model: string, chunks: JsonObject[]]>([
    [claude, [start(0), start(1), { type: "content_block_delta", ...late }]],
    [
      nova,
      [
        novaStart(0),
        novaStart(1),
        { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: "{}" } } } },
      ],
    ],
  ])("of %s", (model, chunks) => {
    expect(() => streamed(model, chunks)).toThrow(expect.objectContaining({ code: "corrupt_stream" }) as Error);
  });
});

describe("a stream of two answers, or of chunks that came twice, is none", () => {
  const block = { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "t", name: "f" } };
  const piece = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } };
  const start = { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: "t", name: "f" } } } };
  const text = { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "a" } } };
  it.each<[model: string, chunks: JsonObject[]]>([
    [claude, [block, block]],
    [claude, [piece, { type: "message_stop" }, piece]],
    [claude, [{ type: "message_stop" }, { type: "message_start", message: {} }]],
    [nova, [start, start]],
    [nova, [text, { messageStop: { stopReason: "end_turn" } }, text]],
  ])("of %s", (model, chunks) => {
    expect(() => streamed(model, chunks)).toThrow(expect.objectContaining({ code: "corrupt_stream" }) as Error);
  });
});
