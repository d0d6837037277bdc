import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";

const codec = new EventStreamCodec(toUtf8, fromUtf8);

type Headers = Parameters<EventStreamCodec["encode"]>[0]["headers"];

/** `:message-type: event`, headers in the order in which AWS sends them. */
export function eventFrame(type: string, payload: object): Buffer {
  return frame({ ":event-type": type, ":content-type": "application/json", ":message-type": "event" }, json(payload));
}

/** `:message-type: exception`; `type` in lower camel case, such as `throttlingException`. */
export function exceptionFrame(type: string, payload: object): Buffer {
  const headers = { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" };
  return frame(headers, json(payload));
}

/** `:message-type: error`, a fault of the transport that no service model describes; it has no payload. */
export function errorFrame(code: string, message: string): Buffer {
  return frame({ ":error-code": code, ":error-message": message, ":message-type": "error" }, new Uint8Array());
}

/** Frames of a whole stream, decoded and encoded anew. Throws where the bytes are not whole frames with right checksums. */
export function recodeStream(bytes: Uint8Array): Buffer[] {
  const frames: Buffer[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.byteLength;) {
    const length = view.getUint32(offset);
    const decoded = codec.decode(bytes.subarray(offset, offset + length));
    frames.push(Buffer.from(codec.encode(decoded)));
    offset += length;
  }
  return frames;
}

function frame(headers: Record<string, string>, body: Uint8Array): Buffer {
  const typed: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    typed[name] = { type: "string", value };
  }
  return Buffer.from(codec.encode({ headers: typed, body }));
}

function json(payload: object): Uint8Array {
  return fromUtf8(JSON.stringify(payload));
}
