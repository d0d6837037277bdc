import type { Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { describe, expect, it } from "vitest";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { foldedReply } from "../testing/folded.ts";
import { readStream } from "../testing/read-stream.ts";
import { anthropic } from "./anthropic.ts";

const model = factsOfModel("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
const context = { model, request: {}, counts: {} };
/** How Claude's stream says why it stopped. */
const ended = { stop_reason: "end_turn" };

function answerOf(members: Partial<Message> & Record<string, unknown>): JsonObject {
  return JSON.parse(
    JSON.stringify({
      id: "msg_bdrk_1",
      type: "message",
      role: "assistant",
      stop_reason: "end_turn",
      content: [],
      ...members,
    }),
  ) as JsonObject;
}

/** Anthropic's events as the chunks of a stream. */
function chunksOf(...events: (RawMessageStreamEvent | Record<string, unknown>)[]): JsonObject[] {
  return JSON.parse(JSON.stringify(events)) as JsonObject[];
}

describe("an answer of Claude", () => {
  it("keeps citations of every kind", () => {
    const place = { cited_text: "N", document_index: 2, document_title: "guide", file_id: null };
    const { output } = anthropic.response(
      answerOf({
        content: [
          { type: "text", text: "So: ", citations: null },
          {
            type: "text",
            text: "north",
            citations: [
              { type: "char_location", ...place, start_char_index: 3, end_char_index: 9 },
              { type: "page_location", ...place, start_page_number: 1, end_page_number: 2 },
              { type: "content_block_location", ...place, start_block_index: 0, end_block_index: 1 },
              {
                type: "search_result_location",
                cited_text: "N",
                search_result_index: 1,
                source: "https://log.example",
                title: "log",
                start_block_index: 0,
                end_block_index: 2,
              },
              {
                type: "web_search_result_location",
                cited_text: "N",
                encrypted_index: "x",
                title: "page",
                url: "https://a.example",
              },
            ],
          },
        ],
      }),
      context,
    );
    const sourceContent = [{ text: "N" }];
    expect(output.message.content).toEqual([
      { text: "So: " },
      {
        citationsContent: {
          content: [{ text: "north" }],
          citations: [
            { title: "guide", sourceContent, location: { documentChar: { documentIndex: 2, start: 3, end: 9 } } },
            { title: "guide", sourceContent, location: { documentPage: { documentIndex: 2, start: 1, end: 2 } } },
            { title: "guide", sourceContent, location: { documentChunk: { documentIndex: 2, start: 0, end: 1 } } },
            {
              title: "log",
              source: "https://log.example",
              sourceContent,
              location: { searchResultLocation: { searchResultIndex: 1, start: 0, end: 2 } },
            },
            { title: "page", sourceContent, location: { web: { url: "https://a.example" } } },
          ],
        },
      },
    ]);
  });

  it("keeps redacted thinking as Converse's blob, and blocks of tools that ran at AWS's", () => {
    const { output } = anthropic.response(
      answerOf({
        content: [
          { type: "redacted_thinking", data: "EmwKAhgB" },
          { type: "server_tool_use", id: "srvtoolu_1", name: "tool_search", input: { q: 1 } } as never,
          { type: "tool_search_tool_result", tool_use_id: "srvtoolu_1", content: { found: [] } } as never,
          { type: "hologram", data: 1 } as never,
        ],
      }),
      context,
    );
    expect(output.message.content).toEqual([
      { reasoningContent: { redactedContent: Buffer.from("EmwKAhgB").toString("base64") } },
      { toolUse: { toolUseId: "srvtoolu_1", name: "tool_search", input: { q: 1 }, type: "server_tool_use" } },
      { toolResult: { toolUseId: "srvtoolu_1", type: "tool_search_tool_result", content: [{ json: { found: [] } }] } },
      { hologram: { data: 1 } },
    ]);
  });

  it.each([
    ["end_turn", "end_turn"],
    ["max_tokens", "max_tokens"],
    ["stop_sequence", "stop_sequence"],
    ["tool_use", "tool_use"],
    ["model_context_window_exceeded", "model_context_window_exceeded"],
    ["refusal", "content_filtered"],
    ["pause_turn", "pause_turn"],
    ["something_new", "something_new"],
  ])("that stopped by %s stops by %s", (native, converse) => {
    expect(anthropic.response(answerOf({ stop_reason: native as "end_turn" }), context).stopReason).toBe(converse);
    const chunks = chunksOf({ type: "message_delta", delta: { stop_reason: native } }, { type: "message_stop" });
    expect(foldedReply(readStream(anthropic, model, chunks).events).stopReason).toBe(converse);
  });

  it("B16: says what was written to the cache, and for how long", () => {
    const usage = {
      input_tokens: 4,
      output_tokens: 12,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 1460,
      cache_creation: { ephemeral_5m_input_tokens: 140, ephemeral_1h_input_tokens: 1320 },
    };
    expect(anthropic.response(answerOf({ usage: usage as never }), context).usage).toEqual({
      inputTokens: 4,
      outputTokens: 12,
      totalTokens: 1476,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 1460,
      cacheDetails: [
        { ttl: "1h", inputTokens: 1320 },
        { ttl: "5m", inputTokens: 140 },
      ],
    });
  });

  it("B16: counts what compactions took, which AWS bills and Claude tells apart", () => {
    // Anthropic's own example, with a cache: "A compaction entry's tokens are not included in the top-level usage fields."
    const compaction = {
      type: "compaction",
      input_tokens: 180_000,
      output_tokens: 3_500,
      cache_read_input_tokens: 700,
      cache_creation_input_tokens: 20,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 0 },
    };
    const message = { type: "message", input_tokens: 23_000, output_tokens: 1_000 };
    const usage = { input_tokens: 23_000, output_tokens: 1_000, iterations: [compaction, message, null] };
    const billed = {
      inputTokens: 203_000,
      outputTokens: 4_500,
      totalTokens: 208_220,
      cacheReadInputTokens: 700,
      cacheWriteInputTokens: 20,
      cacheDetails: [{ ttl: "5m", inputTokens: 20 }],
    };
    expect(anthropic.response(answerOf({ usage: usage as never }), context).usage).toEqual(billed);
    const start = { type: "message_start", message: { usage: { input_tokens: 1, output_tokens: 1 } } };
    const chunks = chunksOf(start, { type: "message_delta", delta: ended, usage }, { type: "message_stop" });
    expect(foldedReply(readStream(anthropic, model, chunks).events).usage).toEqual(billed);
    const half = { input_tokens: 5, output_tokens: null, iterations: [compaction] };
    expect(anthropic.response(answerOf({ usage: half as never }), context)).not.toHaveProperty("usage");
  });

  it("has no usage where nothing tells it, and that of the headers where the body does not", () => {
    expect(anthropic.response(answerOf({}), context)).not.toHaveProperty("usage");
    const half = { ...context, counts: { inputTokens: 3 } };
    expect(anthropic.response(answerOf({}), half)).not.toHaveProperty("usage");
    const counts = { inputTokens: 3, outputTokens: 0, latency: 10 };
    expect(anthropic.response(answerOf({}), { ...context, counts })).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 0, totalTokens: 3 },
      metrics: { latencyMs: 10 },
    });
  });

  it("tells the fields that the caller asked for by path", () => {
    const request = {
      additionalModelResponseFieldPaths: ["/stop_sequence", "/usage/service_tier", "/usage/none", "/a~1b", ""],
    };
    const answer = answerOf({ stop_sequence: "END", usage: { service_tier: "standard" } as never, "a/b": 1 });
    expect(anthropic.response(answer, { ...context, request }).additionalModelResponseFields).toEqual({
      stop_sequence: "END",
      usage: { service_tier: "standard" },
      "a/b": 1,
    });
  });

  it("tells numbers of a call that a double cannot hold as they were written", () => {
    const text =
      '{"content":[{"type":"text","text":"9007199254740993"},{"type":"tool_use","id":"a","name":"f","input":{"id":9007199254740993}}]}';
    expect(anthropic.exactInputs?.(text).get(1)).toBe('{"id":9007199254740993}');
    expect(anthropic.exactInputs?.(text).get(0)).toBeUndefined();
  });

  it("without content is no success, and says what AWS said", () => {
    const thrown = (answer: JsonObject): unknown => {
      try {
        return anthropic.response(answer, context);
      } catch (error) {
        return error;
      }
    };
    expect(thrown({ message: "try later" })).toMatchObject({
      code: "empty_output",
      message: "The model's answer has no content: try later",
    });
    const overloaded = thrown({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
    expect(overloaded).toMatchObject({
      code: "ServiceUnavailableException",
      status: 503,
      aws: { type: "overloaded_error" },
      retryable: true,
    });
  });
});

