/** A chat completion's body in Converse's terms. Its schema was checked: see `schema.ts`. */
import type {
  AudioBlock,
  ContentBlock,
  ConverseRequest,
  JsonObject,
  JsonValue,
  Message,
  SystemContentBlock,
  ToolConfiguration,
} from "@adit/bedrock";
import { samplingOf } from "../invoke/families/text-answer.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { withoutNullMembers } from "../invoke/without-nulls.ts";
import { isRecord } from "../validate/read-shape.ts";
import { argumentsFrom, imageFrom, textFrom } from "./content.ts";
import { chatSchema } from "./schema.ts";

/** The checked body, as far as it is read. */
interface ChatBody {
  messages: ChatMessage[];
  tools?: { function: { name: string; description?: string; parameters?: JsonObject } }[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  response_format?: unknown;
}

interface ChatMessage {
  role: string;
  content?: string | Part[] | null;
  tool_calls?: { id?: string; function: { name: string; arguments?: string } }[] | null;
  tool_call_id?: string;
}

interface Part {
  type: string;
  text?: string;
  image_url?: string | { url: string };
  input_audio?: { data: string; format: string };
  file?: { file_data?: string; filename?: string };
}

export function chatRequest(given: NativeBody): ConverseRequest {
  // The schema was checked.
  const body = withoutNullMembers(given, chatSchema) as NativeBody;
  const checked = body as unknown as ChatBody;
  const system = checked.messages.filter(({ role }) => isSystem(role));
  const toolConfig = toolConfigOf(checked);
  const schema = responseSchema(checked.response_format);
  const maxTokens = body["max_completion_tokens"] === undefined ? "max_tokens" : "max_completion_tokens";
  return {
    ...(system.length > 0 && {
      system: system.map(({ content }): SystemContentBlock => ({ text: textFrom(content) })),
    }),
    messages: messagesFrom(checked.messages.filter(({ role }) => !isSystem(role))),
    inferenceConfig: samplingOf(body, { maxTokens, stop: "stop" }),
    ...(toolConfig !== undefined && { toolConfig }),
    ...(schema !== undefined && {
      outputConfig: {
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    }),
    additionalModelRequestFields: ownFields(body),
  };
}

function isSystem(role: string): boolean {
  return role === "system" || role === "developer";
}

const reasoningFields = ["reasoning_effort", "reasoning_config", "thinking", "enable_thinking"] as const;

/** Members that Converse has no place for: what asks for reasoning, and whether several tools may be called. */
function ownFields(body: NativeBody): JsonObject {
  const fields: JsonObject = {};
  for (const name of reasoningFields) if (body[name] !== undefined) fields[name] = body[name] as JsonValue;
  if (body["parallel_tool_calls"] === false) fields["tool_choice"] = { disable_parallel_tool_use: true };
  return fields;
}

/** Neighbouring tool results are one turn. */
function messagesFrom(messages: readonly ChatMessage[]): Message[] {
  const turns: Message[] = [];
  for (const message of messages) {
    const turn: Message = { role: message.role === "assistant" ? "assistant" : "user", content: contentFrom(message) };
    const last = turns.at(-1);
    if (message.role === "tool" && last?.content.some((block) => block.toolResult !== undefined) === true)
      last.content.push(...turn.content);
    else turns.push(turn);
  }
  return turns;
}

function contentFrom({ role, content, tool_calls: calls, tool_call_id: id = "" }: ChatMessage): ContentBlock[] {
  if (role === "tool") return [{ toolResult: { toolUseId: id, content: [{ text: textFrom(content) }] } }];
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  return [
    ...parts.map(blockFrom),
    ...(calls ?? []).map((call): ContentBlock => ({
      toolUse: { toolUseId: call.id ?? "", name: call.function.name, input: argumentsFrom(call.function.arguments) },
    })),
  ];
}

function blockFrom(part: Part): ContentBlock {
  if (part.image_url !== undefined)
    return { image: imageFrom(typeof part.image_url === "string" ? part.image_url : part.image_url.url) };
  if (part.input_audio !== undefined) {
    const { data, format } = part.input_audio;
    return { audio: { format: format as AudioBlock["format"], source: { bytes: data } } };
  }
  if (part.file !== undefined)
    return { document: { name: part.file.filename ?? "file", source: { bytes: part.file.file_data ?? "" } } };
  return { text: part.text ?? "" };
}

function toolConfigOf({ tools = [], tool_choice: choice }: ChatBody): ToolConfiguration | undefined {
  if (tools.length === 0 || choice === "none") return undefined;
  const named = isRecord(choice) && isRecord(choice["function"]) ? choice["function"]["name"] : undefined;
  return {
    tools: tools.map(({ function: { name, description, parameters } }) => ({
      toolSpec: {
        name,
        ...(description !== undefined && { description }),
        inputSchema: { json: parameters ?? { type: "object", properties: {} } },
      },
    })),
    ...(typeof named === "string" && { toolChoice: { tool: { name: named } } }),
    // Mistral's word is `any`.
    ...((choice === "required" || choice === "any") && { toolChoice: { any: {} } }),
  };
}

/** The schema that the answer must fit; for `json_object` one of the emulator's own. */
function responseSchema(format: unknown): JsonObject | undefined {
  if (!isRecord(format)) return undefined;
  if (format["type"] === "json_object") return { type: "object", properties: { answer: { type: "string" } } };
  const wrapped = format["json_schema"];
  const schema = isRecord(wrapped) ? wrapped["schema"] : undefined;
  return isRecord(schema) ? (schema as JsonObject) : undefined;
}
