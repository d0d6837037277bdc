import type { TranslationNotes } from "../../translation/context.ts";
import type { MessagesReplyContext } from "../reply/reply-context.ts";

/** A reply's context with nothing special about it. */
export function messagesContext(
  changes: Partial<Omit<MessagesReplyContext, "notes">> & { notes?: Partial<TranslationNotes> } = {},
): MessagesReplyContext {
  const { notes, ...rest } = changes;
  return {
    id: "msg_11111111-2222-3333-4444-555555555555",
    model: "bedrock/amazon.nova-lite-v1:0",
    ...rest,
    notes: { dropped: [], toolNames: new Map(), streamable: true, ...notes },
  };
}
