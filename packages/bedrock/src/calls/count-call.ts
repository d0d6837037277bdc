/** Requests whose tokens are to be counted, made ready for one target: what AWS is asked, and an estimate for where it does not count. */
import type { ConverseRequest } from "../converse/request.ts";
import {
  countableModel,
  countTokensOfConverse,
  countTokensOfNative,
  isCountRefused,
  isNeverCounted,
  type CountTokensBody,
} from "../dialects/anthropic-messages/count-tokens.ts";
import type { MessagesRequest } from "../dialects/anthropic-messages/messages-request.ts";
import type { RefusalPlace, RefusedParts } from "../dialects/anthropic-messages/native/refused-parts.ts";
import { converseFromMessages } from "../dialects/anthropic-messages/request/request.ts";
import { estimateInputTokens } from "../dialects/anthropic-messages/token-estimate.ts";
import type { ResponsesRequest } from "../dialects/openai-responses/responses-request.ts";
import { AditError } from "../errors/adit-error.ts";
import { anthropic } from "../families/anthropic/anthropic.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { contextOf, goesNative, type MessagesTools } from "./messages-call.ts";
import { placeOf, type CallTarget } from "./prepared-call.ts";
import { prepareResponses } from "./responses-call.ts";

/** Tokens are counted by AWS's CountTokens under the foundation model's id, or estimated here. */
export interface PreparedCount {
  model: ModelFacts;
  /** Claude's own body, for `mantleCountOf` and `learnRefusal`; other models have none. */
  native: string | undefined;
  dropped: readonly string[];
  /** What CountTokens is asked; undefined where AWS does not count for the model, as far as is known or remembered. */
  ask: { countedAs: string; body: CountTokensBody } | undefined;
  /** By rules of thumb. Throws AditError for what these know nothing of, such as video. */
  estimate: () => number;
}

/** Anthropic's SDKs send it with every count: it says what the address says, and AWS refuses a count for it. */
const countFlag = "token-counting-2024-11-01";

/** What is to be asked of CountTokens for a checked request of `count_tokens`. */
export async function prepareCountTokens(
  request: MessagesRequest,
  target: CallTarget,
  tools: MessagesTools,
): Promise<PreparedCount> {
  const anthropicBeta = (tools.anthropicBeta ?? []).filter((flag) => flag !== countFlag);
  const context = await contextOf(request, target, { ...tools, anthropicBeta });
  const { model } = context;
  const countedAs = countedAsOf(model, target, tools);
  const estimate = (): number => estimateInputTokens(request);
  if (goesNative(request, model, tools)) {
    const { body, native, dropped } = countTokensOfNative(request, context);
    return { model, native, dropped, ask: countedAs === undefined ? undefined : { countedAs, body }, estimate };
  }
  if (countedAs === undefined) return { model, native: undefined, dropped: [], ask: undefined, estimate };
  const { request: converse, notes } = converseFromMessages(request, context);
  const ask = { countedAs, body: countTokensOfConverse(converse) };
  return { model, native: undefined, dropped: notes.dropped, ask, estimate };
}

/**
 * The same for a checked request of Responses, by what would be sent of it: Claude's as that of `count_tokens`, in Claude's own format.
 */
export async function prepareResponsesCount(
  request: ResponsesRequest,
  target: CallTarget,
  tools: MessagesTools,
): Promise<PreparedCount> {
  const { body, notes, model } = await prepareResponses(request, target, tools);
  if (model.family === "anthropic") {
    const counted = await prepareCountTokens(messagesFrom(body, model), target, { ...tools, source: undefined });
    return { ...counted, dropped: [...notes.dropped, ...counted.dropped] };
  }
  const countedAs = countedAsOf(model, target, tools);
  return {
    model,
    native: undefined,
    dropped: notes.dropped,
    ask: countedAs === undefined ? undefined : { countedAs, body: countTokensOfConverse(body) },
    estimate: () => estimateOfConverse(body, model),
  };
}

/** About how many tokens a request of Converse is. Throws AditError for what Claude's format, which the estimate reads, cannot hold, such as video. */
export function estimateOfConverse(request: ConverseRequest, model: ModelFacts): number {
  try {
    return estimateInputTokens(messagesFrom(request, model));
  } catch (error) {
    if (!AditError.isInstance(error) || error.param === undefined) throw error;
    const { param } = error;
    const message = `${param} cannot be estimated, and AWS does not count tokens for ${model.id}.`;
    const remedy = "Leave it out of what is counted.";
    throw new AditError("unsupported_parameter", message, { param, remedy, cause: error });
  }
}

/** True where AWS does not count for the model: an estimate is what remains. Where it never does, that is remembered. */
export function learnCountRefusal(error: unknown, place: RefusalPlace, refused: RefusedParts): boolean {
  if (!AditError.isInstance(error) || !isCountRefused(error)) {
    return false;
  }
  if (isNeverCounted(error)) {
    refused.remember(place, [{ kind: "count" }]);
  }
  return true;
}

function countedAsOf(model: ModelFacts, target: CallTarget, tools: MessagesTools): string | undefined {
  const refused = tools.refused?.of(placeOf(model, target, tools));
  return refused?.some(({ kind }) => kind === "count") === true ? undefined : countableModel(model);
}

/** What Claude's family writes for InvokeModel is a request of the Messages API; its type there is that of every family's body. */
function messagesFrom(request: ConverseRequest, model: ModelFacts): MessagesRequest {
  return anthropic.request(request, { model, stream: false }).body as unknown as MessagesRequest;
}
