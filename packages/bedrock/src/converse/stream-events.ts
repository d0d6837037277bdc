/**
 * The events of ConverseStream. `type` is the frame's `:event-type`; the other members are the frame's payload
 * without its padding `p`. Order: messageStart, then per block (contentBlockStart only for toolUse, toolResult and image)
 * contentBlockDelta..., contentBlockStop, then messageStop, then metadata.
 */
import type { JsonObject, JsonValue } from "../json.ts";
import type { Citation, ConversationRole, ImageBlock, ToolResultContent } from "./content.ts";
import type { OneOf } from "./one-of.ts";
import type { ServiceTier } from "./request.ts";
import type { StopReason, TokenUsage } from "./response.ts";

export interface MessageStartEvent {
  type: "messageStart";
  role: ConversationRole;
}

export type ContentBlockStart = OneOf<{
  toolUse: { toolUseId: string; name: string; type?: string };
  toolResult: { toolUseId: string; type?: string; status?: "success" | "error" };
  image: { format: string };
}>;

export interface ContentBlockStartEvent {
  type: "contentBlockStart";
  contentBlockIndex: number;
  start: ContentBlockStart;
}

export type ReasoningDelta = OneOf<{ text: string; signature: string; redactedContent: string }>;

export type ContentBlockDelta = OneOf<{
  text: string;
  /** `input` is a piece of the arguments' JSON text; an empty one for a tool without arguments. */
  toolUse: { input: string };
  reasoningContent: ReasoningDelta;
  citation: Citation;
  toolResult: ToolResultContent[];
  image: Partial<Pick<ImageBlock, "source" | "error">>;
}>;

export interface ContentBlockDeltaEvent {
  type: "contentBlockDelta";
  contentBlockIndex: number;
  delta: ContentBlockDelta;
}

export interface ContentBlockStopEvent {
  type: "contentBlockStop";
  contentBlockIndex: number;
}

export interface MessageStopEvent {
  type: "messageStop";
  stopReason: StopReason;
  additionalModelResponseFields?: JsonValue;
}

export interface MetadataEvent {
  type: "metadata";
  /** Converse always has it. Absent where an answer in a model's own format does not say it. */
  usage?: TokenUsage;
  metrics?: { latencyMs?: number };
  trace?: JsonValue;
  performanceConfig?: { latency: "standard" | "optimized" };
  serviceTier?: { type: ServiceTier };
}

/** An event that this version does not know. Kept and counted, never dropped in silence. */
export interface UnknownEvent {
  type: "unknown";
  eventType: string;
  payload: JsonObject;
}

export type ConverseStreamEvent =
  | MessageStartEvent
  | ContentBlockStartEvent
  | ContentBlockDeltaEvent
  | ContentBlockStopEvent
  | MessageStopEvent
  | MetadataEvent
  | UnknownEvent;
