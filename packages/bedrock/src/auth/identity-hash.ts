import { hash } from "node:crypto";
import type { Credentials } from "./credentials.ts";

/**
 * Whose credentials they are, as a part of a cache's key. Key ids are no secrets: with one alone, what a stranger's call brought would
 * count for its owner. Hashed, for what proves it is a secret.
 */
export function identityHash(credentials: Credentials): string {
  const proof =
    credentials.kind === "keys"
      ? `${credentials.accessKeyId}\n${credentials.secretAccessKey.reveal()}`
      : credentials.token.reveal();
  return hash("sha256", proof);
}
