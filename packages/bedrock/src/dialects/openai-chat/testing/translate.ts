/** One translation as a caller makes it: checked, then translated. For tests of the request side. */
import type { ConverseRequest } from "../../../converse/request.ts";
import type { JsonObject } from "../../../json.ts";
import { factsOfModel } from "../../../models/facts-of-model.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import { checkChatRequest } from "../check-request.ts";
import type { FetchedMedia, RequestContext, TranslationNotes } from "../../translation/context.ts";
import { converseFromChat } from "../request.ts";

/** Models by what sets them apart. */
export const models = {
  /** Caches nowhere, thinks not. */
  claude3Haiku: "anthropic.claude-3-haiku-20240307-v1:0",
  /** Thinks by budget. */
  claude37: "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
  /** By budget; outputConfig; temperature excludes top_p; an hour of cache. */
  claudeSonnet45: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  /** By budget or adaptive; no prefill. */
  claudeSonnet46: "us.anthropic.claude-sonnet-4-6",
  /** Adaptive alone; no sampling; no outputConfig. */
  claudeSonnet5: "us.anthropic.claude-sonnet-5",
  /** Always thinks; no forced tools. */
  claudeOpus55: "global.anthropic.claude-opus-5-5",
  novaLite: "amazon.nova-lite-v1:0",
  nova2: "us.amazon.nova-2-lite-v1:0",
  llama33: "us.meta.llama3-3-70b-instruct-v1:0",
  mistralLarge: "mistral.mistral-large-2402-v1:0",
  mistral7b: "mistral.mistral-7b-instruct-v0:2",
  titan: "amazon.titan-text-express-v1",
  gptOss: "openai.gpt-oss-120b-1:0",
  /** Under Converse. */
  gpt56: "us.openai.gpt-5.6-sol",
  qwen: "qwen.qwen3-32b-v1:0",
  writer: "us.writer.palmyra-x5-v1:0",
  opaque: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl",
} as const;

export interface TranslateOptions {
  model?: string;
  facts?: Partial<ModelFacts>;
  can?: Partial<ModelFacts["can"]>;
  media?: Record<string, FetchedMedia>;
  anthropicBeta?: string[];
  defaultMaxTokens?: number;
  /** True: the model has refused a turn of reasoning alone. */
  refusesReasoningTurns?: boolean;
}

export interface Translated {
  request: ConverseRequest;
  notes: TranslationNotes;
  dropped: string[];
}

/** Translates `body`; `model` and a user's message are filled in where the body has none. */
export function translate(body: JsonObject, options: TranslateOptions = {}): Translated {
  const id = options.model ?? models.claudeSonnet45;
  const facts = factsOfModel(id);
  const model: ModelFacts = { ...facts, ...options.facts, can: { ...facts.can, ...options.can } };
  const context: RequestContext = {
    model,
    media: new Map(Object.entries(options.media ?? {})),
    anthropicBeta: options.anthropicBeta ?? [],
    ...(options.defaultMaxTokens !== undefined && { defaultMaxTokens: options.defaultMaxTokens }),
    refusesReasoningTurns: options.refusesReasoningTurns,
  };
  const whole: JsonObject = { model: id, messages: [{ role: "user", content: "Hello" }], ...body };
  const before = JSON.stringify(whole);
  const { request, notes } = converseFromChat(checkChatRequest(whole), context);
  if (JSON.stringify(whole) !== before) {
    throw new Error("the translation changed the caller's request");
  }
  return { request, notes, dropped: notes.dropped };
}
