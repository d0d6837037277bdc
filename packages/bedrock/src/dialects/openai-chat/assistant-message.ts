/** A turn of the assistant: reasoning, text, then the calls of tools. */
import type { ContentBlock } from "../../converse/content.ts";
import { isJsonObject } from "../../json.ts";
import { holdsText } from "../../text-search.ts";
import { cacheMark } from "../translation/cache-marks.ts";
import { reasoningBlock } from "../translation/reasoning-history.ts";
import { holdsNothing, textBlock } from "../translation/text-blocks.ts";
import { toolInput } from "../translation/tools/tool-input.ts";
import { sentToolId, sentToolName } from "../translation/tools/tool-names.ts";
import { addBlocks, drop, messageHere, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import type { ChatMessage, ChatPart, ChatToolCall } from "./chat-request.ts";
import { pushParts } from "./content-parts.ts";
import { areStreamed, blocksOfStreamed } from "./streamed-blocks.ts";
import { nameUnreadOfCall } from "./unread-part-fields.ts";

export function addAssistantMessage(draft: TranslationDraft, message: ChatMessage): void {
  const content: ContentBlock[] = [];
  const blocks = shownBlocks(draft, message);
  if (blocks !== undefined) {
    pushBlocks(draft, message, blocks, content);
    if (message.refusal !== undefined && message.refusal !== null && message.refusal !== "") {
      drop(draft, `${messageHere(draft)}.refusal`);
    }
  } else {
    pushContent(draft, message, content);
  }
  if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) {
    pushCalls(draft, message.tool_calls, content);
  }
  if (isJsonObject(message.function_call)) {
    pushFunctionCall(draft, message.function_call, content);
  }
  if (isJsonObject(message.cache_control) && content.length > 0) {
    content.push(cacheMark(draft, message.cache_control, `${messageHere(draft)}.cache_control`));
  }
  if (holdsNothing(content)) {
    drop(draft, messageHere(draft));
    return;
  }
  addBlocks(draft, "assistant", content);
}

/** Those of an answer that was not strict. Pieces that a stream's helper left of them are no answer: the message says more. */
function shownBlocks(draft: TranslationDraft, message: ChatMessage): readonly ChatPart[] | undefined {
  const blocks = message.content_blocks;
  if (!Array.isArray(blocks) || blocks.length === 0) {
    return undefined;
  }
  if (!areStreamed(blocks)) {
    return blocks;
  }
  const whole = blocksOfStreamed(blocks, textIn(message.content));
  if (whole === undefined) {
    drop(draft, `${messageHere(draft)}.content_blocks`);
  }
  return whole;
}

/** What an answer that was not strict showed in blocks wins; the text beside it says the same again, or is all the text that there is. */
function pushBlocks(
  draft: TranslationDraft,
  message: ChatMessage,
  blocks: readonly ChatPart[],
  content: ContentBlock[],
): void {
  if (!hasThinking(blocks)) {
    pushReasoning(draft, message, content);
  }
  draft.field = "content_blocks";
  pushParts(draft, blocks, content);
  draft.field = "content";
  const said = textIn(message.content);
  const shown = textIn(blocks);
  if (said === "" || holdsText(shown, said)) {
    return;
  }
  if (shown !== "") {
    drop(draft, `${messageHere(draft)}.content`);
  } else if (Array.isArray(message.content)) {
    pushParts(draft, message.content, content);
  } else {
    content.push({ text: said });
  }
}

function textIn(parts: string | readonly ChatPart[] | null | undefined): string {
  if (typeof parts === "string") {
    return parts.trim() === "" ? "" : parts;
  }
  if (parts === undefined || parts === null) {
    return "";
  }
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join("");
}

function pushReasoning(draft: TranslationDraft, message: ChatMessage, content: ContentBlock[]): void {
  if (typeof message.reasoning_content === "string" && message.reasoning_content !== "") {
    const reasoningText = { text: message.reasoning_content };
    const block = reasoningBlock(draft, { reasoningText }, `${messageHere(draft)}.reasoning_content`);
    if (block !== undefined) {
      content.push(block);
    }
  }
}

function pushContent(draft: TranslationDraft, message: ChatMessage, content: ContentBlock[]): void {
  const parts = message.content;
  if (!Array.isArray(parts) || !hasThinking(parts)) {
    pushReasoning(draft, message, content);
  }
  if (Array.isArray(parts)) {
    pushParts(draft, parts, content);
  } else {
    pushText(draft, parts, content);
  }
  if (!Array.isArray(parts) || parts.every((part) => part.type !== "refusal")) {
    pushText(draft, message.refusal, content);
  }
}

/** An answer that only calls tools has empty content in OpenAI's form: nothing is left out there. */
function pushText(draft: TranslationDraft, text: string | null | undefined, content: ContentBlock[]): void {
  const block = text === undefined || text === null || text === "" ? undefined : textBlock(draft, text);
  if (block !== undefined) {
    content.push(block);
  }
}

/** The turn brings its thinking in full: `reasoning_content` is the same again, without the signature. */
function hasThinking(parts: readonly ChatPart[]): boolean {
  return parts.some((part) => part.type === "thinking" || part.type === "redacted_thinking");
}

function pushCalls(draft: TranslationDraft, calls: readonly ChatToolCall[], content: ContentBlock[]): void {
  draft.hasToolHistory = true;
  const replayed = new Set(content.map((block) => block.toolUse?.toolUseId));
  for (let index = 0; index < calls.length; index += 1) {
    const call = calls[index];
    if (call === undefined) {
      continue;
    }
    nameUnreadOfCall(draft, call, index);
    const toolUseId = sentToolId(draft, call.id);
    // The same call is among the content blocks already.
    if (replayed.has(toolUseId)) {
      continue;
    }
    if (toolUseId !== call.id) {
      drop(draft, `${messageHere(draft)}.tool_calls[${index}].id`);
    }
    const name = sentToolName(draft, call.function.name);
    const path = `${messageHere(draft)}.tool_calls[${index}].function.arguments`;
    const input = toolInput(draft, call.function.arguments, path);
    content.push({ toolUse: { toolUseId, name, input } });
    if (isJsonObject(call["cache_control"])) {
      const path = `${messageHere(draft)}.tool_calls[${index}].cache_control`;
      content.push(cacheMark(draft, call["cache_control"], path));
    }
  }
}

/** Id given to a `function_call`, OpenAI's older form, which has none. */
export function functionCallId(messageIndex: number): string {
  return `function_call_${messageIndex}`;
}

/** OpenAI's older form. The id is of no use to anyone but the answer that follows. */
function pushFunctionCall(draft: TranslationDraft, call: ChatToolCall["function"], content: ContentBlock[]): void {
  draft.hasToolHistory = true;
  const toolUseId = functionCallId(draft.messageIndex);
  const path = `${messageHere(draft)}.function_call`;
  nameUnread(draft, call, ofFunctionCall, path);
  const input = toolInput(draft, call.arguments, `${path}.arguments`);
  content.push({ toolUse: { toolUseId, name: sentToolName(draft, call.name), input } });
}

const ofFunctionCall: ReadonlySet<string> = new Set(["name", "arguments"]);
