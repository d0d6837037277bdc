/** Results of tools: at the head of the user's turn. */
import type { CachePointBlock, ContentBlock, ToolResultBlock, ToolResultContent } from "../../../converse/content.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { asContentBlock, awsMemberOf, namedDocument } from "../aws-part.ts";
import { isAlteredByReading } from "../../../json-text/altered-json.ts";
import { invalidRequest } from "../fields/request-fault.ts";
import { isBlank } from "../text-blocks.ts";
import { drop, here, pushAll, turnOf, type TranslationDraft } from "../translation-draft.ts";

/** A result as it is put together. */
export interface ToolResultDraft {
  /** As it is sent. */
  toolUseId: string;
  content: ToolResultContent[];
  /** What the model takes only beside a result. */
  moved: ContentBlock[];
  status: "success" | "error" | undefined;
  /** Stands behind the result: AWS refuses a mark inside. */
  mark: { cachePoint: CachePointBlock } | undefined;
}

/** Puts a block where the model takes it: into the result, or beside it. Then the part in hand is named. */
export function addToResult(draft: TranslationDraft, result: ToolResultDraft, block: ToolResultContent): void {
  if (isTaken(draft, block)) {
    result.content.push(block);
  } else {
    drop(draft, here(draft));
    result.moved.push(block as ContentBlock);
  }
}

/** Puts the result into the user's turn. */
export function placeResult(draft: TranslationDraft, result: ToolResultDraft): void {
  draft.hasToolHistory = true;
  const { toolUseId, content, moved, status, mark } = result;
  if (content.length === 0 && moved.length > 0) {
    content.push({ text: "The result is attached to this message." });
  }
  const toolResult: ToolResultBlock = { toolUseId, content };
  if (status !== undefined) {
    toolResult.status = status;
  }
  const turn = turnOf(draft, "user");
  const last = turn.at(-1);
  draft.hasLateResults ||= last !== undefined && last.toolResult === undefined && !isMarkOfResult(turn);
  turn.push({ toolResult });
  if (mark !== undefined) {
    turn.push(mark);
  }
  pushAll(turn, moved);
}

function isMarkOfResult(turn: readonly ContentBlock[]): boolean {
  return turn.at(-1)?.cachePoint !== undefined && turn.at(-2)?.toolResult !== undefined;
}

/** The status where the model takes one; else it is named by its path. */
export function takenStatus(
  draft: TranslationDraft,
  status: "success" | "error",
  path: string,
): "success" | "error" | undefined {
  if (draft.model.can.toolResultStatus) {
    return status;
  }
  drop(draft, path);
  return undefined;
}

/** An empty result has no content: AWS refuses an empty text. */
export function resultText(draft: TranslationDraft, text: string): ToolResultContent | undefined {
  if (isBlank(text)) {
    return undefined;
  }
  const json =
    draft.model.can.toolResultJson && text.trimStart().startsWith("{") ? parsedObject(draft, text) : undefined;
  return json === undefined ? { text } : { json };
}

function parsedObject(draft: TranslationDraft, text: string): JsonValue | undefined {
  if (!draft.builtTexts.take(text)) {
    return undefined;
  }
  try {
    const value = JSON.parse(text) as JsonValue;
    // As text all arrives as it was written.
    return isJsonObject(value) && !isAlteredByReading(text, value) ? value : undefined;
  } catch {
    // Text that only looks like JSON stays text.
    return undefined;
  }
}

const resultMembers: ReadonlySet<string> = new Set(["json", "text", "image", "document", "video", "searchResult"]);

/** A part in AWS's own shape; nothing for a cache mark. */
export function awsResultBlock(draft: TranslationDraft, part: JsonObject): ToolResultContent | undefined {
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

/** The refusal of the part in hand. */
export function notInResults(draft: TranslationDraft): Error {
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
