/** What of a request its bound depends on: its bytes, its media, the most that it lets the model write. Pure. */
import {
  embeddingFactsOf,
  factsOfModel,
  isJsonObject,
  mantlePlace,
  type JsonObject,
  type JsonValue,
  type ModelFacts,
  type ModelFamily,
} from "@adit/bedrock";
import { outputOf } from "@adit/bedrock/gateway";
import type { CallSize } from "../../limits/charge/bound.ts";
import { mediaInBody, type MediaInBody } from "../../limits/charge/media-in-body.ts";
import { membersOf } from "../../limits/charge/members-of.ts";
import {
  isKeptPrompt,
  isPassedResponse,
  offersWebSearch,
  readsMoreThanItsBody,
  toolsOfResponse,
} from "../../limits/charge/unseen-input.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { mayHaveSeconds, mostQueries } from "../native/counted-pieces.ts";
import { asksForCitations, definitionsPutIn, digitsWrittenOut, getsTools, offersTools } from "./added-text.ts";
import { embeddedInputs, nativeInputs, preambleOf, type EmbeddedInputs } from "./embedded-inputs.ts";

/** A request as one target gets it. */
export interface SizedCall {
  dialect: RequestFacts["dialect"];
  /** `native`: InvokeModel's, which differs from family to family. `guardrail`: no model is called. */
  kind: "dialect" | "native" | "guardrail";
  body: JsonObject;
  /** The body's text. */
  text: Buffer | string;
  /** Flags of the header `anthropic-beta`. */
  betas: readonly string[];
}

export interface SizeTools {
  /** The one behind the target's model, where that does not tell. */
  foundationModel: string | undefined;
  /** `ADIT_DEFAULT_MAX_TOKENS`: sent where a dialect's body gives none. */
  defaultMaxTokens: number | undefined;
}

export function sizeOfCall(
  call: SizedCall,
  target: Pick<Target, "model" | "provider">,
  { foundationModel, defaultMaxTokens }: SizeTools,
): CallSize {
  const { body, text } = call;
  const model = factsOfModel(target.model, foundationModel);
  const embedded = embeddedIn(call, model);
  const isEmbedding = embedded !== undefined;
  const media = mediaOf(call, target, { model, embedded });
  const isWrittenAnew = isTranslated(call, target);
  const added = addedBytes(call, model, isWrittenAnew);
  const preamble = embedded === undefined ? 0 : preambleOf(embedded, embeddingFactsOf(model.baseId));
  const most = mostOf(call, model, isWrittenAnew ? defaultMaxTokens : undefined);
  const maxTokens = most === undefined ? undefined : withExtras(most, body);
  return {
    bodyBytes: Buffer.byteLength(text) + added + preamble,
    media,
    hasTools: hasToolsOrCitations(call, isWrittenAnew),
    maxTokens: isEmbedding || makesPieces(call, model) ? 0 : maxTokens,
    ...piecesAsked(call, model),
    answers: target.provider === "bedrock" ? answersOfModel(body) : answersOf(body),
    oneHourCache: mayHold("1h", text) && asksForOneHour(body, isWrittenAnew ? model : undefined),
    compacts: mayHold("compact", text) && compacts(body),
    hasSeconds: takesSeconds(call, model),
    ...(maxTokens === undefined && call.kind === "native" && { maxOutputTokens: mostNamed(body, deepestExtra) }),
    ...widened(call, model),
    ...(isEmbedding && { inputs: embedded.inputs }),
    ...(isEmbedding && media.images > 0 && { pieces: { image: media.images } }),
    ...searchesOf(call, target),
    ...keptAnswersOf(call, target),
  };
}

/** In other forms than its own no model is given what is paid by the second. */
function takesSeconds({ kind, body }: SizedCall, { baseId }: ModelFacts): boolean {
  return kind === "native" && mayHaveSeconds(baseId, body);
}

/** By how much what is sent may be longer than what came. */
function addedBytes(call: SizedCall, model: ModelFacts, isWrittenAnew: boolean): number {
  // Bedrock's own dialect goes on as it is written.
  if (call.kind !== "dialect" || call.dialect === "bedrock") return 0;
  return digitsWrittenOut(call.text) + (isWrittenAnew ? definitionsPutIn(call, model) : 0);
}

