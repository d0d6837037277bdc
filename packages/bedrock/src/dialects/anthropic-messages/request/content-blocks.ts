/** Blocks of a message to blocks of Converse. */
import { isSignature } from "../../../anthropic/signed-thinking.ts";
import type { Citation, ContentBlock } from "../../../converse/content.ts";
import { isJsonObject } from "../../../json.ts";
import { cacheMark } from "../../translation/cache-marks.ts";
import { reasoningBlock } from "../../translation/reasoning-history.ts";
import { invalidRequest } from "../../translation/fields/request-fault.ts";
import { textBlock } from "../../translation/text-blocks.ts";
import { toolInput } from "../../translation/tools/tool-input.ts";
import { mayBeClaude } from "../../../models/may-be-claude.ts";
import { sentToolId, sentToolName } from "../../translation/tools/tool-names.ts";
import { drop, here, pushAll, turnOf, type TranslationDraft } from "../../translation/translation-draft.ts";
import { nameUnreadOfBlock, notCarried } from "./block-members.ts";
import { ownCallId } from "../call-ids.ts";
import { citationFromMessages } from "../citations.ts";
import { documentBlock, imageBlock, searchResultBlock } from "./media-blocks.ts";
import type { MessagesBlock, MessagesMessage, TextBlock, ThinkingBlock, ToolUseBlock } from "../messages-request.ts";
import { redactedContentFrom } from "../redacted-thinking.ts";
import { addToolResult } from "./result-blocks.ts";

/** Adds the blocks to `content`, each followed by its cache mark; a tool's result goes into the user's turn at once. */
export function pushBlocks(
  draft: TranslationDraft,
  role: MessagesMessage["role"],
  blocks: readonly MessagesBlock[],
  content: ContentBlock[],
): void {
  for (const [index, block] of blocks.entries()) {
    draft.partIndex = index;
    nameUnreadOfBlock(draft, block);
    if (block.type === "tool_result") {
      needRole(draft, role, "user");
      // What came before the result stands before it, too: the last look at the turns sees to their order.
      pushAll(turnOf(draft, "user"), content.splice(0));
      addToolResult(draft, block);
      continue;
    }
    const isMarked = content.length > 0 && isJsonObject(block["cache_control"]);
    const sent = blockFrom(draft, role, block, isMarked);
    if (sent !== undefined) {
      content.push(sent);
      if (isJsonObject(block["cache_control"])) {
        content.push(cacheMark(draft, block["cache_control"], `${here(draft)}.cache_control`));
      }
    }
  }
  draft.partIndex = -1;
}

function blockFrom(
  draft: TranslationDraft,
  role: MessagesMessage["role"],
  block: MessagesBlock,
  isMarked: boolean,
): ContentBlock | undefined {
  switch (block.type) {
    case "text":
      return Array.isArray(block["citations"])
        ? citedBlock(draft, block, block["citations"])
        : textBlock(draft, block.text, isMarked);
    case "image":
      return imageBlock(draft, block);
    case "document":
      return documentBlock(draft, block);
    case "search_result":
      return searchResultBlock(draft, block);
    case "tool_use":
      needRole(draft, role, "assistant");
      return callBlock(draft, block);
    case "thinking":
      needRole(draft, role, "assistant");
      return thinkingBlock(draft, block);
    case "redacted_thinking":
      needRole(draft, role, "assistant");
      return reasoningBlock(draft, { redactedContent: redactedContentFrom(block.data) }, here(draft));
    case "tool_reference":
    case "tool_result":
    default:
      throw notCarried(draft, block);
  }
}

function needRole(draft: TranslationDraft, role: MessagesMessage["role"], wanted: MessagesMessage["role"]): void {
  if (role !== wanted) {
    throw invalidRequest(here(draft), `${here(draft)} can only stand in a message of the role ${wanted}`);
  }
}

/**
 * Text of an answer with its citations. AWS fails on citations of search results in history, and for those of the web Claude wants what its own
 * search has encrypted, which Converse does not keep; other families than Claude know none.
 */
function citedBlock(draft: TranslationDraft, { text }: TextBlock, given: readonly unknown[]): ContentBlock | undefined {
  const block = textBlock(draft, text);
  if (given.length === 0 || block === undefined) {
    return block;
  }
  const citations = given.map((citation) => citationFromMessages(citation));
  const isRefused = citations.some(
    (citation) => (citation?.location?.searchResultLocation ?? citation?.location?.web) !== undefined || !citation,
  );
  if (isRefused || !mayBeClaude(draft.model)) {
    drop(draft, `${here(draft)}.citations`);
    return block;
  }
  return { citationsContent: { content: [{ text }], citations: citations as Citation[] } };
}

function callBlock(draft: TranslationDraft, { id: shown, name, input }: ToolUseBlock): ContentBlock {
  draft.hasToolHistory = true;
  const id = ownCallId(shown, draft.model);
  const toolUseId = sentToolId(draft, id);
  if (toolUseId !== id) {
    drop(draft, `${here(draft)}.id`);
  }
  return {
    toolUse: { toolUseId, name: sentToolName(draft, name), input: toolInput(draft, input, `${here(draft)}.input`) },
  };
}

/** What stands for a model's signature where none was made says nothing to AWS. */
function thinkingBlock(
  draft: TranslationDraft,
  { thinking: text, signature }: ThinkingBlock,
): ContentBlock | undefined {
  const reasoningText = isSignature(signature) ? { text, signature } : { text };
  return reasoningBlock(draft, { reasoningText }, here(draft));
}
