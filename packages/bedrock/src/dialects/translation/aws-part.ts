/** Content parts in AWS's own shape: what a dialect has no form for arrives as the Converse block that it is. */
import type { CachePointBlock, ContentBlock, DocumentBlock, ToolUseBlock } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import { knownMark } from "./cache-marks.ts";
import { checkString } from "./fields/check-field.ts";
import { sentDocumentName } from "./media/document-names.ts";
import { reasoningBlock } from "./reasoning-history.ts";
import { textBlock } from "./text-blocks.ts";
import { drop, here, type TranslationDraft } from "./translation-draft.ts";

const blockMembers: ReadonlySet<string> = new Set([
  "text",
  "image",
  "document",
  "video",
  "audio",
  "toolUse",
  "toolResult",
  "guardContent",
  "cachePoint",
  "reasoningContent",
  "citationsContent",
  "searchResult",
  "toolAddition",
  "toolRemoval",
  "json",
]);

/**
 * The one member of a Converse block in a part: `{"document": {...}}`, or with `type` set to the member's name, as an answer that is
 * not strict shows it. Undefined for any other part.
 */
export function awsMemberOf(part: JsonObject): string | undefined {
  const { type } = part;
  if (typeof type === "string") {
    return type !== "text" && blockMembers.has(type) && part[type] !== undefined ? type : undefined;
  }
  let found: string | undefined;
  for (const key in part) {
    // Models of AWS's union write the members that are not set as null.
    if (part[key] === undefined || part[key] === null || key === "type" || key === "cache_control") {
      continue;
    }
    if (found !== undefined || !blockMembers.has(key)) {
      return undefined;
    }
    found = key;
  }
  return found ?? (part["json"] === null ? "json" : undefined);
}

/**
 * True for a block of a kind that AWS has added since, as an answer that is not strict shows it: `{"type": "name", "name": ...}`. Parts of
 * a dialect, such as `image_url`, may have the same form.
 */
export function isUnknownShown(part: JsonObject): boolean {
  const { type } = part;
  return typeof type === "string" && !blockMembers.has(type) && Object.hasOwn(part, type);
}

/** The part as the block that it is; AWS judges what is inside. */
export function asContentBlock(part: JsonObject, member: string): ContentBlock {
  return { [member]: part[member] } as unknown as ContentBlock;
}

/** The part as it is sent, or nothing where it is no block of AWS's, or one that the model does not take. */
export function blockFromAwsPart(
  draft: TranslationDraft,
  part: JsonObject,
  isMarked: boolean,
): ContentBlock | undefined {
  const member = awsMemberOf(part);
  if (member === undefined) {
    drop(draft, here(draft));
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
  if (isOfForeignTool(block, draft.model)) {
    drop(draft, here(draft));
    return undefined;
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

/**
 * Tools that AWS runs are one family's own, Nova's or Claude's: to another model, as after a failover, their calls are of tools that it does not
 * have, and most refuse them. What such a tool found is in the text of the answer.
 */
function isOfForeignTool({ toolUse, toolResult }: ContentBlock, { family }: ModelFacts): boolean {
  const tool = toolUse?.type === "server_tool_use" ? toolUse.name : toolResult?.type;
  if (typeof tool !== "string" || family === "unknown") {
    return false;
  }
  return family !== (tool.startsWith("nova_") ? "nova" : "anthropic");
}

function markOf(draft: TranslationDraft, point: CachePointBlock): ContentBlock {
  return knownMark(draft, { ...point, type: "default" }, here(draft));
}

/** A document in AWS's shape, under a name that the whole request does not have twice. */
export function namedDocument(draft: TranslationDraft, document: DocumentBlock): DocumentBlock {
  const path = `${here(draft)}.document.name`;
  checkString(document.name, path);
  const name = sentDocumentName(draft, document.name || undefined, path);
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
