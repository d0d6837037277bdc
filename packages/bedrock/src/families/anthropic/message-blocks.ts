/** Content blocks of Converse as Claude's. Sources: Anthropic's API reference of the Messages API, recorded bodies. */
import { Buffer } from "node:buffer";
import type {
  CitationsContentBlock,
  ContentBlock,
  ReasoningContentBlock,
  ToolReference,
  ToolResultBlock,
  ToolResultContent,
  ToolUseBlock,
} from "../../converse/content.ts";
import type { JsonObject } from "../../json.ts";
import { type NativeDraft, unsupportedBlock } from "../native-draft.ts";
import { nativeCitation } from "../../anthropic/citations.ts";
import { claudeToolId } from "../../anthropic/tool-ids.ts";
import { nativeDocument, nativeImage, nativeSearchResult } from "./documents.ts";

/** The native block of one of Converse's; none for what is left out, which is named. */
export function messageBlock(draft: NativeDraft, block: ContentBlock, path: string): JsonObject[] {
  if (block.text !== undefined) {
    return [{ type: "text", text: block.text }];
  }
  if (block.image !== undefined) {
    return [nativeImage(draft, block.image, `${path}.image`)];
  }
  if (block.document !== undefined) {
    return [nativeDocument(draft, block.document, `${path}.document`)];
  }
  if (block.searchResult !== undefined) {
    return [nativeSearchResult(block.searchResult)];
  }
  return answerBlock(draft, block, path) ?? toolBlock(draft, block, path);
}

/** Of a model's earlier answer. */
function answerBlock(draft: NativeDraft, block: ContentBlock, path: string): JsonObject[] | undefined {
  if (block.reasoningContent !== undefined) {
    return thinkingBlock(draft, block.reasoningContent, `${path}.reasoningContent`);
  }
  return block.citationsContent === undefined
    ? undefined
    : citedText(draft, block.citationsContent, `${path}.citationsContent`);
}

function toolBlock(draft: NativeDraft, block: ContentBlock, path: string): JsonObject[] {
  if (block.toolUse !== undefined) {
    return [toolUse(draft, block.toolUse, `${path}.toolUse`)];
  }
  if (block.toolResult !== undefined) {
    return [toolResult(draft, block.toolResult, `${path}.toolResult`)];
  }
  const change = block.toolAddition ?? block.toolRemoval;
  if (change !== undefined) {
    return [toolChange(block.toolAddition === undefined ? "tool_removal" : "tool_addition", change)];
  }
  throw unsupportedBlock(draft, block, path);
}

/** Claude refuses thinking that it did not sign. */
function thinkingBlock(draft: NativeDraft, reasoning: ReasoningContentBlock, path: string): JsonObject[] {
  if (reasoning.redactedContent !== undefined) {
    // Base64 of the model's own string: Converse has a blob where Claude has text.
    const data = Buffer.from(reasoning.redactedContent, "base64").toString("utf8");
    return [{ type: "redacted_thinking", data }];
  }
  const { text, signature } = reasoning.reasoningText;
  if (signature === undefined || signature === "") {
    draft.drop(path);
    return [];
  }
  return [{ type: "thinking", thinking: text, signature }];
}

/** Nothing for citations without a text, as those of Nova's grounding are: Claude refuses an empty one. */
function citedText(
  draft: NativeDraft,
  { content = [], citations = [] }: CitationsContentBlock,
  path: string,
): JsonObject[] {
  const text = content.map((part) => part.text).join("");
  if (text === "") {
    draft.drop(path);
    return [];
  }
  const native = citations.flatMap((citation, index) => {
    const one = nativeCitation(citation);
    if (one === undefined) {
      draft.drop(`${path}.citations[${index}]`);
    }
    return one === undefined ? [] : [one];
  });
  return [{ type: "text", text, ...(native.length > 0 && { citations: native }) }];
}

function toolUse(draft: NativeDraft, { toolUseId, name, input, type }: ToolUseBlock, path: string): JsonObject {
  return { type: type === "server_tool_use" ? type : "tool_use", id: fittingId(draft, toolUseId, path), name, input };
}

function fittingId(draft: NativeDraft, id: string, path: string): string {
  const fitting = claudeToolId(id);
  if (fitting !== id) {
    draft.drop(`${path}.toolUseId`);
  }
  return fitting;
}

/** A result of a tool that ran at AWS's goes back as it came: `response.ts` put its content into one `json`. */
function toolResult(draft: NativeDraft, result: ToolResultBlock, path: string): JsonObject {
  const { toolUseId, content, status, type } = result;
  const [first] = content;
  if (type?.endsWith("_tool_result") === true && first?.json !== undefined) {
    return { type, tool_use_id: toolUseId, content: first.json };
  }
  const native = content.map((part, index) => resultPart(draft, part, `${path}.content[${index}]`));
  return {
    type: "tool_result",
    tool_use_id: fittingId(draft, toolUseId, path),
    ...(native.length > 0 && { content: native }),
    ...(status === "error" && { is_error: true }),
  };
}

function resultPart(draft: NativeDraft, part: ToolResultContent, path: string): JsonObject {
  if (part.text !== undefined) {
    return { type: "text", text: part.text };
  }
  if (part.json !== undefined) {
    return { type: "text", text: JSON.stringify(part.json) };
  }
  if (part.image !== undefined) {
    return nativeImage(draft, part.image, `${path}.image`);
  }
  if (part.document !== undefined) {
    return nativeDocument(draft, part.document, `${path}.document`);
  }
  if (part.searchResult !== undefined) {
    return nativeSearchResult(part.searchResult);
  }
  throw unsupportedBlock(draft, part, path);
}

/** Anthropic names the tool by a reference; the type is the one that Converse carries. */
function toolChange(type: string, { tool }: ToolReference): JsonObject {
  const { serverName, ...reference } = tool;
  return { type, tool: { ...reference, ...(serverName !== undefined && { server_name: serverName }) } };
}
