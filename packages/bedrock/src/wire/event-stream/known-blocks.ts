import { Buffer } from "node:buffer";
import type { FrameHeaders } from "./frame.ts";
import { readHeaders } from "./header-block.ts";
import { holdsAt } from "./holds-at.ts";

/** A header block and what it says. */
export interface KnownBlock {
  bytes: Buffer;
  headers: FrameHeaders;
}

/** Blocks of Bedrock's events are some 80 bytes; what is longer is rare. */
const longestBlock = 256;
/** AWS has a dozen events. Whoever sends so many others gets no more than a new beginning. */
const mostBlocks = 64;

/** Only blocks of texts are kept: bytes could be changed by whoever is given them. */
function isOfTexts({ list }: FrameHeaders): boolean {
  return list.every(([, { type }]) => type === "string");
}

/** All streams have the same few header blocks: each is read once, and not once a stream. */
export class KnownBlocks {
  #byLength = new Map<number, KnownBlock[]>();
  #count = 0;

  /** The block at `start` to `end`. @throws AditError `corrupt_stream` as {@link readHeaders} */
  at(bytes: Buffer, start: number, end: number): KnownBlock {
    const length = end - start;
    const alike = this.#byLength.get(length);
    if (alike !== undefined) for (const known of alike) if (holdsAt(bytes, start, known.bytes)) return known;
    const read = { bytes: Buffer.from(bytes.subarray(start, end)), headers: readHeaders(bytes, start, end) };
    if (length <= longestBlock && isOfTexts(read.headers)) this.#keep(read);
    return read;
  }

  #keep(read: KnownBlock): void {
    if (this.#count >= mostBlocks) {
      this.#byLength = new Map();
      this.#count = 0;
    }
    const { length } = read.bytes;
    this.#byLength.set(length, [...(this.#byLength.get(length) ?? []), read]);
    this.#count += 1;
  }
}
