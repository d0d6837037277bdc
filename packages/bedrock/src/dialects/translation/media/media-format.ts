/**
 * Which of AWS's formats some bytes are: by their first bytes where these tell, else by the media type, else by the name's ending.
 * AWS compares an image's bytes with the format that is said, so the bytes are believed first.
 */
import type { AudioFormat, DocumentFormat, ImageFormat, VideoFormat } from "../../../converse/content.ts";

export type MediaKind = "image" | "document" | "video" | "audio";

export type MediaFormat =
  | { kind: "image"; format: ImageFormat }
  | { kind: "document"; format: DocumentFormat }
  | { kind: "video"; format: VideoFormat }
  | { kind: "audio"; format: AudioFormat };

/** What is known of some bytes. All lower case but `bytes`. */
export interface MediaHints {
  /** Base64; only its beginning is looked at. */
  bytes?: string;
  mimeType?: string;
  /** Ending of the file's name, without the dot. */
  extension?: string;
}

/** Undefined where nothing tells. */
export function mediaFormatOf(hints: MediaHints): MediaFormat | undefined {
  const byBytes = hints.bytes === undefined ? undefined : formatByBytes(hints.bytes, hints);
  return byBytes ?? formatByType(hints.mimeType) ?? formatByExtension(hints.extension) ?? formatByText(hints);
}

/** Beginnings of base64 texts: fixed, since a signature that starts at byte 0 always encodes alike. */
const beginnings: readonly [start: string, format: MediaFormat][] = [
  ["iVBORw0KGg", { kind: "image", format: "png" }],
  ["/9j/", { kind: "image", format: "jpeg" }],
  ["R0lGOD", { kind: "image", format: "gif" }],
  ["JVBERi", { kind: "document", format: "pdf" }],
];

function formatByBytes(bytes: string, hints: MediaHints): MediaFormat | undefined {
  for (const [start, format] of beginnings) {
    if (bytes.startsWith(start)) {
      return format;
    }
  }
  // RIFF: the kind stands at byte 8.
  if (bytes.startsWith("UklGR")) {
    const kind = Buffer.from(bytes.slice(0, 16), "base64").toString("latin1").slice(8, 12);
    return kind === "WEBP"
      ? { kind: "image", format: "webp" }
      : kind === "WAVE"
        ? { kind: "audio", format: "wav" }
        : undefined;
  }
  // Office files are ZIP (new) or OLE (old): which program's, the type or the name tells, or what a ZIP holds.
  if (bytes.startsWith("UEsDB")) {
    return said(hints) ?? officeFormat(bytes);
  }
  if (bytes.startsWith("0M8R4KGx")) {
    return said(hints) ?? (saysNothing(hints) ? { kind: "document", format: "doc" } : undefined);
  }
  return undefined;
}

function said(hints: MediaHints): MediaFormat | undefined {
  return formatByType(hints.mimeType) ?? formatByExtension(hints.extension);
}

/** Of an archive's base64, at its beginning and its end: names of its entries stand before each, and all together at the end. */
const archiveStart = 8_192;
const archiveEnd = 65_536;

/** A program's own folder, behind an entry's header of 30 bytes, or of 46 in the list at the end; each begins with "PK" and two bytes. */
const programFolder = /PK(?:\p{Cc}{2}.{26}|\p{Cc}{2}.{42})(word|xl)\//su;

/** Files of Word and Excel are archives with a folder named after the program. AWS takes no other kind of archive. */
function officeFormat(bytes: string): MediaFormat | undefined {
  const end = Math.max(archiveStart, (bytes.length - archiveEnd) & ~3);
  const folder = programFolder.exec(latin1(bytes.slice(0, archiveStart)) + latin1(bytes.slice(end)))?.[1];
  return folder === undefined ? undefined : { kind: "document", format: folder === "xl" ? "xlsx" : "docx" };
}

