/** Anthropic's answer. Source: the types of @anthropic-ai/sdk. */
import type { JsonObject, JsonValue } from "../../../json.ts";
import type { MessagesUsage } from "./messages-usage.ts";

export type AnswerBlock =
  | { type: "text"; text: string; citations?: JsonObject[] }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_use"; id: string; name: string; input: JsonValue };

/** Why the answer stopped; `refusal` also says so in words. */
export interface MessageEnding {
  stop_reason: string;
  stop_sequence: string | null;
  stop_details: { type: "refusal"; category: null; explanation: string } | null;
}

export interface AnthropicMessage extends MessageEnding {
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: AnswerBlock[];
  usage: MessagesUsage;
}
