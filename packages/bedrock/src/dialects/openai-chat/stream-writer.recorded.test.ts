import { Buffer } from "node:buffer";
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";
import { Stream } from "openai/streaming";
import type { ChatCompletionChunk as SdkChunk } from "openai/resources/chat/completions";
import { describe, expect, it } from "vitest";
import type { ConverseResponse } from "../../converse/response.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { ConverseStreamReader } from "../../wire/streams/converse-stream-reader.ts";
import { exchangesOf, isTruncated, recordingsOf, type Recording } from "../../wire/testing/recordings.ts";
import type { ChatCompletion } from "./chat-completion.ts";
import type { ReplyContext } from "./reply-context.ts";
import { chatFromConverse } from "./response.ts";
import { ChatStreamWriter } from "./stream-writer.ts";
import { assembleChunks, type AssembledBlock } from "./testing/chunk-assembly.ts";
import { plainUsage, readWhole, wholeFromEvents } from "./testing/plain-reading.ts";
import { replyContext } from "./testing/reply-context.ts";

const all = exchangesOf("ConverseStream").filter((exchange) => exchange.response.status === 200);
const isBroken = (recording: Recording): boolean =>
  (recording.response.events ?? []).some((event) => event.message_type !== undefined);
const streams = all.filter((exchange) => !isBroken(exchange) && !isTruncated(exchange));
const broken = all.filter((exchange) => isBroken(exchange));
const truncated = all.filter((exchange) => isTruncated(exchange));

/** OpenAI's word for the kind of failure, by AWS's exception. */
const openAiType: Record<string, string> = {
  validationException: "invalid_request_error",
  throttlingException: "rate_limit_error",
  modelStreamErrorException: "server_error",
};

/** The way of a real call: bytes to the wire's reader, its events to the writer. */
function sseFromBytes(recording: Recording, context: ReplyContext, cut = Number.POSITIVE_INFINITY): string {
  const bytes = Buffer.from(recording.response.body_base64 ?? "", "base64");
  let sse = "";
  const writer = new ChatStreamWriter(context, (text) => (sse += text));
  const reader = new ConverseStreamReader(writer);
  try {
    for (let start = 0; start < bytes.length; start += cut) reader.push(bytes.subarray(start, start + cut));
    reader.end();
    writer.end();
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    writer.fail(error);
  }
  return sse;
}

/** The other way in: every event parsed, as from a whole answer or an emulator. */
function sseFromEvents(recording: Recording, context: ReplyContext): string {
  let sse = "";
  const writer = new ChatStreamWriter(context, (text) => (sse += text));
  for (const { type, payload } of recording.response.events ?? []) {
    const { p: _padding, ...members } = payload;
    writer.onEvent({ ...members, type } as unknown as ConverseStreamEvent);
  }
  writer.end();
  return sse;
}

function wholeOf(recording: Recording, strict: boolean): ChatCompletion {
  const body = wholeFromEvents(recording.response.events ?? []);
  return chatFromConverse(body as unknown as ConverseResponse, replyContext({ strict }));
}

