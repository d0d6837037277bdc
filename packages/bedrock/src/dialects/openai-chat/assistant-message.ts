/** A turn of the assistant: reasoning, text, then the calls of tools. */
import type { ContentBlock } from "../../converse/content.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { cacheMark } from "./cache-marks.ts";
import type { ChatMessage, ChatToolCall } from "./chat-request.ts";
import { holdsNothing, pushParts, textBlock } from "./content-parts.ts";
import { losesNumbers } from "../../exact-numbers.ts";
import { reasoningBlock } from "./reasoning-history.ts";
import { sentToolId, sentToolName } from "./tool-names.ts";
import { drop, pushAll, turnOf, type TranslationDraft } from "./translation-draft.ts";
import { nameUnread } from "./unread-fields.ts";
import { nameUnreadOfCall } from "./unread-part-fields.ts";

export function addAssistantMessage(draft: TranslationDraft, message: ChatMessage): void {
  const content: ContentBlock[] = [];
  const blocks = message.content_blocks;
  if (Array.isArray(blocks) && blocks.length > 0) {
    draft.field = "content_blocks";
    pushParts(draft, blocks, content);
    draft.field = "content";
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
    content.push(cacheMark(draft, message.cache_control, `messages[${draft.messageIndex}].cache_control`));
  }
  if (holdsNothing(content)) {
    drop(draft, `messages[${draft.messageIndex}]`);
    return;
  }
  pushAll(turnOf(draft, "assistant"), content);
}

function pushContent(draft: TranslationDraft, message: ChatMessage, content: ContentBlock[]): void {
  const parts = message.content;
  if (typeof message.reasoning_content === "string" && message.reasoning_content !== "" && !hasThinking(message)) {
    const reasoningText = { text: message.reasoning_content };
    const block = reasoningBlock(draft, { reasoningText }, `messages[${draft.messageIndex}].reasoning_content`);
    if (block !== undefined) {
      content.push(block);
    }
  }
  if (Array.isArray(parts)) {
    pushParts(draft, parts, content);
    return;
  }
  // An answer that only calls tools has empty content in OpenAI's form: nothing is left out there.
  const text = parts ?? message.refusal ?? "";
  const block = text === "" ? undefined : textBlock(draft, text);
  if (block !== undefined) {
    content.push(block);
  }
}

/** The turn brings its thinking in full: `reasoning_content` is the same again, without the signature. */
function hasThinking(message: ChatMessage): boolean {
  return (
    Array.isArray(message.content) &&
    message.content.some((part) => part.type === "thinking" || part.type === "redacted_thinking")
  );
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
    const toolUseId = sentToolId(call.id);
    // The same call is among the content blocks already.
    if (replayed.has(toolUseId)) {
      continue;
    }
    if (toolUseId !== call.id) {
      drop(draft, `messages[${draft.messageIndex}].tool_calls[${index}].id`);
    }
    const name = sentToolName(draft, call.function.name);
    const path = `messages[${draft.messageIndex}].tool_calls[${index}].function.arguments`;
    const input = inputOf(draft, call.function.arguments, path);
    content.push({ toolUse: { toolUseId, name, input } });
    if (isJsonObject(call["cache_control"])) {
      const path = `messages[${draft.messageIndex}].tool_calls[${index}].cache_control`;
      content.push(cacheMark(draft, call["cache_control"], path));
    }
  }
}

/** OpenAI's older form. The id is of no use to anyone but the answer that follows. */
function pushFunctionCall(draft: TranslationDraft, call: ChatToolCall["function"], content: ContentBlock[]): void {
  draft.hasToolHistory = true;
  const toolUseId = `function_call_${draft.messageIndex}`;
  draft.functionCallId = toolUseId;
  const path = `messages[${draft.messageIndex}].function_call`;
  nameUnread(draft, call as JsonObject, ofFunctionCall, path);
  const input = inputOf(draft, call.arguments, `${path}.arguments`);
  content.push({ toolUse: { toolUseId, name: sentToolName(draft, call.name), input } });
}

const ofFunctionCall: ReadonlySet<string> = new Set(["name", "arguments"]);

/**
 * The arguments as an object. What a model once wrote that is no JSON object is wrapped, so that the conversation goes on, and named:
 * the model sees its own words.
 */
function inputOf(draft: TranslationDraft, given: JsonValue | undefined, path: string): JsonObject {
  if (given === undefined || given === null || given === "") {
    return {};
  }
  if (isJsonObject(given)) {
    return given;
  }
  const value = typeof given === "string" ? parsed(given) : given;
  if (isJsonObject(value)) {
    if (typeof given === "string" && losesNumbers(given)) {
      // AWS wants an object, and a number of it is beyond what a double holds.
      drop(draft, path);
    }
    return value;
  }
  if (typeof given === "string" && given.trim() === "") {
    return {};
  }
  drop(draft, path);
  return { arguments: value ?? given };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Not JSON: the caller of this wraps the text.
    return undefined;
  }
}
