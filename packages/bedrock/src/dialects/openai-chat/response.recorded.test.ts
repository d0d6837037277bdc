import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import { AditError } from "../../errors/adit-error.ts";
import { exchangesOf, recordingsOf } from "../../wire/testing/recordings.ts";
import type { ChatCompletion, ChatContentBlock } from "./chat-completion.ts";
import { chatFromConverse } from "./response.ts";
import { streamEventsFromResponse } from "../translation/answers/stream-from-response.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { assembleChunks } from "./testing/chunk-assembly.ts";
import { plainUsage, readWhole, type PlainReading } from "./testing/plain-reading.ts";
import { replyContext } from "./testing/reply-context.ts";

const all = exchangesOf("Converse")
  .filter((exchange) => exchange.response.status === 200)
  .map((exchange) => ({ id: exchange.id, body: exchange.response.body_json as Record<string, unknown> }));
const isMalformed = ({ body }: (typeof all)[number]): boolean => String(body["stopReason"]).startsWith("malformed_");
const answers = all.filter((answer) => !isMalformed(answer));
const malformed = all.filter(isMalformed);

/** The stop reasons that occur, each with OpenAI's word for it by the API reference. */
const openAiReason: Record<string, string> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_calls",
  max_tokens: "length",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
  model_context_window_exceeded: "length",
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

/** Members of ConverseResponse in AWS's service model. */
const awsMembers =
  "output stopReason usage metrics additionalModelResponseFields trace performanceConfig serviceTier".split(" ");

/** Paths of what OpenAI's fields have no place for: citations, and what AWS's model does not name. */
function hiddenFromStrict(body: Record<string, unknown>): string[] {
  const { output } = body as unknown as { output: { message: { content: Record<string, unknown>[] } } };
  const cited = output.message.content.flatMap((block, index) => {
    const { citations } = (block["citationsContent"] ?? {}) as { citations?: unknown[] };
    return (citations ?? []).length > 0 ? [`output.message.content[${index}].citationsContent.citations`] : [];
  });
  const own = ["additionalModelResponseFields", "trace"].filter((member) => body[member] !== undefined);
  return [...cited, ...own, ...Object.keys(body).filter((member) => !awsMembers.includes(member))];
}

describe("Converse answers of the fixtures and recordings", () => {
  const recorded = recordingsOf("Converse").filter((recording) => recording.response.status === 200);

  it.skipIf(recorded.length === 0)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(recorded.length).toBeGreaterThan(300);
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
    expect(context.notes.dropped).toEqual(hiddenFromStrict(body));
  });

  it.each(malformed)("strict, what AWS could not read is an error that keeps the text: $id", ({ body }) => {
    let error: unknown;
    try {
      chatFromConverse(body as unknown as ConverseResponse, replyContext());
    } catch (thrown) {
      error = thrown;
    }
    expect(AditError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "malformed_model_output" });
    expect(String((error as AditError).message)).toContain(readWhole(body).text);
  });

  it.each(all)("not strict: $id", ({ body }) => {
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
