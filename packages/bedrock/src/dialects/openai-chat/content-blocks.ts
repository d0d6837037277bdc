import type { ContentBlock } from "../../converse/content.ts";
import { citationsOf, citedText, memberOf } from "../translation/answers/answer-blocks.ts";
import type { ChatContentBlock } from "./chat-completion.ts";

/** One block of an answer as `content_blocks` shows it to a caller who is not strict. */
export function chatBlockFrom(block: ContentBlock): ChatContentBlock {
  if (block.text !== undefined) {
    return { type: "text", text: block.text };
  }
  if (block.citationsContent !== undefined) {
    return { type: "text", text: citedText(block), citations: citationsOf(block) };
  }
  const reasoningText = block.reasoningContent?.reasoningText;
  if (reasoningText !== undefined) {
    const { text, signature } = reasoningText;
    return { type: "thinking", thinking: text, ...(signature === undefined ? {} : { signature }) };
  }
  const redacted = block.reasoningContent?.redactedContent;
  if (redacted !== undefined) {
    return { type: "redacted_thinking", data: redacted };
  }
  return { type: memberOf(block), ...block };
}

/**
 * True for a member that a strict answer leaves out without a word, because strict means OpenAI's fields alone: signatures, thinking
 * without text, and the results of tools that AWS ran, which are in the text. Anything else left out is named.
 */
export function isLeftOutByStrict(member: string): boolean {
  return member === "reasoningContent" || member === "toolResult";
}
