/** Text as AWS takes it: an empty one is refused, any other is sent as it was written. */
import type { ContentBlock } from "../../converse/content.ts";
import { mayBeClaude } from "../../models/may-be-claude.ts";
import { drop, here, type TranslationDraft } from "./translation-draft.ts";

/** True for a text of white space alone. Looks at no more than its beginning for any other. */
export function isBlank(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isSpace = code === 32 || (code >= 9 && code <= 13) || (code > 127 && text.charAt(index).trim() === "");
    if (!isSpace) {
      return false;
    }
  }
  return true;
}

/**
 * A text block, or nothing for one that AWS refuses: an empty one always, one of white space alone unless it stands between other content
 * and a cache mark (recorded: `"\n"` between a document and a cache point is taken by Claude).
 */
export function textBlock(draft: TranslationDraft, text: string, isMarked = false): ContentBlock | undefined {
  const mayBeBlank = isMarked && mayBeClaude(draft.model);
  if (isBlank(text) && (text === "" || !mayBeBlank)) {
    drop(draft, here(draft));
    return undefined;
  }
  return { text };
}

/** True when there is nothing but cache marks: no message for AWS. */
export function holdsNothing(content: readonly ContentBlock[]): boolean {
  return content.every((block) => block.cachePoint !== undefined);
}
