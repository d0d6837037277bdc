/** Every recorded answer of Claude's through InvokeModel reaches the caller as AWS wrote it. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../json.ts";
import { EventStreamDecoder } from "../../../wire/event-stream/decoder.ts";
import { recordingsOf, type Recording } from "../../../wire/testing/recordings.ts";
import { readNativeAnswer } from "./response.ts";
import { NativeMessagesStream } from "./stream.ts";
import { messageBySdk } from "../testing/sdk-message.ts";
import { eventsOf } from "../testing/sse-events.ts";

const metrics = "amazon-bedrock-invocationMetrics";

function ofClaude(operation: string): Recording[] {
  return recordingsOf(operation)
    .filter(({ model_id: model, response }) => model.includes("claude") && response.status === 200)
    .filter(({ request }) => (request.body as JsonObject | undefined)?.["prompt"] === undefined);
}

const wholes = ofClaude("InvokeModel").filter(({ response }) => "content" in (response.body_json as object));

/** The chunks of a recorded stream, as text. */
function chunksOf({ response }: Recording): string[] {
  const chunks: string[] = [];
  new EventStreamDecoder().push(Buffer.from(response.body_base64 ?? "", "base64"), (frame) => {
    const { bytes } = JSON.parse(frame.text()) as { bytes: string };
    chunks.push(Buffer.from(bytes, "base64").toString("utf8"));
  });
  return chunks;
}

const begun = ofClaude("InvokeModelWithResponseStream").filter((recording) =>
  chunksOf(recording)[0]?.includes("message_start"),
);
const isWhole = (recording: Recording): boolean => chunksOf(recording).some((chunk) => chunk.includes("message_stop"));
const streams = begun.filter((recording) => isWhole(recording));
const broken = begun.filter((recording) => !isWhole(recording));

function sent(chunks: readonly string[]): { sse: string; writer: NativeMessagesStream } {
  let sse = "";
  const writer = new NativeMessagesStream((text) => (sse += text));
  for (const chunk of chunks) writer.onChunk(chunk);
  writer.end();
  return { sse, writer };
}

/** What the events say, put together in the plainest way. */
function plainMessage(chunks: readonly string[]): { text: string; tools: string; thinking: string; signature: string } {
  const plain = { text: "", tools: "", thinking: "", signature: "" };
  for (const { delta } of chunks.map((chunk) => JSON.parse(chunk) as { delta?: Record<string, string> })) {
    plain.text += delta?.["text"] ?? "";
    plain.tools += delta?.["partial_json"] ?? "";
    plain.thinking += delta?.["thinking"] ?? "";
    plain.signature += delta?.["signature"] ?? "";
  }
  return plain;
}

describe.skipIf(wholes.length === 0)("whole answers of Claude (run where ADIT_RECORDINGS is found)", () => {
  it("are recorded in number", () => {
    expect(wholes.length).toBeGreaterThan(120);
    expect(streams.length).toBeGreaterThan(60);
  });

  it.each(wholes)("tell the ledger their stop reason and usage: $id", ({ response }) => {
    const answer = response.body_json as { stop_reason: string; usage?: Record<string, number> };
    const read = readNativeAnswer(JSON.stringify(answer));
    expect(read.stopReason).toBe(answer.stop_reason);
    expect([read.usage?.inputTokens, read.usage?.outputTokens]).toEqual([
      answer.usage?.["input_tokens"],
      answer.usage?.["output_tokens"],
    ]);
  });

  const counted = wholes.filter(({ response: { headers, body_json: body } }) => {
    const { usage } = body as { usage?: object };
    return headers["x-amzn-bedrock-input-token-count"] !== undefined && Object.keys(usage ?? {}).length > 0;
  });
  it.each(counted)("count as AWS's headers do: $id", ({ response: { body_json: body, headers } }) => {
    const { usage } = readNativeAnswer(JSON.stringify(body));
    const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage ?? {};
    const header = (name: string, absent: number): number =>
      Number(headers[`x-amzn-bedrock-${name}-token-count`] ?? absent);
    expect([inputTokens, outputTokens]).toEqual([header("input", -1), header("output", -1)]);
    expect(cacheReadInputTokens).toBe(header("cache-read-input", cacheReadInputTokens));
    expect(usage?.totalTokens).toBe(inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens);
  });
});

