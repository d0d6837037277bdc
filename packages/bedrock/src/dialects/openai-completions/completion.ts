/** OpenAI's legacy completions, `/v1/completions`. Source: OpenAI's API reference. */
import type { JsonObject } from "../../json.ts";
import type { ReplyFacts } from "../translation/context.ts";
import type { ChatUsage } from "../translation/openai/usage.ts";

/** A checked request. What Bedrock lacks (`suffix`, `echo`, `best_of`, `logprobs`, more than one answer) was refused. */
export interface CompletionRequest extends JsonObject {
  model: string;
  /** A text, or a list of one. */
  prompt: string | [string];
  stream?: boolean | null;
  stream_options?: JsonObject | null;
  max_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  /** Not OpenAI's. */
  top_k?: number | null;
  stop?: string | string[] | null;
  user?: string | null;
}

export interface Completion {
  /** `cmpl-` + AWS's request id. */
  id: string;
  object: "text_completion";
  /** Seconds since 1970. */
  created: number;
  model: string;
  /** Not strict only. */
  provider?: "bedrock";
  choices: [CompletionChoice];
  /** Absent where AWS gave none. */
  usage?: ChatUsage;
}

export interface CompletionChoice {
  text: string;
  index: 0;
  logprobs: null;
  /** Strict: `stop`, `length` or `content_filter`. Not strict: Bedrock's stop reason. */
  finish_reason: string;
}

/** What the translators of a reply need. */
export interface CompletionReplyContext extends ReplyFacts {
  /** True: OpenAI's fields alone. */
  strict: boolean;
  /** `stream_options.include_usage`. */
  includeUsage: boolean;
}
