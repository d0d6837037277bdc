import { Buffer } from "node:buffer";
import { EventStreamDecoder, type Frame } from "../event-stream/decoder.ts";
import { corruptStream } from "../event-stream/frame.ts";
import { frameFailure } from "../aws-errors/frame-failure.ts";

/** Takes the chunks of a native stream, in order. */
export interface ChunkSink {
  /** One chunk as the model wrote it: JSON, but for Writer's last, which is `[DONE]`. */
  onChunk(json: string): void;
  /** Called after each read of the network, however many chunks it brought: the time to flush. */
  onReadEnd?(): void;
}

const opening = '{"bytes":"';
const openingBytes = Buffer.from(opening);
const quote = '"'.charCodeAt(0);

/**
 * Turns the bytes of an InvokeModelWithResponseStream reply into chunks: each frame's payload is `{"bytes":"<base64>","p":"<padding>"}`.
 * `push` and `end` throw AditError: AWS's own exception for an exception or error frame, `corrupt_stream`, and `truncated_stream` where
 * the bytes end in a frame. Whether the model had ended is the family's to judge.
 */
export class ChunkReader {
  /** Where chunks go; may be exchanged between two reads. */
  sink: ChunkSink;
  readonly #requestId: string | undefined;
  readonly #decoder = new EventStreamDecoder();
  readonly #take = (frame: Frame): void => this.#onFrame(frame);

  /** `requestId` is AWS's, put into the errors of the stream. */
  constructor(sink: ChunkSink, requestId?: string) {
    this.sink = sink;
    this.#requestId = requestId;
  }

  /** Takes the next bytes, cut anywhere. */
  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes, this.#take);
  }

  /** Says that no bytes follow. */
  end(): void {
    this.#decoder.end();
  }

  #onFrame(frame: Frame): void {
    if (frame.messageType !== "event") {
      throw frameFailure(frame, this.#requestId);
    }
    // Another kind of event is no part of the model's answer; AWS's SDKs pass over it.
    if (frame.eventType === "chunk") {
      this.sink.onChunk(chunkText(frame));
    }
  }
}

/** The chunk in a frame. AWS writes `bytes` first, and base64 has no escapes: the rest is looked at only where that does not hold. */
export function chunkText(frame: Frame): string {
  const { bytes, payloadStart, payloadEnd } = frame;
  const start = payloadStart + openingBytes.length;
  if (start < payloadEnd && bytes.compare(openingBytes, 0, openingBytes.length, payloadStart, start) === 0) {
    const end = bytes.indexOf(quote, start);
    if (end !== -1 && end < payloadEnd) {
      return Buffer.from(bytes.toString("latin1", start, end), "base64").toString("utf8");
    }
  }
  return parsedChunk(frame.text());
}

function parsedChunk(payload: string): string {
  let base64: unknown;
  try {
    base64 = (JSON.parse(payload) as { bytes?: unknown } | null)?.bytes;
  } catch (error) {
    throw corruptStream("the payload of a chunk is not JSON", error);
  }
  if (typeof base64 !== "string") {
    throw corruptStream("a chunk has no bytes");
  }
  return Buffer.from(base64, "base64").toString("utf8");
}
