/** AES-256-GCM with associated data: what was sealed opens only whole, with its key, and in the place that it was sealed for. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** The form: one byte of version, 12 of nonce, 16 of tag, the ciphertext. */
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/** The place, so written that no two places share a text. */
function associated(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place));
}

export function seal(key: Uint8Array, content: Uint8Array, place: readonly string[]): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(place));
  const body = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
}

/** Throws where the key or the place is another, or a bit was changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array, place: readonly string[]): Buffer {
  if (sealed.length < headBytes || sealed[0] !== version) throw new Error("What was sealed has an unknown form.");
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
  decipher.setAAD(associated(place));
  return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]);
}
