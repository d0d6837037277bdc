/** Amazon Titan: a text a call (v1 and v2), or a text, an image, or both (multimodal). */
import type { EmbeddingInput } from "../../embedding/embedding.ts";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import type { EmbeddingFamily, NativeVectors } from "./embedding-family.ts";
import { imageBytes, textAndImage } from "./parts.ts";

export const titanText: EmbeddingFamily = {
  body: ([input], { dimensions, normalize }, { choosesDimensions, takes }) => ({
    inputText: someText(input),
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

/** AWS refuses an empty one, when those before it in the request have been paid for: each text is a call. */
function someText(input: EmbeddingInput): string {
  const { text } = textAndImage(input);
  if (text === "") {
    throw new AditError("invalid_request", `${input.path} is empty: this model makes no vector of that`, {
      param: input.path,
    });
  }
  return text ?? "";
}

function read(answer: JsonObject): NativeVectors {
  return { vectors: [answer["embedding"] ?? null], inputTokens: answer["inputTextTokenCount"] };
}
