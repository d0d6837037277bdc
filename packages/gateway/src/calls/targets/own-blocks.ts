/** `content_blocks` of answers that were not strict, on their way to a target that speaks OpenAI's own format. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/**
 * The body without them: they are a gateway's, and OpenAI refuses a whole request for a member of a message that it does not know ("Unknown
 * parameter: 'messages[1].content_blocks'"), at every turn from then on. `content` says the same, without the thinking.
 */
export function withoutOwnBlocks(body: JsonObject): { body: JsonObject; dropped: readonly string[] } {
  const { messages } = body;
  if (!Array.isArray(messages) || !messages.some(hasBlocks)) return { body, dropped: [] };
  return {
    body: { ...body, messages: messages.map((message) => (hasBlocks(message) ? withoutBlocks(message) : message)) },
    dropped: messages.flatMap((message, index) => (hasBlocks(message) ? [`messages[${index}].content_blocks`] : [])),
  };
}

function hasBlocks(message: JsonValue): message is JsonObject {
  return isJsonObject(message) && Array.isArray(message["content_blocks"]);
}

function withoutBlocks({ content_blocks: blocks, ...message }: JsonObject): JsonObject {
  if ((message["content"] ?? "") !== "" || !Array.isArray(blocks)) return message;
  const text = blocks.map(textOf).join("");
  return text === "" ? message : { ...message, content: text };
}

function textOf(block: JsonValue): string {
  const text = isJsonObject(block) ? block["text"] : undefined;
  return typeof text === "string" ? text : "";
}
