import { Buffer, isAscii } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";

/** Below this `Buffer.from` is as fast: it takes a piece of its pool. */
const largeLength = 4096;

/**
 * The UTF-8 bytes of a text. `Buffer.from` first counts the bytes of a large text, which for 120 KB of JSON costs a quarter of
 * writing that JSON; most bodies are ASCII, where the count is the length.
 */
export function utf8Of(text: string): Buffer {
  if (text.length < largeLength) {
    return Buffer.from(text);
  }
  const bytes = Buffer.allocUnsafeSlow(text.length);
  const written = bytes.write(text, "utf8");
  // As many ASCII bytes as there are characters: nothing was cut off.
  return written === text.length && isAscii(bytes) ? bytes : Buffer.from(text);
}

/** The bytes of a body as a caller gives it: bytes, JSON's text, or what is to be JSON. Throws AditError `invalid_request` for what JSON cannot hold. */
export function bodyBytes(body: string | Uint8Array | object): Buffer {
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  return utf8Of(typeof body === "string" ? body : jsonText(body));
}

/** A caller without types may have put into it what JSON cannot hold: a BigInt, or an object that holds itself. */
function jsonText(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new AditError("invalid_request", "The request cannot be written as JSON.", { param: "", cause });
  }
}
