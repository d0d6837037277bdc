/** Messages of tools. */
import type { ToolResultContent } from "../../converse/content.ts";
import { isJsonObject, type JsonValue } from "../../json.ts";
import { cacheMark, markOfPart } from "../translation/cache-marks.ts";
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
import { drop, here, messageHere, type TranslationDraft } from "../translation/translation-draft.ts";
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
  result.mark = isJsonObject(message.cache_control)
    ? cacheMark(draft, message.cache_control, `${messageHere(draft)}.cache_control`)
    : firstMarkOfParts(draft, message.content);
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
function firstMarkOfParts(draft: TranslationDraft, content: ChatMessage["content"]): ToolResultDraft["mark"] {
  if (!Array.isArray(content)) {
    return undefined;
  }
  let mark: ToolResultDraft["mark"];
  for (let index = 0; index < content.length && mark === undefined; index += 1) {
    draft.partIndex = index;
    const part = content[index] ?? {};
    mark = markOfPart(draft, part) ?? awsMark(draft, part["cachePoint"]);
  }
  draft.partIndex = -1;
  return mark;
}

function awsMark(draft: TranslationDraft, cachePoint: JsonValue | undefined): ToolResultDraft["mark"] {
  if (!isJsonObject(cachePoint)) {
    return undefined;
  }
  const { ttl } = cachePoint;
  return cacheMark(draft, ttl === "1h" || ttl === "5m" ? { ttl } : {}, `${here(draft)}.cachePoint`);
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
