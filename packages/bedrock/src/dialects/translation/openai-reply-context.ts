import type { ReplyFacts } from "./context.ts";

/** What the translators of a reply need in OpenAI's dialects. The id is `chatcmpl-`, or `cmpl-` of a text completion, + AWS's request id. */
export interface ReplyContext extends ReplyFacts {
  /** True: OpenAI's fields alone. */
  strict: boolean;
  /** `stream_options.include_usage`. */
  includeUsage: boolean;
}
