/** AWS's event stream, decoded in place: a cursor over what arrived, both CRCs checked, nothing copied but a cut frame. */
import { Buffer } from "node:buffer";
import zlib from "node:zlib";

const preludeBytes = 12;
const trailerBytes = 4;

const crcTable = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of the eight bytes at `at`: for so few, a table is cheaper than a native call. */
function preludeCrc(buffer, at) {
  let crc = 0xffffffff;
  for (let index = at; index < at + 8; index += 1) crc = crcTable[(crc ^ buffer[index]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The value of `:event-type` or `:exception-type` among the string headers in bytes[start..end). */
function eventTypeOf(bytes, start, end) {
  let at = start;
  while (at < end) {
    const nameEnd = at + 1 + bytes[at];
    const valueStart = nameEnd + 3;
    const valueEnd = valueStart + bytes.readUInt16BE(nameEnd + 1);
    const name = isEventTypeName(bytes, at) ? ":event-type" : bytes.latin1Slice(at + 1, nameEnd);
    if (name === ":event-type" || name === ":exception-type") return bytes.latin1Slice(valueStart, valueEnd);
    at = valueEnd;
  }
  return "";
}

/** Of the names that AWS gives headers, `:event-type` alone has eleven letters and begins so. */
function isEventTypeName(bytes, at) {
  return bytes[at] === 11 && bytes[at + 1] === 0x3a && bytes[at + 2] === 0x65 && bytes[at + 3] === 0x76;
}

export class FrameReader {
  #rest;
  #onFrame;

  /** `onFrame(eventType, bytes, start, end)`: the payload is bytes[start..end), valid during the call. */
  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  /** True when no frame is open. */
  get atEnd() {
    return this.#rest === undefined;
  }

  push(bytes) {
    const buffer = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    while (buffer.length - at >= preludeBytes) {
      const end = at + buffer.readUInt32BE(at);
      if (end > buffer.length) break;
      this.#readFrame(buffer, at, end);
      at = end;
    }
    if (at < buffer.length) this.#rest = Buffer.from(buffer.subarray(at));
  }

  #readFrame(buffer, start, end) {
    if (preludeCrc(buffer, start) !== buffer.readUInt32BE(start + 8)) throw new Error("A frame's prelude is damaged.");
    const checksumAt = end - trailerBytes;
    if (zlib.crc32(buffer.subarray(start, checksumAt)) !== buffer.readUInt32BE(checksumAt)) {
      throw new Error("A frame's checksum is wrong.");
    }
    const payloadStart = start + preludeBytes + buffer.readUInt32BE(start + 4);
    this.#onFrame(eventTypeOf(buffer, start + preludeBytes, payloadStart), buffer, payloadStart, checksumAt);
  }
}
