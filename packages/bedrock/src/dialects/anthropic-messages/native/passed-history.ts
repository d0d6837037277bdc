/** The history of a request that goes as it is to an endpoint in Anthropic's own format. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { JsonEdits } from "../../translation/json-edits.ts";
import type { MessagesRequest } from "../messages-request.ts";
import type { Changes } from "./draft.ts";
import { lacksThinking, settleHistory } from "./history.ts";
import { leaveThinkingOut } from "./thinking.ts";

/**
 * The body with what other models wrote in it as Claude takes it, and without a thinking that Claude cannot begin in their loop of tools: as on
 * the way through InvokeModel. All else is the caller's, and AWS's to judge, a body that is no conversation too.
 */
export function withSettledHistory(body: JsonObject): { body: JsonObject; dropped: readonly string[] } {
  if (!isConversation(body)) {
    return { body, dropped: [] };
  }
  const changes: Changes = { request: body, edits: new JsonEdits(), dropped: new Set() };
  settleHistory(changes);
  if (isJsonObject(body.thinking) && body.thinking["type"] === "enabled" && lacksThinking(body)) {
    leaveThinkingOut(changes, "thinking");
  }
  return changes.edits.isEmpty
    ? { body, dropped: [] }
    : { body: JSON.parse(changes.edits.applyTo(JSON.stringify(body))) as JsonObject, dropped: [...changes.dropped] };
}

function isConversation(body: JsonObject): body is MessagesRequest {
  const { messages } = body;
  return Array.isArray(messages) && messages.every(isMessage);
}

function isMessage(message: JsonValue): boolean {
  const content = isJsonObject(message) ? message["content"] : undefined;
  return typeof content === "string" || (Array.isArray(content) && content.every(isJsonObject));
}
