/** Claude's Messages body in Converse's terms. Its schema was checked: see `schema.ts`. */
import { Buffer } from "node:buffer";
import type {
  CachePointBlock,
  ContentBlock,
  ConverseRequest,
  DocumentBlock,
  ImageBlock,
  JsonObject,
  Message,
  SystemContentBlock,
  Tool,
  ToolConfiguration,
  ToolResultContent,
} from "@adit/bedrock";

/** The checked body, as far as it is read. */
export interface MessagesBody {
  max_tokens: number;
  messages: { role: "user" | "assistant" | "system"; content: string | Block[] }[];
  system?: string | Block[] | null;
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  stop_sequences?: string[] | null;
  tools?: ClaudeTool[] | null;
  tool_choice?: ({ type: string; name?: string } & JsonObject) | null;
  thinking?: JsonObject | null;
  output_config?: ({ format?: { schema: JsonObject } } & JsonObject) | null;
  output_format?: { schema: JsonObject } | null;
  anthropic_beta?: string[] | null;
}

interface CacheControl {
  ttl?: "5m" | "1h";
}

interface ClaudeTool {
  type: string;
  name: string;
  description?: string;
  input_schema?: JsonObject;
  strict?: boolean;
  cache_control?: CacheControl | null;
}

/** A content block; which members it has follows from its type. */
export interface Block {
  type: string;
  cache_control?: CacheControl | null;
  text?: string;
  source?: Source | string;
  title?: string;
  context?: string;
  citations?: { enabled?: boolean } | null;
  id?: string;
  name?: string;
  input?: JsonObject;
  tool_use_id?: string;
  tool_name?: string;
  content?: string | Block[] | null;
  is_error?: boolean;
  thinking?: string;
  signature?: string;
  data?: string;
}

interface Source {
  type: string;
  media_type?: string;
  data?: string;
  content?: string | Block[] | null;
}

