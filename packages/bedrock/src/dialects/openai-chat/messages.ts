/** The conversation: system prompts, and turns that alternate. */
import type { ContentBlock } from "../../converse/content.ts";
import { isJsonObject } from "../../json.ts";
import { cacheMark } from "../translation/cache-marks.ts";
import { invalidRequest } from "../translation/fields/request-fault.ts";
import { addSystemBlocks } from "../translation/system-prompt.ts";
import { holdsNothing, textBlock } from "../translation/text-blocks.ts";
import { drop, messageHere, pushAll, turnOf, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import { addAssistantMessage, functionCallId } from "./assistant-message.ts";
import { namesPrompt } from "./named-prompt.ts";
import type { ChatMessage, ChatRequest } from "./chat-request.ts";
import { pushParts } from "./content-parts.ts";
import { addToolMessage } from "./tool-message.ts";

export function translateMessages(draft: TranslationDraft, request: ChatRequest): void {
  const { messages } = request;
  let lastFunctionCall = -1;
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (message !== undefined) {
      draft.messageIndex = index;
      addMessage(draft, message, lastFunctionCall);
      lastFunctionCall = isJsonObject(message.function_call) ? index : lastFunctionCall;
    }
  }
  if (draft.messages.length === 0 && !namesPrompt(request, draft.context.model.id)) {
    throw invalidRequest("messages", "messages has no message of a user or an assistant with content");
  }
}

/** What is read of a message. Of a tool's, the `name` repeats its call's. */
const readFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "content_blocks",
  "reasoning_content",
  "refusal",
  "tool_calls",
  "tool_call_id",
  "is_error",
  "status",
  "cache_control",
]);
const readToolFields: ReadonlySet<string> = new Set([...readFields, "name"]);
const readAssistantFields: ReadonlySet<string> = new Set([...readFields, "function_call"]);

function readFieldsOf({ role }: ChatMessage): ReadonlySet<string> {
  if (role === "assistant") {
    return readAssistantFields;
  }
  return role === "tool" || role === "function" ? readToolFields : readFields;
}

function addMessage(draft: TranslationDraft, message: ChatMessage, lastFunctionCall: number): void {
  nameUnread(draft, message, readFieldsOf(message), messageHere);
  switch (message.role) {
    case "system":
    case "developer":
      addSystemMessage(draft, message);
      return;
    case "user":
      addUserMessage(draft, message);
      return;
    case "assistant":
      addAssistantMessage(draft, message);
      return;
    case "tool":
      addToolMessage(draft, message);
      return;
    case "function":
      addToolMessage(draft, { ...message, tool_call_id: answeredCall(draft, lastFunctionCall) });
  }
}

/** The older form has no ids: a function's message answers the call before it. */
function answeredCall(draft: TranslationDraft, lastFunctionCall: number): string {
  if (lastFunctionCall < 0) {
    const path = messageHere(draft);
    throw invalidRequest(path, `${path} answers no function_call of a message before it`);
  }
  return functionCallId(lastFunctionCall);
}

function addUserMessage(draft: TranslationDraft, message: ChatMessage): void {
  const { content } = message;
  if (typeof content === "string" && message.cache_control === undefined) {
    const block = textBlock(draft, content);
    if (block !== undefined) {
      turnOf(draft, "user").push(block);
    }
    return;
  }
  const blocks = contentOf(draft, message);
  if (holdsNothing(blocks)) {
    drop(draft, messageHere(draft));
    return;
  }
  pushAll(turnOf(draft, "user"), blocks);
}

function contentOf(draft: TranslationDraft, message: ChatMessage): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  if (Array.isArray(message.content)) {
    pushParts(draft, message.content, blocks);
  } else {
    const block = textBlock(draft, message.content ?? "");
    if (block !== undefined) {
      blocks.push(block);
    }
  }
  if (isJsonObject(message.cache_control) && blocks.length > 0) {
    blocks.push(cacheMark(draft, message.cache_control, `${messageHere(draft)}.cache_control`));
  }
  return blocks;
}

function addSystemMessage(draft: TranslationDraft, message: ChatMessage): void {
  const blocks = contentOf(draft, message);
  if (blocks.some((block) => block.toolAddition !== undefined || block.toolRemoval !== undefined)) {
    pushAll(turnOf(draft, "system"), blocks);
  } else {
    addSystemBlocks(draft, blocks);
  }
}
