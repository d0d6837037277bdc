/** How many images a body of InvokeModel has embedded: they are paid by the piece, or by tokens of another price. Pure. */
import { isJsonObject, type EmbeddingFormat, type JsonObject, type JsonValue } from "@adit/bedrock";

export function embeddedImages(body: JsonObject, format: EmbeddingFormat): number {
  switch (format) {
    case "titan-text":
      return 0;
    case "titan-image":
      return isSaid(body["inputImage"]) ? 1 : 0;
    case "cohere":
      return entriesOf(body["images"]).length + entriesOf(body["inputs"]).flatMap(imageParts).length;
    case "nova":
      return paramsOfNova.filter((name) => isSaid(memberOf(body[name], "image"))).length;
    case "marengo-2":
      return body["inputType"] === "image" ? 1 : 0;
    case "marengo-3":
      return ["image", "text_image"].filter((name) => isSaid(body[name])).length;
  }
}

/** True where a video or a sound is embedded, which is paid by its seconds: of those that are served so, Nova's alone take them. */
export function embedsTime(body: JsonObject, format: EmbeddingFormat): boolean {
  return (
    format === "nova" &&
    paramsOfNova.some((name) => ["video", "audio"].some((media) => isSaid(memberOf(body[name], media))))
  );
}

const paramsOfNova = ["singleEmbeddingParams", "segmentedEmbeddingParams"];

function imageParts(input: JsonValue): JsonValue[] {
  return entriesOf(memberOf(input, "content")).filter((part) => isSaid(memberOf(part, "image_url")));
}

function entriesOf(list: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(list) ? list : [];
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function isSaid(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
