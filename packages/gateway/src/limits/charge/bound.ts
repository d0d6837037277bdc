/** The most that a call can use, for the reservation before it is made. Pure. */
import {
  dearestCost,
  factsOfModel,
  type ModelFacts,
  type ModelFamily,
  type MostUnits,
  type PossiblePlace,
  type PriceTable,
} from "@adit/bedrock";
import type { LimitCharge } from "../limit.ts";
import { isPartlyKnown, knownBesideSearches } from "./charge.ts";
import type { MediaInBody } from "./media-in-body.ts";

/** What of a call its bound depends on. */
export interface CallSize {
  bodyBytes: number;
  media: MediaInBody;
  /** True where tools are offered, or citations asked for: models have words of their own for either. */
  hasTools: boolean;
  /** `max_tokens` as asked; undefined: the model's own maximum. 0 for what writes nothing, such as embeddings. */
  maxTokens: number | undefined;
  /** How many answers are asked for; 1 by default. */
  answers?: number;
  /** True where the request asks for cache points of an hour. */
  oneHourCache?: boolean;
  /** True where Claude may close its context by a summary first, which is a request of its own. */
  compacts?: boolean;
  /** The window, and the most of output, that are asked for where the model has larger ones for that. */
  contextTokens?: number;
  maxOutputTokens?: number;
  /** What is not paid by the token: images to be made, seconds, queries. */
  pieces?: Pick<MostUnits, "image" | "second" | "query">;
  /** True where the model is paid by these: what it reads is paid only where it has a price. */
  isPaidApiece?: boolean;
  /** True where video or sound may be read: how many seconds nobody can see. */
  hasSeconds?: boolean;
  /** How many inputs are embedded; each may be a call of its own, with a window of its own. */
  inputs?: number;
  /** How many answers of before, or parts of them, the host adds. */
  keptAnswers?: number;
  /** True where pieces beside these may be billed, as many as the model likes. */
  hasOpenPieces?: boolean;
}

export interface CallBound extends LimitCharge {
  tokens: number;
  /** Of these, what the model may write. */
  outputTokens: number;
  /** What is missing for the cost; empty where it is known. */
  missing: readonly string[];
}

/** More than documents tell of one image: Claude 4,784, Pixtral 4,096 and its separators, Gemma and Llama less. */
const tokensOfImage = 8_000;
const familiesOfImages: ReadonlySet<ModelFamily> = new Set(["anthropic", "nova", "llama", "mistral", "gemma"]);
/** Of others: Qwen3-VL makes up to 16,386, and a photograph of 12 million pixels is 11,868 for GPT-5.5, 14,364 for what came after it. */
const tokensOfLargeImage = 20_000;
/** What models put before a request of their own: a few tokens to a turn; with tools up to some hundred for each of Claude's own ones. */
const preamble = 256;
const preambleOfTools = 4_096;
/** Where the model's window or its maximum of output is not known; GPT-5.4 and later read 1,050,000. */
const unknownContext = 1_050_000;
const unknownOutput = 128_000;
/** Lists write 128,000 for a window of 131,072, and a million for 1,048,576. Claude's are as they are written. */
const ofRoundedWindow = 2 ** 20 / 1e6;
/** Nobody writes more, whatever was asked for. */
const mostCount = 2 ** 50;

/**
 * An upper bound at any of `places`: a token for each byte of text, since no tokenizer makes more of them; images at their maximum; other
 * media the whole window of the model; output as asked for, at most the window, for AWS refuses what a model cannot write, and takes more
 * than lists say that it can; the dearest price that can apply.
 */
export function boundOf(size: CallSize, places: readonly PossiblePlace[], table: PriceTable): CallBound {
  let inputTokens = 0;
  let outputTokens = 0;
  for (const place of places) {
    const facts = factsOfModel(place.model, place.foundationModel);
    const { maxOutputTokens: most = unknownOutput } = facts;
    const window = Math.max(windowOf(facts), size.contextTokens ?? 0) * (size.inputs ?? 1);
    const compacts = size.compacts === true;
    inputTokens = Math.max(inputTokens, Math.min(inputOf(size, facts), window) * (compacts ? 2 : 1));
    outputTokens = Math.max(outputTokens, outputOf(size, facts, window) + (compacts ? most : 0));
  }
  const cost = dearestCost(
    {
      inputTokens,
      outputTokens,
      oneHourCache: size.oneHourCache === true,
      isPaidApiece: size.isPaidApiece === true,
      hasSeconds: size.hasSeconds === true,
      ...size.pieces,
    },
    places,
    table,
  );
  return {
    tokens: inputTokens + outputTokens,
    outputTokens,
    costNano: knownBesideSearches(cost),
    missing: cost.known ? [] : cost.missing,
    ...((size.hasOpenPieces === true || isPartlyKnown(cost)) && { isPartial: true }),
  };
}

function windowOf({ family, contextTokens }: ModelFacts): number {
  if (contextTokens === undefined) return unknownContext;
  return family === "anthropic" ? contextTokens : Math.ceil(contextTokens * ofRoundedWindow);
}

function inputOf(
  { bodyBytes, media, hasTools, keptAnswers = 0 }: CallSize,
  { family, maxOutputTokens = 0 }: ModelFacts,
): number {
  if (media.isOpenEnded) return Infinity;
  const text = Math.max(0, bodyBytes - media.imageBytes) + keptAnswers * Math.max(maxOutputTokens, unknownOutput);
  const ofImage = familiesOfImages.has(family) ? tokensOfImage : tokensOfLargeImage;
  return text + media.images * ofImage + (hasTools ? preambleOfTools : preamble);
}

function outputOf(
  { maxTokens, answers = 1, maxOutputTokens = 0 }: CallSize,
  { family, maxOutputTokens: own }: ModelFacts,
  window: number,
): number {
  const most = Math.max(own ?? unknownOutput, maxOutputTokens);
  const isExact = own !== undefined && family === "anthropic";
  const ofOne = maxTokens === undefined ? most : Math.min(maxTokens, isExact ? most : window);
  return Math.min(Math.ceil(ofOne * answers), mostCount);
}
