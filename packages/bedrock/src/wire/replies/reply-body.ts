import { Buffer } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";

/** The largest answer of Converse holds some generated images or videos as base64. */
export const maxReplyBytes = 64 * 1024 * 1024;

/** Pieces shorter than this are copied together: a body in pieces of one byte would cost a hundred times its size. */
const smallBytes = 1024;
const gatherBytes = 64 * 1024;
const noRoom = Buffer.alloc(0);

/** Gathers the body of a whole answer. */
export class ReplyBody {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** Where small pieces are gathered; what is in it already is a view of it in `#chunks`. */
  #room = noRoom;
  /** How much of it the last of `#chunks` shows; 0 where that is a piece of its own. */
  #gathered = 0;

  constructor(maxBytes = maxReplyBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Throws AditError `reply_too_large` beyond the most bytes. */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      throw new AditError("reply_too_large", `The answer is larger than ${this.#maxBytes} bytes.`);
    }
    if (chunk.length >= smallBytes || this.#chunks.length === 0) {
      this.#chunks.push(chunk);
      this.#gathered = 0;
    } else {
      this.#gather(chunk);
    }
  }

  #gather(chunk: Buffer): void {
    if (this.#gathered === 0 || this.#gathered + chunk.length > this.#room.length) {
      this.#room = Buffer.allocUnsafe(gatherBytes);
      this.#gathered = 0;
    } else {
      this.#chunks.pop();
    }
    chunk.copy(this.#room, this.#gathered);
    this.#gathered += chunk.length;
    this.#chunks.push(this.#room.subarray(0, this.#gathered));
  }

  /** All of it; a body that came in one read is not copied. */
  whole(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks, this.#bytes);
  }
}
