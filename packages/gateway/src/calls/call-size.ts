/** What of a request its bound depends on: its bytes, its media, the most that it lets the model write. Pure. */
import { embeddingFactsOf, factsOfModel, type JsonObject, type JsonValue, type ModelFamily } from "@adit/bedrock";
import type { CallSize } from "../limits/bound.ts";
import { mediaInBody } from "../limits/media-in-body.ts";
import type { RequestFacts } from "../ledger/request-facts.ts";
import type { Target } from "../routing/plan.ts";

/** A request as one target gets it. */
export interface SizedCall {
  dialect: RequestFacts["dialect"];
  /** `native`: InvokeModel's, which differs from family to family. `guardrail`: no model is called. */
  kind: "dialect" | "native" | "guardrail";
  body: JsonObject;
  /** The body's text. */
  text: Buffer | string;
}

/** `foundationModel` is the one behind the target's model, where that does not tell. */
export function sizeOfCall(
  call: SizedCall,
  target: Pick<Target, "model" | "provider">,
  foundationModel: string | undefined,
): CallSize {
  const { dialect, kind, body, text } = call;
  const media = mediaInBody(body);
  const model = factsOfModel(target.model, foundationModel);
  const isEmbedding = embeds(call, target, foundationModel);
  const most = kind === "native" ? mostByFamily(body, model.family) : mostInDialect(body, dialect);
  return {
    bodyBytes: Buffer.byteLength(text),
    media,
    hasTools: ["tools", "toolConfig", "functions"].some((name) => (body[name] ?? null) !== null),
    maxTokens: isEmbedding ? 0 : timesAnswers(most, body, target),
    // A text that quotes it has its quotes escaped.
    oneHourCache: text.includes('"1h"'),
    ...(isEmbedding && media.images > 0 && { pieces: { image: media.images } }),
  };
}

/** True where the model writes nothing. */
export function embeds(
  { dialect, kind }: Pick<SizedCall, "dialect" | "kind">,
  { model }: Pick<Target, "model">,
  foundationModel: string | undefined,
): boolean {
  if (dialect === "openai-embeddings") return true;
  return kind === "native" && embeddingFactsOf(factsOfModel(model, foundationModel).baseId) !== undefined;
}

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

/** The same for InvokeModel: a name that the family does not know limits nothing. */
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

function mostInDialect(body: JsonObject, dialect: RequestFacts["dialect"]): number | undefined {
  return largest(body, mostNames[dialect]);
}

function mostByFamily(body: JsonObject, family: ModelFamily): number | undefined {
  return largest(body, mostNamesOfFamilies[family] ?? []);
}

/** Of several spellings the one that allows the most; undefined where none is there: the model's own maximum. */
function largest(body: JsonObject, paths: readonly string[]): number | undefined {
  const counts = paths.map((path) => at(body, path)).filter((count) => typeof count === "number" && count >= 0);
  return counts.length === 0 ? undefined : Math.max(...(counts as number[]));
}

function at(body: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = value[name];
  }
  return value;
}

/** Bedrock gives one answer to a request; other hosts as many as are asked for. */
function timesAnswers(
  most: number | undefined,
  body: JsonObject,
  { provider }: Pick<Target, "provider">,
): number | undefined {
  if (provider === "bedrock" || most === undefined) return most;
  const counts = [body["n"], body["best_of"]].filter((count) => typeof count === "number" && count > 1) as number[];
  return most * Math.max(1, ...counts);
}
