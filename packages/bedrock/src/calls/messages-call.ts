/** Requests of the Messages API, made ready for one target: Claude's own way through InvokeModel, or Converse. */
import {
  countableModel,
  countTokensOfConverse,
  countTokensOfNative,
  isCountRefused,
  isNeverCounted,
  type CountTokensBody,
} from "../dialects/anthropic-messages/count-tokens.ts";
import { diagnoseRefusal } from "../dialects/anthropic-messages/native/diagnose.ts";
import { messagesMediaUrls } from "../dialects/anthropic-messages/native/media-sources.ts";
import type { MessagesRequest } from "../dialects/anthropic-messages/messages-request.ts";
import {
  nativeFromMessages,
  type NativeMessages,
  type NativeMessagesContext,
} from "../dialects/anthropic-messages/native/request.ts";
import type { RefusalPlace, RefusedParts } from "../dialects/anthropic-messages/native/refused-parts.ts";
import { converseFromMessages } from "../dialects/anthropic-messages/request/request.ts";
import { estimateInputTokens } from "../dialects/anthropic-messages/token-estimate.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { factsOfTarget, mediaAt, type CallTarget, type CallTools, type PreparedCall } from "./prepared-call.ts";

export interface MessagesTools extends CallTools {
  /** The body as the caller sent it, where nothing of it was changed: numbers that a double cannot hold keep their digits then. */
  source?: string | undefined;
  /** True: Converse for Claude, too. */
  useConverse?: boolean | undefined;
  /** What models have refused this caller before. It is left out of the request at once. */
  refused?: RefusedParts | undefined;
  /** Whose calls these are: `refused` is remembered for each caller apart. Default: all calls are one caller's. */
  caller?: string | undefined;
}

/** Ready for InvokeModel, as it is, or for Converse. */
export type PreparedMessages =
  | (NativeMessages & { route: "invoke"; model: ModelFacts; region: string; caller: string })
  | (PreparedCall & { route: "converse" });

/**
 * Translates a checked request for one target: looks up what an opaque inference profile stands for, fetches media, and writes the body. Claude gets
 * its own format through InvokeModel, all but unchanged; every other family goes by Converse, and so does a model behind an ARN that tells
 * nothing, since Converse serves any. Rejects with AditError of status 400 for what Bedrock cannot carry.
 */
export async function prepareMessages(
  request: MessagesRequest,
  target: CallTarget,
  tools: MessagesTools,
): Promise<PreparedMessages> {
  const context = await contextOf(request, target, tools);
  const { model } = context;
  if (goesNative(request, model, tools)) {
    return { route: "invoke", ...nativeFromMessages(request, context), ...placeOf(model, target, tools) };
  }
  const { request: body, notes } = converseFromMessages(request, context);
  return { route: "converse", body, notes, model };
}

/**
 * Tokens are counted by AWS's CountTokens under the foundation model's id, or estimated here. `native` is Claude's own body, for
 * `mantleCountOf` and `learnRefusal`; other models have none.
 */
export type PreparedCount = { model: ModelFacts; native: string | undefined; dropped: readonly string[] } & (
  | { kind: "count"; countedAs: string; body: CountTokensBody }
  | { kind: "estimate"; inputTokens: number }
);

/**
 * What is to be asked of CountTokens for a checked request of `count_tokens`. An estimate where AWS does not count for the model, as far as is
 * known or remembered; where it says so when it is asked (`learnCountRefusal`), `estimateInputTokens` gives the same.
 */
export async function prepareCountTokens(
  request: MessagesRequest,
  target: CallTarget,
  tools: MessagesTools,
): Promise<PreparedCount> {
  const anthropicBeta = (tools.anthropicBeta ?? []).filter((flag) => flag !== countFlag);
  const context = await contextOf(request, target, { ...tools, anthropicBeta });
  const { model } = context;
  const known = context.refused?.some(({ kind }) => kind === "count") === true;
  const countedAs = known ? undefined : countableModel(model);
  if (goesNative(request, model, tools)) {
    const { body, native, dropped } = countTokensOfNative(request, context);
    return countedAs === undefined
      ? { kind: "estimate", model, native, dropped, inputTokens: estimateInputTokens(request) }
      : { kind: "count", model, native, dropped, countedAs, body };
  }
  if (countedAs === undefined) {
    return { kind: "estimate", model, native: undefined, dropped: [], inputTokens: estimateInputTokens(request) };
  }
  const { request: converse, notes } = converseFromMessages(request, context);
  const body = countTokensOfConverse(converse);
  return { kind: "count", model, native: undefined, dropped: notes.dropped, countedAs, body };
}

/** Anthropic's SDKs send it with every count: it says what the address says, and AWS refuses a count for it. */
const countFlag = "token-counting-2024-11-01";

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

/**
 * Remembers what of a native body made AWS refuse it, where its words name a part that can be left out. True: prepared anew, the request goes
 * without it. To be asked once a request.
 */
export function learnRefusal(error: unknown, sent: RefusalPlace & { body: string }, refused: RefusedParts): boolean {
  if (!AditError.isInstance(error)) {
    return false;
  }
  const parts = diagnoseRefusal(error, parsedBody(sent.body));
  if (parts.length > 0) {
    refused.remember(sent, parts);
  }
  return parts.length > 0;
}

function parsedBody(body: string): JsonObject {
  const parsed: unknown = JSON.parse(body);
  return isJsonObject(parsed) ? parsed : {};
}

async function contextOf(
  request: MessagesRequest,
  target: CallTarget,
  tools: MessagesTools,
): Promise<NativeMessagesContext> {
  const model = await factsOfTarget(target, tools);
  return {
    model,
    media: await mediaAt(messagesMediaUrls(request), tools),
    anthropicBeta: tools.anthropicBeta ?? [],
    source: tools.source,
    defaultMaxTokens: tools.defaultMaxTokens,
    refused: tools.refused?.of(placeOf(model, target, tools)) ?? [],
  };
}

function placeOf(
  model: ModelFacts,
  { region }: CallTarget,
  { caller = "" }: MessagesTools,
): RefusalPlace & { model: ModelFacts } {
  return { model, region, caller };
}

/** A format that the model's own decoding does not have can still be had by Converse's means: a forced tool, or words. */
function goesNative(request: MessagesRequest, { family, can }: ModelFacts, { useConverse }: MessagesTools): boolean {
  const wantsFormat = isJsonObject(request.output_config?.["format"] ?? request["output_format"]);
  return family === "anthropic" && useConverse !== true && (!wantsFormat || can.outputConfig);
}
