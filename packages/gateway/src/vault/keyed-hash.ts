/** Hashes that only who holds the vault can compute: what a stolen database holds of keys cannot be tried against guesses. */
import { randomBytes } from "node:crypto";
import { Secret } from "@adit/bedrock";
import { HmacKey } from "@adit/bedrock/gateway";
import type { Vault } from "./vault.ts";

export class KeyedHash {
  readonly #key: HmacKey;

  private constructor(key: Buffer) {
    this.#key = new HmacKey(key);
  }

  /** The hash of one purpose: its key is random, and sealed in the vault at its first use. */
  static async open(vault: Vault, purpose: string): Promise<KeyedHash> {
    const make = (): Record<string, Secret> => ({ key: new Secret(randomBytes(32).toString("base64")) });
    const { key } = await vault.unsealOrMake({ kind: "hash_key", id: purpose }, make);
    return new KeyedHash(Buffer.from(key?.reveal() ?? "", "base64"));
  }

  /** HMAC-SHA-256 in base64url. */
  of(text: string): string {
    return this.#key.sign(text, "base64url");
  }
}
