/** Messages of tools. */
import type { ToolResultContent } from "../../converse/content.ts";
import { isJsonObject } from "../../json.ts";
import { cacheMark } from "../translation/cache-marks.ts";
import { sentToolId } from "../translation/tools/tool-names.ts";
import {
  addToResult,
  awsResultBlock,
  notInResults,
  placeResult,
  resultText,
  takenStatus,
  type ToolResultDraft,
} from "../translation/tools/tool-result.ts";
import { drop, messageHere, type TranslationDraft } from "../translation/translation-draft.ts";
import type { ChatMessage, ChatPart } from "./chat-request.ts";
import { blockFromFilePart, blockFromImagePart, blockFromVideoPart } from "./media-parts.ts";
import { nameUnreadOfPart } from "./unread-part-fields.ts";

export function addToolMessage(draft: TranslationDraft, message: ChatMessage): void {
  const given = message.tool_call_id ?? "";
  const toolUseId = sentToolId(draft, given);
  if (toolUseId !== given) {
    drop(draft, `${messageHere(draft)}.tool_call_id`);
  }
  const result: ToolResultDraft = { toolUseId, content: [], moved: [], status: undefined, mark: undefined };
  addContent(draft, message, result);
  result.status = statusOf(draft, message);
  const control = message.cache_control ?? controlOfParts(message.content);
  if (isJsonObject(control)) {
    result.mark = cacheMark(draft, control, `${messageHere(draft)}.cache_control`);
  }
  placeResult(draft, result);
}

function statusOf(draft: TranslationDraft, message: ChatMessage): "success" | "error" | undefined {
  const status =
    message.status === "error" || message.is_error === true
      ? "error"
      : message.status === "success" || message.is_error === false
        ? "success"
        : undefined;
  return status === undefined
    ? undefined
    : takenStatus(draft, status, `${messageHere(draft)}.${message.status === undefined ? "is_error" : "status"}`);
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
    if (isJsonObject(part["prompt_cache_breakpoint"])) {
      return {};
    }
    if (isJsonObject(part["cachePoint"])) {
      const { ttl } = part["cachePoint"];
      return ttl === "1h" || ttl === "5m" ? { ttl } : {};
    }
  }
  return undefined;
}

function addContent(draft: TranslationDraft, { content }: ChatMessage, result: ToolResultDraft): void {
  if (typeof content === "string") {
    const text = resultText(draft, content);
    if (text !== undefined) {
      result.content.push(text);
    }
    return;
  }
  (content ?? []).forEach((part, index) => {
    draft.partIndex = index;
    nameUnreadOfPart(draft, part);
    const block = resultBlock(draft, part);
    if (block !== undefined) {
      addToResult(draft, result, block);
    }
  });
  draft.partIndex = -1;
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
