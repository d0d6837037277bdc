/** Amazon Nova multimodal embeddings: a text or an image a call. Tokens are told by header alone. */
import { truncationWords, type EmbeddingInputType, type EmbeddingRequest } from "../../embedding/embedding.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { EmbeddingFamily } from "./embedding-family.ts";
import { textAndImage } from "./parts.ts";

const purposes: Readonly<Record<EmbeddingInputType, string>> = {
  search_document: "GENERIC_INDEX",
  search_query: "GENERIC_RETRIEVAL",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
};

export const nova: EmbeddingFamily = {
  body: ([input], request) => {
    const { text, image } = textAndImage(input);
    return {
      taskType: "SINGLE_EMBEDDING",
      singleEmbeddingParams: {
        embeddingPurpose: request.purpose ?? purposes[request.inputType ?? "search_document"],
        ...(request.dimensions !== undefined && { embeddingDimension: request.dimensions }),
        ...(text !== undefined && { text: textOf(text, request) }),
        ...(image !== undefined && { image: { format: image.format, source: { ...image.source } as JsonObject } }),
      },
    };
  },
  read: ({ embeddings }) => ({
    vectors: Array.isArray(embeddings)
      ? embeddings.map((entry) => (isJsonObject(entry) ? (entry["embedding"] ?? null) : null))
      : undefined,
  }),
};

/** The service wants a mode; without a word from the caller a text that is too long is refused, not cut. */
function textOf(value: string, { truncate }: EmbeddingRequest): JsonObject {
  return { value, truncationMode: truncationWords[truncate ?? "NONE"] };
}
