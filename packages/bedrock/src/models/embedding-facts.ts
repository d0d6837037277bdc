/** What is known of the models that embed, `data/embeddings.json`. */
import embeddings from "./data/embeddings.json" with { type: "json" };
import { StemTable } from "./stem-table.ts";
import { needText } from "../known-options.ts";

/** What models that embed speak under InvokeModel. */
export type EmbeddingFormat = "titan-text" | "titan-image" | "cohere" | "nova" | "marengo-2" | "marengo-3";

/** What only some models can be asked for. */
export type EmbeddingOption = "inputType" | "truncate" | "normalize" | "purpose" | "maxTokens";

export interface EmbeddingFacts {
  stems: readonly string[];
  format: EmbeddingFormat;
  /** Lengths that the vectors can have. */
  dimensions: readonly number[];
  /** False: the length is fixed, and the request cannot name it. */
  choosesDimensions: boolean;
  textsPerCall: number;
  images: boolean;
  /** Text and image in one vector. */
  mixed: boolean;
  takes: readonly EmbeddingOption[];
}

const lines = new StemTable(embeddings.lines as readonly EmbeddingFacts[]);

/** Undefined for a model that is not known to embed. */
export function embeddingFactsOf(baseId: string): EmbeddingFacts | undefined {
  needText(baseId, "model");
  return lines.find(baseId);
}
