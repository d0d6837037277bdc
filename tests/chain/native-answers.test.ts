/**
 * The whole way back: every answer of InvokeModel and of its stream, recorded or written, becomes Converse's by its family and then every
 * dialect's, whole and streamed. What must be left of it at the end is read from the native JSON, by code of the tests alone.
 */
import { describe, expect, it } from "vitest";
import { streamEventsFromResponse } from "../../packages/bedrock/src/dialects/translation/answers/stream-from-response.ts";
import { anthropic } from "../../packages/bedrock/src/families/anthropic/anthropic.ts";
import { familyOf } from "../../packages/bedrock/src/families/family-of.ts";
import type { Family } from "../../packages/bedrock/src/families/family.ts";
import { countsFromHeaders } from "../../packages/bedrock/src/converse/invocation-counts.ts";
import { nativeExchanges, type NativeExchange } from "../../packages/bedrock/src/families/testing/native-exchanges.ts";
import {
  objectIn,
  readNativeAnswer,
  type NativeReading,
} from "../../packages/bedrock/src/families/testing/native-reading.ts";
import { readStream } from "../../packages/bedrock/src/families/testing/read-stream.ts";
import { wholeOfChunks } from "../../packages/bedrock/src/families/testing/whole-of-chunks.ts";
import { recordingsFolder } from "../../packages/bedrock/src/wire/testing/recordings.ts";
import { dialects, namedAsDropped } from "./dialects.ts";

const wholes = nativeExchanges("InvokeModel").filter(({ model }) => familyOf(model) !== undefined);
const streams = nativeExchanges("InvokeModelWithResponseStream").filter(({ model }) => familyOf(model) !== undefined);
/** The one whose recorder left out the end: it is no answer (anthropic.recorded.test.ts). */
const ended = streams.filter(({ chunks }) => chunks.at(-1)?.["type"] !== "content_block_stop");

/** Claude 2's recorded answers are in both of its forms. */
function familyFor({ model, answer, chunks }: NativeExchange): Family {
  const isMessage = "content" in answer || chunks[0]?.["type"] === "message_start";
  return isMessage ? anthropic : familyOf(model)!;
}

/** What the native JSON and AWS's headers say. */
function readWhole({ answer, headers }: NativeExchange): NativeReading {
  const count = (name: string): number | undefined => {
    const value = headers[`x-amzn-bedrock-${name}-token-count`];
    return value === undefined ? undefined : Number(value);
  };
  return readNativeAnswer(answer, [count("input"), count("output")]);
}

function readChunks({ chunks }: NativeExchange): NativeReading {
  const metrics = objectIn(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]);
  return readNativeAnswer(wholeOfChunks(chunks), [metrics["inputTokenCount"], metrics["outputTokenCount"]]);
}

it.skipIf(recordingsFolder() === undefined)(
  "there are answers in number (not run where ADIT_RECORDINGS has none)",
  () => {
    expect(wholes.length).toBeGreaterThan(190);
    expect(ended.length).toBeGreaterThan(100);
    expect(streams.length - ended.length).toBe(1);
  },
);

it("the written ones are of every family that has a native form", () => {
  const families = new Set([...wholes, ...streams].map(({ model }) => model.family));
  expect(families.size).toBe(19);
});

describe.each(dialects)("by $name", (dialect) => {
  it.each(wholes)("the answer of $id", async (exchange) => {
    const { answer, headers, model } = exchange;
    const response = familyFor(exchange).response(answer, { model, request: {}, counts: countsFromHeaders(headers) });
    const kept = dialect.expected(readWhole(exchange));
    expect(dialect.whole(response)).toEqual(kept);
    expect(await dialect.streamed(streamEventsFromResponse(response))).toEqual(kept);
  });

  it.each(ended)("the stream of $id", async (exchange) => {
    const { events } = readStream(familyFor(exchange), exchange.model, exchange.chunks);
    expect(await dialect.streamed(events)).toEqual(dialect.expected(readChunks(exchange)));
  });
});

it.each(wholes)("a completion names what it has no place for: $id", (exchange) => {
  const { answer, headers, model } = exchange;
  const response = familyFor(exchange).response(answer, { model, request: {}, counts: countsFromHeaders(headers) });
  const { calls, thinking } = readWhole(exchange);
  const named = namedAsDropped(response).filter((path) => /reasoningContent|toolUse$/.test(path));
  expect(named).toHaveLength(calls.length + thinking.length);
});
