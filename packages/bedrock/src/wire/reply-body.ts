import { Buffer } from "node:buffer";
import { AditError } from "../errors/adit-error.ts";

/** The largest answer of Converse holds some generated images or videos as base64. */
export const maxReplyBytes = 64 * 1024 * 1024;

/** Gathers the body of a whole answer. */
export class ReplyBody {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** Throws AditError `reply_too_large` beyond `maxReplyBytes`. */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > maxReplyBytes) {
      throw new AditError("reply_too_large", `AWS's answer is larger than ${maxReplyBytes} bytes.`);
    }
    this.#chunks.push(chunk);
  }

  /** All of it; a body that came in one read is not copied. */
  whole(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
  }
}
