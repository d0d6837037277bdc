/**
 * CRC-32 (IEEE, as zlib's) of eight bytes, for the prelude of a frame. A table walk of eight steps costs a tenth of what
 * crossing into zlib costs for so few bytes; whole frames go through `zlib.crc32`.
 */
const table = crcTable();

function crcTable(): Uint32Array {
  const entries = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = (remainder & 1) === 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
    }
    entries[byte] = remainder >>> 0;
  }
  return entries;
}

/** CRC-32 of `bytes[start]` to `bytes[start + 7]`, unsigned. */
export function crc32OfEight(bytes: Uint8Array, start: number): number {
  let remainder = 0xffffffff;
  for (let index = start; index < start + 8; index += 1) {
    remainder = (table[(remainder ^ (bytes[index] ?? 0)) & 0xff] ?? 0) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
