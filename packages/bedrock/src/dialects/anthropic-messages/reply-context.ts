import type { ReplyFacts } from "../translation/context.ts";

/** What the translation of an answer needs besides the answer. `id` is `msg_` + AWS's request id. */
export interface MessagesReplyContext extends Omit<ReplyFacts, "created"> {
  /** The caller's `stop_sequences`: where there is one alone, it is known which was met. */
  stopSequences?: readonly string[] | null | undefined;
  /** The one that the header `request-id` carries, for errors. */
  requestId?: string | undefined;
}
