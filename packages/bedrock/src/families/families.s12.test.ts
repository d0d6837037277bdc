/** S12: the models that AI Squared names, of Amazon, Anthropic and Cohere: a plain question in their native form, their answer whole and streamed. */
import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../converse/request.ts";
import type { JsonObject } from "../json.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { familyOf } from "./family-of.ts";
import { foldedReply } from "./testing/folded.ts";
import { readStream } from "./testing/read-stream.ts";

interface Sample {
  ids: string[];
  /** The native body for `hello` with at most 100 tokens. */
  body: JsonObject;
  /** Where a stream is asked for by the body. */
  streamBody?: JsonObject;
  /** The page's sample of an answer. */
  answer: JsonObject;
  chunks: JsonObject[];
  says: string;
  stop: string;
  /** Of the body; undefined where the headers tell. */
  usage: [input: number, output: number] | undefined;
}

const hello: ConverseRequest = {
  messages: [{ role: "user", content: [{ text: "hello" }] }],
  inferenceConfig: { maxTokens: 100 },
};

const metrics = {
  "amazon-bedrock-invocationMetrics": {
    inputTokenCount: 12,
    outputTokenCount: 6,
    invocationLatency: 300,
    firstByteLatency: 90,
  },
};

const samples: Sample[] = [
  {
    ids: ["amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"],
    body: {
      schemaVersion: "messages-v1",
      messages: [{ role: "user", content: [{ text: "hello" }] }],
      inferenceConfig: { maxTokens: 100 },
    },
    answer: {
      output: { message: { content: [{ text: "Hello!" }], role: "assistant" } },
      stopReason: "end_turn",
      usage: {
        inputTokens: 1,
        outputTokens: 51,
        totalTokens: 52,
        cacheReadInputTokenCount: 0,
        cacheWriteInputTokenCount: 0,
      },
    },
    chunks: [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { delta: { text: "Hel" }, contentBlockIndex: 0 } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { delta: { text: "lo!" }, contentBlockIndex: 1 } },
      { contentBlockStop: { contentBlockIndex: 1 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 12, outputTokens: 6 }, metrics: {}, trace: {} }, ...metrics },
    ],
    says: "Hello!",
    stop: "end_turn",
    usage: [1, 51],
  },
  {
    ids: ["amazon.titan-text-premier-v1:0", "amazon.titan-text-express-v1", "amazon.titan-text-lite-v1"],
    body: { inputText: "User: hello\nBot:", textGenerationConfig: { maxTokenCount: 100 } },
    answer: {
      inputTextTokenCount: 3,
      results: [{ tokenCount: 13, outputText: "\nBot: Hi there!", completionReason: "FINISH" }],
    },
    chunks: [
      {
        outputText: "\nBot: Hi there!",
        index: 0,
        totalOutputTextTokenCount: 6,
        completionReason: "FINISH",
        inputTextTokenCount: 12,
        ...metrics,
      },
    ],
    says: "\nBot: Hi there!",
    stop: "end_turn",
    usage: [3, 13],
  },
  {
    ids: [
      "anthropic.claude-3-7-sonnet-20250219-v1:0",
      "anthropic.claude-3-5-haiku-20241022-v1:0",
      "anthropic.claude-3-5-sonnet-20241022-v2:0",
      "anthropic.claude-3-5-sonnet-20240620-v1:0",
      "anthropic.claude-3-opus-20240229-v1:0",
      "anthropic.claude-3-haiku-20240307-v1:0",
    ],
    body: {
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
    },
    answer: {
      id: "msg_bdrk_1",
      type: "message",
      role: "assistant",
      model: "claude-3-7-sonnet-20250219",
      content: [{ type: "text", text: "Hello!" }],
      // Some of the page's samples leave out `stop_sequence`.
      stop_reason: "end_turn",
      usage: { input_tokens: 12, output_tokens: 6 },
    },
    chunks: [
      {
        type: "message_start",
        message: { id: "msg_bdrk_1", content: [], usage: { input_tokens: 12, output_tokens: 1 } },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "lo!" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 6 } },
      { type: "message_stop", ...metrics },
    ],
    says: "Hello!",
    stop: "end_turn",
    usage: [12, 6],
  },
  {
    ids: ["cohere.command-r-v1:0", "cohere.command-r-plus-v1:0"],
    body: { message: "hello", max_tokens: 100 },
    answer: {
      response_id: "379ed018/aa2d",
      text: "Hi there!",
      generation_id: "g",
      chat_history: [
        { role: "USER", message: "hello" },
        { role: "CHATBOT", message: "Hi there!" },
      ],
      finish_reason: "COMPLETE",
    },
    chunks: [
      { event_type: "stream-start", generation_id: "g", is_finished: false },
      { event_type: "text-generation", text: "Hi ", is_finished: false },
      { event_type: "text-generation", text: "there!", is_finished: false },
      {
        event_type: "stream-end",
        is_finished: true,
        finish_reason: "COMPLETE",
        response: { response_id: "379ed018/aa2d", text: "Hi there!", finish_reason: "COMPLETE" },
        ...metrics,
      },
    ],
    says: "Hi there!",
    stop: "end_turn",
    usage: undefined,
  },
  {
    ids: ["cohere.command-text-v14", "cohere.command-light-text-v14"],
    body: { prompt: "hello", max_tokens: 100 },
    streamBody: { prompt: "hello", max_tokens: 100, stream: true },
    answer: { id: "5e82", generations: [{ id: "1", text: " Hello!", finish_reason: "COMPLETE" }], prompt: "hello" },
    chunks: [
      { text: " Hel", is_finished: false },
      { text: "lo!", is_finished: false },
      {
        is_finished: true,
        finish_reason: "COMPLETE",
        response: { id: "5e82", generations: [{ text: " Hello!" }], prompt: "hello" },
        ...metrics,
      },
    ],
    says: " Hello!",
    stop: "end_turn",
    usage: undefined,
  },
];