function hasToolsOrCitations({ body, text }: SizedCall, isWrittenAnew: boolean): boolean {
  if (offersTools(body) || (isWrittenAnew && getsTools(body))) return true;
  return mayHold("citations", text) && asksForCitations(body);
}

function mediaOf(
  call: SizedCall,
  target: Pick<Target, "model" | "provider">,
  { model: { family }, embedded }: { model: ModelFacts; embedded: EmbeddedInputs | undefined },
): MediaInBody {
  const { kind, body } = call;
  const media = mediaInBody(body);
  if (embedded !== undefined && embedded.images > media.images) {
    media.images = embedded.images;
    media.imageBytes = embedded.imageBytes;
  }
  if (readsMoreThanItsBody(call, target)) media.isOpenEnded = true;
  // Llama's own format has images beside the prompt; their bytes stay counted as text.
  if (kind === "native" && family === "llama" && Array.isArray(body["images"])) media.images += body["images"].length;
  return media;
}

/**
 * Searches of the web, each of which is paid for, where Nova runs them, as many as it likes; or the host of Responses, as many as the body
 * lets it.
 */
function searchesOf(
  { dialect, body }: SizedCall,
  { model, provider }: Pick<Target, "model" | "provider">,
): Pick<CallSize, "pieces" | "hasOpenPieces"> {
  if (offersWebSearch(body)) return { hasOpenPieces: true };
  if (dialect !== "openai-responses" || provider !== "bedrock" || mantlePlace(model) === undefined) return {};
  if (!toolsOfResponse(body).some(({ type }) => typeof type === "string" && type.startsWith("web_search"))) return {};
  const { max_tool_calls: most } = body;
  return isLimit(most) ? { pieces: { query: Math.ceil(most) } } : { hasOpenPieces: true };
}

/** Thinking that is there by its id alone: what the host keeps of it is no more than an answer may be long. */
function keptAnswersOf(call: SizedCall, target: Pick<Target, "model" | "provider">): Pick<CallSize, "keptAnswers"> {
  if (!isPassedResponse(call, target)) return {};
  return { keptAnswers: membersOf(call.body["input"]).filter(isKeptThinking).length };
}

function isKeptThinking({ type, encrypted_content: sealed, content }: JsonObject): boolean {
  return type === "reasoning" && (sealed ?? null) === null && membersOf(content).length === 0;
}

/** True where the gateway writes the body anew for Bedrock, and sends its own limit where the caller gives none. */
function isTranslated({ dialect, kind }: SizedCall, target: Pick<Target, "model" | "provider">): boolean {
  if (kind !== "dialect" || dialect === "bedrock" || target.provider !== "bedrock") return false;
  return mantlePlace(target.model) === undefined && !isKeptPrompt(target);
}

/** The most that the model is told to write; undefined where nothing limits it but itself. */
function mostOf({ dialect, kind, body }: SizedCall, model: ModelFacts, byDefault: number | undefined) {
  if (kind === "native") {
    const own = largest(body, mostNamesOfFamilies[model.family] ?? []);
    // A name beside it may be the one that the model goes by, as those of OpenAI's format do that came later.
    return own === undefined ? undefined : Math.max(own, mostNamed(body, deepestExtra));
  }
  const names = mostNames[dialect];
  if (dialect !== "bedrock" && model.effort === "nova-reasoningConfig" && asksForMuch(body)) return undefined;
  const isGiven = names.some((path) => (at(body, path) ?? null) !== null);
  return isGiven ? largest(body, names) : byDefault;
}

/** Nova's highest effort takes no limit: the caller's is left out. */
function asksForMuch(body: JsonObject): boolean {
  return effortPaths.some((path) => {
    const effort = at(body, path) ?? null;
    return effort !== null && !lowEfforts.has(effort);
  });
}

const lowEfforts: ReadonlySet<JsonValue> = new Set(["none", "minimal", "low", "medium"]);

/** Of a model that embeds, and writes nothing; undefined for any other. */
function embeddedIn({ dialect, kind, body }: SizedCall, { baseId }: ModelFacts): EmbeddedInputs | undefined {
  if (dialect === "openai-embeddings") return embeddedInputs(body);
  const facts = kind === "native" ? embeddingFactsOf(baseId) : undefined;
  return facts && nativeInputs(body, facts);
}