describe("ConverseStream answers of the fixtures and recordings", () => {
  const recorded = recordingsOf("ConverseStream").filter((recording) => recording.response.status === 200);

  it.skipIf(recorded.length === 0)("are recorded in number, one of them broken by AWS", () => {
    expect(recorded.length).toBeGreaterThan(70);
    expect(recorded.filter((recording) => isBroken(recording))).toHaveLength(1);
  });

  it.each(streams)("strict, from bytes: $id", (recording) => {
    const plain = readWhole(wholeFromEvents(recording.response.events ?? []));
    const context = replyContext({ includeUsage: true });
    const streamed = assembleChunks(sseFromBytes(recording, context));
    expect(streamed.isDone).toBe(true);
    expect(streamed.content ?? "").toBe(plain.text);
    expect(streamed.reasoning).toBe(plain.thinking.map((block) => block.text ?? "").join(""));
    expect(
      streamed.toolCalls.map(({ id, name, arguments: text }) => ({ id, name, input: JSON.parse(text) as unknown })),
    ).toEqual(plain.calls);
    expect(streamed.usages).toEqual([plainUsage(plain.usage)]);
    expect(streamed.chunks.at(-1)?.choices).toEqual([]);
    expect(streamed.chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(streamed.chunks.slice(1).every((chunk) => chunk.choices[0]?.delta.role === undefined)).toBe(true);
    expect(streamed.chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect([streamed.blocks.size, streamed.citations.length, streamed.errors.length]).toEqual([0, 0, 0]);
    const cited = (recording.response.events ?? []).flatMap(({ payload }) => {
      const { contentBlockIndex: index, delta } = payload as { contentBlockIndex?: number; delta?: object };
      return delta !== undefined && "citation" in delta ? [index] : [];
    });
    const paths = [...new Set(cited)].map((index) => `output.message.content[${index}].citationsContent.citations`);
    const own = ["forecast", "additionalModelResponseFields", "trace"].filter((member) =>
      (recording.response.events ?? []).some(({ payload }) => member in (payload as object)),
    );
    expect(context.notes.dropped).toEqual([...paths, ...own]);
    const whole = wholeOf(recording, true).choices[0];
    expect(streamed.finishReasons).toEqual([whole.finish_reason]);
    expect(streamed.content ?? "").toBe(whole.message.content ?? "");
  });

  it.each(streams)("not strict, from bytes, equal to the whole answer: $id", (recording) => {
    const plain = readWhole(wholeFromEvents(recording.response.events ?? []));
    const streamed = assembleChunks(sseFromBytes(recording, replyContext({ strict: false })));
    const whole = wholeOf(recording, false);
    const { message } = whole.choices[0];
    expect(streamed.isDone).toBe(true);
    expect(streamed.content ?? "").toBe(plain.text);
    expect(message.content).toBe(plain.text);
    expect(streamed.reasoning).toBe("");
    const thinking = [...streamed.blocks.values()].flatMap((block) => thinkingOf(block));
    expect(thinking).toEqual(plain.thinking);
    expect(streamed.citations).toEqual(plain.citations);
    expect(message.citations ?? []).toEqual(plain.citations);
    expect([...streamed.blocks.values()].flatMap((block) => block.citations ?? [])).toEqual(plain.citations);
    expect(streamed.toolCalls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown }))).toEqual(
      (message.tool_calls ?? []).map((call) => ({
        id: call.id,
        name: call.function.name,
        arguments: JSON.parse(call.function.arguments) as unknown,
      })),
    );
    expect(streamed.finishReasons).toEqual([plain.stopReason]);
    expect(streamed.usages).toEqual([whole.usage]);
    expect(streamed.chunks.at(-1)?.choices[0]?.finish_reason).toBe(plain.stopReason);
    expect(streamed.chunks.every((chunk) => chunk.provider === "bedrock")).toBe(true);
    expect(streamed.blocks.size).toBe(plain.blocks.length);
  });

  it.each(streams)("by parsed events, and cut every seven bytes, the same: $id", (recording) => {
    for (const strict of [true, false]) {
      const context = (): ReplyContext => replyContext({ strict, includeUsage: true });
      const fromBytes = sseFromBytes(recording, context());
      // Escapes may differ where AWS writes one that JavaScript does not; what a client reads may not.
      expect(assembleChunks(sseFromEvents(recording, context()))).toEqual(assembleChunks(fromBytes));
      expect(sseFromBytes(recording, context(), 7)).toBe(fromBytes);
    }
  });

  it.each(streams)("through OpenAI's SDK: $id", async (recording) => {
    for (const strict of [true, false]) {
      const sse = sseFromBytes(recording, replyContext({ strict, includeUsage: true }));
      const response = new Response(sse, { headers: { "content-type": "text/event-stream" } });
      const chunks = Stream.fromSSEResponse<SdkChunk>(response, new AbortController());
      const final = await ChatCompletionStream.fromReadableStream(chunks.toReadableStream()).finalChatCompletion();
      const plain = readWhole(wholeFromEvents(recording.response.events ?? []));
      const message = final.choices[0]?.message;
      expect(message?.content ?? "").toBe(plain.text);
      expect(message?.role).toBe("assistant");
      const calls = (message?.tool_calls ?? []).map((call) =>
        call.type === "function"
          ? { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }
          : call,
      );
      expect(calls).toEqual(plain.calls);
      expect(final.usage).toMatchObject(plainUsage(plain.usage));
    }
  });

  it.each(broken)("broken by AWS is an error event and no end: $id", async (recording) => {
    const sse = sseFromBytes(recording, replyContext());
    const streamed = assembleChunks(sse);
    const exception = recording.response.events?.find((event) => event.message_type === "exception");
    const words = exception?.payload["message"];
    expect(streamed.isDone).toBe(false);
    expect(streamed.finishReasons).toEqual([]);
    expect(streamed.errors).toHaveLength(1);
    expect(streamed.errors[0]).toMatchObject({
      error: {
        message: expect.stringContaining(String(words)) as string,
        type: openAiType[exception?.type ?? ""],
      },
    });
    const chunks = Stream.fromSSEResponse<SdkChunk>(new Response(sse), new AbortController());
    await expect(ChatCompletionStream.fromReadableStream(chunks.toReadableStream()).done()).rejects.toThrow(
      String(words).slice(0, 40),
    );
  });

  it.each(truncated)("ended by the connection is an error event and no end: $id", (recording) => {
    const streamed = assembleChunks(sseFromBytes(recording, replyContext()));
    expect(streamed.isDone).toBe(false);
    expect(streamed.errors).toHaveLength(1);
    expect(streamed.errors[0]).toMatchObject({ error: { code: "truncated_stream" } });
  });

  it.each(streams.slice(0, 10))("cut between any two frames is an error, never an end: $id", (recording) => {
    const events = recording.response.events ?? [];
    for (let kept = 0; kept < events.length; kept += 1) {
      let sse = "";
      const writer = new ChatStreamWriter(replyContext(), (text) => (sse += text));
      for (const { type, payload } of events.slice(0, kept)) {
        writer.onEvent({ ...payload, type } as unknown as ConverseStreamEvent);
      }
      expect(() => writer.end()).toThrow(expect.objectContaining({ code: "truncated_stream" }));
      expect(sse).not.toContain("[DONE]");
      expect(sse).not.toMatch(/"finish_reason":"/);
    }
  });
});

function thinkingOf(block: AssembledBlock): { text?: string; signature?: string; redacted?: string }[] {
  if (block.data !== undefined) return [{ redacted: block.data }];
  if (block.thinking === undefined && block.signature === undefined) return [];
  const { signature } = block;
  return [{ text: block.thinking ?? "", ...(signature === undefined ? {} : { signature }) }];
}
