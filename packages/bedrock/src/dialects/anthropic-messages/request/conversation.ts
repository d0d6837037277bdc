/** The system prompt, and turns that alternate. */
import type { ContentBlock, SystemContentBlock } from "../../../converse/content.ts";
import { isJsonObject } from "../../../json.ts";
import { cacheMark } from "../../translation/cache-marks.ts";
import { invalidRequest } from "../../translation/fields/request-fault.ts";
import { holdsNothing, textBlock } from "../../translation/text-blocks.ts";
import {
  drop,
  here,
  messageHere,
  addBlocks,
  turnOf,
  type TranslationDraft,
} from "../../translation/translation-draft.ts";
import { nameUnread } from "../../translation/fields/unread-fields.ts";
import { pushBlocks } from "./content-blocks.ts";
import type { MessagesMessage, MessagesRequest, TextBlock } from "../messages-request.ts";

export function translateConversation(draft: TranslationDraft, request: MessagesRequest): void {
  translateSystem(draft, request.system ?? "");
  for (const [index, message] of request.messages.entries()) {
    draft.messageIndex = index;
    addMessage(draft, message);
  }
  if (draft.messages.length === 0) {
    throw invalidRequest("messages", "messages has no message with content");
  }
}

const ofSystemBlock: ReadonlySet<string> = new Set(["type", "text", "cache_control"]);

function translateSystem(draft: TranslationDraft, system: string | TextBlock[]): void {
  draft.list = "system";
  draft.field = "";
  const blocks: SystemContentBlock[] = [];
  for (const [index, part] of (typeof system === "string" ? [system] : system).entries()) {
    draft.messageIndex = typeof part === "string" ? -1 : index;
    const text = typeof part === "string" ? part : part.text;
    const block = text === "" && typeof part === "string" ? undefined : textBlock(draft, text);
    if (block?.text === undefined) {
      continue;
    }
    blocks.push({ text: block.text });
    if (typeof part !== "string") {
      nameUnread(draft, part, ofSystemBlock, here);
      if (isJsonObject(part.cache_control)) {
        blocks.push(cacheMark(draft, part.cache_control, `${here(draft)}.cache_control`));
      }
    }
  }
  placeSystem(draft, blocks);
  draft.list = draft.terms.messages;
  draft.field = "content";
}

/** A model without system prompts gets it as the user's first words. */
function placeSystem(draft: TranslationDraft, blocks: SystemContentBlock[]): void {
  if (blocks.length === 0) {
    return;
  }
  if (draft.model.can.system) {
    draft.system = blocks;
    return;
  }
  drop(draft, "system");
  draft.messageIndex = 0;
  turnOf(draft, "user").push({ text: textOf(blocks) });
}

function textOf(blocks: readonly { text?: string | undefined }[]): string {
  return blocks.flatMap(({ text }) => (text === undefined ? [] : [text])).join("\n\n");
}

const ofMessage: ReadonlySet<string> = new Set(["role", "content"]);

function addMessage(draft: TranslationDraft, message: MessagesMessage): void {
  nameUnread(draft, message, ofMessage, messageHere);
  if (message.role === "system") {
    addSystemMessage(draft, message);
    return;
  }
  const { role, content } = message;
  const blocks: ContentBlock[] = [];
  if (typeof content === "string") {
    const block = textBlock(draft, content);
    if (block !== undefined) {
      blocks.push(block);
    }
  } else {
    // Results of tools go into the user's turn by themselves.
    pushBlocks(draft, role, content, blocks);
  }
  const hasResults = typeof content !== "string" && content.some(({ type }) => type === "tool_result");
  if (holdsNothing(blocks) && !hasResults) {
    drop(draft, messageHere(draft));
    return;
  }
  addBlocks(draft, role, blocks);
}

/**
 * In the middle of the conversation only the newest Claude has one, which gets it as it is: here its words go to the end of the system prompt, or
 * stand in their place as the user's where a changed system prompt would cost the model its earlier thinking.
 */
function addSystemMessage(draft: TranslationDraft, { content }: MessagesMessage): void {
  const blocks: ContentBlock[] = [];
  if (typeof content === "string") {
    const block = textBlock(draft, content);
    if (block !== undefined) {
      blocks.push(block);
    }
  } else {
    pushBlocks(draft, "system", content, blocks);
  }
  if (blocks.some((block) => block.text === undefined && block.cachePoint === undefined)) {
    const path = messageHere(draft);
    throw invalidRequest(path, `${path} must be text: a system prompt takes no other content`);
  }
  const text = textOf(blocks);
  if (text === "") {
    return;
  }
  const path = messageHere(draft);
  if (draft.model.can.system && !draft.model.bindsThinking) {
    drop(draft, path);
    (draft.system ??= []).push({ text });
  } else {
    drop(draft, draft.model.bindsThinking ? `${path}.role` : path);
    turnOf(draft, "user").push({ text });
  }
}
