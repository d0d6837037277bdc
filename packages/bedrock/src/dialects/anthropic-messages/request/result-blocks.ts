/** Results of tools. */
import type { ToolResultContent } from "../../../converse/content.ts";
import { isJsonObject } from "../../../json.ts";
import { cacheMark } from "../../translation/cache-marks.ts";
import { sentToolId, sentToolName } from "../../translation/tools/tool-names.ts";
import {
  addToResult,
  placeResult,
  resultText,
  takenStatus,
  type ToolResultDraft,
} from "../../translation/tools/tool-result.ts";
import { drop, here, type TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnreadOfBlock, notCarried } from "./block-members.ts";
import { documentBlock, imageBlock, searchResultBlock } from "./media-blocks.ts";
import { ownCallId } from "../call-ids.ts";
import type { MessagesBlock, ToolResultBlock } from "../messages-request.ts";

export function addToolResult(draft: TranslationDraft, block: ToolResultBlock): void {
  const { content, is_error: isError, tool_use_id: shown } = block;
  const given = ownCallId(shown, draft.model);
  const toolUseId = sentToolId(draft, given);
  if (toolUseId !== given) {
    drop(draft, `${here(draft)}.tool_use_id`);
  }
  const result: ToolResultDraft = { toolUseId, content: [], moved: [], status: undefined, mark: undefined };
  if (typeof content === "string") {
    addBlock(draft, result, resultText(draft, content));
  } else {
    addBlocks(draft, result, content ?? []);
  }
  if (isError === true) {
    result.status = takenStatus(draft, "error", `${here(draft)}.is_error`);
  }
  if (isJsonObject(block.cache_control)) {
    result.mark = cacheMark(draft, block.cache_control, `${here(draft)}.cache_control`);
  }
  placeResult(draft, result);
}

function addBlocks(draft: TranslationDraft, result: ToolResultDraft, blocks: readonly MessagesBlock[]): void {
  draft.innerField = "content";
  for (const [index, block] of blocks.entries()) {
    draft.innerIndex = index;
    nameUnreadOfBlock(draft, block);
    addBlock(draft, result, resultBlock(draft, block));
    if (isJsonObject(block["cache_control"])) {
      // A mark inside a result is refused by AWS; it stands after the result.
      result.mark = cacheMark(draft, block["cache_control"], `${here(draft)}.cache_control`);
    }
  }
  draft.innerField = "";
  draft.innerIndex = -1;
}

function addBlock(draft: TranslationDraft, result: ToolResultDraft, block: ToolResultContent | undefined): void {
  if (block !== undefined) {
    addToResult(draft, result, block);
  }
}

function resultBlock(draft: TranslationDraft, block: MessagesBlock): ToolResultContent | undefined {
  switch (block.type) {
    case "text": {
      const citations = block["citations"];
      if (Array.isArray(citations) && citations.length > 0) {
        // Converse has a place for them in a turn alone.
        drop(draft, `${here(draft)}.citations`);
      }
      return resultText(draft, block.text);
    }
    case "image":
      return imageBlock(draft, block) as ToolResultContent;
    case "document":
      return documentBlock(draft, block) as ToolResultContent | undefined;
    case "search_result":
      return searchResultBlock(draft, block) as ToolResultContent;
    case "tool_reference":
      // Converse offers all tools from the beginning: their names are what is left to say.
      drop(draft, `${here(draft)}.type`);
      return resultText(draft, sentToolName(draft, block.tool_name));
    case "tool_use":
    case "tool_result":
    case "thinking":
    case "redacted_thinking":
    default:
      throw notCarried(draft, block);
  }
}
