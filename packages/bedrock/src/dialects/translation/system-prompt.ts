import type { ContentBlock } from "../../converse/content.ts";
import { drop, messageHere, pushAll, turnOf, type TranslationDraft } from "./translation-draft.ts";

/**
 * A system or developer message. At the head of the conversation it is Converse's `system`. A later one goes to the end of `system`,
 * so that it keeps its authority and cannot be confused with the user's words; that its place is lost is named. A model without
 * system prompts gets it as the user's words, in its place, and so does one that would refuse its earlier thinking for a system prompt that has
 * changed.
 */
export function addSystemBlocks(draft: TranslationDraft, blocks: readonly ContentBlock[]): void {
  if (blocks.length === 0) {
    return;
  }
  const path = messageHere(draft);
  if (!draft.model.can.system) {
    drop(draft, draft.messageIndex < 0 ? path : `${path}.role`);
    addAsUser(draft, blocks);
    return;
  }
  if (draft.messages.length > 0) {
    if (draft.model.bindsThinking) {
      drop(draft, `${path}.role`);
      pushAll(turnOf(draft, "user"), blocks);
      return;
    }
    drop(draft, path);
  }
  pushAll((draft.system ??= []), blocks);
}

/** A text of its own before the user's next words. */
function addAsUser(draft: TranslationDraft, blocks: readonly ContentBlock[]): void {
  const text = blocks.map((block) => block.text ?? block.guardContent?.text?.text ?? "").join("\n\n");
  if (text !== "") {
    turnOf(draft, "user").push({ text });
  }
}
