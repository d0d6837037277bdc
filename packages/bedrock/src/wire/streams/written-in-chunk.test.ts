/** What a native stream has shown so far, against what the family's own reader makes of the same chunks. */
import { expect, test } from "vitest";
import type { ContentBlockDelta, ConverseStreamEvent } from "../../converse/stream-events.ts";
import { familyOf } from "../../families/family-of.ts";
import { nativeExchanges, type NativeExchange } from "../../families/testing/native-exchanges.ts";
import { writtenInChunk } from "./written-in-chunk.ts";

/** As the chunks write them, without what ends the stream: it may have broken before. */
function charactersRead({ model, chunks }: NativeExchange): number {
  let characters = 0;
  const onEvent = (event: ConverseStreamEvent): void => {
    if (event.type === "contentBlockDelta") characters += JSON.stringify(textOf(event.delta)).length - 2;
  };
  const stream = familyOf(model)?.stream(onEvent, { model, request: {}, counts: {} });
  for (const chunk of chunks) stream?.chunk(chunk);
  return characters;
}

function textOf({ text, toolUse, reasoningContent }: ContentBlockDelta): string {
  return text ?? toolUse?.input ?? reasoningContent?.text ?? "";
}

test("each family's text counts, however short its pieces are", () => {
  const streams = nativeExchanges("InvokeModelWithResponseStream")
    .map((exchange) => ({ exchange, read: charactersRead(exchange) }))
    .filter(({ read }) => read > 0);
  expect(streams.length).toBeGreaterThan(15);
  for (const { exchange, read } of streams) {
    const counted = exchange.chunks.reduce((sum, chunk) => sum + writtenInChunk(JSON.stringify(chunk)), 0);
    expect(counted, exchange.id).toBeGreaterThanOrEqual(read);
    // Cohere's last chunk repeats the text; where a text holds its thoughts between tags, these count too.
    expect(counted, exchange.id).toBeLessThanOrEqual(2 * read);
  }
});
