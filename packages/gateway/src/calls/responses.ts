/** `POST /v1/responses`: OpenAI's Responses. Nothing of them is kept. */
import {
  checkResponsesRequest,
  openAiErrorBody,
  prepareResponses,
  responseFromConverse,
  responsesErrorEvent,
  ResponsesStreamWriter,
  type ResponsesReplyContext,
  type ResponsesRequest,
} from "@adit/bedrock";
import type { Route } from "../http/route.ts";
import { byConverse, type AnswerContext, type CallDialect } from "./call-dialect.ts";
import { modelRoute, type ModelCallDependencies } from "./model-call.ts";

const response: CallDialect<ResponsesRequest> = {
  name: "openai-responses",
  errorBody: openAiErrorBody,
  format: "responses",
  check: checkResponsesRequest,
  prepare: (request, target, tools) => byConverse(prepareResponses(request, target, tools)),
  whole: (answer, context) => responseFromConverse(answer, replyContext(context)),
  writer: (context, write) => new ResponsesStreamWriter(replyContext(context), write),
  errorEvent: (error, withVendorFields, _requestId, sequence) => responsesErrorEvent(error, withVendorFields, sequence),
};

export function responses(deps: ModelCallDependencies): Route {
  return modelRoute("/v1/responses", response, deps);
}

function replyContext(context: AnswerContext<ResponsesRequest>): ResponsesReplyContext {
  return {
    id: `resp_${context.requestId}`,
    created: context.created,
    model: context.model,
    notes: context.notes,
    source: context.source,
    request: context.request,
  };
}
