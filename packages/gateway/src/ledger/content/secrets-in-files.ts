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

type Encoding = "utf8" | "utf16le" | "utf16be" | "latin1" | "percent";

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
  if (encoding === undefined) return undefined;
  const text = encoding === "utf16be" ? swapped(bytes).toString("utf16le") : bytes.toString(encoding);
  return { head, text, encoding };
}

/** The file with another text. */
export function fileOfText({ head, encoding }: FileText, text: string): string {
  if (encoding === "percent") return head + encodeURIComponent(text.toWellFormed());
  const bytes = encoding === "utf16be" ? swapped(Buffer.from(text, "utf16le")) : Buffer.from(text, encoding);
  return head + bytes.toString("base64");
}

/** The same file where it holds none. `hide`: takes secrets out of a text. */
export function fileWithoutSecrets(written: string, hide: (text: string) => string): string {
  const file = textOfFile(written);
  if (file === undefined) return written;
  const safe = hide(file.text);
  return safe === file.text ? written : fileOfText(file, safe);
}

/** Of bytes that are no UTF-8, or cut within a letter of it, a secret's letters are the same. What else has a byte of 0 is no text. */
function encodingOf(bytes: Buffer): Exclude<Encoding, "percent"> | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf16be";
  if (bytes.includes(0)) return unmarkedUtf16(bytes);
  return isUtf8(bytes) ? "utf8" : "latin1";
}

/** How many bytes are looked at to tell it by. */
const beginning = 64;

/** Of plain letters every other byte is 0, and no byte between. */
function unmarkedUtf16(bytes: Buffer): "utf16le" | "utf16be" | undefined {
  const places = [...bytes.subarray(0, beginning).entries()].flatMap(([place, byte]) =>
    byte === 0 ? [place % 2] : [],
  );
  const [first] = places;
  if (places.length * 4 < Math.min(bytes.length, beginning) || places.some((place) => place !== first))
    return undefined;
  return first === 1 ? "utf16le" : "utf16be";
}

/** Each two bytes in the other order; one that is left over at the end of what was cut is not there. */
function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that begins no escape: the forms of secrets are found as they stand.
    return undefined;
  }
}
