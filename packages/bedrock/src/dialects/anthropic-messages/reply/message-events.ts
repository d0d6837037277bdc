import type { JsonObject } from "../../../json.ts";
import { lineSafe } from "../../translation/answers/event-text.ts";
import type { MessageEnding } from "./message.ts";
import type { MessagesUsage } from "./messages-usage.ts";
import { sseEvent } from "../sse.ts";

/** Anthropic's events of one stream, as server-sent events. Arguments named `escaped` are the inside of a JSON string, as between its quotes. */

/**
 * The counts of Anthropic's stream grow to those of `message_delta`, which are the final ones. AWS tells them with its last event alone, so that
 * nothing has been counted yet here; clients' schemas want numbers.
 */
export function messageStart(id: string, model: string): string {
  const message = {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 0, cache_creation_input_tokens: null, cache_read_input_tokens: null, output_tokens: 0 },
  };
  return sseEvent("message_start", JSON.stringify({ type: "message_start", message }));
}

export function blockStart(index: number, block: JsonObject): string {
  return sseEvent("content_block_start", JSON.stringify({ type: "content_block_start", index, content_block: block }));
}

export function blockDelta(index: number, delta: JsonObject): string {
  return sseEvent("content_block_delta", JSON.stringify({ type: "content_block_delta", index, delta }));
}

/** The one that nearly every event is: joined from what it holds already. */
export function textDelta(index: number, escaped: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":"${lineSafe(escaped)}"}}\n\n`;
}

export function blockStop(index: number): string {
  return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
}

export function messageEnd(ending: MessageEnding, usage: MessagesUsage): string {
  const end = sseEvent("message_delta", JSON.stringify({ type: "message_delta", delta: ending, usage }));
  return `${end}event: message_stop\ndata: {"type":"message_stop"}\n\n`;
}
