import { MessageStream } from "@anthropic-ai/sdk/lib/MessageStream";
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { ConverseResponse, TokenUsage } from "../../converse/response.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { recordingsFolder } from "../../wire/testing/recordings.ts";
import { anthropicText } from "../text-prompt/anthropic-text.ts";
import { countsFromHeaders } from "../../converse/invocation-counts.ts";
import { foldedReply } from "../testing/folded.ts";
import { nativeExchanges } from "../testing/native-exchanges.ts";
import { readStream } from "../testing/read-stream.ts";
import { anthropic } from "./anthropic.ts";

const hasText = (part: JsonObject): boolean => typeof part["completion"] === "string";
const answers = nativeExchanges("InvokeModel", ["anthropic"]);
const messages = answers.filter(({ answer }) => !hasText(answer));
const streams = nativeExchanges("InvokeModelWithResponseStream", ["anthropic"]);
// The one whose recorder left out the end of the stream.
const endless = streams.filter(({ chunks }) => chunks.at(-1)?.["type"] === "content_block_stop");
const messageStreams = streams.filter(
  ({ chunks, id }) => !hasText(chunks[0]!) && !endless.some((one) => one.id === id),
);

/** What a native answer says, read from its JSON. */
function plainly(answer: JsonObject): object {
  const blocks = (answer["content"] as JsonObject[]).filter(isJsonObject);
  const ofType = (type: string): JsonObject[] => blocks.filter((block) => block["type"] === type);
  return {
    text: ofType("text")
      .map((block) => block["text"] as string)
      .join(""),
    calls: ofType("tool_use").map(({ id, name, input }) => ({ id, name, input })),
    thinking: ofType("thinking").map(({ thinking, signature }) => ({ thinking, signature })),
    redacted: ofType("redacted_thinking").map(({ data }) => data),
    citations: ofType("text")
      .flatMap(({ citations }) => (citations ?? []) as JsonObject[])
      .map((one) => one["cited_text"]),
  };
}

/** The same of Converse's blocks. */
function plainlyOfConverse(content: readonly ContentBlock[]): object {
  const citations = content.flatMap((block) => block.citationsContent?.citations ?? []);
  return {
    text: content
      .map((block) => block.text ?? block.citationsContent?.content?.map((part) => part.text).join("") ?? "")
      .join(""),
    calls: content.flatMap(({ toolUse }) =>
      toolUse === undefined ? [] : [{ id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input }],
    ),
    thinking: content.flatMap(({ reasoningContent }) => {
      const text = reasoningContent?.reasoningText;
      return text === undefined ? [] : [{ thinking: text.text, signature: text.signature }];
    }),
    redacted: content.flatMap(({ reasoningContent }) => {
      const redacted = reasoningContent?.redactedContent;
      return redacted === undefined ? [] : [Buffer.from(redacted, "base64").toString()];
    }),
    citations: citations.map((citation) => citation.sourceContent?.map((part) => part.text).join("")),
  };
}

/** Usage by Anthropic's own rules, from the native figures. */
function plainUsage(usage: Record<string, unknown>): Omit<TokenUsage, "cacheDetails"> {
  const figure = (name: string): number | undefined => usage[name] as number | undefined;
  const [input, output] = [figure("input_tokens")!, figure("output_tokens")!];
  const [read, written] = [figure("cache_read_input_tokens"), figure("cache_creation_input_tokens")];
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output + (read ?? 0) + (written ?? 0),
    ...(typeof read === "number" && { cacheReadInputTokens: read }),
    ...(typeof written === "number" && { cacheWriteInputTokens: written }),
  };
}

function isIntervened(part: JsonObject): boolean {
  return part["amazon-bedrock-guardrailAction"] === "INTERVENED";
}

describe("whole answers of Claude", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(messages.length).toBeGreaterThan(120);
    expect(answers.length - messages.length).toBeGreaterThan(2);
  });

  it.each(messages)("keep everything: $id", ({ answer, headers, model }) => {
    const counts = countsFromHeaders(headers);
    const response: ConverseResponse = anthropic.response(answer, { model, request: {}, counts });
    expect(plainlyOfConverse(response.output.message.content)).toEqual(plainly(answer));
    expect(response.stopReason).toBe(isIntervened(answer) ? "guardrail_intervened" : answer["stop_reason"]);
    const { cacheDetails, ...usage } = response.usage!;
    expect(usage).toEqual(plainUsage(answer["usage"] as Record<string, unknown>));
    const writes = (cacheDetails ?? []).reduce((sum, write) => sum + write.inputTokens, 0);
    expect([0, usage.cacheWriteInputTokens]).toContain(writes);
    const latency = headers["x-amzn-bedrock-invocation-latency"];
    expect(response.metrics?.latencyMs).toBe(latency === undefined ? undefined : Number(latency));
  });

  it.each(answers.filter(({ answer }) => hasText(answer)))("of the text API keep everything: $id", (exchange) => {
    const { answer, headers, model } = exchange;
    const response = anthropicText.response(answer, { model, request: {}, counts: countsFromHeaders(headers) });
    expect(response.output.message.content).toEqual([{ text: answer["completion"] }]);
    // Each of them ended by itself: the marker of a human turn is no stop that was asked for.
    expect([answer["stop"], response.stopReason]).toEqual(["\n\nHuman:", "end_turn"]);
    const input = headers["x-amzn-bedrock-input-token-count"];
    expect(response.usage?.inputTokens).toBe(input === undefined ? undefined : Number(input));
  });
});

