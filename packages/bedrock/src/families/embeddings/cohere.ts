/** Cohere Embed: texts by the list; images one a call. v4 takes several parts for one vector. */
import {
  truncationWords,
  type EmbeddingImage,
  type EmbeddingInput,
  type EmbeddingPart,
} from "../../embedding/embedding.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { CallInputs, EmbeddingFamily } from "./embedding-family.ts";
import { imageBytes, textAndImage } from "./parts.ts";

export const cohere: EmbeddingFamily = {
  body: (inputs, { inputType, truncate, dimensions, maxTokens }, { mixed, choosesDimensions, takes }) => ({
    // The service wants one; most texts that are embedded are documents.
    input_type: inputType ?? "search_document",
    ...contentOf(inputs, mixed),
    // v3 refuses LEFT and RIGHT.
    ...(truncate !== undefined && { truncate: mixed ? truncate : truncationWords[truncate] }),
    ...(choosesDimensions && dimensions !== undefined && { output_dimension: dimensions }),
    ...(takes.includes("maxTokens") && maxTokens !== undefined && { max_tokens: maxTokens }),
  }),
  /** v3 answers with a list, v4 with lists by type. */
  read: ({ embeddings }) => ({ vectors: isJsonObject(embeddings) ? embeddings["float"] : embeddings }),
};

function contentOf(inputs: CallInputs, mixed: boolean): JsonObject {
  const [first] = inputs;
  if (first.parts.length === 1 && first.parts[0]?.kind === "text") {
    return { texts: inputs.map((input) => textAndImage(input).text ?? "") };
  }
  return mixed
    ? { inputs: [{ content: first.parts.map(contentPart) }] }
    : { images: [imageOf(first)], input_type: "image" };
}

function contentPart(part: EmbeddingPart): JsonObject {
  return part.kind === "text"
    ? { type: "text", text: part.text }
    : { type: "image_url", image_url: { url: dataUrl(part) } };
}

function imageOf(input: EmbeddingInput): string {
  const { image } = textAndImage(input);
  return image === undefined ? "" : dataUrl(image);
}

function dataUrl(image: EmbeddingImage): string {
  return `data:image/${image.format};base64,${imageBytes(image)}`;
}