const piecesMade: ReadonlySet<string> = new Set(["image", "video", "rerank"] satisfies ReturnType<typeof outputOf>[]);

/** True where the model makes images, or puts documents in order: it writes no token. */
function makesPieces({ kind }: Pick<SizedCall, "kind">, { baseId }: ModelFacts): boolean {
  return kind === "native" && piecesMade.has(outputOf(baseId));
}

/** Of what is paid apiece, the most that the request asks for; nothing where nobody can say, so that its cost is not known. */
function piecesAsked(call: SizedCall, model: ModelFacts): Pick<CallSize, "pieces" | "isPaidApiece"> {
  if (!makesPieces(call, model)) return {};
  switch (outputOf(model.baseId)) {
    case "image":
      return { pieces: { image: Math.ceil(largest(call.body, imageCounts) ?? 1) }, isPaidApiece: true };
    case "rerank": {
      const query = mostQueries(call.body);
      return query === undefined ? {} : { pieces: { query }, isPaidApiece: true };
    }
    case "text":
    case "video":
    case "speech":
    case "embedding":
      return {};
  }
}

/** How many images Titan Image and Nova Canvas, and Stable Diffusion, make; the models that came after it make one. */
const imageCounts = ["imageGenerationConfig.numberOfImages", "samples"];

/** Where each dialect says how much may be written at most. */
const mostNames: Readonly<Record<RequestFacts["dialect"], readonly string[]>> = {
  "openai-chat": ["max_tokens", "max_completion_tokens"],
  "openai-completions": ["max_tokens"],
  "openai-responses": ["max_output_tokens"],
  "openai-embeddings": [],
  "anthropic-messages": ["max_tokens"],
  bedrock: ["inferenceConfig.maxTokens"],
  connector: [],
};

/** The same for InvokeModel: a name that the family does not know limits nothing, and may let a model write more than is known of it. */
const mostNamesOfFamilies: Readonly<Partial<Record<ModelFamily, readonly string[]>>> = {
  anthropic: ["max_tokens", "max_tokens_to_sample"],
  nova: ["inferenceConfig.maxTokens", "inferenceConfig.max_new_tokens"],
  titan: ["textGenerationConfig.maxTokenCount"],
  "cohere-command": ["max_tokens"],
  "cohere-command-r": ["max_tokens"],
  llama: ["max_gen_len"],
  "mistral-text": ["max_tokens"],
  mistral: ["max_tokens"],
  jamba: ["max_tokens"],
  deepseek: ["max_tokens"],
  "gpt-oss": ["max_tokens", "max_completion_tokens"],
  qwen: ["max_tokens"],
};

/**
 * Of several spellings the one that allows the most; undefined where none is there, or none that limits anything: the model's own
 * maximum.
 */
