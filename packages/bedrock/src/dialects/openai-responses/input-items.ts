/** The conversation: instructions, and the items of `input`. */
import type { ContentBlock, ToolResultContent } from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { markOfPart } from "../translation/cache-marks.ts";
import { reasoningBlock } from "../translation/reasoning-history.ts";
import { invalidRequest } from "../translation/fields/request-fault.ts";
import { addSystemBlocks } from "../translation/system-prompt.ts";
import { holdsNothing, textBlock } from "../translation/text-blocks.ts";
import { toolInput } from "../translation/tools/tool-input.ts";
import { sentToolId, sentToolName } from "../translation/tools/tool-names.ts";
import {
  addToResult,
  notInResults,
  placeResult,
  resultText,
  type ToolResultDraft,
} from "../translation/tools/tool-result.ts";
import { addBlocks, drop, messageHere, turnOf, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import { argumentsFromText, plainToolName } from "./caller-tools.ts";
import { reasoningFromEncrypted } from "./encrypted-content.ts";
import { blockFromImage, blockFromInputFile, blocksFromParts, nameUnreadOfPart } from "./input-parts.ts";
import type {
  CallOutputItem,
  CustomCallItem,
  FunctionCallItem,
  InputItem,
  InputPart,
  MessageItem,
  ReasoningItem,
  ResponsesRequest,
} from "./responses-request.ts";

export function translateInput(draft: TranslationDraft, { instructions, input }: ResponsesRequest): void {
  if (typeof instructions === "string" && instructions !== "") {
    standAt(draft, "instructions");
    addSystemBlocks(draft, textBlocks(draft, instructions));
  }
  standAt(draft, "input");
  if (typeof input === "string") {
    addMessage(draft, { role: "user", content: input });
  } else {
    draft.field = "content";
    for (const [index, item] of input.entries()) {
      draft.messageIndex = index;
      addItem(draft, item);
    }
  }
  if (draft.messages.length === 0) {
    throw invalidRequest("input", "input has no message of a user or an assistant with content");
  }
}

/** Members of the body that are a text, or a list whose items come next. */
function standAt(draft: TranslationDraft, member: string): void {
  draft.list = member;
  draft.messageIndex = -1;
  draft.field = "";
}

function textBlocks(draft: TranslationDraft, text: string): ContentBlock[] {
  const block = textBlock(draft, text);
  return block === undefined ? [] : [block];
}

const ofMessage: ReadonlySet<string> = new Set(["type", "id", "role", "content", "status", "phase"]);
const ofAnyCall = ["type", "id", "call_id", "name", "namespace", "status"];
const ofFunctionCall: ReadonlySet<string> = new Set([...ofAnyCall, "arguments"]);
const ofCustomCall: ReadonlySet<string> = new Set([...ofAnyCall, "input"]);
const ofOutput: ReadonlySet<string> = new Set(["type", "id", "call_id", "output", "status"]);
const ofReasoning: ReadonlySet<string> = new Set(["type", "id", "summary", "content", "encrypted_content", "status"]);

function addItem(draft: TranslationDraft, item: InputItem): void {
  switch (item.type) {
    case "function_call":
      nameUnread(draft, item, ofFunctionCall, messageHere);
      addCall(draft, item, toolInput(draft, item.arguments, `${messageHere(draft)}.arguments`));
      return;
    case "custom_tool_call":
      nameUnread(draft, item, ofCustomCall, messageHere);
      addCall(draft, item, argumentsFromText(item.input));
      return;
    case "function_call_output":
    case "custom_tool_call_output":
      nameUnread(draft, item, ofOutput, messageHere);
      addOutput(draft, item);
      return;
    case "reasoning":
      nameUnread(draft, item, ofReasoning, messageHere);
      addReasoning(draft, item);
      return;
    case "web_search_call":
    case "file_search_call":
    case "code_interpreter_call":
    case "mcp_list_tools":
      drop(draft, messageHere(draft));
      return;
    case "message":
    case undefined:
    case null:
      nameUnread(draft, item, ofMessage, messageHere);
      addMessage(draft, item);
  }
}

function addMessage(draft: TranslationDraft, { role, content }: MessageItem): void {
  const blocks = typeof content === "string" ? textBlocks(draft, content) : blocksFromParts(draft, content);
  if (role === "system" || role === "developer") {
    addSystemBlocks(draft, blocks);
  } else if (!holdsNothing(blocks)) {
    addBlocks(draft, role, blocks);
  } else if (typeof content !== "string") {
    // An empty text has been named by itself.
    drop(draft, messageHere(draft));
  }
}

function addCall(draft: TranslationDraft, item: FunctionCallItem | CustomCallItem, input: JsonObject): void {
  draft.hasToolHistory = true;
  const name = sentToolName(draft, plainToolName(item.namespace, item.name));
  turnOf(draft, "assistant").push({ toolUse: { toolUseId: sentCallId(draft, item.call_id), name, input } });
}

function sentCallId(draft: TranslationDraft, given: string): string {
  const sent = sentToolId(draft, given);
  if (sent !== given) {
    drop(draft, `${messageHere(draft)}.call_id`);
  }
  return sent;
}

function addOutput(draft: TranslationDraft, { call_id: callId, output }: CallOutputItem): void {
  const toolUseId = sentCallId(draft, callId);
  const result: ToolResultDraft = { toolUseId, content: [], moved: [], status: undefined, mark: undefined };
  draft.field = "output";
  if (typeof output === "string") {
    const text = resultText(draft, output);
    if (text !== undefined) {
      result.content.push(text);
    }
  } else {
    addParts(draft, output, result);
  }
  draft.field = "content";
  placeResult(draft, result);
}

function addParts(draft: TranslationDraft, parts: readonly InputPart[], result: ToolResultDraft): void {
  for (const [index, part] of parts.entries()) {
    draft.partIndex = index;
    nameUnreadOfPart(draft, part);
    const block = resultBlock(draft, part);
    if (block !== undefined) {
      addToResult(draft, result, block);
    }
    // AWS refuses a mark inside a result: the last one stands behind it.
    result.mark = markOfPart(draft, part) ?? result.mark;
  }
  draft.partIndex = -1;
}

function resultBlock(draft: TranslationDraft, part: InputPart): ToolResultContent | undefined {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "summary_text":
    case "text":
      return resultText(draft, part.text);
    case "input_image":
      return blockFromImage(draft, part) as ToolResultContent;
    case "input_file":
      return blockFromInputFile(draft, part) as ToolResultContent;
    case "refusal":
    case "input_audio":
      throw notInResults(draft);
  }
}

/**
 * Reasoning goes back as this server wrote it into `encrypted_content`. Without that, or where another wrote it, its plain text is offered
 * to models that take plain reasoning.
 */
function addReasoning(draft: TranslationDraft, item: ReasoningItem): void {
  const given = item.encrypted_content ?? "";
  const own = reasoningFromEncrypted(given);
  if (own === undefined && given !== "") {
    drop(draft, `${messageHere(draft)}.encrypted_content`);
  }
  const text = textOf(item.content) || textOf(item.summary);
  const known = own ?? (text === "" ? undefined : { reasoningText: { text } });
  const block = known === undefined ? undefined : reasoningBlock(draft, known, messageHere(draft));
  if (block !== undefined) {
    turnOf(draft, "assistant").push(block);
  }
}

function textOf(parts: readonly { text: string }[] | null | undefined): string {
  return (parts ?? []).map((part) => part.text).join("\n\n");
}
