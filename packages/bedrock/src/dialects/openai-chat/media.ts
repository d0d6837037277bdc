/** Images, files, video and audio: from data URLs, fetched addresses, bare base64 and places in S3 to Converse's blocks. */
import type { ContentBlock, MediaSource } from "../../converse/content.ts";
import type { AudioPart, ChatFile, FilePart, ImagePart, MediaAddress, VideoPart } from "./chat-request.ts";
import { isBase64 } from "./base64-check.ts";
import { isDataUrl } from "./data-url.ts";
import { sentDocumentName } from "./document-names.ts";
import { audioFormatOf, mediaFormatOf, type MediaFormat, type MediaHints, type MediaKind } from "./media-format.ts";
import { invalidRequest } from "./request-fault.ts";
import { drop, here, type TranslationDraft } from "./translation-draft.ts";

/** Bytes or a place in S3, with what is known of the format. */
interface FoundMedia {
  source: MediaSource;
  hints: MediaHints;
}

export function blockFromImagePart(draft: TranslationDraft, part: ImagePart): ContentBlock {
  return blockFromAddress(draft, part.image_url, "image_url");
}

export function blockFromVideoPart(draft: TranslationDraft, part: VideoPart): ContentBlock {
  return blockFromAddress(draft, part.video_url, "video_url");
}

function blockFromAddress(draft: TranslationDraft, value: MediaAddress | string, field: string): ContentBlock {
  const address: MediaAddress = typeof value === "string" ? { url: value } : value;
  const path = `${here(draft)}.${field}${typeof value === "string" ? "" : ".url"}`;
  const found = mediaAt(draft, address.url, { address, path });
  const block = blockOf(draft, found, { path, name: undefined, kind: field === "image_url" ? "image" : "video" });
  if (block.document?.format === "html" && !isDataUrl(address.url)) {
    throw invalidRequest(path, `${path} led to a web page, not to media`);
  }
  if (address["detail"] !== undefined && address["detail"] !== null && address["detail"] !== "auto") {
    drop(draft, `${here(draft)}.${field}.detail`);
  }
  return block;
}

export function blockFromFilePart(draft: TranslationDraft, part: FilePart): ContentBlock {
  const { file } = part;
  const name = file.filename ?? file.file_name ?? undefined;
  const extension = name === undefined ? undefined : extensionOf(name);
  const path = `${here(draft)}.file.${typeof file.file_url === "string" ? "file_url" : "file_data"}`;
  const found =
    typeof file.file_url === "string"
      ? mediaAt(draft, file.file_url, { address: file, path })
      : mediaInData(file.file_data ?? "", file, path);
  const hints = extension === undefined ? found.hints : { ...found.hints, extension };
  return blockOf(
    draft,
    { source: found.source, hints },
    { path, name: name ?? nameOfUrl(file.file_url), kind: "document" },
  );
}

/** OpenAI's `file_data`: a data URL, or base64 alone (Portkey). */
function mediaInData(data: string, file: ChatFile, path: string): FoundMedia {
  if (isDataUrl(data)) {
    return mediaInDataUrl(data, path, file.mime_type);
  }
  return bytesFound(givenBase64(data, path), file.mime_type, path);
}

function mediaAt(
  draft: TranslationDraft,
  url: string,
  from: { address: MediaAddress | ChatFile; path: string },
): FoundMedia {
  const { address, path } = from;
  if (isDataUrl(url)) {
    return mediaInDataUrl(url, path, undefined);
  }
  if (url.startsWith("s3://")) {
    return mediaInS3(url, address, path);
  }
  const fetched = draft.context.media.get(url);
  if (fetched === undefined) {
    throw invalidRequest(path, `${path} was not fetched: send the bytes as a data URL`);
  }
  const extension = extensionOf(pathOfUrl(url));
  return {
    source: { bytes: fetched.bytes },
    hints: {
      bytes: fetched.bytes,
      // Stores answer with this type for what they do not know.
      ...(fetched.contentType !== "" && !isVague(fetched.contentType) && { mimeType: fetched.contentType }),
      ...(extension !== undefined && { extension }),
    },
  };
}

function isVague(type: string): boolean {
  return type === "application/octet-stream" || type === "binary/octet-stream";
}

function mediaInS3(uri: string, address: MediaAddress | ChatFile, path: string): FoundMedia {
  const bucketOwner = address.bucketOwner ?? address.bucket_owner ?? undefined;
  if (bucketOwner !== undefined && !/^[0-9]{12}$/.test(bucketOwner)) {
    const holder = path.slice(0, path.lastIndexOf("."));
    throw invalidRequest(`${holder}.bucketOwner`, `${holder}.bucketOwner must be an account id of 12 digits`);
  }
  const extension = extensionOf(uri);
  const { mime_type } = address;
  return {
    source: { s3Location: bucketOwner === undefined ? { uri } : { uri, bucketOwner } },
    hints: {
      ...(typeof mime_type === "string" && { mimeType: mime_type.toLowerCase() }),
      ...(extension !== undefined && { extension }),
    },
  };
}

