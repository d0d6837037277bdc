import type { ToolUseBlock } from "../../../converse/content.ts";
import type { TranslationNotes } from "../context.ts";

/** Whose tool a block calls: the caller's, the one that carries the structured answer, or one that AWS runs itself. */
export type ToolKind = "caller" | "answer" | "server";

/** AWS writes no type, or `tool_use` (recorded with Nova 2 and Claude 5), for the caller's tools, and `server_tool_use` for its own. */
export function toolKindOf(tool: Pick<ToolUseBlock, "name" | "type">, notes: TranslationNotes): ToolKind {
  if (tool.type !== undefined && tool.type !== "tool_use") {
    return "server";
  }
  return tool.name === notes.answerTool ? "answer" : "caller";
}

/** The tool's name as the caller wrote it. */
export function callersToolName(name: string, notes: TranslationNotes): string {
  return notes.toolNames.get(name) ?? name;
}
