import type { Buffer } from "node:buffer";
import { corruptStream, type FrameHeaders, type Header, type HeaderValue, type MessageType } from "./frame.ts";

/** Bytes of the values whose length the type alone says, by the type's number. */
const fixedBytes: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];

/**
 * Reads the header block at `start` to `end`. Throws `corrupt_stream` for a name or value that overruns the block, an
 * unknown type, an empty or a repeated name. Strings and blobs are copies: they outlive the buffer.
 */
export function readHeaders(bytes: Buffer, start: number, end: number): FrameHeaders {
  const list: Header[] = [];
  const names = new Set<string>();
  let cursor = start;
  while (cursor < end) {
    const nameStart = cursor + 1;
    const nameEnd = nameStart + bytes.readUInt8(cursor);
    if (nameEnd === nameStart || nameEnd >= end) {
      throw corruptStream("a header's name overruns its block or is empty");
    }
    const name = bytes.toString("utf8", nameStart, nameEnd);
    if (names.has(name)) {
      throw corruptStream("a header is given twice");
    }
    names.add(name);
    const valueStart = nameEnd + 1;
    const type = bytes.readUInt8(nameEnd);
    const [from, to] = valueSpan(bytes, type, valueStart, end);
    list.push([name, readValue(bytes, type, from, to)]);
    cursor = to;
  }
  return describeHeaders(list);
}

/** Where the value's own bytes begin and end. */
function valueSpan(bytes: Buffer, type: number, start: number, end: number): [from: number, to: number] {
  if (type > 9) {
    throw corruptStream(`a header has the unknown type ${type}`);
  }
  const length = fixedBytes[type];
  if (length !== undefined) {
    return withinBlock(start, start + length, end);
  }
  withinBlock(start, start + 2, end);
  return withinBlock(start + 2, start + 2 + bytes.readUInt16BE(start), end);
}

function withinBlock(from: number, to: number, end: number): [from: number, to: number] {
  if (to > end) {
    throw corruptStream("a header's value overruns its block");
  }
  return [from, to];
}

function readValue(bytes: Buffer, type: number, from: number, to: number): HeaderValue {
  switch (type) {
    case 0:
    case 1:
      return { type: "boolean", value: type === 0 };
    case 2:
      return { type: "byte", value: bytes.readInt8(from) };
    case 3:
      return { type: "short", value: bytes.readInt16BE(from) };
    case 4:
      return { type: "integer", value: bytes.readInt32BE(from) };
    case 5:
      return { type: "long", value: bytes.readBigInt64BE(from) };
    case 6:
      return { type: "binary", value: Uint8Array.from(bytes.subarray(from, to)) };
    case 7:
      return { type: "string", value: bytes.toString("utf8", from, to) };
    case 8:
      return { type: "timestamp", value: bytes.readBigInt64BE(from) };
    default:
      return { type: "uuid", value: uuidFromHex(bytes.toString("hex", from, to)) };
  }
}

function uuidFromHex(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const kindHeader: Readonly<Record<MessageType, string>> = {
  event: ":event-type",
  exception: ":exception-type",
  error: ":error-code",
  unknown: ":event-type",
};

function describeHeaders(list: readonly Header[]): FrameHeaders {
  const given = stringOf(list, ":message-type");
  const messageType = given === "event" || given === "exception" || given === "error" ? given : "unknown";
  return { messageType, eventType: stringOf(list, kindHeader[messageType]) ?? "", list };
}

function stringOf(list: readonly Header[], name: string): string | undefined {
  const value = list.find((header) => header[0] === name)?.[1];
  return value?.type === "string" ? value.value : undefined;
}
