/** Tools of Converse as functions of a chat body. */
import type { ConverseRequest, Tool, ToolChoice } from "../../converse/request.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { NativeDraft } from "../native-draft.ts";
import type { ChatStyle } from "./chat-style.ts";

/** `tools` and `tool_choice`; nothing where no tools are offered. */
export function toolFields(
  draft: NativeDraft,
  request: ConverseRequest,
  model: ModelFacts,
  style: ChatStyle,
): JsonObject {
  const { toolConfig } = request;
  if (toolConfig === undefined) {
    return {};
  }
  if (!model.can.tools) {
    throw draft.unsupported("toolConfig", "tools for this model");
  }
  const tools = toolConfig.tools.flatMap((tool, index) =>
    functionFrom(draft, tool, `toolConfig.tools[${index}]`, model),
  );
  const choice = toolConfig.toolChoice === undefined ? undefined : choiceFrom(draft, toolConfig.toolChoice, style);
  return { tools, ...(choice !== undefined && { tool_choice: choice }) };
}

function functionFrom(draft: NativeDraft, tool: Tool, path: string, model: ModelFacts): JsonValue[] {
  if (tool.cachePoint !== undefined) {
    draft.drop(`${path}.cachePoint`);
    return [];
  }
  if (tool.toolSpec === undefined) {
    throw draft.unsupported(`${path}.systemTool`, "tools that AWS runs");
  }
  const { name, description, inputSchema, strict } = tool.toolSpec;
  if (strict !== undefined && !model.can.strictTools) {
    draft.drop(`${path}.toolSpec.strict`);
  }
  return [
    {
      type: "function",
      function: {
        name,
        ...(description !== undefined && { description }),
        parameters: inputSchema.json,
        ...(strict !== undefined && model.can.strictTools && { strict }),
      },
    },
  ];
}

function choiceFrom(draft: NativeDraft, choice: ToolChoice, { toolChoice }: ChatStyle): JsonValue | undefined {
  if (choice.auto !== undefined) {
    return toolChoice.auto;
  }
  if (choice.any !== undefined) {
    if (toolChoice.any === undefined) {
      throw draft.unsupported("toolConfig.toolChoice.any", "demand for a tool call");
    }
    return toolChoice.any;
  }
  if (toolChoice.tool === undefined) {
    throw draft.unsupported("toolConfig.toolChoice.tool", "demand for one tool");
  }
  return { type: "function", function: { name: choice.tool.name } };
}
