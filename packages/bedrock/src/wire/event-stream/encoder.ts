import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { AditError } from "../../errors/adit-error.ts";
import { maxFrameBytes, maxHeaderBytes, overheadBytes, preludeBytes, type HeaderValue } from "./frame.ts";
import { crc32OfEight } from "./prelude-crc.ts";

/**
 * Encodes one frame with both checksums. Throws AditError `invalid_request` for what the format cannot carry: a name that is empty or
 * over 255 bytes, a string or blob over 65,535 bytes, a number outside its type, a malformed UUID, headers over 128 KiB, a frame over 24 MiB.
 */
export function encodeFrame(headers: readonly [name: string, value: HeaderValue][], payload: Uint8Array): Buffer {
  const parts = headers.map(([name, value]) => encodeHeader(name, value));
  const headerBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const total = overheadBytes + headerBytes + payload.length;
  check(headerBytes <= maxHeaderBytes, `${headerBytes} bytes of headers are more than ${maxHeaderBytes}`);
  check(total <= maxFrameBytes, `a frame of ${total} bytes is more than ${maxFrameBytes}`);
  const frame = Buffer.allocUnsafe(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(headerBytes, 4);
  frame.writeUInt32BE(crc32OfEight(frame, 0), 8);
  let cursor = preludeBytes;
  for (const part of parts) {
    frame.set(part, cursor);
    cursor += part.length;
  }
  frame.set(payload, cursor);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - 4)), total - 4);
  return frame;
}

function encodeHeader(name: string, value: HeaderValue): Buffer {
  const nameBytes = Buffer.from(name, "utf8");
  check(nameBytes.length >= 1 && nameBytes.length <= 255, "a header's name has 1 to 255 bytes");
  return Buffer.concat([Buffer.of(nameBytes.length), nameBytes, encodeValue(value)]);
}

/** The type's number and the value. */
function encodeValue(value: HeaderValue): Buffer {
  switch (value.type) {
    case "boolean":
      return Buffer.of(value.value ? 0 : 1);
    case "byte":
      return numberValue(2, 1, value.value);
    case "short":
      return numberValue(3, 2, value.value);
    case "integer":
      return numberValue(4, 4, value.value);
    case "long":
      return longValue(5, value.value);
    case "binary":
      return sizedValue(6, value.value);
    case "string":
      return sizedValue(7, Buffer.from(value.value, "utf8"));
    case "timestamp":
      return longValue(8, value.value);
    case "uuid":
      return uuidValue(value.value);
  }
}

function numberValue(type: number, bytes: number, value: number): Buffer {
  const limit = 2 ** (bytes * 8 - 1);
  check(Number.isInteger(value) && value >= -limit && value < limit, `${value} does not fit ${bytes} bytes`);
  const encoded = Buffer.alloc(1 + bytes, type);
  encoded.writeIntBE(value, 1, bytes);
  return encoded;
}

function longValue(type: number, value: bigint): Buffer {
  check(BigInt.asIntN(64, value) === value, `${value} does not fit 8 bytes`);
  const encoded = Buffer.alloc(9, type);
  encoded.writeBigInt64BE(value, 1);
  return encoded;
}

function sizedValue(type: number, bytes: Uint8Array): Buffer {
  check(bytes.length <= 0xffff, "a header's value has at most 65,535 bytes");
  const encoded = Buffer.alloc(3 + bytes.length, type);
  encoded.writeUInt16BE(bytes.length, 1);
  encoded.set(bytes, 3);
  return encoded;
}

function uuidValue(uuid: string): Buffer {
  check(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid), "a UUID has 32 hexadecimal digits in five groups");
  return Buffer.concat([Buffer.of(9), Buffer.from(uuid.replaceAll("-", ""), "hex")]);
}

function check(holds: boolean, words: string): void {
  if (!holds) {
    throw new AditError("invalid_request", `The event stream's frame cannot be encoded: ${words}.`);
  }
}
