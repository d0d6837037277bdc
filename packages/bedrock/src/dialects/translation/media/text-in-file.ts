/** Text files in base64 or in data URLs, for who judges what is asked: read as the translation reads them, and written again as they stood. */
import { Buffer, isUtf8 } from "node:buffer";
import { standardBase64 } from "./base64-check.ts";
import { isDataUrl } from "./data-url.ts";
import { isVague, mediaFormatOf, type MediaFormat, type MediaHints } from "./media-format.ts";

/** What stands beside a file. */
export interface FileWords {
  mimeType?: string | undefined;
  /** The file's name, or its ending alone. */
  name?: string | undefined;
}

export type ReadFile = { kind: "text"; text: string } | { kind: "unreadable" };

const unreadable: ReadFile = { kind: "unreadable" };

/** Enough to tell a picture or a PDF by. */
const beginning = 64;

/**
 * The text of a file. Whatever reads as UTF-8 is text, however it is called: what a model gets of it is not the caller's to say. Undefined for
 * what is none, such as images, PDF, and Office's; unreadable for what is no base64, and for a text in another encoding.
 */
export function textInFile(written: string, words: FileWords): ReadFile | undefined {
  const { type, isBase64, rest } = partsOf(written);
  const said = hintsIn(words, type);
  const isSaid = isText(mediaFormatOf(said));
  if (!isSaid && (isPicture(said) || (isBase64 && isOther(mediaFormatOf({ bytes: rest.slice(0, beginning) }))))) {
    return undefined;
  }
  const bytes = bytesOf(rest, isBase64);
  if (bytes === undefined) {
    return unreadable;
  }
  if (bytes.length === 0) {
    return undefined;
  }
  // In UTF-16 every other byte of plain letters is 0, which UTF-8 allows.
  if (isUtf8(bytes) && !bytes.includes(0)) {
    return { kind: "text", text: bytes.toString("utf8") };
  }
  const start = bytes.toString("base64", 0, beginning);
  return isSaid || isText(mediaFormatOf({ ...said, bytes: start })) ? unreadable : undefined;
}

function hintsIn({ mimeType, name }: FileWords, type: string): MediaHints {
  const meant = type === "" || isVague(type) ? mimeType?.toLowerCase() : type;
  const extension = name?.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return { ...(meant !== undefined && { mimeType: meant }), ...(extension !== undefined && { extension }) };
}

/** Of a video or a sound that nobody knows the bytes tell, and where these read as text it goes to the model as a document. */
function isPicture(said: MediaHints): boolean {
  const { mimeType = "" } = said;
  return mimeType.startsWith("image/") || (/^(?:video|audio)\//.test(mimeType) && mediaFormatOf(said) !== undefined);
}

/** The file with another text, in the form in which it was written. */
export function fileWithText(written: string, text: string): string {
  const { head, isBase64 } = partsOf(written);
  return head + (isBase64 ? Buffer.from(text).toString("base64") : encodeURIComponent(text.toWellFormed()));
}

interface FileParts {
  /** Of a data URL, up to its comma. */
  head: string;
  /** Its media type. */
  type: string;
  isBase64: boolean;
  rest: string;
}

function partsOf(written: string): FileParts {
  if (!isDataUrl(written)) {
    return { head: "", type: "", isBase64: true, rest: written };
  }
  // Without a comma nothing is in it, and the translation refuses it.
  const end = written.indexOf(",") + 1 || written.length;
  const head = written.slice(0, end);
  const said = head.slice("data:".length).replace(/,$/, "").toLowerCase();
  const [type = ""] = said.split(";", 1);
  return { head, type, isBase64: said.endsWith("base64"), rest: written.slice(end) };
}

function bytesOf(rest: string, isBase64: boolean): Buffer | undefined {
  const text = isBase64 && !rest.includes("%") ? rest : unescaped(rest);
  const held = text !== undefined && isBase64 ? standardBase64(text) : text;
  return held === undefined ? undefined : Buffer.from(held, isBase64 ? "base64" : "utf8");
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape, which the translation refuses.
    return undefined;
  }
}

function isText(format: MediaFormat | undefined): boolean {
  return format?.kind === "document" && textFormats.has(format.format);
}

function isOther(format: MediaFormat | undefined): boolean {
  return format !== undefined && !isText(format);
}

const textFormats: ReadonlySet<string> = new Set(["txt", "md", "csv", "html"]);
