import { toolSearchFlag } from "../models/betas.ts";

/**
 * The tools that Anthropic defines, by the start of their types: which of them Claude takes on Bedrock, and under which beta flag.
 * Sources: AWS's refusal that lists the types it knows (recorded, CountTokens), AWS's page of Claude's Messages API (computer use, memory,
 * tool search), and the tables of vercel/ai's Anthropic-on-Bedrock layer. A type that is not listed goes to AWS, who decides.
 */
interface ToolRow {
  /** Start of the type; the date follows. */
  start: string;
  /** False: runs on Anthropic's servers, which Bedrock has no access to. */
  onBedrock: boolean;
  /** Bedrock takes the tool only with this flag. */
  beta?: string;
  /** What to do instead, where it is refused. */
  instead?: string;
}

const giveOwnTool = "offer a tool of your own and answer its calls";

const toolRows: readonly ToolRow[] = [
  { start: "bash_20", onBedrock: true },
  { start: "text_editor_20", onBedrock: true },
  { start: "computer_20241022", onBedrock: true, beta: "computer-use-2024-10-22" },
  { start: "computer_20250124", onBedrock: true, beta: "computer-use-2025-01-24" },
  { start: "computer_20251124", onBedrock: true, beta: "computer-use-2025-11-24" },
  { start: "memory_20250818", onBedrock: true, beta: "context-management-2025-06-27" },
  { start: "tool_search_tool_", onBedrock: true, beta: toolSearchFlag },
  { start: "web_search", onBedrock: false, instead: giveOwnTool },
  { start: "web_fetch", onBedrock: false, instead: giveOwnTool },
  { start: "code_execution", onBedrock: false, instead: giveOwnTool },
  { start: "mcp_toolset", onBedrock: false, instead: "connect to the MCP server yourself and offer its tools" },
];

/** What the table says of a tool's type; undefined for one that it does not know. */
export function anthropicTool(type: string): Readonly<ToolRow> | undefined {
  return toolRows.find(({ start }) => type.startsWith(start));
}

/** The flag under which alone Bedrock takes a tool of this type; undefined for one that needs none. */
export function flagOfTool(type: unknown): string | undefined {
  return typeof type === "string" ? anthropicTool(type)?.beta : undefined;
}

/** Types of Anthropic's tools end with the day of their version. */
const dated = /_20\d{6}$/;

/**
 * Type and name of a tool that stands under a key, as `{type: KEY, KEY: {name, ...}}`. Portkey's users have the name as the key, and the type as the
 * name: `{type: "computer", computer: {name: "computer_20250124", ...}}` (its `transformAnthropicAdditionalModelRequestFields`).
 */
export function toolUnderKey(key: string, name: string): { type: string; name: string } {
  return dated.test(name) && !dated.test(key) ? { type: name, name: key } : { type: key, name };
}

/** Fields of a tool that want a flag. Source: anthropics/claude-code#82549, AWS's page of tool use with Claude. */
export const flaggedFields: readonly (readonly [field: string, flag: string])[] = [
  ["defer_loading", toolSearchFlag],
  ["input_examples", "tool-examples-2025-10-29"],
];

/** Names by which blocks of a conversation tell a tool that ran on Anthropic's servers: `web_search_tool_result`, `mcp_tool_use` ... */
const serverBlocks =
  /^(?:web_search|web_fetch|code_execution|bash_code_execution|text_editor_code_execution)_tool_result$|^mcp_tool_/;

/** True for a block of a tool that Bedrock does not have. `server_tool_use` tells it by the tool's name. */
export function isServerToolBlock(type: string, name: unknown): boolean {
  if (type === "server_tool_use") {
    return typeof name !== "string" || !name.startsWith("tool_search_tool_");
  }
  return serverBlocks.test(type);
}
