/** Images, files, video and audio: from data URLs, fetched addresses, bare base64 and places in S3 to Converse's blocks. */
import type { ContentBlock, MediaSource } from "../../../converse/content.ts";
import { standardBase64 } from "./base64-check.ts";
import { isDataUrl } from "./data-url.ts";
import { sentDocumentName } from "./document-names.ts";
import type { FetchedUses } from "./fetched-uses.ts";
import {
  audioFormatOf,
  isVague,
  mediaFormatOf,
  type MediaFormat,
  type MediaHints,
  type MediaKind,
} from "./media-format.ts";
import { invalidRequest } from "../fields/request-fault.ts";
import type { TranslationDraft } from "../translation-draft.ts";

/** Bytes or a place in S3, with what is known of the format. */
export interface FoundMedia {
  source: MediaSource;
  hints: MediaHints;
}

/** What a caller says beside an address. */
export interface MediaPlace {
  /** Of the field that holds the address or the data. */
  path: string;
  mimeType: string | null | undefined;
  /** The account of a bucket. */
  bucketOwner: string | null | undefined;
}

/** An image or a video, at an address or in a data URL. */
export function blockFromAddress(
  draft: TranslationDraft,
  url: string,
  place: MediaPlace,
  kind: MediaKind,
): ContentBlock {
  const { path } = place;
  const block = mediaBlock(draft, mediaAt(draft, url, place), { path, name: undefined, namePath: "", kind });
  if (isDataUrl(url)) {
    return block;
  }
  if (block.document?.format === "html") {
    throw invalidRequest(path, `${path} led to a web page, not to media`);
  }
  if (kind === "image") {
    checkAsNamed(block, url, path);
  }
  return block;
}

/** Where nothing in an address tells of something else, an image is what the call was reckoned with: a document may be many times as large. */
export function checkAsNamed(block: ContentBlock, url: string, path: string): void {
  const named = formatOfAddress(url, undefined)?.kind ?? "image";
  if (block.image === undefined && named === "image" && !url.startsWith("s3://")) {
    throw invalidRequest(path, `${path} led to something else than an image: send it as a file, or as a data URL`);
  }
}

/** The format that an address, or what is said beside it, tells of; undefined where neither tells any. */
export function formatOfAddress(url: string, mimeType: string | null | undefined): MediaFormat | undefined {
  const isInS3 = url.startsWith("s3://");
  // A key may hold any character: nothing of it is a query.
  const extension = extensionOf(isInS3 ? url : pathOfUrl(url));
  const isSaid = isInS3 && typeof mimeType === "string";
  return mediaFormatOf({
    ...(isSaid && { mimeType: mimeType.toLowerCase() }),
    ...(extension !== undefined && { extension }),
  });
}

/** A file as a caller gives it: at an address, or else as data. */
export interface GivenFile extends MediaPlace {
  url: string | undefined;
  /** A data URL, or base64 alone. */
  data: string | undefined;
  filename: string | undefined;
  /** Of the name. */
  namePath: string;
}

export function blockFromFile(draft: TranslationDraft, file: GivenFile): ContentBlock {
  const { url, filename, path, namePath } = file;
  const extension = filename === undefined ? undefined : extensionOf(filename);
  const found = url === undefined ? mediaInData(file.data ?? "", path, file.mimeType) : mediaAt(draft, url, file);
  const hints = extension === undefined ? found.hints : { ...found.hints, extension };
  const name = filename ?? nameOfUrl(url);
  return mediaBlock(
    draft,
    { source: found.source, hints },
    { path, name: name === undefined ? undefined : stemOf(name), namePath, kind: "document" },
  );
}

/** A data URL, or base64 alone. */
export function mediaInData(data: string, path: string, mimeType: string | null | undefined): FoundMedia {
  if (isDataUrl(data)) {
    return mediaInDataUrl(data, path, mimeType);
  }
  return bytesFound(givenBase64(data, path), mimeType, path);
}

