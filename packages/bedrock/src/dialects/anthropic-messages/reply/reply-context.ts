import type { ReplyFacts } from "../../translation/context.ts";

/** What the translation of an answer needs besides the answer. `id` is `msg_` + AWS's request id. */
export interface MessagesReplyContext extends Omit<ReplyFacts, "created"> {
  /** The caller's `stop_sequences`: AWS does not say which one was met, which is known only where there is just one. */
  stopSequences?: readonly string[] | null | undefined;
  /** The id in the header `request-id`, which errors repeat. */
  requestId?: string | undefined;
}
