import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { recordingsFolder } from "../../wire/testing/recordings.ts";
import { countsFromHeaders } from "../../converse/invocation-counts.ts";
import { nova } from "./nova.ts";
import { foldedReply } from "../testing/folded.ts";
import { nativeExchanges } from "../testing/native-exchanges.ts";
import { readStream } from "../testing/read-stream.ts";

const answers = nativeExchanges("InvokeModel", ["nova"]);
const streams = nativeExchanges("InvokeModelWithResponseStream", ["nova"]);

type NovaUsage = Record<string, number | undefined>;

function textOf(content: readonly ContentBlock[]): string {
  return content.map((block) => block.text ?? "").join("");
}

function callsOf(content: readonly ContentBlock[]): unknown[] {
  return content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [toolUse]));
}

describe("Nova's whole answers", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(answers.length).toBeGreaterThan(13);
  });

  it.each(answers)("keep everything: $id", ({ answer, headers, model }) => {
    const response = nova.response(answer, { model, request: {}, counts: countsFromHeaders(headers) });
    const { message } = answer["output"] as { message: { content: ContentBlock[] } };
    expect(response.output.message).toEqual({ role: "assistant", content: message.content });
    expect(response.stopReason).toBe(answer["stopReason"]);
    const usage = answer["usage"] as NovaUsage;
    expect(response.usage?.inputTokens).toBe(usage["inputTokens"]);
    expect(response.usage?.outputTokens).toBe(usage["outputTokens"]);
    expect(response.usage?.totalTokens).toBe(usage["totalTokens"] ?? usage["inputTokens"]! + usage["outputTokens"]!);
    expect(response.usage?.cacheReadInputTokens).toBe(usage["cacheReadInputTokenCount"]);
    expect(response.usage?.cacheWriteInputTokens).toBe(usage["cacheWriteInputTokenCount"]);
  });
});

describe("Nova's streams", () => {
  it.skipIf(recordingsFolder() === undefined)("are recorded in number (not run where ADIT_RECORDINGS has none)", () => {
    expect(streams.length).toBeGreaterThan(9);
  });

  it.each(streams)("keep everything, text that stands together in one block: $id", ({ chunks, model }) => {
    const { events, unfamiliar } = readStream(nova, model, chunks);
    const folded = foldedReply(events);
    type Piece = { delta: { text?: string } };
    const texts = chunks.map((chunk) => (chunk["contentBlockDelta"] as Piece | undefined)?.delta.text ?? "");
    expect(textOf(folded.content)).toBe(texts.join(""));
    expect(callsOf(folded.content)).toEqual(callsIn(chunks));
    const kinds = folded.content.map((block) => Object.keys(block)[0]);
    expect(kinds.filter((kind, index) => kind === "text" && kinds[index - 1] === "text")).toEqual([]);
    const stop = chunks.find((chunk) => chunk["messageStop"] !== undefined)!["messageStop"] as JsonObject;
    const isMasked = chunks.some((chunk) => chunk["amazon-bedrock-guardrailAction"] === "INTERVENED");
    expect(folded.stopReason).toBe(isMasked ? "guardrail_intervened" : stop["stopReason"]);
    const { usage } = chunks.at(-1)!["metadata"] as { usage: NovaUsage };
    expect(folded.usage).toEqual({
      inputTokens: usage["inputTokens"],
      outputTokens: usage["outputTokens"],
      totalTokens: usage["inputTokens"]! + usage["outputTokens"]!,
      cacheReadInputTokens: usage["cacheReadInputTokenCount"],
      cacheWriteInputTokens: usage["cacheWriteInputTokenCount"],
    });
    expect(unfamiliar).toEqual([]);
  });

  it.each(streams.slice(0, 3))(
    "are no success where they are cut before the model had ended: $id",
    ({ chunks, model }) => {
      const stopAt = chunks.findIndex((chunk) => chunk["messageStop"] !== undefined);
      for (let length = 0; length <= stopAt; length += 1) {
        expect(() => readStream(nova, model, chunks.slice(0, length))).toThrow(
          expect.objectContaining({ code: "truncated_stream" }),
        );
      }
    },
  );

  it.each(streams)("folded together are the whole form of the same content: $id", ({ chunks, model }) => {
    const folded = foldedReply(readStream(nova, model, chunks).events);
    const answer = {
      output: { message: { role: "assistant", content: folded.content } },
      stopReason: folded.stopReason,
    };
    const whole = nova.response(JSON.parse(JSON.stringify(answer)) as JsonObject, { model, request: {}, counts: {} });
    expect(whole.output.message.content).toEqual(folded.content);
  });
});

/** Calls by the numbers of Nova's own blocks. */
function callsIn(chunks: readonly JsonObject[]): object[] {
  type Started = { contentBlockIndex: number; start: { toolUse: { toolUseId: string; name: string } } };
  type Piece = { contentBlockIndex: number; delta: { toolUse?: { input: string } } };
  const pieces = chunks.flatMap((chunk) => (chunk["contentBlockDelta"] as Piece | undefined) ?? []);
  return chunks
    .flatMap((chunk) => (chunk["contentBlockStart"] as Started | undefined) ?? [])
    .map(({ contentBlockIndex, start }) => ({
      ...start.toolUse,
      input: JSON.parse(
        pieces
          .filter((piece) => piece.contentBlockIndex === contentBlockIndex)
          .map((piece) => piece.delta.toolUse?.input ?? "")
          .join(""),
      ) as unknown,
    }));
}
