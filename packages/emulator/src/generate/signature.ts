/** Signatures of the emulator's Claude: base64, opaque, bound to the text that they sign. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** How reasoning written by the emulator begins. */
export const reasoningMark = "[emulator] thinking";
const maker = "adit-emulator";

/** The signature of a reasoning text. Like real ones it holds no text, begins with `E` and is valid for the whole family. */
export function signatureOf(text: string): string {
  const digest = createHash("sha256").update(maker).update(text).digest();
  return Buffer.concat([Buffer.from([0x12, 0x2d]), Buffer.from(maker), digest]).toString("base64");
}

/** True for a signature of this maker, or on this maker's text, that does not belong to the text. */
export function isForged(text: string, signature: string): boolean {
  const isOurs = text.startsWith(reasoningMark) || Buffer.from(signature, "base64").includes(maker);
  return isOurs && signature !== signatureOf(text);
}