describe("streams of Claude", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(messageStreams.length).toBeGreaterThan(60);
    expect(endless).toHaveLength(1);
  });

  it.each(messageStreams)("say what Anthropic's SDK makes of them: $id", async ({ chunks, model }) => {
    const { events, unfamiliar } = readStream(anthropic, model, chunks);
    const folded = foldedReply(events);
    const message = (await assembledBySdk(chunks)) as unknown as JsonObject;
    expect(plainlyOfConverse(folded.content)).toEqual(plainly(message));
    const stopReason = chunks.some(isIntervened) ? "guardrail_intervened" : message["stop_reason"];
    expect(folded.stopReason).toBe(stopReason);
    expect(folded.usage).toMatchObject(plainUsage(message["usage"] as Record<string, unknown>));
    expect(unfamiliar).toEqual([]);
    // The same content in the whole form is the same in Converse's.
    const whole = anthropic.response(message, { model, request: {}, counts: {} });
    expect(folded.content).toEqual(whole.output.message.content);
    expect(folded.usage).toEqual(whole.usage);
    expect(folded.latencyMs).toBe(metricsIn(chunks)?.["invocationLatency"]);
  });

  it.each(messageStreams)("come in the model's own pieces: $id", ({ chunks, model }) => {
    const { events } = readStream(anthropic, model, chunks);
    const pieces = chunks.flatMap(({ delta }) => {
      const { text, partial_json: json, thinking } = (delta ?? {}) as JsonObject;
      // An empty piece of text says nothing; one of arguments is the call's first.
      return [text || undefined, json, thinking || undefined].filter((piece) => typeof piece === "string");
    });
    const told = events.flatMap((event) => {
      if (event.type !== "contentBlockDelta") return [];
      const { text, toolUse, reasoningContent } = event.delta;
      return [text, toolUse?.input, reasoningContent?.text].filter((piece) => typeof piece === "string");
    });
    expect(told).toEqual(pieces);
  });

  it.each(streams.filter(({ chunks }) => hasText(chunks[0]!)))("of the text API keep everything: $id", (exchange) => {
    const { events, unfamiliar } = readStream(anthropicText, exchange.model, exchange.chunks);
    const folded = foldedReply(events);
    const text = exchange.chunks.map((chunk) => chunk["completion"] as string).join("");
    expect(folded.content).toEqual(text === "" ? [] : [{ text }]);
    expect(folded.stopReason).toBe("end_turn");
    const metrics = metricsIn(exchange.chunks)!;
    expect([folded.usage?.inputTokens, folded.usage?.outputTokens]).toEqual([
      metrics["inputTokenCount"],
      metrics["outputTokenCount"],
    ]);
    expect(unfamiliar).toEqual([]);
  });

  it.each(endless)("that end before the model has are no success: $id", ({ chunks, model }) => {
    expect(() => readStream(anthropic, model, chunks)).toThrow(expect.objectContaining({ code: "truncated_stream" }));
  });

  it.each(messageStreams.slice(0, 5))(
    "are no success where they are cut between two chunks: $id",
    ({ chunks, model }) => {
      for (let length = 0; length < chunks.length; length += 1) {
        expect(() => readStream(anthropic, model, chunks.slice(0, length))).toThrow(
          expect.objectContaining({ code: "truncated_stream" }),
        );
      }
    },
  );
});

function metricsIn(chunks: readonly JsonObject[]): JsonObject | undefined {
  return chunks.at(-1)?.["amazon-bedrock-invocationMetrics"] as JsonObject | undefined;
}

/** Anthropic's own assembly of the events; it takes them as lines of JSON. */
async function assembledBySdk(chunks: readonly JsonObject[]): Promise<object> {
  const usage = { output_tokens: 0 };
  const lines = chunks.map((chunk) => JSON.stringify(chunk["type"] === "message_delta" ? { usage, ...chunk } : chunk));
  return MessageStream.fromReadableStream(
    new ReadableStream({
      start(controller) {
        for (const line of lines) controller.enqueue(new TextEncoder().encode(`${line}\n`));
        controller.close();
      },
    }),
  ).finalMessage();
}
