/** What a connector's stream tells of its usage is what the same stream tells at Bedrock's own path. */
import { shippedPrices } from "@adit/bedrock";
import { expect, test } from "vitest";
import { chargeOf } from "../limits/charge/charge.ts";
import { ChunkEvents } from "./chunk-events.ts";

const place = { model: "us.anthropic.claude-sonnet-4-6", region: "us-east-1", route: "invoke" as const };
const creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1_000 };
const atStart = {
  input_tokens: 10,
  cache_creation_input_tokens: 1_000,
  cache_read_input_tokens: 0,
  cache_creation: creation,
  output_tokens: 1,
};
const compaction = { type: "compaction", input_tokens: 500, output_tokens: 50 };
const metrics = { inputTokenCount: 10, outputTokenCount: 7, cacheWriteInputTokenCount: 1_000 };
const chunks = [
  { type: "message_start", message: { usage: atStart } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 7, iterations: [compaction] } },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": metrics },
].map((chunk) => JSON.stringify(chunk));

function streamed(count: number): ChunkEvents {
  const events = new ChunkEvents(() => {});
  for (const chunk of chunks.slice(0, count)) events.onChunk(chunk);
  return events;
}

test("Claude's cache of an hour, and what a compaction took, are priced as such", () => {
  const events = streamed(4);
  events.end();
  expect(events.stopReason).toBe("end_turn");
  // $3, $15 and for an hour's cache $6 a million: the metrics alone have neither the hour nor the compaction.
  const { costNano } = chargeOf(events.usage, place, shippedPrices());
  expect(costNano).toBe(510n * 3_000n + 57n * 15_000n + 1_000n * 6_000n);
});

test("one that breaks has told its input", () => {
  const events = streamed(2);
  expect(() => events.end()).toThrow(/last chunk/);
  expect(events.usageAtStart).toMatchObject({ inputTokens: 10, cacheWriteInputTokens: 1_000 });
});
