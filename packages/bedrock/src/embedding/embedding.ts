/** A request to embed and its answer, in no dialect's and no model's words: dialects and the models' native formats meet here. */
import type { ImageFormat, MediaSource } from "../converse/content.ts";
import type { EmbeddingOption } from "../models/embedding-facts.ts";

export type EmbeddingPart = EmbeddingText | EmbeddingImage;

export interface EmbeddingText {
  kind: "text";
  text: string;
  /** Where it stands in the caller's request. */
  path: string;
}

export interface EmbeddingImage {
  kind: "image";
  format: ImageFormat;
  source: MediaSource;
  path: string;
}

/** What one vector is wanted for. */
export interface EmbeddingInput {
  /** At least one. */
  parts: readonly EmbeddingPart[];
  /** Where it stands in the caller's request, such as `input[3]`. */
  path: string;
}

/** What a vector is for; Cohere's names. */
export const embeddingInputTypes = ["search_document", "search_query", "classification", "clustering"] as const;
export type EmbeddingInputType = (typeof embeddingInputTypes)[number];

/** Which end of a text that is too long is cut off; `NONE`: it is refused. Cohere's newest models say LEFT and RIGHT. */
export const embeddingTruncations = ["NONE", "START", "END", "LEFT", "RIGHT"] as const;
export type EmbeddingTruncation = (typeof embeddingTruncations)[number];

/** In the words that every model knows which cuts at all: `LEFT` and `RIGHT` are of the newest, which take these too (recorded). */
export const truncationWords: Readonly<Record<EmbeddingTruncation, string>> = {
  NONE: "NONE",
  START: "START",
  LEFT: "START",
  END: "END",
  RIGHT: "END",
};

export interface EmbeddingRequest {
  /** At least one. */
  inputs: readonly EmbeddingInput[];
  dimensions?: number;
  inputType?: EmbeddingInputType;
  truncate?: EmbeddingTruncation;
  normalize?: boolean;
  /** Nova's `embeddingPurpose`, as written. */
  purpose?: string;
  /** Tokens of a text beyond which it is cut. */
  maxTokens?: number;
  /** What the caller calls these. */
  paths: Readonly<Partial<Record<EmbeddingOption | "dimensions", string>>>;
}

export interface EmbeddingAnswer {
  /** In the order of the inputs. */
  vectors: readonly (readonly number[])[];
  usage: EmbeddingUsage;
}

/** As far as AWS told: what is absent is not known, save `images`, which is counted here. */
export interface EmbeddingUsage {
  inputTokens?: number;
  images?: number;
}
