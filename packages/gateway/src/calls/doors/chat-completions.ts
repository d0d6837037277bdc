/** `POST /v1/chat/completions`: OpenAI's chat completions. */
import {
  chatFromConverse,
  ChatStreamWriter,
  checkChatRequest,
  openAiErrorBody,
  prepareChat,
  type ChatRequest,
  type ReplyContext,
} from "@adit/bedrock";
import { chatFields } from "@adit/bedrock/gateway";
import type { Route } from "../../http/routes/route.ts";
import { byConverse, type AnswerContext, type CallDialect } from "../call-dialect.ts";
import type { ModelCallDependencies } from "../model-call.ts";
import { openAiRoute } from "./openai-route.ts";
import { openAiErrorEvent } from "../answers/stream-answer.ts";

const chat: CallDialect<ChatRequest> = {
  name: "openai-chat",
  errorBody: openAiErrorBody,
  format: "chat",
  fields: chatFields,
  messagesOf: ({ messages }) => messages,
  check: checkChatRequest,
  prepare: (request, target, tools) => byConverse(prepareChat(request, target, tools)),
  whole: (response, context) => chatFromConverse(response, replyContext(context)),
  writer: (context, write) => new ChatStreamWriter(replyContext(context), write),
  errorEvent: openAiErrorEvent,
};

/** The route. Refusals come as OpenAI's error bodies with AWS's status. */
export function chatCompletions(deps: ModelCallDependencies): Route {
  return openAiRoute("/v1/chat/completions", chat, deps);
}

/** The same by a stored prompt: `POST /v1/prompts/{id}/completions`. */
export function promptCompletions(deps: ModelCallDependencies): Route {
  return openAiRoute("/v1/prompts/{prompt}/completions", chat, deps);
}

function replyContext(context: AnswerContext<ChatRequest>): ReplyContext {
  return {
    id: `chatcmpl-${context.requestId}`,
    created: context.created,
    model: context.model,
    strict: context.strict,
    includeUsage: context.request.stream_options?.include_usage === true,
    notes: context.notes,
    source: context.source,
  };
}
