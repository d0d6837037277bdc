/** OpenAI's chat completion as this dialect answers it. Sources: OpenAI's API reference; Portkey's answers for what is not strict. */
import type { Citation } from "../../converse/content.ts";
import type { JsonValue } from "../../json.ts";
import type { ChatUsage } from "../translation/openai/usage.ts";

export type { ChatUsage };

/** A call of one of the caller's own tools. */
export interface ChatToolCall {
  id: string;
  type: "function";
  function: {
    name: string;
    /** JSON text; `{}` for a call without arguments. */
    arguments: string;
  };
}

/** A block that OpenAI and Portkey have no shape for: as AWS wrote it, with the name of its member as `type`. */
export interface KeptContentBlock {
  type: string;
  [member: string]: unknown;
}

/**
 * The blocks of an answer in the model's order, without the caller's tool calls. Sent back in the history they
 * say what AWS said: `signature` and `data` are AWS's `signature` and `redactedContent`, byte for byte.
 */
export type ChatContentBlock =
  | { type: "text"; text: string; citations?: Citation[] }
  | { type: "thinking"; thinking: string; signature?: string }
  | { type: "redacted_thinking"; data: string }
  | KeptContentBlock;

export interface ChatMessage {
  role: "assistant";
  /** Strict: null where the answer is tool calls without text, as OpenAI has it. Not strict: "" there, as Portkey has it. */
  content: string | null;
  refusal: null;
  /** Only where the model called tools of the caller. */
  tool_calls?: ChatToolCall[];
  /** In their place for a caller of OpenAI's older form: the first call. */
  function_call?: ChatToolCall["function"];
  /** Strict only: the thinking as text. */
  reasoning_content?: string;
  /** Not strict only. */
  content_blocks?: ChatContentBlock[];
  /** Not strict only: every citation of the answer in order, as AWS gives it. */
  citations?: Citation[];
  /** Not strict only: what `additionalModelResponseFieldPaths` asked for. */
  additional_model_response_fields?: JsonValue;
}

export interface ChatChoice {
  index: 0;
  message: ChatMessage;
  logprobs: null;
  /** Strict: `stop`, `length`, `tool_calls` (`function_call` in the older form) or `content_filter`. Not strict: Bedrock's stop reason. */
  finish_reason: string;
}

export interface ChatCompletion {
  id: string;
  object: "chat.completion";
  /** Seconds since 1970. */
  created: number;
  model: string;
  /** Not strict only. */
  provider?: "bedrock";
  choices: [ChatChoice];
  /** Absent where AWS gave none. */
  usage?: ChatUsage;
  /** The service tier that AWS says it used; for a strict caller only where OpenAI has a tier of that name. */
  service_tier?: string;
  /** For callers who are not strict: AWS's trace of guardrails and prompt routers, where it was asked for. */
  trace?: JsonValue;
}

/** A piece of a block, not strict only: `delta`, or for a block without a shape of its own AWS's `start`. */
export interface ChatContentBlockDelta {
  /** AWS's `contentBlockIndex`. */
  index: number;
  delta?: {
    text?: string;
    thinking?: string;
    signature?: string;
    /** AWS's `redactedContent`. */
    data?: string;
    citation?: Citation;
    [member: string]: unknown;
  };
  start?: { [member: string]: unknown };
}

/** A piece of a tool's call; `id`, `type` and the name come with its first. */
export interface ChatToolCallDelta {
  /** The number of the call, from 0. */
  index: number;
  id?: string;
  type?: "function";
  function: {
    name?: string;
    /** A piece of the JSON text; "" at the start of a call. */
    arguments: string;
  };
}

/** With its number, from 0: helpers that join deltas go by it, and Python's throws without one. */
export type ChatCitationDelta = Citation & { index: number };

export interface ChatDelta {
  /** Strict: in the first chunk alone. */
  role?: "assistant";
  content?: string;
  /** Strict only. */
  reasoning_content?: string;
  tool_calls?: ChatToolCallDelta[];
  /** In their place for a caller of OpenAI's older form. */
  function_call?: ChatToolCallDelta["function"];
  /** Not strict only. */
  content_blocks?: ChatContentBlockDelta[];
  /** Not strict only. */
  citations?: ChatCitationDelta[];
  /** Not strict only, in the finish chunk. */
  additional_model_response_fields?: JsonValue;
}

/** One event of a stream. */
export interface ChatCompletionChunk {
  id: string;
  object: "chat.completion.chunk";
  created: number;
  model: string;
  /** Not strict only. */
  provider?: "bedrock";
  /** Empty in the chunk that carries the usage, which a strict caller gets on request. */
  choices: { index: 0; delta: ChatDelta; finish_reason: string | null }[];
  /** For a strict caller who asked for it: in the last chunk, and null in all others. For others: in the chunk with the finish reason. */
  usage?: ChatUsage | null;
  /** In the finish chunk. */
  service_tier?: string;
  /** Not strict only, in the finish chunk. */
  trace?: JsonValue;
}
