/** What the emulator's model reads in a call: the last words, tools, results, documents. */
import { Buffer } from "node:buffer";
import type { ContentBlock, DocumentBlock, ToolResultBlock, ToolSpecification } from "@adit/bedrock";
import type { Call } from "../validate/call.ts";
import { kindOf } from "../validate/call.ts";

/** The text of the last user message that holds any. */
export function lastUserText(call: Call): string {
  for (const turn of call.turns.toReversed()) {
    const text = turn.role === "user" ? textOf(turn.blocks.map(({ block }) => block)) : "";
    if (text !== "") return text;
  }
  return "";
}

/** Results in the last turn; none where the caller speaks. */
export function lastResults(call: Call): ToolResultBlock[] {
  const last = call.turns.at(-1);
  return (last?.blocks ?? []).flatMap(({ block }) => (block.toolResult === undefined ? [] : [block.toolResult]));
}

/** Names of the tools that were called, by the id of the call. */
export function toolNames(call: Call): ReadonlyMap<string, string> {
  const uses = call.blocks.flatMap(({ block }) => (block.toolUse === undefined ? [] : [block.toolUse]));
  return new Map(uses.map(({ toolUseId, name }) => [toolUseId, name]));
}

/** How many calls of tools the conversation holds. */
export function callCount(call: Call): number {
  return call.blocks.filter(({ block }) => block.toolUse !== undefined).length;
}

/** What a result says, as text. */
export function resultText(result: ToolResultBlock): string {
  return result.content
    .map((part) => part.text ?? (part.json === undefined ? `(${kindOf(part)})` : JSON.stringify(part.json)))
    .join(" ");
}

/** Tools that the caller runs. */
export function toolSpecs(call: Call): ToolSpecification[] {
  return (call.request.toolConfig?.tools ?? []).flatMap((tool) => (tool.toolSpec === undefined ? [] : [tool.toolSpec]));
}

/** Names of AWS's own tools. */
export function systemTools(call: Call): string[] {
  return (call.request.toolConfig?.tools ?? []).flatMap((tool) =>
    tool.systemTool === undefined ? [] : [tool.systemTool.name],
  );
}

/** Kinds of the last message's blocks that are no text. */
export function lastKinds(call: Call): string[] {
  return (call.turns.at(-1)?.blocks ?? []).map(({ block }) => kindOf(block)).filter((kind) => kind !== "text");
}

/** Documents of the messages, in order: the index is the one of citations. */
export function documentsOf(call: Call): DocumentBlock[] {
  return call.blocks.flatMap(({ block }) => (block.document === undefined ? [] : [block.document]));
}

/** A document's text, where it is text. */
export function documentText(document: DocumentBlock): string | undefined {
  const { source, format } = document;
  if (source.text !== undefined) return source.text;
  if (source.content !== undefined) return source.content[0]?.text;
  if (source.bytes === undefined || !/^(txt|md|csv|html)$/.test(format ?? "")) return undefined;
  return Buffer.from(source.bytes, "base64").toString("utf8");
}

function textOf(blocks: readonly ContentBlock[]): string {
  return blocks
    .flatMap((block) => block.text ?? block.guardContent?.text?.text ?? [])
    .filter((text) => text.trim() !== "")
    .join("\n");
}
