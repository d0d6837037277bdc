/**
 * A request of Anthropic's Messages API, with the fields that users of AWS add to it. Everything is JSON as it came;
 * `checkMessagesRequest` has seen the types of what is named here. `null` is absent. Source: the types of @anthropic-ai/sdk.
 */
import type { JsonObject, JsonValue } from "../../json.ts";

/** The mark that the prefix up to and including this block is to be cached. */
export interface CacheControl extends JsonObject {
  ttl?: "5m" | "1h" | null;
}

interface AnyBlock extends JsonObject {
  cache_control?: CacheControl | null;
}

export interface TextBlock extends AnyBlock {
  type: "text";
  text: string;
}

/** Of an image: `base64` or `url`. Of a document also `text` and `content`. */
export interface MediaSource extends JsonObject {
  type: string;
  media_type?: string | null;
  data?: string | null;
  url?: string | null;
  /** Of `content`: the document in pieces, text and images. */
  content?: string | (TextBlock | ImageBlock)[] | null;
}

export interface ImageBlock extends AnyBlock {
  type: "image";
  source: MediaSource;
}

export interface DocumentBlock extends AnyBlock {
  type: "document";
  source: MediaSource;
  title?: string | null;
  context?: string | null;
  citations?: { enabled?: boolean | null } | null;
}

export interface SearchResultBlock extends AnyBlock {
  type: "search_result";
  source: string;
  title: string;
  content: TextBlock[];
  citations?: { enabled?: boolean | null } | null;
}

export interface ToolUseBlock extends AnyBlock {
  type: "tool_use";
  id: string;
  name: string;
  /** An object, but for what a model wrote that is none. */
  input?: JsonValue;
}

export interface ToolResultBlock extends AnyBlock {
  type: "tool_result";
  tool_use_id: string;
  content?: string | MessagesBlock[] | null;
  is_error?: boolean | null;
}

/** In the result of a search for tools that the caller runs itself. */
export interface ToolReferenceBlock extends AnyBlock {
  type: "tool_reference";
  tool_name: string;
}

export interface ThinkingBlock extends JsonObject {
  type: "thinking";
  thinking: string;
  signature?: string | null;
}

export interface RedactedThinkingBlock extends JsonObject {
  type: "redacted_thinking";
  data: string;
}

/** Blocks that are read here. A request may hold others: Claude gets them as they are, other families cannot. */
export type MessagesBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | SearchResultBlock
  | ToolUseBlock
  | ToolResultBlock
  | ToolReferenceBlock
  | ThinkingBlock
  | RedactedThinkingBlock;

export interface MessagesMessage extends JsonObject {
  /** `system` in the middle of a conversation: the newest Claude takes it. */
  role: "user" | "assistant" | "system";
  content: string | MessagesBlock[];
}

/** The caller's own tool (`type` absent or `custom`), or one that Anthropic defined, by its type. */
export interface MessagesTool extends AnyBlock {
  type?: string | null;
  name?: string | null;
  description?: string | null;
  input_schema?: JsonObject | null;
  strict?: boolean | null;
}

export interface MessagesToolChoice extends JsonObject {
  type: "auto" | "any" | "tool" | "none";
  name?: string | null;
  disable_parallel_tool_use?: boolean | null;
}

/** The body of `POST /v1/messages`; that of `count_tokens` is the same but for `max_tokens` and `stream`. */
export interface MessagesRequest extends JsonObject {
  model: string;
  messages: MessagesMessage[];
  max_tokens?: number | null;
  system?: string | TextBlock[] | null;
  stream?: boolean | null;
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  stop_sequences?: string[] | null;
  tools?: MessagesTool[] | null;
  tool_choice?: MessagesToolChoice | null;
  thinking?: JsonObject | null;
  output_config?: JsonObject | null;
  /** The older name of `output_config.format`, which Anthropic's API and SDKs still take. */
  output_format?: JsonObject | null;
  metadata?: JsonObject | null;
  service_tier?: string | null;
  /** Flags that Bedrock takes in the body; Anthropic's header `anthropic-beta` joins them. */
  anthropic_beta?: string | string[] | null;
  betas?: string | string[] | null;
  anthropic_version?: string | null;
}
