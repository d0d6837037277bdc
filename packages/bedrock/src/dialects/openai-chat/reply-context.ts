import type { ReplyFacts } from "../translation/context.ts";

/** What the translators of a reply need. The id is `chatcmpl-` + AWS's request id. */
export interface ReplyContext extends ReplyFacts {
  /** True: OpenAI's fields alone. */
  strict: boolean;
  /** `stream_options.include_usage`. */
  includeUsage: boolean;
}
