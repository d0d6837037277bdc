/** `POST /v1/completions`: OpenAI's older form, one prompt and its continuation. */
import {
  checkCompletionRequest,
  completionFromConverse,
  CompletionStreamWriter,
  openAiErrorBody,
  prepareCompletion,
  type CompletionReplyContext,
  type CompletionRequest,
} from "@adit/bedrock";
import { completionFields } from "@adit/bedrock/gateway";
import type { Route } from "../../http/routes/route.ts";
import { byConverse, type AnswerContext, type CallDialect } from "../call-dialect.ts";
import type { ModelCallDependencies } from "../model-call.ts";
import { openAiRoute } from "./openai-route.ts";
import { openAiErrorEvent } from "../answers/stream-answer.ts";

const completion: CallDialect<CompletionRequest> = {
  name: "openai-completions",
  errorBody: openAiErrorBody,
  format: "completions",
  fields: completionFields,
  check: checkCompletionRequest,
  prepare: (request, target, tools) => byConverse(prepareCompletion(request, target, tools)),
  whole: (response, context) => completionFromConverse(response, replyContext(context)),
  writer: (context, write) => new CompletionStreamWriter(replyContext(context), write),
  errorEvent: openAiErrorEvent,
};

export function completions(deps: ModelCallDependencies): Route {
  return openAiRoute("/v1/completions", completion, deps);
}

function replyContext(context: AnswerContext<CompletionRequest>): CompletionReplyContext {
  return {
    id: `cmpl-${context.requestId}`,
    created: context.created,
    model: context.model,
    strict: context.strict,
    includeUsage: context.request.stream_options?.include_usage === true,
    notes: context.notes,
    source: context.source,
  };
}
