/** What of a request's body is media, in whichever dialect: for the bound of its tokens. Pure. */
import { isImageAddress, isImageData } from "@adit/bedrock/gateway";

export interface MediaInBody {
  images: number;
  /** Bytes of the images in the body: they are no text for the model. */
  imageBytes: number;
  /**
   * True where there are documents, videos or sounds, also where an image is meant: how many tokens they make is not to be seen from their
   * size.
   */
  isOpenEnded: boolean;
}

/** `type` of a block in OpenAI's and Anthropic's dialects. */
const imageTypes = new Set(["image_url", "input_image", "image"]);
const openEndedTypes = new Set(["document", "file", "input_file", "input_audio", "video", "video_url", "audio"]);
/** Names of blocks in Converse's and Nova's forms: the block has a `source`. */
const openEndedNames = ["document", "video", "audio"];
/**
 * Under these names stands what the model reads as text, whatever it looks like: schemas, values for tools, and in Cohere's form what tools
 * gave and what is to be cited.
 */
const textNames = new Set([
  "tools",
  "toolConfig",
  "functions",
  "response_format",
  "toolUse",
  "json",
  "tool_calls",
  "tool_results",
  "documents",
]);
/** Where in a payload the image itself stands. Whatever else is written there counts as text. */
const payloadNames = ["url", "data", "bytes"];

export function mediaInBody(body: object): MediaInBody {
  const found: MediaInBody = { images: 0, imageBytes: 0, isOpenEnded: false };
  const left: object[] = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const payloads = payloadsOf(value);
    if (payloads !== undefined) {
      found.images += 1;
      for (const payload of payloads) found.imageBytes += payloadBytes(payload);
    }
    found.isOpenEnded ||= isOpenEnded(value) || payloads?.some(isSomethingElse) === true;
    // Other members may still hold text: writing `type: "image"` into a message does not make it an image.
    for (const name in value) {
      const child = (value as Record<string, unknown>)[name];
      if (typeof child !== "object" || child === null || payloads?.includes(child) === true) continue;
      // The body itself is nobody's call, whatever its type says.
      if (value === body ? !textNames.has(name) : !isText(name, value)) left.push(child);
    }
  }
  return found;
}

function isText(name: string, value: object): boolean {
  if (textNames.has(name)) return true;
  // Of Claude's tools, and of those that its host runs: `server_tool_use`.
  return name === "input" && "type" in value && typeof value.type === "string" && value.type.endsWith("tool_use");
}

/**
 * Where the bytes or the addresses of an image stand: nothing of these is text for the model. Undefined for what is no image. Whose words a
 * block has is not asked: of two places either may be the one that is read, and a text under `source` is a search result's.
 */
function payloadsOf(value: object): unknown[] | undefined {
  if ("type" in value && typeof value.type === "string" && imageTypes.has(value.type)) {
    const payloads: unknown[] = [];
    if ("image_url" in value) payloads.push(value.image_url);
    if ("source" in value && typeof value.source === "object") payloads.push(value.source);
    return payloads;
  }
  if (!("image" in value) || !hasSource(value.image)) return undefined;
  return [value.image.source];
}

/** True for a document, a sound or a video that stands where an image is meant: the dialects send it as what it is. */
function isSomethingElse(payload: unknown): boolean {
  if (typeof payload === "string") return !isImageAddress(payload);
  if (typeof payload !== "object" || payload === null) return false;
  const { url, data, mime_type: mimeType, media_type: mediaType } = payload as Record<string, unknown>;
  if (typeof url === "string") return !isImageAddress(url, typeof mimeType === "string" ? mimeType : undefined);
  return typeof data === "string" && !isImageData(data, typeof mediaType === "string" ? mediaType : undefined);
}

function isOpenEnded(value: object): boolean {
  if ("type" in value && typeof value.type === "string" && openEndedTypes.has(value.type)) return true;
  return openEndedNames.some((name) => name in value && hasSource((value as Record<string, unknown>)[name]));
}

function hasSource(value: unknown): value is { source: unknown } {
  return typeof value === "object" && value !== null && "source" in value;
}

/** Base64 and addresses are ASCII: a character is a byte. */
function payloadBytes(payload: unknown): number {
  if (typeof payload === "string") return payload.length;
  if (typeof payload !== "object" || payload === null) return 0;
  let bytes = 0;
  for (const name of payloadNames) {
    const value: unknown = Object.hasOwn(payload, name) ? (payload as Record<string, unknown>)[name] : undefined;
    if (typeof value === "string") bytes += value.length;
  }
  return bytes;
}
