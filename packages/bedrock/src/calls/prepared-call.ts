/** From a checked request of any dialect to the body that Converse takes, for one target. */
import type { CredentialSource } from "../auth/credentials.ts";
import { unlessAborted, type CancelSignal } from "../cancel-signal.ts";
import type { BedrockClient } from "../client.ts";
import type { ConverseRequest } from "../converse/request.ts";
import type { RefusalPlace, RefusedParts } from "../dialects/anthropic-messages/native/refused-parts.ts";
import type { FetchedMedia, RequestContext, TranslationNotes } from "../dialects/translation/context.ts";
import { factsOfModel } from "../models/facts-of-model.ts";
import { isPromptArn, parseModelArn } from "../models/model-arn.ts";
import type { ModelFacts } from "../models/model-facts.ts";
import { modelBehind } from "../wire/inference-profiles.ts";
import { abortError } from "../wire/transport/transport-error.ts";

/** Where a call goes. */
export interface CallTarget {
  /** Id or ARN as it goes on the wire. */
  model: string;
  region: string;
  credentials: CredentialSource;
  /** What the caller knows of the model. Default: what the model data says, and what AWS says of an opaque profile. */
  facts?: ModelFacts | undefined;
  /** Replaces the control plane's endpoint, where an inference profile is looked up. */
  controlPlaneUrl?: string | undefined;
  /** True: by Converse. False: in the model's own format, by InvokeModel. Undefined: in the way that serves the model best. */
  useConverse?: boolean | undefined;
}

/** What a translation needs beside the request and its target. */
export interface CallTools {
  client: BedrockClient;
  /** Ends the look-up of a profile. */
  signal?: CancelSignal | undefined;
  /**
   * Fetches what stands at https addresses. It is given them with the paths of the fields that name them, and called only where there are
   * any.
   */
  loadMedia: (urls: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, FetchedMedia>>;
  /** Flags of the header `anthropic-beta`. */
  anthropicBeta?: readonly string[];
  /** Sent where the caller gives no limit of tokens. */
  defaultMaxTokens?: number | undefined;
  /** What models have refused this caller before. It is left out of the request at once. */
  refused?: RefusedParts | undefined;
  /** Whose calls these are: `refused` is remembered for each caller apart. Default: all calls are one caller's. */
  caller?: string | undefined;
}

/** A caller's request as Converse takes it. */
export interface PreparedCall {
  body: ConverseRequest;
  notes: TranslationNotes;
  model: ModelFacts;
}

/** The pure translators of one dialect. */
export interface RequestTranslators<Request> {
  mediaUrlsOf(request: Request): ReadonlyMap<string, string>;
  toConverse(request: Request, context: RequestContext): { request: ConverseRequest; notes: TranslationNotes };
}

const noMedia: ReadonlyMap<string, FetchedMedia> = new Map();
const noFlags: readonly string[] = [];

/**
 * Translates a checked request for one target, at once where nothing must be asked for: looks up what an opaque inference profile stands for (cached, and not needed:
 * without the permission the request goes on with what AWS itself decides), fetches media, and writes Converse's body.
 * Throws, or rejects with, AditError of status 400 for what Bedrock cannot carry.
 */
export function prepareCall<Request>(
  request: Request,
  dialect: RequestTranslators<Request>,
  target: CallTarget,
  tools: CallTools,
): PreparedCall | Promise<PreparedCall> {
  const model = factsAtHand(target);
  const urls = dialect.mediaUrlsOf(request);
  return model !== undefined && urls.size === 0
    ? translated(request, dialect, { target, tools }, { model, media: noMedia })
    : prepareWithLookUps(request, dialect, target, tools);
}

async function prepareWithLookUps<Request>(
  request: Request,
  dialect: RequestTranslators<Request>,
  target: CallTarget,
  tools: CallTools,
): Promise<PreparedCall> {
  const model = await factsOfTarget(target, tools);
  const media = await mediaAt(dialect.mediaUrlsOf(request), tools);
  return translated(request, dialect, { target, tools }, { model, media });
}

function translated<Request>(
  request: Request,
  dialect: RequestTranslators<Request>,
  { target, tools }: { target: CallTarget; tools: CallTools },
  { model, media }: Pick<RequestContext, "model" | "media">,
): PreparedCall {
  const { anthropicBeta = noFlags, defaultMaxTokens: limit } = tools;
  const defaultMaxTokens = isPromptArn(model.id) ? undefined : limit;
  const context = { model, media, anthropicBeta, defaultMaxTokens, ...refusedThinking(model, target, tools) };
  const { request: body, notes } = dialect.toConverse(request, context);
  return { body, notes, model };
}

/** Whose refusals are remembered. */
export function placeOf(
  model: ModelFacts,
  { region }: Pick<CallTarget, "region">,
  { caller = "" }: Pick<CallTools, "caller">,
): RefusalPlace & { model: ModelFacts } {
  return { model, region, caller };
}

/** What of thinking the model has refused the caller. */
export function refusedThinking(
  model: ModelFacts,
  target: Pick<CallTarget, "region">,
  tools: Pick<CallTools, "caller" | "refused">,
): Pick<RequestContext, "refusesReasoningTurns" | "refusesUnsignedThinking"> {
  const parts = tools.refused?.of(placeOf(model, target, tools)) ?? [];
  return {
    refusesReasoningTurns: parts.some(({ kind }) => kind === "thinkingTurn"),
    refusesUnsignedThinking: parts.some(({ kind }) => kind === "unsignedThinking"),
  };
}

/** What is known of the target's model, one behind an application inference profile too, as far as the caller or AWS tells. */
export async function factsOfTarget(
  target: CallTarget,
  tools: Pick<CallTools, "client" | "signal">,
): Promise<ModelFacts> {
  return factsAtHand(target) ?? factsOfModel(target.model, await askedModelBehind(target, tools));
}

/** Undefined where AWS alone can tell. */
function factsAtHand({ facts, model }: CallTarget): ModelFacts | undefined {
  return facts ?? (isOpaque(model) ? undefined : factsOfModel(model));
}

/** What stands at the addresses; asks for nothing where there are none. */
export async function mediaAt(
  urls: ReadonlyMap<string, string>,
  { loadMedia }: Pick<CallTools, "loadMedia">,
): Promise<ReadonlyMap<string, FetchedMedia>> {
  return urls.size === 0 ? noMedia : loadMedia(urls);
}

/** Only an application profile hides its model; the ids of AWS's own profiles name it. */
function isOpaque(model: string): boolean {
  return model.startsWith("arn:") && parseModelArn(model)?.resourceType === "application-inference-profile";
}

async function askedModelBehind(
  target: CallTarget,
  { client, signal }: Pick<CallTools, "client" | "signal">,
): Promise<string | undefined> {
  if (signal?.aborted === true) {
    throw abortError(signal.reason);
  }
  const asking = client.inferenceProfiles.resolve(target.model, {
    region: target.region,
    credentials: target.credentials,
    ...(target.controlPlaneUrl !== undefined && { baseUrl: target.controlPlaneUrl }),
  });
  // The answer may be for others too: who leaves does not end the question.
  const profile = await unlessAborted(asking, signal, abortError);
  return profile === undefined ? undefined : modelBehind(profile);
}
