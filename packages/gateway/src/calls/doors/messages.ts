/** `POST /v1/messages`: Anthropic's Messages API, all but untouched to Claude, through Converse to every other family. */
import {
  checkMessagesRequest,
  messageJsonFromConverse,
  messagesErrorEvent,
  MessagesStreamWriter,
  prepareMessages,
  type MessagesReplyContext,
  type MessagesRequest,
} from "@adit/bedrock";
import { messagesFields, NativeMessagesStream, pingEvent, readNativeAnswer } from "@adit/bedrock/gateway";
import { anthropicErrorBody, anthropicRequestIdHeader } from "../../http/reply/anthropic-errors.ts";
import type { Route } from "../../http/routes/route.ts";
import type { AnswerContext, CallDialect } from "../call-dialect.ts";
import { modelRoute, type ModelCallDependencies } from "../model-call.ts";

export function messages(deps: ModelCallDependencies): Route {
  return { ...modelRoute("/v1/messages", messagesDialect, deps), requestIdHeader: anthropicRequestIdHeader };
}

const messagesDialect: CallDialect<MessagesRequest> = {
  name: "anthropic-messages",
  errorBody: anthropicErrorBody,
  format: "messages",
  fields: messagesFields,
  messagesOf: ({ messages }) => messages,
  ownsAnthropicVersion: true,
  formatHeaders: ({ anthropicBeta }) => ({
    "anthropic-version": "2023-06-01",
    ...(anthropicBeta.length > 0 && { "anthropic-beta": anthropicBeta.join(",") }),
  }),
  check: checkMessagesRequest,
  async prepare(request, target, tools) {
    const prepared = await prepareMessages(request, target, { useConverse: target.useConverse, ...tools });
    return prepared.route === "invoke" ? { kind: "native", ...prepared } : { kind: "converse", ...prepared };
  },
  whole: (response, context) => messageJsonFromConverse(response, replyContext(context)),
  writer: (context, write) => new MessagesStreamWriter(replyContext(context), write),
  keepAlive: pingEvent,
  errorEvent: (error, _withVendorFields, requestId) => messagesErrorEvent(error, requestId),
  native: {
    whole: ({ body }) => ({ body, ...readNativeAnswer(body.toString("utf8")) }),
    writer: (context, write) => new NativeMessagesStream(write, context.gatewayId),
  },
};

function replyContext(context: AnswerContext<MessagesRequest>): MessagesReplyContext {
  return {
    id: `msg_${context.requestId}`,
    model: context.model,
    notes: context.notes,
    source: context.source,
    stopSequences: context.request.stop_sequences,
    requestId: context.gatewayId,
  };
}
