/** A Responses body in Converse's terms. */
import type { ContentBlock, ConverseRequest, JsonObject, Message, ToolConfiguration } from "@adit/bedrock";
import { argumentsFrom, imageFrom, textFrom } from "../../openai-chat/content.ts";
import { isRecord } from "../../validate/read-shape.ts";

/** A body whose schema was checked, without its nulls; as far as it is read. */
export interface ResponsesBody {
  input: string | Item[];
  instructions?: string | null;
  max_output_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  store?: boolean | null;
  tools?: ResponsesTool[] | null;
  tool_choice?: unknown;
  parallel_tool_calls?: boolean | null;
  reasoning?: { effort?: string | null } | null;
  text?: { format?: JsonObject; verbosity?: string } | null;
  include?: string[] | null;
  metadata?: JsonObject | null;
  previous_response_id?: string | null;
  truncation?: string | null;
}

interface Item {
  id?: string;
  type?: string;
  role?: string;
  content?: string | Part[];
  call_id?: string;
  name?: string;
  arguments?: string;
  output?: string | Part[];
}

interface Part {
  type: string;
  text?: string;
  image_url?: string;
  file_data?: string;
  filename?: string;
}

export interface ResponsesTool {
  type: string;
  name?: string;
  description?: string | null;
  parameters?: JsonObject | null;
}

export function responsesRequest(checked: ResponsesBody): ConverseRequest {
  const items = typeof checked.input === "string" ? [{ role: "user", content: checked.input }] : checked.input;
  const system = [
    ...(checked.instructions ? [checked.instructions] : []),
    ...items.filter(isSystem).map(({ content = "" }) => textFrom(content)),
  ];
  const toolConfig = toolConfigOf(checked);
  const format = checked.text?.format;
  const schema = isRecord(format) && isRecord(format["schema"]) ? format["schema"] : undefined;
  return {
    ...(system.length > 0 && { system: system.map((text) => ({ text })) }),
    messages: items.filter((item) => !isSystem(item)).flatMap(messageFrom),
    inferenceConfig: typeof checked.max_output_tokens === "number" ? { maxTokens: checked.max_output_tokens } : {},
    ...(toolConfig !== undefined && { toolConfig }),
    ...(schema !== undefined && {
      outputConfig: {
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    }),
    additionalModelRequestFields: ownFields(checked),
  };
}

function isSystem({ role }: { role?: string }): boolean {
  return role === "system" || role === "developer";
}

/** Members that Converse has no place for. */
function ownFields({ reasoning, parallel_tool_calls: parallel }: ResponsesBody): JsonObject {
  return {
    ...(typeof reasoning?.effort === "string" && { reasoning_effort: reasoning.effort }),
    ...(parallel === false && { tool_choice: { disable_parallel_tool_use: true } }),
  };
}

/** A reasoning item goes back as it came: the emulator's model has no use for it. */
function messageFrom(item: Item): Message[] {
  const { type = "message", role, content = "", call_id: id = "", name = "", output = "" } = item;
  switch (type) {
    case "function_call":
      return [
        { role: "assistant", content: [{ toolUse: { toolUseId: id, name, input: argumentsFrom(item.arguments) } }] },
      ];
    case "function_call_output":
      return [{ role: "user", content: [{ toolResult: { toolUseId: id, content: [{ text: textFrom(output) }] } }] }];
    case "message":
      return [{ role: role === "assistant" ? "assistant" : "user", content: blocksFrom(content) }];
    default:
      return [];
  }
}

function blocksFrom(content: string | Part[]): ContentBlock[] {
  if (typeof content === "string") return [{ text: content }];
  return content.map((part): ContentBlock => {
    if (part.type === "input_image") return { image: imageFrom(part.image_url ?? "") };
    if (part.type === "input_file")
      return { document: { name: part.filename ?? "file", source: { bytes: part.file_data ?? "" } } };
    return { text: part.text ?? "" };
  });
}

/** Tools that AWS or the client's own program runs are known by their type alone, and never called here. */
function toolConfigOf({ tools, tool_choice: choice }: ResponsesBody): ToolConfiguration | undefined {
  const functions = (tools ?? []).filter(({ type }) => type === "function");
  if (functions.length === 0 || choice === "none") return undefined;
  const named = isRecord(choice) ? choice["name"] : undefined;
  return {
    tools: functions.map(({ name = "", description, parameters }) => ({
      toolSpec: {
        name,
        ...(description && { description }),
        inputSchema: { json: parameters ?? { type: "object", properties: {} } },
      },
    })),
    ...(typeof named === "string" && { toolChoice: { tool: { name: named } } }),
    ...(choice === "required" && { toolChoice: { any: {} } }),
  };
}