function latin1(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** Where neither the type nor the ending says what it is. An archive that says so is no document. */
function saysNothing({ mimeType, extension }: MediaHints): boolean {
  return (mimeType === undefined || isVague(mimeType)) && extension === undefined;
}

/** A type that stores and clients give to what they do not know. */
export function isVague(type: string): boolean {
  return type === "application/octet-stream" || type === "binary/octet-stream";
}

const documentTypes: ReadonlyMap<string, DocumentFormat> = new Map([
  ["application/pdf", "pdf"],
  ["text/csv", "csv"],
  ["application/csv", "csv"],
  ["application/msword", "doc"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
  ["text/html", "html"],
  ["application/xhtml+xml", "html"],
  ["text/markdown", "md"],
  ["text/x-markdown", "md"],
  ["application/json", "txt"],
  ["application/xml", "txt"],
  ["application/yaml", "txt"],
  ["application/x-yaml", "txt"],
  ["application/javascript", "txt"],
]);

const imageSubtypes: ReadonlyMap<string, ImageFormat> = new Map([
  ["png", "png"],
  ["jpeg", "jpeg"],
  ["jpg", "jpeg"],
  ["pjpeg", "jpeg"],
  ["gif", "gif"],
  ["webp", "webp"],
]);

const videoSubtypes: ReadonlyMap<string, VideoFormat> = new Map([
  ["x-matroska", "mkv"],
  ["mkv", "mkv"],
  ["quicktime", "mov"],
  ["mov", "mov"],
  ["mp4", "mp4"],
  ["webm", "webm"],
  ["x-flv", "flv"],
  ["flv", "flv"],
  ["mpeg", "mpeg"],
  ["mpg", "mpg"],
  ["x-ms-wmv", "wmv"],
  ["wmv", "wmv"],
  ["3gpp", "three_gp"],
  ["3gp", "three_gp"],
  ["three_gp", "three_gp"],
]);

const audioSubtypes: ReadonlyMap<string, AudioFormat> = new Map([
  ["mp3", "mp3"],
  ["mpeg", "mp3"],
  ["opus", "opus"],
  ["wav", "wav"],
  ["x-wav", "wav"],
  ["wave", "wav"],
  ["aac", "aac"],
  ["x-aac", "x-aac"],
  ["flac", "flac"],
  ["x-flac", "flac"],
  ["mp4", "mp4"],
  ["ogg", "ogg"],
  ["mkv", "mkv"],
  ["mka", "mka"],
  ["x-matroska", "mka"],
  ["m4a", "m4a"],
  ["x-m4a", "m4a"],
  ["mpga", "mpga"],
  ["pcm", "pcm"],
  ["l16", "pcm"],
  ["webm", "webm"],
]);

function formatByType(mimeType: string | undefined): MediaFormat | undefined {
  if (mimeType === undefined) {
    return undefined;
  }
  const document = documentTypes.get(mimeType);
  if (document !== undefined) {
    return { kind: "document", format: document };
  }
  const slash = mimeType.indexOf("/");
  const subtype = mimeType.slice(slash + 1);
  switch (mimeType.slice(0, slash)) {
    case "image":
      return imageOf(imageSubtypes.get(subtype));
    case "video":
      return videoOf(videoSubtypes.get(subtype));
    case "audio": {
      const format = audioSubtypes.get(subtype);
      return format === undefined ? undefined : { kind: "audio", format };
    }
    // Any other text is plain text to AWS: text/plain, source code, logs.
    case "text":
      return { kind: "document", format: "txt" };
    default:
      return undefined;
  }
}

function imageOf(format: ImageFormat | undefined): MediaFormat | undefined {
  return format === undefined ? undefined : { kind: "image", format };
}

function videoOf(format: VideoFormat | undefined): MediaFormat | undefined {
  return format === undefined ? undefined : { kind: "video", format };
}

const documentExtensions: ReadonlyMap<string, DocumentFormat> = new Map([
  ["pdf", "pdf"],
  ["csv", "csv"],
  ["doc", "doc"],
  ["docx", "docx"],
  ["xls", "xls"],
  ["xlsx", "xlsx"],
  ["html", "html"],
  ["htm", "html"],
  ["md", "md"],
  ["markdown", "md"],
  ["txt", "txt"],
]);

function formatByExtension(extension: string | undefined): MediaFormat | undefined {
  if (extension === undefined) {
    return undefined;
  }
  const document = documentExtensions.get(extension);
  if (document !== undefined) {
    return { kind: "document", format: document };
  }
  return imageOf(imageSubtypes.get(extension)) ?? videoOf(videoSubtypes.get(extension)) ?? audioByExtension(extension);
}

function audioByExtension(extension: string): MediaFormat | undefined {
  const format = audioFormatOf(extension);
  return format === undefined ? undefined : { kind: "audio", format };
}

/** OpenAI's `input_audio.format`, or an ending, as AWS calls it. */
export function audioFormatOf(name: string): AudioFormat | undefined {
  return audioSubtypes.get(name.toLowerCase());
}

/** Bytes without any hint that read as text are a text document. */
function formatByText(hints: MediaHints): MediaFormat | undefined {
  if (hints.bytes === undefined || hints.mimeType?.startsWith("image/") === true) {
    return undefined;
  }
  const start = Buffer.from(hints.bytes.slice(0, 128), "base64");
  return start.length > 0 && start.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13)
    ? { kind: "document", format: "txt" }
    : undefined;
}
