/** Each input of a request, in all the forms that callers write, read in one place: for the check, the fetching and the translation. */
import { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { isDataUrl } from "../translation/media/data-url.ts";
import { needString } from "../translation/fields/check-field.ts";
import { invalidRequest, unsupported, wrongType } from "../translation/fields/request-fault.ts";

export type GivenPart =
  | { kind: "text"; text: string; path: string }
  /** At an address or in a data URL. */
  | { kind: "image"; url: string; bucketOwner: string | undefined; path: string }
  | { kind: "image"; base64: string; path: string };

export interface GivenInput {
  parts: GivenPart[];
  path: string;
  /** Paths of hints beside an image, such as `detail`, that no model has a place for. */
  unread: string[];
}

const longestList = 2_048;

/** Throws AditError for what is no text and no image, token arrays among it. */
export function inputsOf({ input = null }: { readonly input?: JsonValue }): GivenInput[] {
  if (!Array.isArray(input)) {
    return [inputOf(input, "input")];
  }
  if (input.length === 0) {
    throw invalidRequest("input", "input must not be empty");
  }
  if (input.length > longestList) {
    throw invalidRequest("input", `input must hold at most ${longestList} inputs (it holds ${input.length})`);
  }
  // A place of a list that was never filled is no input either: `map` would pass over it.
  return Array.from(input, (item, index) => inputOf(item, `input[${index}]`));
}

function inputOf(item: JsonValue, path: string): GivenInput {
  const input: GivenInput = { parts: [], path, unread: [] };
  if (typeof item === "string") {
    input.parts.push(isImage(item) ? imageAt(item, path) : { kind: "text", text: item, path });
  } else if (typeof item === "number" || Array.isArray(item)) {
    const words = `${path} holds token ids: Bedrock's models have other tokens than OpenAI's.`;
    const remedy = "Send the text itself: LangChain for Python does so with check_embedding_ctx_length=False.";
    throw new AditError("unsupported_parameter", words, { param: path, remedy });
  } else if (!isJsonObject(item)) {
    throw wrongType(path, "a text, or an object with text or image", item);
  } else if ((item["content"] ?? undefined) === undefined) {
    addParts(input, item, path);
  } else {
    addContent(input, item, path);
  }
  return input;
}

/** Cohere's list of parts for one vector. */
function addContent(input: GivenInput, { content, ...rest }: JsonObject, path: string): void {
  refuseStrangers(rest, path, new Set());
  const place = `${path}.content`;
  if (typeof content === "string") {
    input.parts.push({ kind: "text", text: content, path: place });
    return;
  }
  if (!Array.isArray(content) || content.length === 0) {
    throw wrongType(place, "a text or a list of texts and images that is not empty", content);
  }
  for (const [index, part] of content.entries()) {
    const here = `${place}[${index}]`;
    if (typeof part === "string") {
      input.parts.push({ kind: "text", text: part, path: here });
    } else if (isJsonObject(part)) {
      addParts(input, part, here);
    } else {
      throw wrongType(here, "an object with text or image", part);
    }
  }
}

const partFields: ReadonlySet<string> = new Set(["type", "text", "image", "image_url"]);

/** The texts and images that one object names. */
function addParts(input: GivenInput, item: JsonObject, path: string): void {
  refuseStrangers(item, path, partFields);
  const before = input.parts.length;
  const text = item["text"] ?? undefined;
  if (text !== undefined) {
    input.parts.push({ kind: "text", text: needString(text, `${path}.text`), path: `${path}.text` });
  }
  for (const field of ["image", "image_url"]) {
    const image = item[field] ?? undefined;
    if (image !== undefined) {
      input.parts.push(imageOf(input, image, `${path}.${field}`));
    }
  }
  if (input.parts.length === before) {
    throw invalidRequest(path, `${path} must hold text or image`);
  }
}

/** What is left out of an input would be missing from its vector. */
function refuseStrangers(item: JsonObject, path: string, known: ReadonlySet<string>): void {
  const stranger = Object.keys(item).find((field) => !known.has(field) && (item[field] ?? undefined) !== undefined);
  if (stranger !== undefined) {
    const place = `${path}.${stranger}`;
    throw unsupported(place, `${place} is nothing that can be embedded here: text and image are`);
  }
}

const imageFields: ReadonlySet<string> = new Set(["url", "base64", "bucketOwner"]);

/** A data URL, an address, or base64; or an object that holds one of these. */
function imageOf(input: GivenInput, image: JsonValue, path: string): GivenPart {
  if (typeof image === "string") {
    return isAddress(image) ? imageAt(image, path) : { kind: "image", base64: image, path };
  }
  if (!isJsonObject(image)) {
    throw wrongType(path, "a data URL, an https address, base64, or an object with url or base64", image);
  }
  const { url, base64, bucketOwner } = image;
  const unread = Object.keys(image).filter(
    (field) => !imageFields.has(field) && (image[field] ?? undefined) !== undefined,
  );
  for (const field of unread) input.unread.push(`${path}.${field}`);
  if (typeof url === "string") {
    return imageAt(url, `${path}.url`, typeof bucketOwner === "string" ? bucketOwner : undefined);
  }
  if (typeof base64 === "string") {
    const held = `${path}.base64`;
    return isDataUrl(base64) ? imageAt(base64, held) : { kind: "image", base64, path: held };
  }
  throw invalidRequest(path, `${path} must hold url or base64`);
}

function imageAt(url: string, path: string, bucketOwner?: string): GivenPart {
  return { kind: "image", url, bucketOwner, path };
}

/** A text is an image only where it is written as one: an address in a text is a text. */
function isImage(text: string): boolean {
  return /^data:image\/[a-z0-9.+-]+;base64,/i.test(text.slice(0, 100));
}

function isAddress(text: string): boolean {
  return isDataUrl(text) || /^[a-z][a-z0-9+.-]*:\/\//i.test(text.slice(0, 40));
}
