import { Buffer } from "node:buffer";

const headEnd = Buffer.from("\r\n\r\n");
const lengthPattern = /\r\ncontent-length: *(\d+)/i;
const chunkedPattern = /\r\ntransfer-encoding: *chunked/i;

/** Reads HTTP/1.1 replies off a socket, one after the other: status, body pieces without their framing, end. */
export class ReplyReader {
  #onBody;
  #onEnd;
  #partial;
  #inBody = false;
  #chunked = false;
  /** Bytes to come of the body, or of the chunk and the line end behind it. */
  #left = 0;
  #chunkLine = "";
  #lastChunk = false;
  status = 0;

  constructor(onBody, onEnd) {
    this.#onBody = onBody;
    this.#onEnd = onEnd;
  }

  push(bytes) {
    let rest = bytes;
    if (!this.#inBody) {
      const known = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
      const end = known.indexOf(headEnd);
      if (end < 0) {
        this.#partial = known;
        return;
      }
      this.#readHead(known.latin1Slice(0, end));
      rest = known.subarray(end + headEnd.length);
    }
    if (this.#chunked) {
      this.#readChunks(rest);
    } else {
      this.#readSized(rest);
    }
  }

  #readHead(head) {
    this.#partial = undefined;
    this.#inBody = true;
    this.status = Number(head.slice(9, 12));
    this.#chunked = chunkedPattern.test(head);
    this.#left = this.#chunked ? 0 : Number(lengthPattern.exec(head)?.[1] ?? 0);
    this.#lastChunk = false;
  }

  #finish() {
    this.#inBody = false;
    this.#onEnd(this.status);
  }

  #readSized(bytes) {
    if (bytes.length > 0) this.#onBody(bytes);
    this.#left -= bytes.length;
    if (this.#left <= 0) this.#finish();
  }

  #readChunks(bytes) {
    let at = 0;
    while (at < bytes.length) {
      at = this.#left > 0 ? this.#readChunkData(bytes, at) : this.#readChunkLine(bytes, at);
      if (at < 0) {
        this.#finish();
        return;
      }
    }
  }

  /** The chunk's data, then the two bytes behind it; -1 at the reply's end. */
  #readChunkData(bytes, at) {
    const end = Math.min(bytes.length, at + this.#left);
    const dataEnd = Math.min(end, at + this.#left - 2);
    if (dataEnd > at) this.#onBody(bytes.subarray(at, dataEnd));
    this.#left -= end - at;
    return this.#left === 0 && this.#lastChunk ? -1 : end;
  }

  #readChunkLine(bytes, at) {
    const end = bytes.indexOf(10, at);
    if (end < 0) {
      this.#chunkLine += bytes.latin1Slice(at);
      return bytes.length;
    }
    const size = Number.parseInt(this.#chunkLine + bytes.latin1Slice(at, end), 16);
    this.#chunkLine = "";
    this.#lastChunk = size === 0;
    this.#left = size + 2;
    return end + 1;
  }
}
