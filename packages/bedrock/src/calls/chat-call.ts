import type { ChatRequest } from "../dialects/openai-chat/chat-request.ts";
import { converseFromChat, mediaUrlsOf } from "../dialects/openai-chat/request.ts";
import {
  prepareCall,
  type CallTarget,
  type CallTools,
  type PreparedCall,
  type RequestTranslators,
} from "./prepared-call.ts";

const chat: RequestTranslators<ChatRequest> = { mediaUrlsOf, toConverse: converseFromChat };

/** A checked request of chat completions as `prepareCall` makes it ready for one target. */
export function prepareChat(
  request: ChatRequest,
  target: CallTarget,
  tools: CallTools,
): PreparedCall | Promise<PreparedCall> {
  return prepareCall(request, chat, target, tools);
}
