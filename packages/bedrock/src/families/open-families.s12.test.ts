/** S12: the models that AI Squared names, of the families of open weights: a plain question in their native form, their answer whole and streamed. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { foldedReply } from "./testing/folded.ts";
import { familyFor, replyContext, requestFor, streamed } from "./testing/open-families.ts";

interface Sample {
  ids: string[];
  /** The native body for `hello` with at most 100 tokens. */
  body: JsonObject;
  answer: JsonObject;
  chunks: JsonObject[];
  says: string;
  stop: string;
  /** Where the body tells; else the headers would. */
  usage?: [input: number, output: number];
}

const chatAnswer = (content: string, finish: string): JsonObject => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, message: { role: "assistant", content, tool_calls: null }, finish_reason: finish }],
  usage: { prompt_tokens: 12, completion_tokens: 10, total_tokens: 22 },
});

const chatChunks = (...pieces: string[]): JsonObject[] => [
  { id: "chatcmpl-1", choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }] },
  ...pieces.map((content) => ({ id: "chatcmpl-1", choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
  { id: "chatcmpl-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
];

const chatBody: JsonObject = { messages: [{ role: "user", content: "hello" }], max_tokens: 100 };

const llama = (ids: string[]): Sample => ({
  ids,
  body: {
    prompt:
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    max_gen_len: 100,
  },
  answer: { generation: "Hi!", prompt_token_count: 1, generation_token_count: 100, stop_reason: "length" },
  chunks: [
    { generation: "Hi", prompt_token_count: 1, generation_token_count: 1, stop_reason: null },
    { generation: "!", prompt_token_count: null, generation_token_count: 100, stop_reason: "length" },
  ],
  says: "Hi!",
  stop: "max_tokens",
  usage: [1, 100],
});

const samples: Sample[] = [
  {
    ids: ["ai21.jamba-1-5-large-v1:0", "ai21.jamba-1-5-mini-v1:0"],
    body: chatBody,
    answer: { ...chatAnswer(" Hello!", "stop"), meta: { requestDurationMillis: 113 }, model: "jamba-1.5-large" },
    chunks: chatChunks(" He", "llo!"),
    says: " Hello!",
    stop: "end_turn",
    usage: [12, 10],
  },
  {
    ids: ["us.deepseek.r1-v1:0"],
    body: { prompt: "<｜begin▁of▁sentence｜><｜User｜>hello<｜Assistant｜><think>\n", max_tokens: 100 },
    answer: { choices: [{ text: "A greeting.\n</think>\n\nHi!", stop_reason: "length" }] },
    chunks: ["A greeting.\n</th", "ink>\n\n", "Hi!"].map((text, index) => ({
      choices: [{ text, stop_reason: index === 2 ? "length" : null }],
    })),
    says: "\n\nHi!",
    stop: "max_tokens",
  },
  llama([
    "us.meta.llama3-3-70b-instruct-v1:0",
    "us.meta.llama3-2-11b-instruct-v1:0",
    "us.meta.llama3-2-1b-instruct-v1:0",
    "us.meta.llama3-2-3b-instruct-v1:0",
    "us.meta.llama3-2-90b-instruct-v1:0",
    "meta.llama3-1-70b-instruct-v1:0",
    "meta.llama3-1-8b-instruct-v1:0",
    "meta.llama3-70b-instruct-v1:0",
    "meta.llama3-8b-instruct-v1:0",
  ]),
  {
    ids: [
      "mistral.mistral-large-2402-v1:0",
      "mistral.mistral-7b-instruct-v0:2",
      "mistral.mixtral-8x7b-instruct-v0:1",
      "mistral.mistral-small-2402-v1:0",
    ],
    body: { prompt: "<s>[INST] hello [/INST]", max_tokens: 100 },
    answer: { outputs: [{ text: " Hello!", stop_reason: "stop" }] },
    chunks: [" He", "llo!"].map((text, index) => ({ outputs: [{ text, stop_reason: index === 1 ? "stop" : null }] })),
    says: " Hello!",
    stop: "end_turn",
  },
  {
    ids: ["us.mistral.pixtral-large-2502-v1:0"],
    body: chatBody,
    answer: {
      ...chatAnswer("Hello!", "stop"),
      object: "chat.completion",
      created: 1745858024,
      model: "pixtral-large-2502",
    },
    chunks: chatChunks("Hel", "lo!"),
    says: "Hello!",
    stop: "end_turn",
    usage: [12, 10],
  },
];

const rows = samples.flatMap(({ ids, ...sample }) => ids.map((id) => ({ id, ...sample })));

describe("native bodies and answers", () => {
  it("are of the seventeen ids that are not Amazon's, Anthropic's or Cohere's", () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(17);
  });

  it.each(rows)("S12 $id: a request of Converse in the native form", ({ id, body }) => {
    const request = {
      messages: [{ role: "user" as const, content: [{ text: "hello" }] }],
      inferenceConfig: { maxTokens: 100 },
    };
    expect(requestFor(id, request)).toEqual({ body, dropped: [] });
    expect(requestFor(id, request, true)).toEqual({ body, dropped: [] });
  });

  it.each(rows)("S12 $id: the whole answer, its usage from body or headers", ({ id, answer, says, stop, usage }) => {
    const told = familyFor(id).response(answer, replyContext(id));
    expect(told.output.message.content.map(({ text = "" }) => text).join("")).toBe(says);
    expect(told.stopReason).toBe(stop);
    expect(told.usage).toEqual(
      usage && { inputTokens: usage[0], outputTokens: usage[1], totalTokens: usage[0] + usage[1] },
    );
    const headed = familyFor(id).response(answer, replyContext(id, { counts: { inputTokens: 5, outputTokens: 7 } }));
    expect(headed.usage).toEqual({ inputTokens: 5, outputTokens: 7, totalTokens: 12 });
  });

  it.each(rows)("S12 $id: the stream says the same, its usage from the last chunk", ({ id, chunks, says, stop }) => {
    const metrics = { inputTokenCount: 5, outputTokenCount: 7, invocationLatency: 300, firstByteLatency: 90 };
    const all = [...chunks.slice(0, -1), { ...chunks.at(-1), "amazon-bedrock-invocationMetrics": metrics }];
    const folded = foldedReply(streamed(id, all).events);
    expect(folded.content.map(({ text = "" }) => text).join("")).toBe(says);
    expect(folded.stopReason).toBe(stop);
    expect(folded.usage).toEqual({ inputTokens: 5, outputTokens: 7, totalTokens: 12 });
    expect(folded.latencyMs).toBe(300);
  });
});