const byId = samples.flatMap((sample) => sample.ids.map((id) => ({ ...sample, id })));

describe("S12: the models of Amazon, Anthropic and Cohere", () => {
  it("are sixteen", () => {
    expect(byId).toHaveLength(16);
  });

  it.each(byId)("S12 $id: its native body", ({ id, body, streamBody }) => {
    const model = factsOfModel(id);
    expect(familyOf(model)?.request(hello, { model, stream: false })).toEqual({ body, dropped: [] });
    const stream = familyOf(model)?.request(hello, { model, stream: true });
    expect(stream).toEqual({ body: streamBody ?? body, dropped: [] });
  });

  it.each(byId)("S12 $id: its answer, whole", ({ id, answer, says, stop, usage }) => {
    const model = factsOfModel(id);
    const counts = usage === undefined ? { inputTokens: 7, outputTokens: 5 } : {};
    const response = familyOf(model)!.response(answer, { model, request: hello, counts });
    expect(response.output).toEqual({ message: { role: "assistant", content: [{ text: says }] } });
    expect(response.stopReason).toBe(stop);
    expect([response.usage?.inputTokens, response.usage?.outputTokens]).toEqual(usage ?? [7, 5]);
  });

  it.each(byId)("S12 $id: its answer, streamed", ({ id, chunks, says, stop }) => {
    const model = factsOfModel(id);
    const { events, unfamiliar } = readStream(familyOf(model)!, model, chunks, hello);
    expect(foldedReply(events)).toEqual({
      content: [{ text: says }],
      stopReason: stop,
      usage: expect.objectContaining({ inputTokens: 12, outputTokens: 6, totalTokens: 18 }) as unknown,
      latencyMs: 300,
    });
    expect(unfamiliar).toEqual([]);
  });
});
