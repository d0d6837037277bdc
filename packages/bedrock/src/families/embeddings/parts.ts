/** Parts of an input as the native formats want them. */
import type { EmbeddingImage, EmbeddingInput } from "../../embedding/embedding.ts";
import { AditError } from "../../errors/adit-error.ts";

/** Its text and its image, for models that take one of each. Throws where there are more. */
export function textAndImage({ parts, path }: EmbeddingInput): {
  text: string | undefined;
  image: EmbeddingImage | undefined;
} {
  const texts = parts.filter((part) => part.kind === "text");
  const images = parts.filter((part) => part.kind === "image");
  if (texts.length > 1 || images.length > 1) {
    throw new AditError("unsupported_parameter", `${path}: this model takes one text and one image for a vector`, {
      param: path,
    });
  }
  return { text: texts[0]?.text, image: images[0] };
}

/** Base64 of an image that must be in the request itself. */
export function imageBytes(image: EmbeddingImage): string {
  const { bytes } = image.source;
  if (bytes === undefined) {
    throw new AditError("unsupported_parameter", `${image.path}: this model takes no images from S3`, {
      param: image.path,
      remedy: "Send the image's bytes as a data URL.",
    });
  }
  return bytes;
}