describe("a stream of Claude", () => {
  it("B22: gives each event as its chunk comes, a call without arguments too, the last two at the end", () => {
    const told: string[] = [];
    const stream = anthropic.stream((event) => told.push(event.type), context);
    const chunk = (json: Record<string, unknown>): string[] => {
      told.length = 0;
      stream.chunk(JSON.parse(JSON.stringify(json)) as JsonObject);
      return [...told];
    };
    expect(chunk({ type: "message_start", message: { usage: { input_tokens: 5, output_tokens: 1 } } })).toEqual([
      "messageStart",
    ]);
    expect(chunk({ type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } })).toEqual(
      [],
    );
    expect(chunk({ type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "a" } })).toEqual([
      "contentBlockDelta",
    ]);
    expect(
      chunk({ type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "s" } }),
    ).toEqual(["contentBlockDelta"]);
    expect(chunk({ type: "content_block_stop", index: 0 })).toEqual(["contentBlockStop"]);
    expect(
      chunk({
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "t", name: "f", input: {} },
      }),
    ).toEqual(["contentBlockStart"]);
    // A call without arguments: Converse has an empty piece.
    expect(chunk({ type: "content_block_stop", index: 1 })).toEqual(["contentBlockDelta", "contentBlockStop"]);
    expect(chunk({ type: "ping" })).toEqual([]);
    expect(chunk({ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } })).toEqual(
      [],
    );
    expect(chunk({ type: "message_stop" })).toEqual([]);
    told.length = 0;
    stream.end();
    expect(told).toEqual(["messageStop", "metadata"]);
    expect([...stream.unfamiliar]).toEqual([]);
  });

  it("keeps citations, redacted thinking and results of tools that ran at AWS's", () => {
    const citation = {
      type: "char_location",
      cited_text: "N",
      document_index: 0,
      document_title: "g",
      start_char_index: 0,
      end_char_index: 1,
    };
    const { events } = readStream(
      anthropic,
      model,
      chunksOf(
        { type: "content_block_start", index: 0, content_block: { type: "redacted_thinking", data: "opaque" } },
        { type: "content_block_stop", index: 0 },
        { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: "more" } },
        { type: "content_block_stop", index: 1 },
        { type: "content_block_start", index: 2, content_block: { type: "text", text: "", citations: [] } },
        { type: "content_block_delta", index: 2, delta: { type: "citations_delta", citation } },
        { type: "content_block_delta", index: 2, delta: { type: "text_delta", text: "North" } },
        { type: "content_block_stop", index: 2 },
        { type: "content_block_start", index: 3, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 3, delta: { type: "text_delta", text: "." } },
        { type: "content_block_stop", index: 3 },
        {
          type: "content_block_start",
          index: 4,
          content_block: { type: "tool_search_tool_result", tool_use_id: "s", content: {} },
        },
        { type: "content_block_stop", index: 4 },
        { type: "message_delta", delta: ended },
        { type: "message_stop" },
      ),
    );
    const result = events.slice(-5, -2);
    expect(result).toEqual([
      {
        type: "contentBlockStart",
        contentBlockIndex: 4,
        start: { toolResult: { toolUseId: "s", type: "tool_search_tool_result" } },
      },
      { type: "contentBlockDelta", contentBlockIndex: 4, delta: { toolResult: [{ json: {} }] } },
      { type: "contentBlockStop", contentBlockIndex: 4 },
    ]);
    expect(foldedReply([...events.slice(0, -5), ...events.slice(-2)]).content).toEqual([
      { reasoningContent: { redactedContent: Buffer.from("opaque").toString("base64") } },
      { reasoningContent: { redactedContent: Buffer.from("more").toString("base64") } },
      {
        citationsContent: {
          content: [{ text: "North" }],
          citations: [
            {
              title: "g",
              sourceContent: [{ text: "N" }],
              location: { documentChar: { documentIndex: 0, start: 0, end: 1 } },
            },
          ],
        },
      },
      { text: "." },
    ]);
  });

  it("collects what it does not know, and goes on", () => {
    const { events, unfamiliar } = readStream(
      anthropic,
      model,
      chunksOf(
        { type: "message_start", message: {}, weather: 1 },
        { type: "interlude" },
        { type: "content_block_start", index: 0, content_block: { type: "hologram" } },
        { type: "content_block_delta", index: 0, delta: { type: "hologram_delta" } },
        { type: "content_block_stop", index: 0 },
        { type: "message_delta", delta: ended },
        { type: "message_stop" },
      ),
    );
    expect(unfamiliar).toEqual(["weather", "interlude", "hologram", "hologram_delta"]);
    expect(foldedReply(events).content).toEqual([]);
  });

  it("B1: that holds an error is no success", () => {
    const chunks = chunksOf(
      { type: "message_start", message: {} },
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    );
    expect(() => readStream(anthropic, model, chunks)).toThrow(AditError);
    expect(() => readStream(anthropic, model, chunks)).toThrow(
      expect.objectContaining({
        code: "ServiceUnavailableException",
        message: "The model answered with an error: Overloaded",
        aws: { type: "overloaded_error", message: "Overloaded" },
      }),
    );
  });

  it("counts what the model wrote by its own word, else by AWS's, else by the start", () => {
    const start = { type: "message_start", message: { usage: { input_tokens: 5, output_tokens: 1 } } };
    const metrics = {
      "amazon-bedrock-invocationMetrics": { inputTokenCount: 5, outputTokenCount: 90, invocationLatency: 7 },
    };
    const usageOf = (...events: Record<string, unknown>[]): number | undefined =>
      foldedReply(readStream(anthropic, model, chunksOf(start, ...events)).events).usage?.outputTokens;
    const delta = { type: "message_delta", delta: ended };
    expect(usageOf({ ...delta, usage: { output_tokens: 134 } }, { type: "message_stop", ...metrics })).toBe(134);
    expect(usageOf(delta, { type: "message_stop", ...metrics })).toBe(90);
    expect(usageOf(delta, { type: "message_stop" })).toBe(1);
  });
});
