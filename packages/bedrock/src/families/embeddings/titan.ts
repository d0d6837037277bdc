/** Amazon Titan: a text a call (v1 and v2), or a text, an image, or both (multimodal). */
import type { JsonObject } from "../../json.ts";
import type { EmbeddingFamily, NativeVectors } from "./embedding-family.ts";
import { imageBytes, textAndImage } from "./parts.ts";

export const titanText: EmbeddingFamily = {
  body: ([input], { dimensions, normalize }, { choosesDimensions, takes }) => ({
    inputText: textAndImage(input).text ?? "",
    ...(choosesDimensions && dimensions !== undefined && { dimensions }),
    ...(takes.includes("normalize") && normalize !== undefined && { normalize }),
  }),
  read,
};

export const titanImage: EmbeddingFamily = {
  body: ([input], { dimensions }) => {
    const { text, image } = textAndImage(input);
    return {
      ...(text !== undefined && { inputText: text }),
      ...(image !== undefined && { inputImage: imageBytes(image) }),
      ...(dimensions !== undefined && { embeddingConfig: { outputEmbeddingLength: dimensions } }),
    };
  },
  read,
};

function read(answer: JsonObject): NativeVectors {
  return { vectors: [answer["embedding"] ?? null], inputTokens: answer["inputTextTokenCount"] };
}
