/** The stream's events of one answer, put together again: an oracle of its own, strict about their order. */
import { expect } from "vitest";
import type { ContentBlock } from "../../converse/content.ts";
import type { StopReason, TokenUsage } from "../../converse/response.ts";
import type { ContentBlockDelta, ContentBlockStart, ConverseStreamEvent } from "../../converse/stream-events.ts";

/** What a whole answer says. */
export interface FoldedReply {
  content: ContentBlock[];
  stopReason: StopReason;
  usage: TokenUsage | undefined;
  latencyMs: number | undefined;
}

interface OpenBlock {
  start: ContentBlockStart | undefined;
  deltas: ContentBlockDelta[];
}

/**
 * The answer that the events tell. Fails where an event is out of AWS's order: messageStart; blocks one after another with the numbers
 * 0, 1, 2 ..., each with at least a start or a delta and with its stop; messageStop; metadata, and nothing after it.
 */
export function foldedReply(events: readonly ConverseStreamEvent[]): FoldedReply {
  expect(events[0]).toEqual({ type: "messageStart", role: "assistant" });
  const [stop, metadata] = events.slice(-2);
  if (stop?.type !== "messageStop" || metadata?.type !== "metadata") {
    throw new Error(`the stream ends with ${stop?.type}, ${metadata?.type}`);
  }
  const content: ContentBlock[] = [];
  let open: OpenBlock | undefined;
  for (const event of events.slice(1, -2)) {
    if (!("contentBlockIndex" in event)) throw new Error(`${event.type} among the blocks`);
    expect(event.contentBlockIndex).toBe(content.length);
    if (event.type === "contentBlockStart") {
      expect(open).toBeUndefined();
      open = { start: event.start, deltas: [] };
    } else if (event.type === "contentBlockDelta") {
      open ??= { start: undefined, deltas: [] };
      open.deltas.push(event.delta);
    } else {
      if (open === undefined) throw new Error(`block ${event.contentBlockIndex} is closed before it opened`);
      content.push(blockOf(open));
      open = undefined;
    }
  }
  expect(open).toBeUndefined();
  return {
    content,
    stopReason: stop.stopReason,
    usage: metadata.usage,
    latencyMs: metadata.metrics?.latencyMs,
  };
}

function blockOf({ start, deltas }: OpenBlock): ContentBlock {
  const call = start?.toolUse;
  if (call !== undefined) {
    return { toolUse: { ...call, input: inputOf(deltas.map((delta) => delta.toolUse?.input ?? "").join("")) } };
  }
  const [first] = deltas;
  if (first?.reasoningContent !== undefined) return reasoningOf(deltas);
  if (first?.text === undefined && first?.citation === undefined) {
    throw new Error(`a block of ${JSON.stringify(first)}`);
  }
  const text = deltas.map((delta) => delta.text ?? "").join("");
  const citations = deltas.flatMap(({ citation }) => (citation === undefined ? [] : [citation]));
  return citations.length === 0 ? { text } : { citationsContent: { content: [{ text }], citations } };
}

function reasoningOf(deltas: readonly ContentBlockDelta[]): ContentBlock {
  const pieces = deltas.map(({ reasoningContent }) => reasoningContent);
  const redacted = pieces.map((piece) => piece?.redactedContent ?? "").join("");
  if (redacted !== "") return { reasoningContent: { redactedContent: redacted } };
  const signature = pieces.map((piece) => piece?.signature ?? "").join("");
  const text = pieces.map((piece) => piece?.text ?? "").join("");
  return { reasoningContent: { reasoningText: signature === "" ? { text } : { text, signature } } };
}

/** Arguments as a whole answer has them: none are an empty object, and text that is no JSON object is kept under `arguments`. */
function inputOf(text: string): NonNullable<ContentBlock["toolUse"]>["input"] {
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as NonNullable<ContentBlock["toolUse"]>["input"];
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { arguments: value };
  } catch {
    return { arguments: text };
  }
}
