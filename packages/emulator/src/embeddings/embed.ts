/** Embeddings under InvokeModel, by model. */
import { invalid } from "../validate/refusal.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { cohereEmbedding } from "./cohere.ts";
import type { Embedding, EmbeddingFamily } from "./embedding-family.ts";
import { marengoEmbedding } from "./marengo.ts";
import { novaEmbedding } from "./nova.ts";
import { titanImageEmbedding, titanTextEmbedding, titanTextV2Embedding } from "./titan.ts";
import type { Refusal } from "../validate/refusal.ts";

const families: readonly [RegExp, EmbeddingFamily][] = [
  [/^amazon\.titan-embed-text-v2/, titanTextV2Embedding],
  [/^amazon\.titan-embed-(text|g1-text)/, titanTextEmbedding],
  [/^amazon\.titan-embed-image/, titanImageEmbedding],
  [/^amazon\.nova-2-multimodal-embeddings/, novaEmbedding],
  [/^cohere\.embed-/, cohereEmbedding],
  [/^twelvelabs\.marengo-embed-/, marengoEmbedding],
];

export function embed(baseId: string, body: NativeBody): Embedding | { refusal: Refusal } {
  const family = families.find(([form]) => form.test(baseId))?.[1];
  return family === undefined
    ? { refusal: invalid(`The emulator has no InvokeModel for ${baseId}: it serves models of text and embeddings.`) }
    : family(body, baseId);
}
