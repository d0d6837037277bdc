/** OpenAI's response as this dialect answers it. Source: OpenAI's API reference, and the types of its SDK. */
import type { JsonObject } from "../../json.ts";
import type { ResponsesToolChoice } from "./responses-request.ts";

export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** A source on the web, with the piece of the text that it supports, in UTF-16 units. */
export interface UrlCitation {
  type: "url_citation";
  url: string;
  title: string;
  start_index: number;
  end_index: number;
}

export interface OutputText {
  type: "output_text";
  text: string;
  annotations: UrlCitation[];
}

export interface OutputMessage {
  id: string;
  type: "message";
  status: ItemStatus;
  role: "assistant";
  content: OutputText[];
}

/** One block of the model's reasoning. */
export interface OutputReasoning {
  id: string;
  type: "reasoning";
  /** Its text, where a summary was asked for. */
  summary: { type: "summary_text"; text: string }[];
  /** Its text, where none was. */
  content?: { type: "reasoning_text"; text: string }[];
  /** What the model wants back: present where the block is signed or sealed, and where it was asked for. */
  encrypted_content?: string;
  status: ItemStatus;
}

export interface OutputFunctionCall {
  id: string;
  type: "function_call";
  call_id: string;
  name: string;
  namespace?: string;
  /** JSON text; `{}` for a call without arguments. */
  arguments: string;
  status: ItemStatus;
}

/** The call of a tool with free text for input. OpenAI gives it no status. */
export interface OutputCustomCall {
  id: string;
  type: "custom_tool_call";
  call_id: string;
  name: string;
  namespace?: string;
  input: string;
}

export type OutputItem = OutputMessage | OutputReasoning | OutputFunctionCall | OutputCustomCall;

/** Token counts; `input_tokens` includes what was read from and written to the cache. */
export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  /** An estimate where the model reasoned: AWS does not tell it. */
  output_tokens_details: { reasoning_tokens: number };
  /** input + output. */
  total_tokens: number;
}

export interface ResponseObject {
  id: string;
  object: "response";
  /** Seconds since 1970. */
  created_at: number;
  status: "in_progress" | "completed" | "incomplete" | "failed";
  background: false;
  error: { code: string; message: string } | null;
  incomplete_details: { reason: "max_output_tokens" | "content_filter" } | null;
  instructions: string | null;
  max_output_tokens: number | null;
  metadata: JsonObject;
  model: string;
  output: OutputItem[];
  parallel_tool_calls: boolean;
  previous_response_id: null;
  reasoning: { effort: string | null; summary: string | null };
  /** The service tier that AWS says it used, where OpenAI has a tier of that name. */
  service_tier?: string;
  /** Responses are not kept. */
  store: false;
  temperature: number | null;
  text: JsonObject;
  tool_choice: ResponsesToolChoice;
  tools: JsonObject[];
  top_p: number | null;
  truncation: "disabled";
  usage?: ResponseUsage;
  user?: string;
}