function mediaInDataUrl(url: string, path: string, mimeType: string | null | undefined): FoundMedia {
  const comma = url.indexOf(",");
  if (comma < 0) {
    throw invalidRequest(path, `${path} is a data URL without a comma: it must be data:TYPE;base64,BYTES`);
  }
  const head = url.slice("data:".length, comma).toLowerCase();
  const semicolon = head.indexOf(";");
  const type = semicolon < 0 ? head : head.slice(0, semicolon);
  // A slice of a long string is a view: the bytes are not copied.
  const rest = url.slice(comma + 1);
  const bytes = head.endsWith("base64")
    ? givenBase64(rest.includes("%") ? decoded(rest, path) : rest, path)
    : Buffer.from(decoded(rest, path)).toString("base64");
  return bytesFound(bytes, type === "" || isVague(type) ? mimeType : type, path);
}

function decoded(text: string, path: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalidRequest(path, `${path} is a data URL with a broken percent escape (${String(cause)})`);
  }
}

function givenBase64(text: string, path: string): string {
  if (!isBase64(text)) {
    throw invalidRequest(path, `${path} must hold base64, and holds something else, or is cut off`);
  }
  return text;
}

function bytesFound(bytes: string, mimeType: string | null | undefined, path: string): FoundMedia {
  if (bytes === "") {
    throw invalidRequest(path, `${path} holds no bytes`);
  }
  return {
    source: { bytes },
    hints: typeof mimeType === "string" ? { bytes, mimeType: mimeType.toLowerCase() } : { bytes },
  };
}

function blockOf(
  draft: TranslationDraft,
  found: FoundMedia,
  about: { path: string; name: string | undefined; kind: MediaKind },
): ContentBlock {
  const media = mediaFormatOf(found.hints) ?? assumedFormat(found.hints, about.kind);
  if (media === undefined) {
    throw invalidRequest(
      about.path,
      `${about.path}: the format is not one that Bedrock takes, or cannot be told${saidType(found.hints)}: ` +
        "images are png, jpeg, gif or webp; documents pdf, csv, doc, docx, xls, xlsx, html, txt or md",
    );
  }
  const { source } = found;
  switch (media.kind) {
    case "image":
      return { image: { format: media.format, source } };
    case "video":
      return { video: { format: media.format, source } };
    case "audio":
      return { audio: { format: media.format, source } };
    case "document": {
      const path = `${here(draft)}.file.filename`;
      const name = sentDocumentName(draft, about.name === undefined ? undefined : stemOf(about.name), path);
      return { document: { format: media.format, name, source } };
    }
  }
}

/** Portkey takes a file without a type for a PDF; here only one whose place alone is known. */
function assumedFormat(hints: MediaHints, kind: MediaKind): MediaFormat | undefined {
  const unknown = hints.bytes === undefined && hints.mimeType === undefined && hints.extension === undefined;
  return unknown && kind === "document" ? { kind, format: "pdf" } : undefined;
}

function saidType(hints: MediaHints): string {
  return hints.mimeType === undefined ? "" : ` (it says ${JSON.stringify(hints.mimeType.slice(0, 64))})`;
}

export function blockFromAudioPart(draft: TranslationDraft, part: AudioPart): ContentBlock {
  const { data, format } = part.input_audio;
  const path = `${here(draft)}.input_audio`;
  if (isDataUrl(data)) {
    const found = mediaInDataUrl(data, `${path}.data`, undefined);
    return blockOf(draft, found, { path: `${path}.data`, name: undefined, kind: "audio" });
  }
  const known = typeof format === "string" ? audioFormatOf(format) : "wav";
  if (known === undefined) {
    throw invalidRequest(`${path}.format`, `${path}.format is not one that Bedrock takes, such as wav or mp3`);
  }
  return {
    audio: { format: known, source: bytesFound(givenBase64(data, `${path}.data`), undefined, `${path}.data`).source },
  };
}

/** Ending of a name, lower case, without the dot. */
function extensionOf(name: string): string | undefined {
  const dot = name.lastIndexOf(".");
  const extension = dot < 0 ? "" : name.slice(dot + 1);
  return extension === "" || extension.length > 10 || extension.includes("/") ? undefined : extension.toLowerCase();
}

/** A file's name without its ending: AWS refuses the dot, and the format is said apart. */
function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 && extensionOf(name) !== undefined ? name.slice(0, dot) : name;
}

function pathOfUrl(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function nameOfUrl(url: string | null | undefined): string | undefined {
  if (typeof url !== "string" || isDataUrl(url)) {
    return undefined;
  }
  const path = pathOfUrl(url);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === "" ? undefined : name;
}
