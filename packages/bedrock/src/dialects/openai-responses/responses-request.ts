/**
 * A request of OpenAI's Responses, with the fields that users of AWS and Anthropic add to it. Everything is JSON as it came;
 * `checkResponsesRequest` has seen the types of what is named here. `null` is absent.
 */
import type { JsonObject } from "../../json.ts";
import type { CacheControl } from "../translation/cache-marks.ts";
import type { SharedFields } from "../translation/openai/shared-wishes.ts";

/** What may stand on any part. OpenAI's mark and Anthropic's ask for the same: the prefix up to this part is to be cached. */
interface AnyPart extends JsonObject {
  prompt_cache_breakpoint?: JsonObject | null;
  cache_control?: CacheControl | null;
}

export interface InputTextPart extends AnyPart {
  type: "input_text" | "output_text" | "text" | "summary_text";
  text: string;
}

export interface RefusalPart extends AnyPart {
  type: "refusal";
  refusal: string;
}

export interface InputImagePart extends AnyPart {
  type: "input_image";
  /** `https:`, `data:` or `s3:`. */
  image_url: string;
  detail?: string | null;
}

/** One of `file_data` (a data URL, or base64) and `file_url`. */
export interface InputFilePart extends AnyPart {
  type: "input_file";
  file_data?: string | null;
  file_url?: string | null;
  filename?: string | null;
}

export interface InputAudioPart extends AnyPart {
  type: "input_audio";
  input_audio: { data: string; format?: string | null };
}

export type InputPart = InputTextPart | RefusalPart | InputImagePart | InputFilePart | InputAudioPart;

export interface MessageItem extends JsonObject {
  type?: "message" | null;
  role: "user" | "assistant" | "system" | "developer";
  content: string | InputPart[];
}

export interface FunctionCallItem extends JsonObject {
  type: "function_call";
  call_id: string;
  name: string;
  namespace?: string | null;
  /** JSON text. */
  arguments?: string | null;
}

/** The call of a custom tool: its input is free text. */
export interface CustomCallItem extends JsonObject {
  type: "custom_tool_call";
  call_id: string;
  name: string;
  namespace?: string | null;
  input: string;
}

export interface CallOutputItem extends JsonObject {
  type: "function_call_output" | "custom_tool_call_output";
  call_id: string;
  output: string | InputPart[];
}

export interface ReasoningItem extends JsonObject {
  type: "reasoning";
  summary?: { type: "summary_text"; text: string }[] | null;
  content?: { type: "reasoning_text"; text: string }[] | null;
  encrypted_content?: string | null;
}

/** The record of a tool that OpenAI ran: the text that follows holds its result. */
export interface RecordItem extends JsonObject {
  type: "web_search_call" | "file_search_call" | "code_interpreter_call" | "mcp_list_tools";
}

export type InputItem = MessageItem | FunctionCallItem | CustomCallItem | CallOutputItem | ReasoningItem | RecordItem;

export interface FunctionTool extends JsonObject {
  type: "function";
  name: string;
  description?: string | null;
  parameters?: JsonObject | null;
  strict?: boolean | null;
  cache_control?: CacheControl | null;
}

/** A tool whose input is free text, such as Codex's `apply_patch`; the format may be a grammar. */
export interface CustomTool extends JsonObject {
  type: "custom";
  name: string;
  description?: string | null;
  format?: { type: "text" | "grammar"; syntax?: string; definition?: string } | null;
  cache_control?: CacheControl | null;
}

/** Tools under one name, as Codex offers those of an MCP server. */
export interface NamespaceTool extends JsonObject {
  type: "namespace";
  name: string;
  description?: string | null;
  tools: (FunctionTool | CustomTool)[];
}

/** A search among tools that are not loaded: here all are. */
export interface ToolSearchTool extends JsonObject {
  type: "tool_search";
}

export type ResponsesTool = FunctionTool | CustomTool | NamespaceTool | ToolSearchTool;

export type ResponsesToolChoice =
  | "auto"
  | "none"
  | "required"
  | { type: "function" | "custom"; name: string; namespace?: string | null }
  | { type: "allowed_tools"; mode: "auto" | "required"; tools: { name: string; namespace?: string | null }[] };

export interface TextFormat extends JsonObject {
  type: "text" | "json_object" | "json_schema";
  name?: string | null;
  description?: string | null;
  schema?: JsonObject | null;
  strict?: boolean | null;
}

export interface ResponsesRequest extends SharedFields {
  model: string;
  input: string | InputItem[];
  instructions?: string | null;
  include?: string[] | null;
  max_output_tokens?: number | null;
  parallel_tool_calls?: boolean | null;
  reasoning?: { effort?: string | null; summary?: string | null; generate_summary?: string | null } | null;
  store?: boolean | null;
  stream?: boolean | null;
  text?: { format?: TextFormat | null; verbosity?: string | null } | null;
  tool_choice?: ResponsesToolChoice | null;
  tools?: ResponsesTool[] | null;
  truncation?: "auto" | "disabled" | null;
}
