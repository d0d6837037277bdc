/** What a request to embed is made of: each of its inputs is read by itself, and may be a call of its own. Pure. */
import type { EmbeddingFacts, JsonObject, JsonValue } from "@adit/bedrock";
import { embeddingInputsOf } from "@adit/bedrock/gateway";
import { embeddedImages } from "../native/embedded-images.ts";

export interface EmbeddedInputs {
  inputs: number;
  images: number;
  /** Bytes of the images in the body: they are no text for the model. */
  imageBytes: number;
}

/** What models put before each text: recorded, some 18 tokens by Nova, and three at most by others. */
export function preambleOf({ inputs }: EmbeddedInputs, facts: EmbeddingFacts | undefined): number {
  return inputs * (facts?.format === "nova" ? 32 : 8);
}

/** Of OpenAI's form. */
export function embeddedInputs(body: JsonObject): EmbeddedInputs {
  const given = givenInputs(body);
  if (given === undefined) return { inputs: inputsElsewhere(body["input"]), images: 0, imageBytes: 0 };
  const images = given.flatMap(({ parts }) => parts).filter((part) => part.kind === "image");
  const imageBytes = images.reduce((bytes, image) => bytes + ("url" in image ? image.url : image.base64).length, 0);
  return { inputs: given.length, images: images.length, imageBytes };
}

/** Undefined for what Bedrock's models do not embed: it is refused for them, and another host may take it. */
function givenInputs(body: JsonObject): ReturnType<typeof embeddingInputsOf> | undefined {
  try {
    return embeddingInputsOf(body);
  } catch {
    return undefined;
  }
}

/** A list of token ids is one input. */
function inputsElsewhere(input: JsonValue | undefined): number {
  return Array.isArray(input) && typeof input[0] !== "number" ? Math.max(1, input.length) : 1;
}

/** Of InvokeModel's body, whose images count as text beside: Cohere alone takes lists. */
export function nativeInputs(body: JsonObject, { format }: EmbeddingFacts): EmbeddedInputs {
  const inputs = [body["texts"], body["images"], body["inputs"]].flatMap((list) => (Array.isArray(list) ? list : []));
  return { inputs: Math.max(1, inputs.length), images: embeddedImages(body, format), imageBytes: 0 };
}
