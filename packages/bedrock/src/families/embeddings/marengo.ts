/** TwelveLabs Marengo: a text or an image a call; 3.0 takes both for one vector. Video and audio go by StartAsyncInvoke alone. */
import type { MediaSource } from "../../converse/content.ts";
import type { EmbeddingRequest } from "../../embedding/embedding.ts";
import { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { EmbeddingFamily, NativeVectors } from "./embedding-family.ts";
import { textAndImage } from "./parts.ts";

export const marengo2: EmbeddingFamily = {
  body: ([input], request) => {
    const { text, image } = textAndImage(input);
    return image === undefined
      ? { inputType: "text", inputText: text ?? "", ...truncation(request) }
      : { inputType: "image", mediaSource: mediaSource(image.source) };
  },
  read,
};

export const marengo3: EmbeddingFamily = {
  body: ([input]) => {
    const { text, image } = textAndImage(input);
    const type = image === undefined ? "text" : text === undefined ? "image" : "text_image";
    return {
      inputType: type,
      [type]: {
        ...(text !== undefined && { inputText: text }),
        ...(image !== undefined && { mediaSource: mediaSource(image.source) }),
      },
    };
  },
  read,
};

function truncation({ truncate, paths }: EmbeddingRequest): JsonObject {
  if (truncate === undefined) {
    return {};
  }
  if (truncate === "START" || truncate === "LEFT") {
    const path = paths.truncate ?? "truncate";
    throw new AditError("unsupported_parameter", `${path}: this model cuts texts at their end alone`, { param: path });
  }
  return { textTruncate: truncate === "NONE" ? "none" : "end" };
}

function mediaSource({ bytes, s3Location }: MediaSource): JsonObject {
  return bytes === undefined ? { s3Location: { ...s3Location } } : { base64String: bytes };
}

/** 2.7 answers with a list, 3.0 has been seen with a list and with one alone. */
function read({ data }: JsonObject): NativeVectors {
  const entries = Array.isArray(data) ? data : [data];
  return { vectors: entries.map((entry) => (isJsonObject(entry) ? (entry["embedding"] ?? null) : null)) };
}
