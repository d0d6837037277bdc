import { isJsonObject, type JsonObject } from "../../json.ts";
import type { DialectTerms } from "../translation/wishes.ts";
import type { ChatRequest } from "./chat-request.ts";
import { offeredIn } from "./functions.ts";

/** What chat completions call what a caller may want. */
export const chatTerms: DialectTerms = {
  messages: "messages",
  temperature: "temperature",
  topP: "top_p",
  topK: "top_k",
  stops: "stop",
  thinking: "thinking",
  effort: "reasoning_effort",
  toolChoice: "tool_choice",
  allowedTools: "tool_choice.allowed_tools.tools",
  parallelToolCalls: "parallel_tool_calls",
  format: "response_format",
  formatSchema: "response_format.json_schema.schema",
  formatStrict: "response_format.json_schema.strict",
  metadata: "metadata",
  user: "user",
  toolNamesIn,
};

/** The same of OpenAI's older form. */
const functionTerms: DialectTerms = { ...chatTerms, toolChoice: "function_call" };

/** The same where the schema stands beside `json_object`. */
export const objectFormatTerms: DialectTerms = { ...chatTerms, formatSchema: "response_format.schema" };

const objectFormatFunctionTerms: DialectTerms = { ...objectFormatTerms, toolChoice: "function_call" };

/** What a request calls what it wants. */
export function termsOf({
  response_format: format,
  tool_choice: choice,
  function_call: functionChoice,
}: ChatRequest): DialectTerms {
  const isOlder = (choice ?? undefined) === undefined && (functionChoice ?? undefined) !== undefined;
  if (format?.type === "json_object") {
    return isOlder ? objectFormatFunctionTerms : objectFormatTerms;
  }
  return isOlder ? functionTerms : chatTerms;
}

function toolNamesIn(body: JsonObject): Set<string> {
  const request = body as ChatRequest;
  const names = new Set<string>();
  for (const tool of offeredIn(request).tools) {
    const name = tool.function?.name ?? tool.name;
    if (name !== undefined) {
      names.add(name);
    }
  }
  for (const message of request.messages) {
    for (const call of message.tool_calls ?? []) {
      names.add(call.function.name);
    }
    if (isJsonObject(message.function_call)) {
      names.add(message.function_call.name);
    }
  }
  return names;
}
