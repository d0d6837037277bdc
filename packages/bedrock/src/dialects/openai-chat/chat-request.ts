/**
 * A request of OpenAI's chat completions, with the fields that users of AWS, Anthropic and Portkey add to it.
 * Everything is JSON as it came; `checkChatRequest` has seen the types of what is named here. `null` is absent.
 */
import type { JsonObject, JsonValue } from "../../json.ts";
import type { CacheControl } from "../translation/cache-marks.ts";
import type { SharedFields } from "../translation/openai/shared-wishes.ts";

/** An address with what AWS needs to know of a place in S3. */
export interface MediaAddress extends JsonObject {
  /** `https:`, `data:` or `s3:`. */
  url: string;
  mime_type?: string | null;
  bucketOwner?: string | null;
  bucket_owner?: string | null;
}

export interface TextPart extends JsonObject {
  type: "text";
  text: string;
  cache_control?: CacheControl | null;
}

export interface RefusalPart extends JsonObject {
  type: "refusal";
  refusal: string;
}

export interface ImagePart extends JsonObject {
  type: "image_url";
  image_url: MediaAddress | string;
  cache_control?: CacheControl | null;
}

export interface VideoPart extends JsonObject {
  type: "video_url";
  video_url: MediaAddress | string;
  cache_control?: CacheControl | null;
}

/** OpenAI's and Portkey's file: one of `file_data` (base64, with or without a data URL's head) and `file_url`. */
export interface ChatFile extends JsonObject {
  file_data?: string | null;
  file_url?: string | null;
  filename?: string | null;
  file_name?: string | null;
  mime_type?: string | null;
  bucketOwner?: string | null;
  bucket_owner?: string | null;
}

export interface FilePart extends JsonObject {
  type: "file";
  file: ChatFile;
  cache_control?: CacheControl | null;
}

export interface AudioPart extends JsonObject {
  type: "input_audio";
  input_audio: { data: string; format?: string | null };
  cache_control?: CacheControl | null;
}

/** A model's thinking, replayed. */
export interface ThinkingPart extends JsonObject {
  type: "thinking";
  thinking: string;
  signature?: string | null;
}

export interface RedactedThinkingPart extends JsonObject {
  type: "redacted_thinking";
  data: string;
}

/** A content block of Converse in AWS's own shape, such as `{"guardContent": {...}}`: it goes as it is. */
export interface AwsPart extends JsonObject {
  type?: null;
}

export type ChatPart =
  | TextPart
  | RefusalPart
  | ImagePart
  | VideoPart
  | FilePart
  | AudioPart
  | ThinkingPart
  | RedactedThinkingPart
  | AwsPart;

export interface ChatToolCall extends JsonObject {
  id: string;
  function: { name: string; arguments?: JsonValue };
}

/** `function` is OpenAI's older form of `tool`. */
export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool" | "function";

export interface ChatMessage extends JsonObject {
  role: ChatRole;
  content?: string | ChatPart[] | null;
  /** Portkey's and Obiguard's replay of an assistant's turn; preferred over `content`. */
  content_blocks?: ChatPart[] | null;
  reasoning_content?: string | null;
  refusal?: string | null;
  tool_calls?: ChatToolCall[] | null;
  /** OpenAI's older form: one call, without an id. A message of the role `function` answers it. */
  function_call?: ChatToolCall["function"] | null;
  tool_call_id?: string | null;
  /** Of a tool's message: the tool failed. */
  is_error?: boolean | null;
  status?: string | null;
  cache_control?: CacheControl | null;
}

export interface ChatFunction extends JsonObject {
  name: string;
  description?: string | null;
  parameters?: JsonObject | null;
  strict?: boolean | null;
  cache_control?: CacheControl | null;
}

/**
 * `function` as OpenAI has it, Anthropic's own tools (`{type, name, ...}`, or under the key of their type as Portkey has them),
 * Anthropic's custom tools (`input_schema`), or a tool in AWS's shape (`toolSpec`, `systemTool`, `cachePoint`).
 */
export interface ChatTool extends JsonObject {
  type?: string | null;
  function?: ChatFunction;
  name?: string;
  description?: string | null;
  input_schema?: JsonObject;
  strict?: boolean | null;
  cache_control?: CacheControl | null;
}

export interface ResponseFormat extends JsonObject {
  type: "text" | "json_object" | "json_schema";
  /** Beside `json_object`, where OpenAI has none: the schema, as other hosts take it and instructor's mode `JSON_SCHEMA` writes it. */
  schema?: JsonObject | null;
  json_schema?: {
    name?: string | null;
    description?: string | null;
    schema?: JsonObject | null;
    strict?: boolean | null;
  };
}

export interface ChatRequest extends SharedFields {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  tools?: ChatTool[] | null;
  tool_choice?: string | JsonObject | null;
  /** OpenAI's older form of `tools`; the answer calls in its older form, too. */
  functions?: ChatFunction[] | null;
  /** The older form of `tool_choice`: `auto`, `none`, or `{name}`. */
  function_call?: string | { name: string } | null;
  parallel_tool_calls?: boolean | null;
  response_format?: ResponseFormat | null;
  reasoning_effort?: string | null;
  service_tier?: string | JsonObject | null;
}
