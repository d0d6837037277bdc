/** Requests of the Messages API, made ready for one target: Claude's own way through InvokeModel, or Converse. */
import type { ConverseRequest } from "../converse/request.ts";
import { diagnoseConverseRefusal, diagnoseRefusal } from "../dialects/anthropic-messages/native/diagnose.ts";
import { messagesMediaUrls } from "../dialects/anthropic-messages/native/media-sources.ts";
import type { MessagesRequest } from "../dialects/anthropic-messages/messages-request.ts";
import {
  nativeFromMessages,
  type NativeMessages,
  type NativeMessagesContext,
} from "../dialects/anthropic-messages/native/request.ts";
import type { RefusalPlace, RefusedParts } from "../dialects/anthropic-messages/native/refused-parts.ts";
import { converseFromMessages } from "../dialects/anthropic-messages/request/request.ts";
import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import {
  factsOfTarget,
  mediaAt,
  placeOf,
  refusedThinking,
  type CallTarget,
  type CallTools,
  type PreparedCall,
} from "./prepared-call.ts";

export interface MessagesTools extends CallTools {
  /** Gives the body as the caller sent it, where nothing of it was changed: numbers that a double cannot hold keep their digits then. */
  source?: (() => string) | undefined;
  /** True: Converse for Claude, too. */
  useConverse?: boolean | undefined;
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
  // Written out: an object that begins with a spread makes a hidden class for each call.
  const { refusesReasoningTurns, refusesUnsignedThinking } = refusedThinking(model, target, tools);
  const given = { refusesReasoningTurns, refusesUnsignedThinking, ...context };
  const { request: body, notes } = converseFromMessages(request, given);
  return { route: "converse", body, notes, model };
}

/**
 * Remembers what of a request made AWS refuse it, where its words name a part that can be left out: of a native body, which is text, or of
 * Converse's. True: prepared anew, the request goes without it.
 */
export function learnRefusal(
  error: unknown,
  sent: RefusalPlace & { body: string | ConverseRequest },
  refused: RefusedParts,
): boolean {
  if (!AditError.isInstance(error)) {
    return false;
  }
  const { body } = sent;
  const parts =
    typeof body === "string" ? diagnoseRefusal(error, parsedBody(body)) : diagnoseConverseRefusal(error, body);
  if (parts.length > 0) {
    refused.remember(sent, parts);
  }
  return parts.length > 0;
}

function parsedBody(body: string): JsonObject {
  const parsed: unknown = JSON.parse(body);
  return isJsonObject(parsed) ? parsed : {};
}

/** What a native body is written with. */
export async function contextOf(
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

/**
 * True for Claude, but that a format which the model's own decoding does not have can still be had by Converse's means: a forced tool, or words.
 */
export function goesNative(
  request: MessagesRequest,
  { family, can }: ModelFacts,
  { useConverse }: MessagesTools,
): boolean {
  const wantsFormat = isJsonObject(request.output_config?.["format"] ?? request["output_format"]);
  return family === "anthropic" && useConverse !== true && (!wantsFormat || can.outputConfig);
}
