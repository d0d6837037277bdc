import type { EmbeddingInput, EmbeddingRequest } from "../../embedding/embedding.ts";
import type { JsonObject, JsonValue } from "../../json.ts";
import type { EmbeddingFacts } from "../../models/embedding-facts.ts";

/** Inputs of one call: several texts where the model takes several, else one input. */
export type CallInputs = readonly [EmbeddingInput, ...EmbeddingInput[]];

/** The native format of models that embed. */
export interface EmbeddingFamily {
  body(inputs: CallInputs, request: EmbeddingRequest, facts: EmbeddingFacts): JsonObject;
  /** What an answer holds; whoever calls checks that these are vectors. */
  read(answer: JsonObject): NativeVectors;
}

export interface NativeVectors {
  vectors: JsonValue | undefined;
  /** Where the body tells. */
  inputTokens?: JsonValue | undefined;
}