export function requestFrom(body: MessagesBody): ConverseRequest {
  const { tools, tool_choice: choice } = body;
  const schema = body.output_config?.format?.schema ?? body.output_format?.schema;
  const toolConfig =
    tools === undefined || tools === null || tools.length === 0 ? undefined : toolConfigOf(tools, choice);
  return {
    messages: body.messages.map(messageFrom),
    ...(body.system !== undefined && body.system !== null && { system: systemFrom(body.system) }),
    inferenceConfig: {
      maxTokens: body.max_tokens,
      ...(typeof body.temperature === "number" && { temperature: body.temperature }),
      ...(typeof body.top_p === "number" && { topP: body.top_p }),
      ...(body.stop_sequences && { stopSequences: body.stop_sequences }),
    },
    ...(toolConfig !== undefined && { toolConfig }),
    ...(schema !== undefined && {
      outputConfig: {
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
    }),
    additionalModelRequestFields: ownFields(body),
  };
}

/** Members that Converse has no place for; the rules of Claude read them there. */
function ownFields(body: MessagesBody): JsonObject {
  const { thinking, output_config: output, anthropic_beta: beta, top_k: topK, tool_choice: choice } = body;
  const fields = {
    thinking,
    output_config: output?.["effort"] === undefined ? undefined : { effort: output["effort"] },
    anthropic_beta: beta,
    top_k: topK,
    tool_choice: choice,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}

function messageFrom({ role, content }: MessagesBody["messages"][number]): Message {
  return { role, content: typeof content === "string" ? [{ text: content }] : content.flatMap(blocksFrom) };
}

function systemFrom(system: string | Block[]): SystemContentBlock[] {
  if (typeof system === "string") return [{ text: system }];
  return system.flatMap((block) => [{ text: block.text ?? "" }, ...cachePoints(block)]);
}

function cachePoints({
  cache_control: control,
}: {
  cache_control?: CacheControl | null;
}): { cachePoint: CachePointBlock }[] {
  if (control === undefined || control === null) return [];
  return [{ cachePoint: { type: "default", ...(control.ttl !== undefined && { ttl: control.ttl }) } }];
}

function blocksFrom(block: Block): ContentBlock[] {
  return [blockFrom(block), ...cachePoints(block)];
}

function blockFrom(block: Block): ContentBlock {
  switch (block.type) {
    case "image":
      return { image: imageFrom(block) };
    case "document":
      return { document: documentFrom(block) };
    case "search_result":
      return { searchResult: searchResultFrom(block) };
    case "tool_use":
      return { toolUse: { toolUseId: block.id ?? "", name: block.name ?? "", input: block.input ?? {} } };
    case "tool_result":
      return { toolResult: toolResultFrom(block) };
    case "thinking":
      return {
        reasoningContent: { reasoningText: { text: block.thinking ?? "", signature: block.signature ?? "" } },
      };
    case "redacted_thinking":
      return { reasoningContent: { redactedContent: Buffer.from(block.data ?? "").toString("base64") } };
    default:
      return { text: block.text ?? "" };
  }
}

function toolResultFrom(block: Block) {
  const content = block.content ?? [];
  return {
    toolUseId: block.tool_use_id ?? "",
    content: typeof content === "string" ? [{ text: content }] : content.map(resultPartFrom),
    ...(block.is_error === true && { status: "error" as const }),
  };
}

function resultPartFrom(part: Block): ToolResultContent {
  switch (part.type) {
    case "image":
      return { image: imageFrom(part) };
    case "document":
      return { document: documentFrom(part) };
    case "search_result":
      return { searchResult: searchResultFrom(part) };
    default:
      return { text: part.text ?? part.tool_name ?? "" };
  }
}

function searchResultFrom(block: Block) {
  const content = Array.isArray(block.content) ? block.content : [];
  return {
    source: typeof block.source === "string" ? block.source : "",
    title: block.title ?? "",
    content: content.map(({ text = "" }) => ({ text })),
    citations: { enabled: block.citations?.enabled === true },
  };
}

function sourceOf(block: Block): Source {
  return typeof block.source === "object" ? block.source : { type: "text" };
}

function imageFrom(block: Block): ImageBlock {
  const { media_type: mediaType = "", data = "" } = sourceOf(block);
  return { format: mediaType.replace("image/", "") as ImageBlock["format"], source: { bytes: data } };
}

function documentFrom(block: Block): DocumentBlock {
  return {
    name: block.title ?? "document",
    ...documentSourceOf(sourceOf(block)),
    ...(block.context !== undefined && { context: block.context }),
    citations: { enabled: block.citations?.enabled === true },
  };
}

function documentSourceOf({ type, data = "", content = [] }: Source): Pick<DocumentBlock, "source" | "format"> {
  if (type === "base64") return { format: "pdf", source: { bytes: data } };
  if (type === "text") return { source: { text: data } };
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  return { source: { content: parts.map(({ text = "" }) => ({ text })) } };
}

function toolConfigOf(
  tools: readonly ClaudeTool[],
  choice: MessagesBody["tool_choice"],
): ToolConfiguration | undefined {
  if (choice?.type === "none") return undefined;
  const toolChoice =
    choice?.type === "tool" ? { tool: { name: choice.name ?? "" } } : choice?.type === "any" ? { any: {} } : undefined;
  return {
    tools: tools.flatMap((tool): Tool[] => [{ toolSpec: toolSpecFrom(tool) }, ...cachePoints(tool)]),
    ...(toolChoice !== undefined && { toolChoice }),
  };
}

/** What the model writes for tools that Anthropic defines: their own arguments (Anthropic's pages of the tools). */
const definedSchemas: readonly [RegExp, JsonObject][] = [
  [/^bash_/, { type: "object", properties: { command: { type: "string" } }, required: ["command"] }],
  [/^(text_editor|memory)_/, editorSchema()],
  [/^computer_/, { type: "object", properties: { action: { const: "screenshot" } }, required: ["action"] }],
];

function editorSchema(): JsonObject {
  return {
    type: "object",
    properties: { command: { const: "view" }, path: { type: "string" } },
    required: ["command", "path"],
  };
}

function toolSpecFrom(tool: ClaudeTool) {
  const json = tool.input_schema ?? definedSchemas.find(([form]) => form.test(tool.type))?.[1] ?? { type: "object" };
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    inputSchema: { json },
    ...(tool.strict !== undefined && { strict: tool.strict }),
  };
}
