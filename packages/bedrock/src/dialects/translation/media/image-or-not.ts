/**
 * Whether what stands where an image is meant is sent as one. A document, a sound or a video there is sent as what it is, and takes tokens
 * without an end: whoever reserves tokens must know it before anything is translated.
 */
import { AditError } from "../../../errors/adit-error.ts";
import { isDataUrl } from "./data-url.ts";
import { formatOfAddress, mediaInData } from "./media.ts";
import { mediaFormatOf } from "./media-format.ts";

/** Of an address or a data URL. `mimeType`: what the caller says beside it. */
export function isImageAddress(url: string, mimeType?: string | null): boolean {
  if (isDataUrl(url)) {
    return isImageData(url);
  }
  // What is fetched is held to what its name says.
  return (formatOfAddress(url, mimeType)?.kind ?? "image") === "image";
}

/** Of a data URL, or of base64 alone. What is of no format is refused, and takes no tokens. */
export function isImageData(data: string, mimeType?: string | null): boolean {
  try {
    return (mediaFormatOf(mediaInData(beginningOf(data) ?? data, "", mimeType).hints)?.kind ?? "image") === "image";
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return true;
  }
}

/** As much as a format is told by, in whole groups of four letters. */
const beginning = 1_024;
const plainBase64 = /^[A-Za-z0-9+/]+$/;
/** Of what is in an archive its end tells too. */
const archive = "UEsDB";

/** The same kind of data with the first of its bytes alone; undefined where all of it must be looked at. */
function beginningOf(data: string): string | undefined {
  const start = isDataUrl(data) ? data.indexOf(",") + 1 : 0;
  const bytes = data.slice(start, start + beginning);
  const isPlain = bytes.length === beginning && plainBase64.test(bytes) && !bytes.startsWith(archive);
  return isPlain ? data.slice(0, start) + bytes : undefined;
}
