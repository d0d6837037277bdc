/** Messages of tools: results at the head of the user's turn. */
import type { ContentBlock, ToolResultBlock, ToolResultContent } from "../../converse/content.ts";
import { isJsonObject, type JsonValue } from "../../json.ts";
import { asContentBlock, awsMemberOf } from "./aws-part.ts";
import { cacheMark } from "./cache-marks.ts";
import type { ChatMessage, ChatPart } from "./chat-request.ts";
import { namedDocument } from "./content-parts.ts";
import { losesNumbers } from "../../exact-numbers.ts";
import { blockFromFilePart, blockFromImagePart, blockFromVideoPart } from "./media.ts";
import { invalidRequest } from "./request-fault.ts";
import { isBlank } from "./text-blocks.ts";
import { sentToolId } from "./tool-names.ts";
import { drop, here, pushAll, turnOf, type TranslationDraft } from "./translation-draft.ts";
import { nameUnreadOfPart } from "./unread-part-fields.ts";

export function addToolMessage(draft: TranslationDraft, message: ChatMessage): void {
  draft.hasToolHistory = true;
  const moved: ContentBlock[] = [];
  const given = message.tool_call_id ?? "";
  const toolUseId = sentToolId(given);
  if (toolUseId !== given) {
    drop(draft, `messages[${draft.messageIndex}].tool_call_id`);
  }
  const toolResult: ToolResultBlock = { toolUseId, content: resultContent(draft, message, moved) };
  const status = statusOf(draft, message);
  if (status !== undefined) {
    toolResult.status = status;
  }
  const blocks: ContentBlock[] = [{ toolResult }];
  const control = message.cache_control ?? controlOfParts(message.content);
  if (isJsonObject(control)) {
    blocks.push(cacheMark(draft, control, `messages[${draft.messageIndex}].cache_control`));
  }
  const turn = turnOf(draft, "user");
  const last = turn.at(-1);
  draft.hasLateResults ||= last !== undefined && last.toolResult === undefined && !isMarkOfResult(turn);
  pushAll(turn, blocks);
  pushAll(turn, moved);
}

function isMarkOfResult(turn: readonly ContentBlock[]): boolean {
  return turn.at(-1)?.cachePoint !== undefined && turn.at(-2)?.toolResult !== undefined;
}

function statusOf(draft: TranslationDraft, message: ChatMessage): "success" | "error" | undefined {
  const status =
    message.status === "error" || message.is_error === true
      ? "error"
      : message.status === "success" || message.is_error === false
        ? "success"
        : undefined;
  if (status !== undefined && !draft.model.can.toolResultStatus) {
    drop(draft, `messages[${draft.messageIndex}].${message.status === undefined ? "is_error" : "status"}`);
    return undefined;
  }
  return status;
}

/** A mark inside a result is refused by AWS; it stands after the result. */
function controlOfParts(content: ChatMessage["content"]): ChatMessage["cache_control"] {
  if (!Array.isArray(content)) {
    return undefined;
  }
  for (const part of content) {
    if (isJsonObject(part["cache_control"])) {
      return part["cache_control"];
    }
    if (isJsonObject(part["cachePoint"])) {
      const { ttl } = part["cachePoint"];
      return ttl === "1h" || ttl === "5m" ? { ttl } : {};
    }
  }
  return undefined;
}

function resultContent(draft: TranslationDraft, message: ChatMessage, moved: ContentBlock[]): ToolResultContent[] {
  const { content } = message;
  if (typeof content === "string") {
    const text = resultText(draft, content);
    return text === undefined ? [] : [text];
  }
  const result: ToolResultContent[] = [];
  (content ?? []).forEach((part, index) => {
    draft.partIndex = index;
    nameUnreadOfPart(draft, part);
    const block = resultBlock(draft, part);
    if (block !== undefined && isTaken(draft, block)) {
      result.push(block);
    } else if (block !== undefined) {
      drop(draft, here(draft));
      moved.push(block as ContentBlock);
    }
  });
  draft.partIndex = -1;
  if (result.length === 0 && moved.length > 0) {
    result.push({ text: "The result is attached to this message." });
  }
  return result;
}

/** An empty result has no content: AWS refuses an empty text. */
function resultText(draft: TranslationDraft, text: string): ToolResultContent | undefined {
  if (isBlank(text)) {
    return undefined;
  }
  const json = draft.model.can.toolResultJson && text.trimStart().startsWith("{") ? parsedObject(text) : undefined;
  return json === undefined ? { text } : { json };
}

function parsedObject(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    // As text every number arrives as it was written.
    return isJsonObject(value) && !losesNumbers(text) ? value : undefined;
  } catch {
    // Text that only looks like JSON stays text.
    return undefined;
  }
}

function resultBlock(draft: TranslationDraft, part: ChatPart): ToolResultContent | undefined {
  switch (part.type) {
    case "text":
      return resultText(draft, part.text);
    case "image_url":
      return blockFromImagePart(draft, part) as ToolResultContent;
    case "video_url":
      return blockFromVideoPart(draft, part) as ToolResultContent;
    case "file":
      return blockFromFilePart(draft, part) as ToolResultContent;
    case "refusal":
    case "input_audio":
    case "thinking":
    case "redacted_thinking":
      throw notInResults(draft);
    case undefined:
    case null:
    default:
      return awsResultBlock(draft, part);
  }
}

const resultMembers: ReadonlySet<string> = new Set(["json", "text", "image", "document", "video", "searchResult"]);

function awsResultBlock(draft: TranslationDraft, part: ChatPart): ToolResultContent | undefined {
  const member = awsMemberOf(part) ?? "";
  if (member === "cachePoint") {
    return undefined;
  }
  if (!resultMembers.has(member)) {
    throw notInResults(draft);
  }
  const block = asContentBlock(part, member) as ToolResultContent;
  if (block.json !== undefined) {
    return block;
  }
  if (block.text !== undefined) {
    return resultText(draft, block.text);
  }
  return block.document === undefined ? block : { document: namedDocument(draft, block.document) };
}

function notInResults(draft: TranslationDraft): Error {
  const path = here(draft);
  return invalidRequest(path, `${path} cannot stand in a tool's result: it takes text, images, files, video and json`);
}

function isTaken(draft: TranslationDraft, block: ToolResultContent): boolean {
  const media = draft.model.can.toolResultMedia;
  if (block.image !== undefined) {
    return media.includes("image");
  }
  if (block.document !== undefined) {
    return media.includes("document");
  }
  return block.video === undefined || media.includes("video");
}
