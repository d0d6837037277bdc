/** What of a request's body is media, in whichever dialect: for the bound of its tokens. Pure. */

export interface MediaInBody {
  images: number;
  /** Bytes of the images in the body: they are no text for the model. */
  imageBytes: number;
  /** True where there are documents, videos or sounds: how many tokens they make is not to be seen from their size. */
  isOpenEnded: boolean;
}

/** `type` of a block in OpenAI's and Anthropic's dialects. */
const imageTypes = new Set(["image_url", "input_image", "image"]);
const openEndedTypes = new Set(["document", "file", "input_file", "input_audio", "video", "video_url", "audio"]);
/** Names of blocks in Converse's and Nova's forms: the block has a `source`. */
const openEndedNames = ["document", "video", "audio"];
/** Under these names stands what the model reads as text, whatever it looks like: schemas, and values for tools. */
const textNames = new Set(["tools", "toolConfig", "functions", "response_format", "toolUse", "json"]);

export function mediaInBody(body: object): MediaInBody {
  const found: MediaInBody = { images: 0, imageBytes: 0, isOpenEnded: false };
  const left: object[] = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const image = imageOf(value);
    if (image !== undefined) {
      found.images += 1;
      found.imageBytes += textBytes(image);
      continue;
    }
    found.isOpenEnded ||= isOpenEnded(value);
    for (const [name, child] of Object.entries(value)) {
      if (typeof child === "object" && child !== null && !isText(name, value)) left.push(child);
    }
  }
  return found;
}

function isText(name: string, value: object): boolean {
  return textNames.has(name) || (name === "input" && "type" in value && value.type === "tool_use");
}

function imageOf(value: object): object | undefined {
  if ("type" in value && typeof value.type === "string" && imageTypes.has(value.type)) return value;
  return "image" in value && hasSource(value.image) ? value : undefined;
}

function isOpenEnded(value: object): boolean {
  if ("type" in value && typeof value.type === "string" && openEndedTypes.has(value.type)) return true;
  return openEndedNames.some((name) => name in value && hasSource((value as Record<string, unknown>)[name]));
}

function hasSource(value: unknown): boolean {
  return typeof value === "object" && value !== null && "source" in value;
}

/** Base64 and addresses are ASCII: a character is a byte. */
function textBytes(value: object): number {
  let bytes = 0;
  for (const child of Object.values(value)) {
    if (typeof child === "string") bytes += child.length;
    else if (typeof child === "object" && child !== null) bytes += textBytes(child);
  }
  return bytes;
}