describe.skipIf(streams.length === 0)("streams of Claude (run where ADIT_RECORDINGS is found)", () => {
  it.each(streams)(
    "are AWS's chunks but for its metrics, and a usage that a guardrail's end lacks: $id",
    (recording) => {
      const chunks = chunksOf(recording);
      expect(chunks).toHaveLength(recording.frames ?? -1);
      const { sse, writer } = sent(chunks);
      const events = eventsOf(sse);
      const expected = chunks.map((chunk) => {
        const { [metrics]: _metrics, ...rest } = JSON.parse(chunk) as JsonObject;
        return rest;
      });
      const lacksUsage = (chunk: JsonObject): boolean =>
        chunk["type"] === "message_delta" && chunk["usage"] === undefined;
      expect(events.map(({ data }) => data)).toEqual(
        expected.map((chunk) => (lacksUsage(chunk) ? { ...chunk, usage: { output_tokens: 0 } } : chunk)),
      );
      expect(events.map(({ name }) => name)).toEqual(expected.map(({ type }) => type));
      // Every other chunk but the last is AWS's text, letter for letter.
      const untouched = chunks.filter((text) => !text.includes(metrics) && !lacksUsage(JSON.parse(text) as JsonObject));
      for (const chunk of untouched) expect(sse).toContain(`data: ${chunk}\n\n`);
      // Claude's own counts; AWS's metrics of a stream count less where it thinks or calls tools, those of a whole answer do not.
      const said = (type: string): Record<string, number> | undefined => {
        const event = expected.find((candidate) => candidate["type"] === type) as JsonObject;
        return ((event["message"] ?? event) as { usage?: Record<string, number> }).usage;
      };
      const [atStart, atEnd] = [said("message_start"), said("message_delta")];
      const isTold = atEnd?.["output_tokens"] !== undefined;
      expect(writer.usage?.inputTokens).toBe(isTold ? atStart?.["input_tokens"] : undefined);
      expect(writer.usage?.outputTokens).toBe(atEnd?.["output_tokens"]);
      const delta = expected.find(({ type }) => type === "message_delta")?.["delta"] as JsonObject;
      const isBlocked = expected.some((chunk) => chunk["amazon-bedrock-guardrailAction"] === "INTERVENED");
      expect(writer.stopReason).toBe(isBlocked ? "guardrail_intervened" : delta["stop_reason"]);
      expect([...writer.unfamiliar]).toEqual([]);
      const plain = plainMessage(chunks);
      const text = JSON.stringify(plain.text).slice(1, -1);
      expect(writer.outputBytes).toBe(Buffer.byteLength(text + plain.tools + plain.thinking));
    },
  );

  it.each(broken)("that were recorded in part are no ends: $id", (recording) => {
    expect(() => sent(chunksOf(recording))).toThrow(expect.objectContaining({ code: "truncated_stream" }));
  });

  it.each(streams.slice(0, 12))("cut anywhere between two chunks are an error, never an end: $id", (recording) => {
    const chunks = chunksOf(recording);
    for (let kept = 0; kept < chunks.length; kept += 1) {
      expect(() => sent(chunks.slice(0, kept))).toThrow(expect.objectContaining({ code: "truncated_stream" }));
    }
  });

  it.each(streams.slice(0, 25))("through Anthropic's SDK: $id", async (recording) => {
    const chunks = chunksOf(recording);
    const { sse } = sent(chunks);
    if (!chunks.some((chunk) => chunk.includes('"usage":{"output_tokens"'))) return;
    const message = await messageBySdk(sse);
    const plain = plainMessage(chunks);
    const texts = message.content.map((block) => (block.type === "text" ? block.text : ""));
    expect(texts.join("")).toBe(plain.text);
    const thinking = message.content.filter((block) => block.type === "thinking");
    expect(thinking.map((block) => block.signature).join("")).toBe(plain.signature);
    const input = message.content.flatMap((block) => (block.type === "tool_use" ? [block.input] : []));
    expect(input.length > 0).toBe(message.stop_reason === "tool_use");
  });
});
