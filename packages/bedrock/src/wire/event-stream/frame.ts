/**
 * A frame of `application/vnd.amazon.eventstream`:
 *
 * ```
 * 0   u32 total length (16 + headers + payload)
 * 4   u32 length of the headers
 * 8   u32 CRC-32 of bytes 0 to 7
 * 12  headers: u8 length of the name, name, u8 type, value
 * ... payload
 * -4  u32 CRC-32 of everything before it
 * ```
 * All numbers are big-endian. Source: AWS's event stream specification, checked against recorded streams and AWS's own codec.
 */
import { AditError } from "../../errors/adit-error.ts";

/** Total length, length of headers, their checksum. */
export const preludeBytes = 12;
/** Prelude and the checksum at the end: the length of an empty frame. */
export const overheadBytes = 16;
/** The specification's limit of a header block. */
export const maxHeaderBytes = 128 * 1024;
/** The specification allows 16 MiB of payload; half as much again leaves room for what AWS adds, and bounds what a lying length can cost. */
export const maxFrameBytes = 24 * 1024 * 1024;

/** A header's value; Bedrock itself sends strings alone. */
export type HeaderValue =
  | { type: "boolean"; value: boolean }
  | { type: "byte" | "short" | "integer"; value: number }
  | { type: "long"; value: bigint }
  | { type: "binary"; value: Uint8Array }
  | { type: "string"; value: string }
  /** Milliseconds since 1970. */
  | { type: "timestamp"; value: bigint }
  /** 8-4-4-4-12 hexadecimal digits, lower case. */
  | { type: "uuid"; value: string };

export type Header = readonly [name: string, value: HeaderValue];

/** `:message-type`; `unknown` where the header is absent or has another value. */
export type MessageType = "event" | "exception" | "error" | "unknown";

/** A header block, read. */
export interface FrameHeaders {
  readonly messageType: MessageType;
  /** `:event-type` of an event, `:exception-type` of an exception, `:error-code` of an error; empty where absent. */
  readonly eventType: string;
  readonly list: readonly Header[];
}

/** The error of bytes that are no event stream. */
export function corruptStream(what: string, cause?: unknown): AditError {
  return new AditError("corrupt_stream", `The event stream is corrupt: ${what}.`, cause === undefined ? {} : { cause });
}
