/** Which media a body of InvokeModel has embedded: images are paid by the piece, or by tokens of another price, video and sound by the second. Pure. */
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

/** True where a length in time is embedded. */
export function embedsSeconds(body: JsonObject, format: EmbeddingFormat): boolean {
  switch (format) {
    case "titan-text":
    case "titan-image":
    case "cohere":
      return false;
    case "nova":
      return paramsOfNova.some((name) => holdsSeconds(body[name]));
    case "marengo-2":
    case "marengo-3":
      return isOfSeconds(body["inputType"]) || holdsSeconds(body);
  }
}

const namesOfSeconds = ["video", "audio"];

function holdsSeconds(value: JsonValue | undefined): boolean {
  return namesOfSeconds.some((name) => isSaid(memberOf(value, name)));
}

function isOfSeconds(kind: JsonValue | undefined): boolean {
  return namesOfSeconds.some((name) => name === kind);
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
