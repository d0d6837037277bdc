/** `POST /v1/responses`: OpenAI's Responses. What is stored of them, and gone on from, is the matter of their turns. */
import {
  checkResponsesRequest,
  openAiErrorBody,
  prepareResponses,
  responseFromConverse,
  responsesErrorEvent,
  ResponsesStreamWriter,
  type JsonObject,
  type ResponsesReplyContext,
  type ResponsesRequest,
} from "@adit/bedrock";
import { responsesFields } from "@adit/bedrock/gateway";
import type { Route } from "../../http/routes/route.ts";
import type { ResponseTurns } from "../../responses/response-turns.ts";
import { noPreviousResponse } from "../../responses/stored-responses.ts";
import { byConverse, type AnswerContext, type CallDialect } from "../call-dialect.ts";
import type { ModelCallDependencies } from "../model-call.ts";
import { openAiRoute } from "./openai-route.ts";

const response: CallDialect<ResponsesRequest> = {
  name: "openai-responses",
  errorBody: openAiErrorBody,
  format: "responses",
  fields: responsesFields,
  check: (body) => checkResponsesRequest(checkPrevious(body)),
  prepare: (request, target, tools) => byConverse(prepareResponses(request, target, tools)),
  whole: (answer, context) => responseFromConverse(answer, replyContext(context)),
  writer: (context, write) => new ResponsesStreamWriter(replyContext(context), write),
  errorEvent: (error, withVendorFields, _requestId, { sequence, response: begun } = {}) =>
    responsesErrorEvent(error, withVendorFields, sequence, begun),
};

export function responses(deps: ModelCallDependencies, turns: ResponseTurns): Route {
  return openAiRoute("/v1/responses", response, { ...deps, turns });
}

/** What is stored here has been put into the input by now. @throws AditError `previous_response_not_found` */
export function checkPrevious(body: JsonObject): JsonObject {
  const previous = body["previous_response_id"];
  if (typeof previous === "string") throw noPreviousResponse(previous);
  return body;
}

function replyContext(context: AnswerContext<ResponsesRequest>): ResponsesReplyContext {
  return {
    id: `resp_${context.requestId}`,
    created: context.created,
    model: context.model,
    notes: context.notes,
    source: context.source,
    request: context.request,
    itemsId: context.itemsId,
  };
}
