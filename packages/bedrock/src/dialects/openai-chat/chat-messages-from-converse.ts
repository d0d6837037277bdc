/** Turns of Converse as messages of OpenAI. */
import type { ContentBlock, Message, ToolResultBlock, ToolUseBlock } from "../../converse/content.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { contentFrom, controlFrom, partsFromBlocks } from "./chat-parts-from-converse.ts";
import type { ChatMessage, ChatToolCall } from "./chat-request.ts";

/** The messages of one turn: a user's turn gives one message for each tool result, then the user's own. */
export function chatMessagesFrom(message: Message): ChatMessage[] {
  switch (message.role) {
    case "assistant":
      return [assistantMessage(message.content)];
    case "user":
      return userMessages(message.content);
    case "system":
      return [{ role: "system", content: partsFromBlocks(message.content) }];
  }
}

function userMessages(content: readonly ContentBlock[]): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let index = 0;
  for (; index < content.length; index += 1) {
    const block = content[index];
    const before = messages.at(-1);
    if (block?.toolResult !== undefined && block.toolResult.type === undefined) {
      messages.push(toolMessage(block.toolResult));
    } else if (block?.cachePoint !== undefined && before !== undefined && before.cache_control === undefined) {
      before.cache_control = controlFrom(block.cachePoint);
    } else {
      break;
    }
  }
  const rest = content.slice(index);
  if (rest.length > 0 || messages.length === 0) {
    messages.push({ role: "user", content: contentFrom(rest) });
  }
  return messages;
}

function toolMessage(result: ToolResultBlock): ChatMessage {
  const { toolUseId, content, status } = result;
  const message: ChatMessage = {
    role: "tool",
    tool_call_id: toolUseId,
    content: content.length === 0 ? "" : contentFrom(content),
  };
  if (status !== undefined) {
    message.status = status;
  }
  return message;
}

function assistantMessage(content: readonly ContentBlock[]): ChatMessage {
  const start = startOfCalls(content);
  const head = content.slice(0, start);
  const calls = callsFrom(content.slice(start));
  const message: ChatMessage = { role: "assistant", content: head.length === 0 ? null : contentFrom(head) };
  if (calls.length > 0) {
    message.tool_calls = calls;
  }
  return message;
}

/** Where the calls begin that end the turn: OpenAI has them apart from the content, so only those lose no place. */
function startOfCalls(content: readonly ContentBlock[]): number {
  let start = content.length;
  while (start > 0) {
    const block = content[start - 1];
    const isMarked = block?.cachePoint !== undefined && isPlainCall(content[start - 2]?.toolUse);
    if (!isPlainCall(block?.toolUse) && !isMarked) {
      break;
    }
    start -= isMarked ? 2 : 1;
  }
  return start;
}

function isPlainCall(call: ToolUseBlock | undefined): call is ToolUseBlock {
  return call !== undefined && call.type === undefined && isJsonObject(call.input);
}

function callsFrom(blocks: readonly ContentBlock[]): ChatToolCall[] {
  const calls: ChatToolCall[] = [];
  for (const block of blocks) {
    const before = calls.at(-1);
    if (block.toolUse !== undefined) {
      const { toolUseId, name, input } = block.toolUse;
      calls.push({ id: toolUseId, type: "function", function: { name, arguments: JSON.stringify(input) } });
    } else if (block.cachePoint !== undefined && before !== undefined) {
      (before as JsonObject)["cache_control"] = controlFrom(block.cachePoint);
    }
  }
  return calls;
}
