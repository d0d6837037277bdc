/** Native answers of the families of open weights, recorded and written: what Converse's form keeps is read a second time from the JSON itself. */
import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../converse/content.ts";
import type { JsonObject } from "../json.ts";
import { chunksOf } from "../wire/testing/native-chunks.ts";
import { exchangesOf, isTruncated, recordingsFolder, type Recording } from "../wire/testing/recordings.ts";
import { foldedReply } from "./testing/folded.ts";
import { objectIn, readNativeAnswer, type NativeReading } from "./testing/native-reading.ts";
import { familyFor, isOpenFamily, replyContext, streamed } from "./testing/open-families.ts";
import { wholeOfChunks } from "./testing/whole-of-chunks.ts";
import type { InvocationCounts } from "../converse/invocation-counts.ts";

const answered = (operation: string): Recording[] =>
  exchangesOf(operation).filter(
    (exchange) => exchange.response.status === 200 && isOpenFamily(exchange.model_id) && !isTruncated(exchange),
  );
const wholes = answered("InvokeModel");
const streams = answered("InvokeModelWithResponseStream");

/** What Converse says, in the form in which native answers are read. */
function readingOf(
  content: ContentBlock[],
  stop: string,
  usage: { inputTokens: number; outputTokens: number } | undefined,
): NativeReading {
  return {
    text: content.map((block) => block.text ?? "").join(""),
    thinking: content.flatMap(({ reasoningContent }) =>
      reasoningContent === undefined ? [] : [{ ...reasoningContent.reasoningText }],
    ),
    calls: content.flatMap(({ toolUse }) =>
      toolUse === undefined ? [] : [{ id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input }],
    ),
    stop,
    usage: usage && { input: usage.inputTokens, output: usage.outputTokens },
  };
}

function headerCount(exchange: Recording, name: string): number | undefined {
  const value = exchange.response.headers[`x-amzn-bedrock-${name}`];
  return value === undefined ? undefined : Number(value);
}

/** The figures of the headers. */
function figuresOf(exchange: Recording): [unknown, unknown] {
  return [headerCount(exchange, "input-token-count"), headerCount(exchange, "output-token-count")];
}

describe("whole answers", () => {
  it.skipIf(recordingsFolder() === undefined)("are found in number", () => {
    expect(wholes.length).toBeGreaterThan(35);
    expect(streams.length).toBeGreaterThan(20);
  });

  it.each(wholes)("$id keeps text, reasoning, tools, stop reason and usage", (exchange) => {
    const answer = exchange.response.body_json as JsonObject;
    const counts = Object.fromEntries(
      Object.entries({
        inputTokens: headerCount(exchange, "input-token-count"),
        outputTokens: headerCount(exchange, "output-token-count"),
        latency: headerCount(exchange, "invocation-latency"),
      }).filter(([, count]) => count !== undefined),
    ) as InvocationCounts;
    const reply = familyFor(exchange.model_id).response(answer, replyContext(exchange.model_id, { counts }));
    expect(readingOf(reply.output.message.content, reply.stopReason, reply.usage)).toEqual(
      readNativeAnswer(answer, figuresOf(exchange)),
    );
    expect(reply.metrics?.latencyMs).toBe(counts.latency);
    expect("usage" in reply).toBe(reply.usage !== undefined);
  });
});

describe("streams", () => {
  it.each(streams)("$id keeps what its chunks say, in Converse's order", (exchange) => {
    const chunks = chunksOf(exchange);
    const whole = wholeOfChunks(chunks);
    const metrics = objectIn(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]);
    const { events, stream } = streamed(exchange.model_id, chunks);
    const folded = foldedReply(events);
    expect(readingOf(folded.content, folded.stopReason, folded.usage)).toEqual(
      readNativeAnswer(whole, [metrics["inputTokenCount"], metrics["outputTokenCount"]]),
    );
    expect(folded.latencyMs).toBe(metrics["invocationLatency"]);
    expect([...stream.unfamiliar]).toEqual([]);
    // The same content, whole.
    const reply = familyFor(exchange.model_id).response(whole, replyContext(exchange.model_id));
    expect(folded.content).toEqual(reply.output.message.content);
    expect(folded.stopReason).toBe(reply.stopReason);
  });

  it.each(streams)("$id gives its first words with the chunk that has them", (exchange) => {
    const chunks = chunksOf(exchange);
    const says = (chunk: JsonObject): boolean =>
      JSON.stringify(chunk).match(
        /"(?:text|content|generation|reasoning_content|reasoning)":"(?:<reasoning>)?[^"<]{2}/,
      ) !== null;
    const place = chunks.findIndex(says);
    const { events } = streamed(exchange.model_id, chunks.slice(0, place + 1), { isEnded: false });
    expect(place).toBeGreaterThanOrEqual(0);
    expect(events.some(({ type }) => type === "contentBlockDelta")).toBe(true);
  });

  it.each(streams)("$id cut before its last chunks is not whole", (exchange) => {
    const chunks = chunksOf(exchange);
    const ends = chunks.findIndex((chunk) => /"(?:stop|finish)_reason":"/.test(JSON.stringify(chunk)));
    expect(() => streamed(exchange.model_id, chunks.slice(0, ends))).toThrow(
      expect.objectContaining({ code: "truncated_stream" }) as Error,
    );
  });
});
