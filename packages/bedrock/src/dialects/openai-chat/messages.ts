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
import type { ChatMessage, ChatRequest, ChatRole } from "./chat-request.ts";
import { pushParts } from "./content-parts.ts";
import { addToolMessage } from "./tool-message.ts";

export function translateMessages(draft: TranslationDraft, request: ChatRequest): void {
  const { messages } = request;
  let lastFunctionCall = -1;
  const open = new Set<number>();
  let isAnswering = false;
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (message !== undefined) {
      draft.messageIndex = index;
      if (message.role === "assistant" && isAnswering) {
        answerWithNothing(draft, open);
        open.clear();
        isAnswering = false;
      }
      addMessage(draft, message, lastFunctionCall);
      isAnswering ||= inUsersTurn.has(message.role);
      if (message.role === "function") {
        open.delete(lastFunctionCall);
      } else if (message.role === "assistant" && isJsonObject(message.function_call)) {
        lastFunctionCall = index;
        open.add(index);
      }
    }
  }
  if (isAnswering) {
    answerWithNothing(draft, open);
  }
  if (draft.messages.length === 0 && !namesPrompt(request, draft.context.model.id)) {
    throw invalidRequest("messages", "messages has no message of a user or an assistant with content");
  }
}

const inUsersTurn: ReadonlySet<ChatRole> = new Set(["user", "tool", "function"]);

const always = ["role", "content", "cache_control"];
const ofTool = ["tool_call_id", "is_error", "status"];
const ofAssistant = ["content_blocks", "reasoning_content", "refusal", "tool_calls", "function_call"];

/** What is read of a message by its role. Of a tool's, the `name` repeats its call's. */
const readFields: Readonly<Record<ChatRole, ReadonlySet<string>>> = {
  system: new Set(always),
  developer: new Set(always),
  user: new Set(always),
  assistant: new Set([...always, ...ofAssistant]),
  tool: new Set([...always, ...ofTool, "name"]),
  function: new Set([...always, ...ofTool, "name"]),
};

function addMessage(draft: TranslationDraft, message: ChatMessage, lastFunctionCall: number): void {
  nameUnread(draft, message, readFields[message.role], messageHere);
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

/** In OpenAI's older form a conversation may go on without what a function gave, where AWS wants a result of each call. */
function answerWithNothing(draft: TranslationDraft, calls: ReadonlySet<number>): void {
  for (const index of calls) {
    drop(draft, `messages[${index}].function_call`);
    addToolMessage(draft, { role: "function", content: null, tool_call_id: functionCallId(index) });
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
