import { describe, expect, it } from "vitest";
import type { ContentBlock } from "../../../converse/content.ts";
import { streamEventsFromResponse } from "./stream-from-response.ts";

const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 };

function eventsOf(content: ContentBlock[]): unknown[] {
  const events = streamEventsFromResponse({
    output: { message: { role: "assistant", content } },
    stopReason: "end_turn",
    usage,
  });
  return events.slice(1, -2);
}

describe("a whole answer as a stream", () => {
  it("begins and ends as AWS's streams do, and loses no member", () => {
    const events = streamEventsFromResponse({
      output: { message: { role: "assistant", content: [] } },
      stopReason: "max_tokens",
      usage,
      metrics: { latencyMs: 7 },
      additionalModelResponseFields: { stop_sequence: "x" },
      trace: { guardrail: {} },
      performanceConfig: { latency: "optimized" },
      serviceTier: { type: "flex" },
    });
    expect(events).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "messageStop", stopReason: "max_tokens", additionalModelResponseFields: { stop_sequence: "x" } },
      {
        type: "metadata",
        usage,
        metrics: { latencyMs: 7 },
        trace: { guardrail: {} },
        performanceConfig: { latency: "optimized" },
        serviceTier: { type: "flex" },
      },
    ]);
  });

  it("starts only the blocks that AWS starts, and writes a tool's input as JSON text", () => {
    expect(
      eventsOf([{ text: "Hi" }, { toolUse: { toolUseId: "t1", name: "f", input: { a: "é" }, type: "tool_use" } }]),
    ).toEqual([
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "Hi" } },
      { type: "contentBlockStop", contentBlockIndex: 0 },
      {
        type: "contentBlockStart",
        contentBlockIndex: 1,
        start: { toolUse: { toolUseId: "t1", name: "f", type: "tool_use" } },
      },
      { type: "contentBlockDelta", contentBlockIndex: 1, delta: { toolUse: { input: '{"a":"é"}' } } },
      { type: "contentBlockStop", contentBlockIndex: 1 },
    ]);
  });

  it("writes the input of a call without arguments as the whole answer does", () => {
    const inputs = [{}, "", null].flatMap((input) =>
      eventsOf([{ toolUse: { toolUseId: "t1", name: "f", input } }]).slice(1, 2),
    );
    expect(inputs).toEqual(
      [1, 2, 3].map(() => ({ type: "contentBlockDelta", contentBlockIndex: 0, delta: { toolUse: { input: "{}" } } })),
    );
  });

  it("streams thinking with its signature, redacted thinking, and citations before their text", () => {
    const citation = { title: "policy" };
    const deltas = eventsOf([
      { reasoningContent: { reasoningText: { text: "Hm", signature: "s+/=" } } },
      { reasoningContent: { redactedContent: "RXFR" } },
      { citationsContent: { content: [{ text: "20 days" }], citations: [citation] } },
    ]).filter((event) => (event as { type: string }).type === "contentBlockDelta");
    expect(deltas).toEqual([
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm" } } },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { signature: "s+/=" } } },
      { type: "contentBlockDelta", contentBlockIndex: 1, delta: { reasoningContent: { redactedContent: "RXFR" } } },
      { type: "contentBlockDelta", contentBlockIndex: 2, delta: { citation } },
      { type: "contentBlockDelta", contentBlockIndex: 2, delta: { text: "20 days" } },
    ]);
  });

  it("streams results, images and unknown blocks whole", () => {
    const hologram = { hologram: { depth: 3 } };
    expect(
      eventsOf([
        { toolResult: { toolUseId: "t1", content: [{ json: { n: 1 } }], status: "success", type: "x_result" } },
        { image: { format: "png", source: { bytes: "AAAA" } } },
        hologram as unknown as ContentBlock,
      ]).filter((event) => (event as { type: string }).type !== "contentBlockStop"),
    ).toEqual([
      {
        type: "contentBlockStart",
        contentBlockIndex: 0,
        start: { toolResult: { toolUseId: "t1", status: "success", type: "x_result" } },
      },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { toolResult: [{ json: { n: 1 } }] } },
      { type: "contentBlockStart", contentBlockIndex: 1, start: { image: { format: "png" } } },
      { type: "contentBlockDelta", contentBlockIndex: 1, delta: { image: { source: { bytes: "AAAA" } } } },
      { type: "contentBlockDelta", contentBlockIndex: 2, delta: hologram },
    ]);
  });
});
