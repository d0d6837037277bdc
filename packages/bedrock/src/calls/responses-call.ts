import { mediaUrlsOfResponses } from "../dialects/openai-responses/media-urls.ts";
import { converseFromResponses } from "../dialects/openai-responses/request.ts";
import type { ResponsesRequest } from "../dialects/openai-responses/responses-request.ts";
import {
  prepareCall,
  type CallTarget,
  type CallTools,
  type PreparedCall,
  type RequestTranslators,
} from "./prepared-call.ts";

const responses: RequestTranslators<ResponsesRequest> = {
  mediaUrlsOf: mediaUrlsOfResponses,
  toConverse: converseFromResponses,
};

/** A checked request of Responses as `prepareCall` makes it ready for one target. */
export function prepareResponses(
  request: ResponsesRequest,
  target: CallTarget,
  tools: CallTools,
): PreparedCall | Promise<PreparedCall> {
  return prepareCall(request, responses, target, tools);
}
