/** The master key: wraps the data keys of all sealed records, and is never in the database. */
import { hkdfSync, randomBytes } from "node:crypto";
import { AditError, type Secret } from "@adit/bedrock";
import { seal, unseal } from "./envelope.ts";

const keyBytes = 32;

export class MasterKey {
  /** Tells keys apart and gives nothing away: 64 bits that are derived from the key. */
  readonly id: string;
  readonly #wrapping: Uint8Array;

  private constructor(bytes: Uint8Array) {
    // A key for each purpose: none can be used for another's.
    const derived = (purpose: string, length: number): Buffer =>
      Buffer.from(hkdfSync("sha256", bytes, new Uint8Array(0), `adit ${purpose}`, length));
    this.id = `mk_${derived("master key id", 8).toString("hex")}`;
    this.#wrapping = derived("wrapping of data keys", keyBytes);
  }

  /**
   * Reads 32 bytes in base64 (of either alphabet) or in hexadecimal. Nothing else: a pass phrase would be weaker than what it
   * protects, and a key that lost a character must not become another one in silence.
   * @throws AditError `invalid_request`, without a word of the text. `name` is the variable or file that it stands in.
   */
  static fromText(text: Secret, name: string, remedy = "Make one with: openssl rand -base64 32"): MasterKey {
    const plain = text.reveal().trim();
    const isHex = /^[0-9a-f]{64}$/i.test(plain);
    if (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(plain)) {
      throw new AditError(
        "invalid_request",
        `${name} holds no master key: that is 32 bytes in base64 or hexadecimal.`,
        {
          param: name,
          remedy,
        },
      );
    }
    return new MasterKey(Buffer.from(plain, isHex ? "hex" : "base64"));
  }

  wrap(dataKey: Uint8Array, place: readonly string[]): Buffer {
    return seal(this.#wrapping, dataKey, ["data key", ...place]);
  }

  /** Throws where the data key was wrapped by another master key, or for another place. */
  unwrap(wrapped: Uint8Array, place: readonly string[]): Buffer {
    return unseal(this.#wrapping, wrapped, ["data key", ...place]);
  }
}

/** A new key as text, in base64. */
export function newMasterKeyText(): string {
  return randomBytes(keyBytes).toString("base64");
}