function largest(body: JsonObject, paths: readonly string[]): number | undefined {
  const counts = paths.map((path) => at(body, path)).filter((count) => isLimit(count));
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** Zero and less limit nothing, nor does a number that JSON cannot write again. */
function isLimit(value: JsonValue | undefined): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

/** Fields that go to the model beside the dialect's own. */
const extraNames = [
  "additionalModelRequestFields",
  "additional_model_request_fields",
  "additionalModelRequestParameters",
  "inferenceConfig",
  "extra_body",
];
/** In a dialect's own names, and among the fields that go to the model as they are. */
const effortPaths = [
  "reasoning_effort",
  "reasoning.effort",
  "output_config.effort",
  ...extraNames.map((name) => `${name}.reasoningConfig.maxReasoningEffort`),
];
const anyMostName = /^(max|maximum)_?(new_?|gen_?|output_?|completion_?)?(tokens?|len|token_?count)(_to_sample)?$/i;
const deepestExtra = 3;

/** Whatever in those fields, or in thinking, could let the model write more. */
function withExtras(most: number, body: JsonObject): number {
  let largestMost = most;
  let budget = budgetIn(body);
  for (const name of extraNames) {
    const extra = Object.hasOwn(body, name) ? body[name] : undefined;
    if (!isJsonObject(extra)) continue;
    largestMost = Math.max(largestMost, mostNamed(extra, deepestExtra));
    budget = Math.max(budget, budgetIn(extra));
  }
  // Between calls of tools thinking may have a budget of its own, larger than what one answer may have.
  return budget >= largestMost ? largestMost + budget : largestMost;
}

/** AWS's older pages on Claude have the second name. */
const thinkingPaths = ["thinking.budget_tokens", "reasoning_config.budget_tokens"];

function budgetIn(place: JsonObject): number {
  return largest(place, thinkingPaths) ?? 0;
}

function mostNamed(value: JsonValue | undefined, depth: number): number {
  if (!isJsonObject(value) || depth === 0) return 0;
  let most = 0;
  for (const [name, child] of Object.entries(value)) {
    most = Math.max(most, anyMostName.test(name) && isLimit(child) ? child : mostNamed(child, depth - 1));
  }
  return most;
}

type WiderLimits = Pick<CallSize, "contextTokens" | "maxOutputTokens">;

/** What Claude reads and writes beyond its own limits where a flag asks for it. */
const wider: readonly (readonly [flag: RegExp, limits: WiderLimits])[] = [
  [/^context-1m\b/, { contextTokens: 1_000_000 }],
  [/^output-128k\b/, { maxOutputTokens: 128_000 }],
];
/** Where flags stand beside the header. */
const flagPaths = ["", ...extraNames.map((name) => `${name}.`)].flatMap((at) => [`${at}anthropic_beta`, `${at}betas`]);

function widened({ body, betas: inHeader }: SizedCall, { betas = [] }: ModelFacts): WiderLimits | undefined {
  const possible = wider.filter(([flag]) => betas.some((known) => flag.test(known)));
  if (possible.length === 0) return undefined;
  const inBody = flagPaths
    .flatMap((path) => at(body, path) ?? [])
    .flatMap((flags) => (typeof flags === "string" ? flags.split(",") : []));
  const asked = [...inHeader, ...inBody].map((flag) => flag.trim());
  const limits: WiderLimits = {};
  for (const [flag, more] of possible) if (asked.some((each) => flag.test(each))) Object.assign(limits, more);
  return limits;
}

/** Claude's edits of its context, where its own format and Converse have them. */
const editPaths = ["context_management", ...extraNames.map((name) => `${name}.context_management`)];

function compacts(body: JsonObject): boolean {
  const edits = editPaths.map((path) => at(body, `${path}.edits`)).flatMap((list) => (Array.isArray(list) ? list : []));
  return edits
    .map((edit) => at({ edit }, "edit.type"))
    .some((type) => typeof type === "string" && type.startsWith("compact"));
}

/** False where the text cannot hold the word, however it is written. */
function mayHold(word: string, text: Buffer | string): boolean {
  return text.includes(word) || text.includes("\\u");
}

/** `model`: of a body that is written anew for it, where an hour that it does not know is left out but among the fields that go as they are. */
function asksForOneHour(body: JsonObject, model: ModelFacts | undefined): boolean {
  if (model === undefined || model.can.cacheOneHour) return hasOneHourCache(body);
  return extraNames.some((name) => Object.hasOwn(body, name) && hasOneHourCache(body[name]));
}

/** A cache point of an hour, wherever it stands: tools and system blocks may have one too. */
function hasOneHourCache(body: JsonValue | undefined): boolean {
  const left = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value) && value["ttl"] === "1h") return true;
    for (const child of Object.values(value)) if (typeof child === "object" && child !== null) left.push(child);
  }
  return false;
}

function at(body: JsonObject, path: string): JsonValue | undefined {
  if (!path.includes(".")) return Object.hasOwn(body, path) ? body[path] : undefined;
  let value: JsonValue | undefined = body;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = value[name];
  }
  return value;
}

/** By these some of Bedrock's models give several answers to a request: Jamba, and Command of old. Where a dialect has them, they are refused. */
const answerNames = ["n", "num_generations"];

function answersOfModel(body: JsonObject): number {
  const places = [body, ...extraNames.map((name) => at(body, name))].filter((place) => isJsonObject(place));
  const counts = places
    .flatMap((place) => answerNames.map((name) => at(place, name)))
    .filter((count) => isLimit(count));
  return Math.max(1, ...counts.map((count) => Math.ceil(count)));
}

/** Other hosts give as many answers as are asked for, to each of the prompts. */
function answersOf(body: JsonObject): number {
  const counts = [body["n"], body["best_of"]].filter((count) => isLimit(count)).map((count) => Math.ceil(count));
  const { prompt } = body;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
  return Math.max(1, ...counts) * Math.max(1, prompts);
}
