import { describe, expect, it } from "vitest";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import { EventWriter } from "./event-writer.ts";

function written(write: (writer: EventWriter) => void): ConverseStreamEvent[] {
  const events: ConverseStreamEvent[] = [];
  write(new EventWriter((event) => events.push(event)));
  return events;
}

describe("Converse's events", () => {
  it("hold no arguments of a tool that nobody called", () => {
    for (const before of [
      (): void => undefined,
      (writer: EventWriter): void => writer.text("a"),
      (writer: EventWriter): void => {
        writer.toolStart({ toolUseId: "1", name: "f" });
        writer.closeBlock();
      },
    ]) {
      expect(() =>
        written((writer) => {
          before(writer);
          writer.toolInput("{}");
        }),
      ).toThrow(expect.objectContaining({ code: "corrupt_stream", status: 502 }));
    }
  });

  it("begin by themselves, make one block of pieces of a kind, and end in order", () => {
    const events = written((writer) => {
      writer.reasoning({ text: "a" });
      writer.reasoning({ signature: "s" });
      writer.text("b");
      writer.text("");
      writer.citation({ title: "t" });
      writer.toolStart({ toolUseId: "1", name: "f" });
      writer.toolInput("{}");
      writer.toolStart({ toolUseId: "2", name: "g" });
      writer.finish("tool_use", {
        usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
        latency: 4,
        trace: { guardrail: {} },
      });
    });
    expect(events).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { text: "a" } } },
      { type: "contentBlockDelta", contentBlockIndex: 0, delta: { reasoningContent: { signature: "s" } } },
      { type: "contentBlockStop", contentBlockIndex: 0 },
      { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: "b" } },
      { type: "contentBlockDelta", contentBlockIndex: 1, delta: { citation: { title: "t" } } },
      { type: "contentBlockStop", contentBlockIndex: 1 },
      { type: "contentBlockStart", contentBlockIndex: 2, start: { toolUse: { toolUseId: "1", name: "f" } } },
      { type: "contentBlockDelta", contentBlockIndex: 2, delta: { toolUse: { input: "{}" } } },
      { type: "contentBlockStop", contentBlockIndex: 2 },
      { type: "contentBlockStart", contentBlockIndex: 3, start: { toolUse: { toolUseId: "2", name: "g" } } },
      { type: "contentBlockStop", contentBlockIndex: 3 },
      { type: "messageStop", stopReason: "tool_use" },
      {
        type: "metadata",
        usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
        metrics: { latencyMs: 4 },
        trace: { guardrail: {} },
      },
    ]);
  });

  it("of an empty answer are a start and an end, which tell nothing that is not known", () => {
    expect(written((writer) => writer.finish("end_turn", {}))).toEqual([
      { type: "messageStart", role: "assistant" },
      { type: "messageStop", stopReason: "end_turn" },
      { type: "metadata" },
    ]);
  });

  it("close a block where the family says that it is done", () => {
    const events = written((writer) => {
      writer.text("a");
      writer.closeBlock();
      writer.closeBlock();
      writer.text("b");
    });
    expect(events.map((event) => ("contentBlockIndex" in event ? event.contentBlockIndex : event.type))).toEqual([
      "messageStart",
      0,
      0,
      1,
    ]);
  });
});
