import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { familyOf } from "./family-of.ts";
import { readStream } from "./testing/read-stream.ts";

/** A model of each way to read answers, with an answer and chunks of the right form, to be spoilt. */
const samples: { id: string; answer: JsonObject; chunks: JsonObject[] }[] = [
  {
    id: "us.anthropic.claude-opus-4-8",
    answer: {
      content: [
        { type: "text", text: "a", citations: [{ type: "char_location", document_index: 0 }] },
        { type: "thinking", thinking: "b", signature: "c" },
        { type: "tool_use", id: "d", name: "e", input: {} },
        { type: "tool_search_tool_result", tool_use_id: "f", content: {} },
      ],
      usage: { input_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: 2 } },
      "amazon-bedrock-trace": { guardrail: { outputs: [{ g: {} }] } },
    },
    chunks: [
      { type: "message_start", message: { usage: { input_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "a", name: "b" } },
      { type: "content_block_delta", index: 0, delta: { type: "citations_delta", citation: { document_index: 0 } } },
      { type: "message_delta", delta: { stop_reason: "a" }, usage: { output_tokens: 1 } },
      { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 1 } },
    ],
  },
  {
    id: "amazon.nova-lite-v1:0",
    answer: { output: { message: { content: [{ text: "a" }] } }, usage: { inputTokens: 1 } },
    chunks: [
      { contentBlockStart: { start: { toolUse: { toolUseId: "a", name: "b" } } } },
      { contentBlockDelta: { delta: { toolUse: { input: "{}" } } } },
      { contentBlockDelta: { delta: { reasoningContent: { text: "a" } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage: { inputTokens: 1 } } },
    ],
  },
  {
    id: "amazon.titan-text-lite-v1",
    answer: { results: [{ outputText: "a", completionReason: "FINISH", tokenCount: 1 }], inputTextTokenCount: 1 },
    chunks: [{ outputText: "a", completionReason: "FINISH", totalOutputTextTokenCount: 1 }],
  },
  {
    id: "cohere.command-text-v14",
    answer: { generations: [{ text: "a", finish_reason: "COMPLETE" }] },
    chunks: [
      { text: "a", is_finished: false, index: 0 },
      { is_finished: true, finish_reason: "COMPLETE" },
    ],
  },
  {
    id: "cohere.command-r-v1:0",
    answer: {
      text: "abc",
      citations: [{ start: 0, end: 1, document_ids: ["doc_0"] }],
      documents: [{ id: "doc_0", title: "t" }],
      tool_calls: [{ name: "f", parameters: {} }],
      meta: { billed_units: { input_tokens: 1 } },
    },
    chunks: [
      { event_type: "citation-generation", citations: [{ start: 0, end: 1, document_ids: ["doc_0"] }] },
      { event_type: "tool-calls-chunk", tool_call_delta: { index: 0, name: "f", parameters: "{}" } },
      { event_type: "stream-end", is_finished: true, response: { text: "a", tool_calls: [{ name: "f" }] } },
    ],
  },
  {
    id: "anthropic.claude-v2",
    answer: { completion: "a", stop_reason: "stop_sequence", stop: "\n\nHuman:" },
    chunks: [{ completion: "a", stop_reason: "stop_sequence", stop: null }],
  },
];

/** The value with each of its places, one after the other, replaced by each of what does not belong there. */
function spoilt(value: JsonValue): JsonValue[] {
  const results: JsonValue[] = intruders.filter((intruder) => intruder !== value);
  if (Array.isArray(value)) {
    value.forEach((each, index) => results.push(...spoilt(each).map((other) => value.with(index, other))));
  } else if (isJsonObject(value)) {
    for (const [name, each] of Object.entries(value)) {
      results.push(...spoilt(each ?? null).map((other) => ({ ...value, [name]: other })));
      const { [name]: _left, ...rest } = value;
      results.push(rest);
    }
  }
  return results;
}

const intruders: JsonValue[] = [null, -1, 1.5, 1e300, true, "", "x", [], {}, [null], [[]], ["x"], { a: null }];

/** What was thrown that is none of Adit's own errors, each of which says what was wrong. */
function faultsOf<Value extends JsonValue>(values: readonly Value[], read: (value: Value) => unknown): string[] {
  return values.flatMap((value) => {
    try {
      read(value);
    } catch (error) {
      if (!AditError.isInstance(error)) return [`${String(error)} for ${JSON.stringify(value)}`];
    }
    return [];
  });
}

describe.each(samples)("what is not of the form that $id writes", ({ id, answer, chunks }) => {
  const model = factsOfModel(id);
  const family = familyOf(model)!;

  it("is read as far as it can be, or refused: whole", () => {
    const answers = spoilt(answer).filter(isJsonObject);
    expect(answers.length).toBeGreaterThan(30);
    expect(faultsOf(answers, (each) => family.response(each, { model, request: {}, counts: {} }))).toEqual([]);
  });

  it("is read as far as it can be, or refused: streamed", () => {
    const streams = spoilt(chunks).filter((each) => Array.isArray(each));
    expect(streams.length).toBeGreaterThan(30);
    expect(faultsOf(streams, (each) => readStream(family, model, each.filter(isJsonObject)))).toEqual([]);
  });
});
