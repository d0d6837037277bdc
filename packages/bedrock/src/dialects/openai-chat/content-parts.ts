/** Parts of a message to blocks of Converse. */
import type { CachePointBlock, Citation, ContentBlock, DocumentBlock, ToolUseBlock } from "../../converse/content.ts";
import { isJsonObject } from "../../json.ts";
import { asContentBlock, awsMemberOf } from "./aws-part.ts";
import { cacheMark, knownMark } from "./cache-marks.ts";
import type { AwsPart, ChatPart, TextPart, ThinkingPart } from "./chat-request.ts";
import { sentDocumentName } from "./document-names.ts";
import { blockFromAudioPart, blockFromFilePart, blockFromImagePart, blockFromVideoPart } from "./media.ts";
import { reasoningBlock } from "./reasoning-history.ts";
import { isBlank } from "./text-blocks.ts";
import { drop, here, type TranslationDraft } from "./translation-draft.ts";
import { nameUnreadOfPart } from "./unread-part-fields.ts";

/** Adds the blocks of the parts, each followed by its cache mark. */
export function pushParts(draft: TranslationDraft, parts: readonly ChatPart[], content: ContentBlock[]): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined) {
      continue;
    }
    draft.partIndex = index;
    nameUnreadOfPart(draft, part);
    const isMarked = content.length > 0 && (hasMark(part) || isMark(parts[index + 1]));
    const block = blockFromPart(draft, part, isMarked);
    if (block !== undefined) {
      content.push(block);
      if (isJsonObject(part["cache_control"])) {
        content.push(cacheMark(draft, part["cache_control"], `${here(draft)}.cache_control`));
      }
    }
  }
  draft.partIndex = -1;
}

/** True when there is nothing but cache marks: no message for AWS. */
export function holdsNothing(content: readonly ContentBlock[]): boolean {
  return content.every((block) => block.cachePoint !== undefined);
}

function hasMark(part: ChatPart): boolean {
  return isJsonObject(part["cache_control"]);
}

function isMark(part: ChatPart | undefined): boolean {
  return part !== undefined && isJsonObject(part["cachePoint"]);
}

function blockFromPart(draft: TranslationDraft, part: ChatPart, isMarked: boolean): ContentBlock | undefined {
  switch (part.type) {
    case "text":
      return Array.isArray(part["citations"])
        ? citedBlock(draft, part, part["citations"])
        : textBlock(draft, part.text, isMarked);
    case "refusal":
      return textBlock(draft, part.refusal, isMarked);
    case "image_url":
      return blockFromImagePart(draft, part);
    case "video_url":
      return blockFromVideoPart(draft, part);
    case "file":
      return blockFromFilePart(draft, part);
    case "input_audio":
      return blockFromAudioPart(draft, part);
    case "thinking":
      return thinkingBlock(draft, part);
    case "redacted_thinking":
      return reasoningBlock(draft, { redactedContent: part.data }, here(draft));
    case undefined:
    case null:
    default:
      return blockFromAwsPart(draft, part, isMarked);
  }
}

/**
 * A text block, or nothing for one that AWS refuses: an empty one always, one of white space alone unless it stands between other content
 * and a cache mark (recorded: `"\n"` between a document and a cache point is taken by Claude).
 */
export function textBlock(draft: TranslationDraft, text: string, isMarked = false): ContentBlock | undefined {
  const mayBeBlank = isMarked && (draft.model.family === "anthropic" || draft.model.family === "unknown");
  if (isBlank(text) && (text === "" || !mayBeBlank)) {
    drop(draft, here(draft));
    return undefined;
  }
  return { text };
}

/** Text with the citations that an answer which is not strict shows. AWS fails on citations of search results in history. */
function citedBlock(draft: TranslationDraft, part: TextPart, given: unknown[]): ContentBlock | undefined {
  const citations = given as Citation[];
  if (citations.length === 0 || citations.some((citation) => citation.location?.searchResultLocation !== undefined)) {
    if (citations.length > 0) {
      drop(draft, `${here(draft)}.citations`);
    }
    return textBlock(draft, part.text);
  }
  // Nova's grounding cites between two texts: such a block has none of its own.
  return { citationsContent: { content: part.text === "" ? [] : [{ text: part.text }], citations } };
}

function thinkingBlock(draft: TranslationDraft, part: ThinkingPart): ContentBlock | undefined {
  const { thinking, signature } = part;
  const reasoningText = typeof signature === "string" ? { text: thinking, signature } : { text: thinking };
  return reasoningBlock(draft, { reasoningText }, here(draft));
}

function blockFromAwsPart(draft: TranslationDraft, part: AwsPart, isMarked: boolean): ContentBlock | undefined {
  const member = awsMemberOf(part);
  if (member === undefined) {
    return undefined;
  }
  const block = asContentBlock(part, member);
  if (block.text !== undefined) {
    return textBlock(draft, block.text, isMarked);
  }
  if (block.document !== undefined) {
    return { document: namedDocument(draft, block.document) };
  }
  if (block.cachePoint !== undefined) {
    return markOf(draft, block.cachePoint);
  }
  if (block.reasoningContent !== undefined) {
    return reasoningBlock(draft, block.reasoningContent, here(draft));
  }
  if (block.toolUse !== undefined) {
    draft.hasToolHistory = true;
    return { toolUse: replayedCall(block.toolUse) };
  }
  if (block.toolResult !== undefined) {
    draft.hasToolHistory = true;
  }
  return block;
}

function markOf(draft: TranslationDraft, point: CachePointBlock): ContentBlock {
  return knownMark(draft, { ...point, type: "default" }, here(draft));
}

/** A document in AWS's shape, under a name that the whole request does not have twice. */
export function namedDocument(draft: TranslationDraft, document: DocumentBlock): DocumentBlock {
  const given = typeof document.name === "string" && document.name !== "" ? document.name : undefined;
  const name = sentDocumentName(draft, given, `${here(draft)}.document.name`);
  return name === document.name ? document : { ...document, name };
}

/** AWS writes the type `tool_use` in replies and refuses it in requests. */
function replayedCall(call: ToolUseBlock): ToolUseBlock {
  if (call.type !== "tool_use") {
    return call;
  }
  const { toolUseId, name, input } = call;
  return { toolUseId, name, input };
}
