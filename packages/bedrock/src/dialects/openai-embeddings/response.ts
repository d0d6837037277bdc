import type { EmbeddingAnswer } from "../../embedding/embedding.ts";
import type { EmbeddingsRequest } from "./embeddings-request.ts";

/** OpenAI's answer to `/v1/embeddings`. */
export interface EmbeddingsReply {
  object: "list";
  data: EmbeddingEntry[];
  /** As the caller wrote it. */
  model: string;
  /** Absent where AWS did not tell. */
  usage?: { prompt_tokens: number; total_tokens: number };
}

export interface EmbeddingEntry {
  object: "embedding";
  index: number;
  /** Base64 of little-endian floats of 32 bits where `encoding_format` asks for it. */
  embedding: readonly number[] | string;
}

export function embeddingsReply(answer: EmbeddingAnswer, request: EmbeddingsRequest): EmbeddingsReply {
  const isPacked = request.encoding_format === "base64";
  const { inputTokens } = answer.usage;
  return {
    object: "list",
    data: answer.vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: isPacked ? packed(vector) : vector,
    })),
    model: request.model,
    ...(inputTokens !== undefined && { usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } }),
  };
}

function packed(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(4 * vector.length);
  for (let index = 0; index < vector.length; index += 1) {
    bytes.writeFloatLE(vector[index] ?? 0, 4 * index);
  }
  return bytes.toString("base64");
}
