import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import { recordingsOf } from "../../wire/testing/recordings.ts";
import type { ChatCompletion, ChatContentBlock } from "./chat-completion.ts";
import { chatFromConverse } from "./response.ts";
import { streamEventsFromResponse } from "./stream-from-response.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { assembleChunks } from "./testing/chunk-assembly.ts";
import { plainUsage, readWhole, type PlainReading } from "./testing/plain-reading.ts";
import { replyContext } from "./testing/reply-context.ts";

const answers = recordingsOf("Converse")
  .filter((recording) => recording.response.status === 200)
  .map((recording) => ({ id: recording.id, body: recording.response.body_json as Record<string, unknown> }));

/** Recorded with AWS: only these occur there, each with OpenAI's word for it by the API reference. */
const openAiReason: Record<string, string> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  guardrail_intervened: "content_filter",
};

function thinkingOf(blocks: readonly ChatContentBlock[]): PlainReading["thinking"] {
  return blocks.flatMap((block): PlainReading["thinking"] => {
    if (block.type === "redacted_thinking") return [{ redacted: String(block["data" as keyof typeof block]) }];
    if (block.type !== "thinking") return [];
    const { type: _type, thinking, ...rest } = block as { type: string; thinking: string; signature?: string };
    return [{ text: thinking, ...rest }];
  });
}

function callsOf(completion: ChatCompletion): PlainReading["calls"] {
  return (completion.choices[0].message.tool_calls ?? []).map((call) => ({
    id: call.id,
    name: call.function.name,
    input: JSON.parse(call.function.arguments) as unknown,
  }));
}

describe.skipIf(answers.length === 0)("recorded Converse answers", () => {
  it("are there in number", () => {
    expect(answers.length).toBeGreaterThan(300);
  });

  it.each(answers)("strict: $id", ({ body }) => {
    const plain = readWhole(body);
    const context = replyContext();
    const completion = chatFromConverse(body as unknown as ConverseResponse, context);
    const { message, finish_reason: finishReason } = completion.choices[0];
    expect(message.content ?? "").toBe(plain.text);
    expect(message.content === null).toBe(plain.text === "" && plain.calls.length > 0);
    expect(callsOf(completion)).toEqual(plain.calls);
    expect(message.reasoning_content ?? "").toBe(plain.thinking.map((block) => block.text ?? "").join(""));
    expect(finishReason).toBe(openAiReason[plain.stopReason]);
    expect(completion.usage).toEqual(plainUsage(plain.usage));
    expect(completion).not.toHaveProperty("provider");
    const allowed = ["role", "content", "refusal", "tool_calls", "reasoning_content"];
    expect(Object.keys(message).filter((name) => !allowed.includes(name))).toEqual([]);
    expect(context.notes.dropped).toEqual([]);
  });

  it.each(answers)("not strict: $id", ({ body }) => {
    const plain = readWhole(body);
    const completion = chatFromConverse(body as unknown as ConverseResponse, replyContext({ strict: false }));
    const { message, finish_reason: finishReason } = completion.choices[0];
    expect(completion.provider).toBe("bedrock");
    expect(message.content).toBe(plain.text);
    expect(callsOf(completion)).toEqual(plain.calls);
    expect(message).not.toHaveProperty("reasoning_content");
    expect(thinkingOf(message.content_blocks ?? [])).toEqual(plain.thinking);
    expect(message.citations ?? []).toEqual(plain.citations);
    expect(message.additional_model_response_fields).toEqual(plain.responseFields);
    expect(finishReason).toBe(plain.stopReason);
    expect(completion.usage).toMatchObject(plainUsage(plain.usage));
    expect(completion.usage?.cache_read_input_tokens).toBe(plain.usage["cacheReadInputTokens"]);
    expect(completion.usage?.cache_creation_input_tokens).toBe(plain.usage["cacheWriteInputTokens"]);
    expect(completion.trace).toEqual(body["trace"]);
    const blocks = (message.content_blocks ?? []).filter((block) => !("text" in block && block.text === ""));
    expect(blocks).toHaveLength(plain.blocks.length);
  });

  it.each(answers)("replayed as a stream, the same: $id", ({ body }) => {
    const response = body as unknown as ConverseResponse;
    for (const strict of [true, false]) {
      const whole = chatFromConverse(response, replyContext({ strict }));
      let sse = "";
      const writer = new ChatStreamWriter(replyContext({ strict, includeUsage: true }), (text) => (sse += text));
      for (const event of streamEventsFromResponse(response)) writer.onEvent(event);
      writer.end();
      const streamed = assembleChunks(sse);
      const { message, finish_reason: finishReason } = whole.choices[0];
      expect(streamed.isDone).toBe(true);
      expect(streamed.content ?? "").toBe(message.content ?? "");
      expect(streamed.reasoning).toBe(message.reasoning_content ?? "");
      expect(streamed.toolCalls).toEqual((message.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })));
      expect(streamed.citations).toEqual(message.citations ?? []);
      expect(streamed.responseFields).toEqual(message.additional_model_response_fields);
      expect(streamed.finishReasons).toEqual([finishReason]);
      expect(streamed.usages).toEqual([whole.usage]);
    }
  });
});
