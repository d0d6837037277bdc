import type { TranslationNotes } from "../../translation/context.ts";
import type { ReplyContext } from "../reply-context.ts";

/** A reply's context with nothing special about it. */
export function replyContext(
  changes: Partial<Omit<ReplyContext, "notes">> & { notes?: Partial<TranslationNotes> } = {},
): ReplyContext {
  const { notes, ...rest } = changes;
  return {
    id: "chatcmpl-11111111-2222-3333-4444-555555555555",
    created: 1_764_000_000,
    model: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    strict: true,
    includeUsage: false,
    ...rest,
    notes: { dropped: [], toolNames: new Map(), streamable: true, ...notes },
  };
}
