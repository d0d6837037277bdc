import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { AditError } from "../../errors/adit-error.ts";
import {
  corruptStream,
  maxFrameBytes,
  maxHeaderBytes,
  overheadBytes,
  preludeBytes,
  type FrameHeaders,
  type HeaderValue,
  type MessageType,
} from "./frame.ts";
import { holdsAt } from "./holds-at.ts";
import { KnownBlocks, type KnownBlock } from "./known-blocks.ts";
import { crc32OfEight } from "./prelude-crc.ts";

const noBytes = Buffer.alloc(0);
const noHeaders: FrameHeaders = { messageType: "unknown", eventType: "", list: [] };
const blocks = new KnownBlocks();
/** A frame of Bedrock's is 100 to 500 bytes; the buffer for cut ones grows by doubling. */
const firstCarryBytes = 1024;

/** One frame. The decoder has a single one and fills it anew: what it shows is valid during the callback only. */
export class Frame {
  #headers: FrameHeaders = noHeaders;
  #bytes: Buffer = noBytes;
  #payloadStart = 0;
  #payloadEnd = 0;

  /** `unknown` where `:message-type` is absent or unheard of. */
  get messageType(): MessageType {
    return this.#headers.messageType;
  }

  /** `:event-type`, `:exception-type` or `:error-code`, by the message type. */
  get eventType(): string {
    return this.#headers.eventType;
  }

  /** A view of the payload. */
  get payload(): Buffer {
    return this.#bytes.subarray(this.#payloadStart, this.#payloadEnd);
  }

  /** The payload as text, without a view of its bytes being made first. */
  text(): string {
    return this.#bytes.toString("utf8", this.#payloadStart, this.#payloadEnd);
  }

  /** The bytes that the frame stands in; the payload is from `payloadStart` to `payloadEnd`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get payloadStart(): number {
    return this.#payloadStart;
  }

  get payloadEnd(): number {
    return this.#payloadEnd;
  }

  /** The text of the bytes between two places of `bytes`. */
  textBetween(start: number, end: number): string {
    return this.#bytes.toString("utf8", start, end);
  }

  header(name: string): HeaderValue | undefined {
    return this.#headers.list.find((header) => header[0] === name)?.[1];
  }

  /** Sets where the frame's parts are. Only the decoder calls it. */
  set(headers: FrameHeaders, bytes: Buffer, payloadStart: number, payloadEnd: number): void {
    this.#headers = headers;
    this.#bytes = bytes;
    this.#payloadStart = payloadStart;
    this.#payloadEnd = payloadEnd;
  }

  /** Lets go of the bytes. For the decoder alone. */
  clear(): void {
    this.#bytes = noBytes;
  }
}

/**
 * Decodes an event stream as it arrives, cut anywhere. Whole frames are read where they stand; only a frame that is cut is
 * copied, once, into a buffer that grows with what has come (never by what a length claims). Lengths are checked as soon as
 * twelve bytes are there; both checksums of every frame are checked.
 * After it has thrown, or after the callback has, a decoder refuses to go on.
 */
export class EventStreamDecoder {
  readonly #frame = new Frame();
  #carry: Buffer = noBytes;
  #carried = 0;
  #halted = false;
  /** The last header block: mostly the next one is the same. */
  #lastBlock: KnownBlock = { bytes: noBytes, headers: noHeaders };

  /**
   * Takes the next bytes and calls `onFrame` for each frame that is now whole.
   * Throws AditError `corrupt_stream`, and whatever `onFrame` throws.
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    if (this.#halted) {
      throw corruptStream("it was read on after a fault");
    }
    this.#halted = true;
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let cursor = this.#carried === 0 ? 0 : this.#fill(bytes, onFrame);
    while (bytes.length - cursor >= preludeBytes) {
      const total = frameLength(bytes, cursor);
      if (bytes.length - cursor < total) {
        break;
      }
      this.#decode(bytes, cursor, cursor + total);
      onFrame(this.#frame);
      cursor += total;
    }
    if (cursor < bytes.length) {
      this.#keep(bytes, cursor, bytes.length);
    }
    // A stream that waits for its next event would keep what it read last, and make old garbage of it.
    this.#frame.clear();
    this.#halted = false;
  }

  /** True where the bytes so far end inside a frame. */
  get isInsideFrame(): boolean {
    return this.#carried > 0;
  }

  /** Says that no bytes follow. Throws AditError `truncated_stream` when they stopped inside a frame. */
  end(): void {
    if (this.#carried > 0) {
      throw new AditError("truncated_stream", "The event stream ended in the middle of a frame.");
    }
  }

  /** Completes the frame that the last bytes left cut; returns how many of `bytes` that took. */
  #fill(bytes: Buffer, onFrame: (frame: Frame) => void): number {
    let cursor = 0;
    if (this.#carried < preludeBytes) {
      cursor = Math.min(preludeBytes - this.#carried, bytes.length);
      this.#keep(bytes, 0, cursor);
      if (this.#carried < preludeBytes) {
        return cursor;
      }
    }
    const total = frameLength(this.#carry, 0);
    const end = Math.min(cursor + total - this.#carried, bytes.length);
    this.#keep(bytes, cursor, end);
    if (this.#carried === total) {
      this.#carried = 0;
      this.#decode(this.#carry, 0, total);
      onFrame(this.#frame);
    }
    return end;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#carry.length * 2, firstCarryBytes));
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    bytes.copy(this.#carry, this.#carried, start, end);
    this.#carried = needed;
  }

  #decode(bytes: Buffer, start: number, end: number): void {
    if (crc32(bytes.subarray(start, end - 4)) !== bytes.readUInt32BE(end - 4)) {
      throw corruptStream("a frame does not match its checksum");
    }
    const headersStart = start + preludeBytes;
    const headersEnd = headersStart + bytes.readUInt32BE(start + 4);
    this.#frame.set(this.#headersOf(bytes, headersStart, headersEnd), bytes, headersEnd, end - 4);
  }

  #headersOf(bytes: Buffer, start: number, end: number): FrameHeaders {
    const last = this.#lastBlock;
    if (last.bytes.length !== end - start || !holdsAt(bytes, start, last.bytes)) {
      this.#lastBlock = blocks.at(bytes, start, end);
    }
    return this.#lastBlock.headers;
  }
}

/** Total length of the frame whose prelude begins at `start`. Throws `corrupt_stream` when the prelude cannot be true. */
function frameLength(bytes: Buffer, start: number): number {
  const total = bytes.readUInt32BE(start);
  const headers = bytes.readUInt32BE(start + 4);
  if (crc32OfEight(bytes, start) !== bytes.readUInt32BE(start + 8)) {
    throw corruptStream("a frame's lengths do not match their checksum");
  }
  if (total < overheadBytes || total > maxFrameBytes) {
    throw corruptStream(`a frame claims ${total} bytes`);
  }
  if (headers > maxHeaderBytes || headers > total - overheadBytes) {
    throw corruptStream(`a frame of ${total} bytes claims ${headers} bytes of headers`);
  }
  return total;
}
