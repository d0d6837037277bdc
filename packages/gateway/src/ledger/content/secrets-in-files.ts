/** Text files that stand in a body as base64 or as a data URL: their secrets are taken out as those of any other text. Pure. */
import { isUtf8 } from "node:buffer";
import { isDataUrl } from "@adit/bedrock/gateway";

/** Members that hold a file's bytes, in the words of each dialect. */
const fileMembers: ReadonlySet<string> = new Set(["file_data", "data", "bytes"]);
const base64Alphabet = /^[\w+/=\r\n-]*$/;
const base64Head = /;base64,$/i;

/** A file as text, and how it was written. */
export interface FileText {
  /** Of a data URL, up to its comma. */
  head: string;
  text: string;
  encoding: Encoding;
}

type Encoding = "utf8" | "utf16le" | "latin1" | "percent";

/** Whether a text of this name may be a file. */
export function isFileMember(name: string, value: string): boolean {
  return fileMembers.has(name) || isDataUrl(value);
}

/** Undefined where it is no base64, or no text, as with pictures. */
export function textOfFile(written: string): FileText | undefined {
  const comma = isDataUrl(written) ? written.indexOf(",") + 1 : 0;
  const head = written.slice(0, comma);
  const rest = written.slice(comma);
  if (comma > 0 && !base64Head.test(head)) {
    const text = unescaped(rest);
    return text === undefined ? undefined : { head, text, encoding: "percent" };
  }
  if (!base64Alphabet.test(rest)) return undefined;
  const bytes = Buffer.from(rest, "base64");
  const encoding = encodingOf(bytes);
  return encoding === undefined ? undefined : { head, text: bytes.toString(encoding), encoding };
}

/** The file with another text. */
export function fileOfText({ head, encoding }: FileText, text: string): string {
  return (
    head +
    (encoding === "percent" ? encodeURIComponent(text.toWellFormed()) : Buffer.from(text, encoding).toString("base64"))
  );
}

/** The same file where it holds none. `hide`: takes secrets out of a text. */
export function fileWithoutSecrets(written: string, hide: (text: string) => string): string {
  const file = textOfFile(written);
  if (file === undefined) return written;
  const safe = hide(file.text);
  return safe === file.text ? written : fileOfText(file, safe);
}

/** Of bytes that are no UTF-8, or cut within a letter of it, a secret's letters are the same. What has a byte of 0 is no such text. */
function encodingOf(bytes: Buffer): Exclude<Encoding, "percent"> | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf16le";
  if (bytes.includes(0)) return undefined;
  return isUtf8(bytes) ? "utf8" : "latin1";
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that begins no escape: the forms of secrets are found as they stand.
    return undefined;
  }
}
