/** Parts of a message to blocks of Converse. */
import type { Citation, ContentBlock } from "../../converse/content.ts";
import { isJsonObject } from "../../json.ts";
import type { ModelFamily } from "../../models/model-facts.ts";
import { blockFromAwsPart } from "../translation/aws-part.ts";
import { markOfPart } from "../translation/cache-marks.ts";
import { reasoningBlock } from "../translation/reasoning-history.ts";
import { textBlock } from "../translation/text-blocks.ts";
import { drop, here, type TranslationDraft } from "../translation/translation-draft.ts";
import type { ChatPart, TextPart, ThinkingPart } from "./chat-request.ts";
import { blockFromAudioPart, blockFromFilePart, blockFromImagePart, blockFromVideoPart } from "./media-parts.ts";
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
      const mark = markOfPart(draft, part);
      if (mark !== undefined) {
        content.push(mark);
      }
    }
  }
  draft.partIndex = -1;
}

function hasMark(part: ChatPart): boolean {
  return isJsonObject(part["cache_control"]) || isJsonObject(part["prompt_cache_breakpoint"]);
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

/** Families that cite: Claude, and Nova with its grounding. Of a model that is not known AWS decides. */
const citing: ReadonlySet<ModelFamily> = new Set(["anthropic", "nova", "unknown"]);

/**
 * Text with the citations that an answer which is not strict shows. AWS fails on citations of search results in history; to families that cite
 * nothing, as after a failover, the text goes alone.
 */
function citedBlock(draft: TranslationDraft, part: TextPart, given: unknown[]): ContentBlock | undefined {
  const citations = given as Citation[];
  const { family } = draft.model;
  const isRefused =
    !citing.has(family) ||
    // Claude takes no empty text, and has none that cites between two others.
    (family === "anthropic" && part.text === "") ||
    citations.some((citation) => citation.location?.searchResultLocation !== undefined);
  if (citations.length === 0 || isRefused) {
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