/** What stands at an address: a data URL, a place in S3, or what was fetched. */
export function mediaAt({ fetchedUses }: { fetchedUses: FetchedUses }, url: string, place: MediaPlace): FoundMedia {
  const { path } = place;
  if (isDataUrl(url)) {
    return mediaInDataUrl(url, path, undefined);
  }
  if (url.startsWith("s3://")) {
    return mediaInS3(url, place);
  }
  const fetched = fetchedUses.at(url, path);
  if (fetched === undefined) {
    throw invalidRequest(path, `${path} was not fetched: send the bytes as a data URL`);
  }
  const extension = extensionOf(pathOfUrl(url));
  return {
    source: { bytes: fetched.bytes },
    hints: {
      bytes: fetched.bytes,
      ...(fetched.contentType !== "" && !isVague(fetched.contentType) && { mimeType: fetched.contentType }),
      ...(extension !== undefined && { extension }),
    },
  };
}

function mediaInS3(uri: string, { path, mimeType, ...place }: MediaPlace): FoundMedia {
  const bucketOwner = place.bucketOwner ?? undefined;
  if (bucketOwner !== undefined && !/^[0-9]{12}$/.test(bucketOwner)) {
    const holder = path.slice(0, path.lastIndexOf("."));
    throw invalidRequest(`${holder}.bucketOwner`, `${holder}.bucketOwner must be an account id of 12 digits`);
  }
  const extension = extensionOf(uri);
  return {
    source: { s3Location: bucketOwner === undefined ? { uri } : { uri, bucketOwner } },
    hints: {
      ...(typeof mimeType === "string" && { mimeType: mimeType.toLowerCase() }),
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
  const standard = standardBase64(text);
  if (standard === undefined) {
    throw invalidRequest(path, `${path} must hold base64, and holds something else, or is cut off`);
  }
  return standard;
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

/** How a medium is named, and what it should be. */
export interface MediaNaming {
  /** Of the field that holds it. */
  path: string;
  /** Of a document, without the file's ending. */
  name: string | undefined;
  namePath: string;
  kind: MediaKind;
}

/** The block of its kind, by the format that the bytes or the caller's words tell. */
export function mediaBlock(draft: TranslationDraft, found: FoundMedia, about: MediaNaming): ContentBlock {
  const { source } = found;
  const media = mediaFormatOf(found.hints) ?? assumedFormat(found.hints, about.kind);
  if (media === undefined) {
    throw invalidRequest(
      about.path,
      `${about.path}: the format is not one that Bedrock takes, or cannot be told${saidType(found.hints)}: ` +
        "images are png, jpeg, gif or webp; documents pdf, csv, doc, docx, xls, xlsx, html, txt or md" +
        (source.s3Location !== undefined && found.hints.mimeType === undefined
          ? "; an address in S3 tells it by its ending, in chat completions also by mime_type beside it"
          : ""),
    );
  }
  switch (media.kind) {
    case "image":
      return { image: { format: media.format, source } };
    case "video":
      return { video: { format: media.format, source } };
    case "audio":
      return { audio: { format: media.format, source } };
    case "document": {
      const name = sentDocumentName(draft, about.name, about.namePath);
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

/** Sound, as a data URL or as base64 beside its format. */
export function blockFromAudio(
  draft: TranslationDraft,
  audio: { data: string; format: unknown },
  path: string,
): ContentBlock {
  const { data, format } = audio;
  const dataPath = `${path}.data`;
  if (isDataUrl(data)) {
    const found = mediaInDataUrl(data, dataPath, undefined);
    return mediaBlock(draft, found, { path: dataPath, name: undefined, namePath: "", kind: "audio" });
  }
  const known = typeof format === "string" ? audioFormatOf(format) : "wav";
  if (known === undefined) {
    throw invalidRequest(`${path}.format`, `${path}.format is not one that Bedrock takes, such as wav or mp3`);
  }
  return { audio: { format: known, source: bytesFound(givenBase64(data, dataPath), undefined, dataPath).source } };
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

function nameOfUrl(url: string | undefined): string | undefined {
  if (url === undefined || isDataUrl(url)) {
    return undefined;
  }
  const path = pathOfUrl(url);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === "" ? undefined : name;
}
