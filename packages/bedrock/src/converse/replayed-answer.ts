import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * The same request without `type: "tool_use"` on calls of tools: AWS writes it in answers (recorded with Nova 2 and Claude since 4.1), and its
 * service model knows no such type in a request. It says no more than its absence.
 */
export function withoutAnswerTypes(request: JsonObject): JsonObject {
  const { messages, ...rest } = request;
  return Array.isArray(messages) ? { messages: messages.map(messageOf), ...rest } : request;
}

function messageOf(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message["content"])) {
    return message;
  }
  const { content, ...rest } = message;
  return { content: content.map(blockOf), ...rest };
}

function blockOf(block: JsonValue): JsonValue {
  if (!isJsonObject(block) || !isJsonObject(block["toolUse"]) || block["toolUse"]["type"] !== "tool_use") {
    return block;
  }
  const { type: _answers, ...toolUse } = block["toolUse"];
  return { ...block, toolUse };
}
