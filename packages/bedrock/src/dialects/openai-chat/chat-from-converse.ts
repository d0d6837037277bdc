import type {
  ConverseRequest,
  OutputConfiguration,
  Tool,
  ToolChoice,
  ToolConfiguration,
} from "../../converse/request.ts";
import { parsedObject, type JsonObject, type JsonValue } from "../../json.ts";
import { chatMessagesFrom } from "./chat-messages-from-converse.ts";
import { contentFrom, controlFrom } from "./chat-parts-from-converse.ts";
import type { ChatMessage, ChatRequest, ChatTool, ResponseFormat } from "./chat-request.ts";

/** Members of Converse that are carried under their own name, where they are set. */
const carriedAsTheyAre: ReadonlySet<string> = new Set([
  "guardrailConfig",
  "performanceConfig",
  "promptVariables",
  "additionalModelRequestFields",
  "additionalModelResponseFieldPaths",
]);

const translated: ReadonlySet<string> = new Set([
  "messages",
  "system",
  "inferenceConfig",
  "toolConfig",
  "outputConfig",
  "serviceTier",
  "requestMetadata",
]);

/**
 * A request of Converse as one of chat completions: in OpenAI's own fields wherever they say the same, else in the extensions that
 * `converseFromChat` reads. `notCarried` lists the paths of what neither can hold. Containers without content are left out: they
 * ask for nothing.
 */
export function chatFromConverseRequest(
  request: ConverseRequest,
  model: string,
): { request: ChatRequest; notCarried: string[] } {
  const notCarried: string[] = [];
  const chat: ChatRequest = { model, messages: messagesFrom(request, notCarried) };
  setInference(chat, request);
  setTools(chat, request.toolConfig, notCarried);
  setOutput(chat, request.outputConfig);
  if (request.serviceTier !== undefined) {
    chat.service_tier = request.serviceTier.type;
  }
  if (request.requestMetadata !== undefined) {
    chat.metadata = { ...request.requestMetadata };
  }
  for (const [member, value] of Object.entries(request) as [string, JsonValue | undefined][]) {
    if (carriedAsTheyAre.has(member)) {
      setUnlessEmpty(chat, member, value);
    } else if (!translated.has(member)) {
      notCarried.push(member);
    }
  }
  return { request: chat, notCarried };
}

function setUnlessEmpty(chat: JsonObject, member: string, value: JsonValue | undefined): void {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    chat[member] = value;
  }
}

function messagesFrom(request: ConverseRequest, notCarried: string[]): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (request.system !== undefined && request.system.length > 0) {
    messages.push({ role: "system", content: contentFrom(request.system) });
  }
  (request.messages ?? []).forEach((message, index) => {
    // Both ways turns of one role are one: AWS merges them too.
    if (index > 0 && request.messages?.[index - 1]?.role === message.role) {
      notCarried.push(`messages[${index}].role`);
    }
    for (const one of chatMessagesFrom(message)) {
      messages.push(one);
    }
  });
  return messages;
}

function setInference(chat: ChatRequest, request: ConverseRequest): void {
  const { maxTokens, temperature, topP, stopSequences } = request.inferenceConfig ?? {};
  if (maxTokens !== undefined) {
    chat.max_tokens = maxTokens;
  }
  if (temperature !== undefined) {
    chat.temperature = temperature;
  }
  if (topP !== undefined) {
    chat.top_p = topP;
  }
  if (stopSequences !== undefined && stopSequences.length > 0) {
    chat.stop = stopSequences;
  }
}

function setTools(chat: ChatRequest, config: ToolConfiguration | undefined, notCarried: string[]): void {
  if (config === undefined) {
    return;
  }
  const tools: ChatTool[] = [];
  for (const tool of config.tools) {
    const before = tools.at(-1);
    if (tool.cachePoint !== undefined && before !== undefined && before.cache_control === undefined) {
      before.cache_control = controlFrom(tool.cachePoint);
    } else {
      tools.push(toolFrom(tool));
    }
  }
  chat.tools = tools;
  if (config.toolChoice !== undefined) {
    const choice = choiceFrom(config.toolChoice);
    if (choice === undefined) {
      notCarried.push("toolConfig.toolChoice");
    } else {
      chat.tool_choice = choice;
    }
  }
}

function toolFrom(tool: Tool): ChatTool {
  const spec = tool.toolSpec;
  if (spec?.inputSchema?.json?.["type"] === undefined) {
    return { ...tool } as unknown as ChatTool;
  }
  const { name, description, inputSchema, strict } = spec;
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: inputSchema.json,
      ...(strict !== undefined && { strict }),
    },
  };
}

function choiceFrom(choice: ToolChoice): string | JsonObject | undefined {
  if (choice.auto !== undefined) {
    return "auto";
  }
  if (choice.any !== undefined) {
    return "required";
  }
  return choice.tool === undefined ? undefined : { type: "function", function: { name: choice.tool.name } };
}

function setOutput(chat: ChatRequest, config: OutputConfiguration | undefined): void {
  if (config === undefined) {
    return;
  }
  const format = config.effort === undefined ? formatFrom(config.textFormat) : undefined;
  if (format === undefined) {
    setUnlessEmpty(chat, "outputConfig", config as unknown as JsonObject);
  } else {
    chat.response_format = format;
  }
}

/** OpenAI's format holds the schema as JSON, AWS's as a string: the same only where writing the JSON gives that string again. */
function formatFrom(textFormat: OutputConfiguration["textFormat"]): ResponseFormat | undefined {
  if (textFormat === undefined) {
    return undefined;
  }
  const { schema: text, name, description } = textFormat.structure.jsonSchema;
  const schema = parsedObject(text);
  // What is no JSON object is AWS's to judge: it is carried as the string that it is.
  if (schema === undefined || JSON.stringify(schema) !== text) {
    return undefined;
  }
  return {
    type: "json_schema",
    json_schema: { schema, ...(name !== undefined && { name }), ...(description !== undefined && { description }) },
  };
}
