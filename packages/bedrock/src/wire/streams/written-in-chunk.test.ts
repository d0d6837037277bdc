/** What a native stream has shown so far, against what the family's own reader makes of the same chunks. */
import { expect, test } from "vitest";
import type { ContentBlockDelta, ConverseStreamEvent } from "../../converse/stream-events.ts";
import { familyOf } from "../../families/family-of.ts";
import { nativeExchanges, type NativeExchange } from "../../families/testing/native-exchanges.ts";
import { writtenInChunk } from "./written-in-chunk.ts";

/** As the chunks write them, without what ends the stream: it may have broken before. */
function bytesRead({ model, chunks }: NativeExchange): number {
  let bytes = 0;
  const onEvent = (event: ConverseStreamEvent): void => {
    if (event.type === "contentBlockDelta") bytes += Buffer.byteLength(JSON.stringify(textOf(event.delta))) - 2;
  };
  const stream = familyOf(model)?.stream(onEvent, { model, request: {}, counts: {} });
  for (const chunk of chunks) stream?.chunk(chunk);
  return bytes;
}

function textOf({ text, toolUse, reasoningContent }: ContentBlockDelta): string {
  return text ?? toolUse?.input ?? reasoningContent?.text ?? "";
}

test("each family's text counts, however short its pieces are", () => {
  const streams = nativeExchanges("InvokeModelWithResponseStream")
    .map((exchange) => ({ exchange, read: bytesRead(exchange) }))
    .filter(({ read }) => read > 0);
  expect(streams.length).toBeGreaterThan(15);
  for (const { exchange, read } of streams) {
    const counted = exchange.chunks.reduce((sum, chunk) => sum + writtenInChunk(JSON.stringify(chunk)), 0);
    expect(counted, exchange.id).toBeGreaterThanOrEqual(read);
    // Cohere's last chunk repeats the text; where a text holds its thoughts between tags, these count too.
    expect(counted, exchange.id).toBeLessThanOrEqual(2 * read);
  }
});

test.each([
  '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"早安"}}',
  '{"outputText":"早安","index":0}',
])("text counts by its bytes, as what is asked does: %s", (chunk) => {
  expect(writtenInChunk(chunk)).toBe(6);
});
