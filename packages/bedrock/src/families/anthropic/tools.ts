import type { Tool, ToolChoice, ToolConfiguration } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import type { NativeDraft } from "../native-draft.ts";
import { nativeBlocks } from "./cache-points.ts";

/** `tools` and `tool_choice` of Claude's body. */
export function nativeTools(draft: NativeDraft, config: ToolConfiguration | undefined): JsonObject {
  if (config === undefined) {
    return {};
  }
  const { tools, toolChoice } = config;
  return {
    tools: nativeBlocks(draft, tools, "toolConfig.tools", (tool, path) => [nativeTool(draft, tool, path)]),
    ...(toolChoice !== undefined && { tool_choice: nativeChoice(toolChoice) }),
  };
}

function nativeTool(draft: NativeDraft, tool: Tool, path: string): JsonObject {
  if (tool.toolSpec === undefined) {
    throw draft.unsupported(`${path}.systemTool`, "tools that AWS runs");
  }
  const { name, description, inputSchema, strict } = tool.toolSpec;
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: inputSchema.json,
    ...(strict !== undefined && { strict }),
  };
}

function nativeChoice(choice: ToolChoice): JsonObject {
  if (choice.tool !== undefined) {
    return { type: "tool", name: choice.tool.name };
  }
  return { type: choice.any === undefined ? "auto" : "any" };
}
