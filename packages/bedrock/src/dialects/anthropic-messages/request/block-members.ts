/** What is read of a block, and what cannot be. */
import { unsupported } from "../../translation/fields/request-fault.ts";
import { here, type TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnread } from "../../translation/fields/unread-fields.ts";
import type { MessagesBlock } from "../messages-request.ts";

/** Members of a block that are read here; what else a caller wrote there is named. */
const readMembers: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    text: ["text", "citations"],
    image: ["source"],
    document: ["source", "title", "context", "citations"],
    search_result: ["source", "title", "content", "citations"],
    tool_use: ["id", "name", "input"],
    tool_reference: ["tool_name"],
    tool_result: ["tool_use_id", "content", "is_error"],
    thinking: ["thinking", "signature"],
    redacted_thinking: ["data"],
  }).map(([type, members]) => [type, new Set(["type", "cache_control", ...members])]),
);

/** Names what a block holds that says nothing to anyone here. */
export function nameUnreadOfBlock(draft: TranslationDraft, block: MessagesBlock): void {
  const read = readMembers.get(block.type);
  if (read !== undefined) {
    nameUnread(draft, block, read, here);
  }
}

/** A block that only Claude's own format has, such as those of its tool search, or that cannot stand here. */
export function notCarried(draft: TranslationDraft, { type }: Pick<MessagesBlock, "type">): Error {
  const path = here(draft);
  const named = JSON.stringify(type.slice(0, 64));
  return unsupported(path, `${path}: ${draft.model.id} cannot be given a block of the type ${named} here`);
}
