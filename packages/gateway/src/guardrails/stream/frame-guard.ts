/** AWS's event stream on its way through its guardrails to the caller. */
import { AditError, encodeFrame, EventStreamDecoder, type Frame, type JsonObject } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import type { CallGuard } from "../call-guard.ts";
import { HeldAnswer, type StreamItem } from "./held-answer.ts";
import type { StreamForm } from "./stream-forms.ts";

/** Bytes of a frame's length, with which it begins. */
const lengthBytes = 4;

/** Takes bytes that come in any pieces, and hands on whole frames once the guardrails have nothing against what is in them. */
export class FrameGuard {
  readonly #guard: CallGuard;
  readonly #answer: HeldAnswer;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #decoder = new EventStreamDecoder();
  #held: Buffer = Buffer.alloc(0);

  constructor(guard: CallGuard, form: StreamForm, write: (bytes: Uint8Array) => void) {
    this.#guard = guard;
    this.#answer = new HeldAnswer(form, guard.pieceJudge());
    this.#write = write;
  }

  /** @throws AditError `guardrail_denied`, `reply_too_large`, `corrupt_stream` */
  take(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= lengthBytes) {
      const total = Math.max(lengthBytes, this.#held.readUInt32BE(0));
      if (this.#held.length < total) return;
      // A copy: what is held back outlives the buffer that the network is read into.
      const bytes = Buffer.from(this.#held.subarray(0, total));
      this.#held = this.#held.subarray(total);
      this.#takeFrame(bytes);
    }
  }

  /** Once the stream has come to its end: judges what can only be judged then, and lets go what is held. Rejects as `take` throws. */
  async settle(): Promise<void> {
    const changed = await this.#guard.afterStream(this.#answer.texts);
    this.#answer.release(this.#guard.holdsWhole ? changed : undefined);
  }

  #takeFrame(bytes: Buffer): void {
    let item: StreamItem | undefined;
    this.#decoder.push(bytes, (frame) => {
      item = this.#itemOf(frame, bytes);
    });
    const found = item === undefined ? undefined : this.#answer.take(item);
    if (found !== undefined) throw this.#guard.stoppedBy(found);
  }

  #itemOf(frame: Frame, bytes: Buffer): StreamItem {
    const { eventType, messageType } = frame;
    // An exception holds nothing of the answer.
    const text = messageType === "event" ? frame.text() : undefined;
    const isChunk = eventType === "chunk";
    const again = (): JsonObject | undefined => {
      const payload = text === undefined ? undefined : objectIn(text);
      return payload !== undefined && isChunk ? chunkIn(payload) : payload;
    };
    return {
      json: again(),
      again,
      bytes: bytes.length,
      emit: (changed) => {
        if (changed === undefined || text === undefined) this.#write(bytes);
        else this.#write(frameOf(eventType, isChunk ? chunkWith(objectIn(text), changed) : changed));
      },
    };
  }
}

function frameOf(eventType: string, payload: JsonObject): Buffer {
  return encodeFrame(
    [
      [":event-type", { type: "string", value: eventType }],
      [":content-type", { type: "string", value: "application/json" }],
      [":message-type", { type: "string", value: "event" }],
    ],
    Buffer.from(JSON.stringify(payload)),
  );
}

/** What InvokeModel's stream wraps in Base64. */
function chunkIn(payload: JsonObject): JsonObject {
  const { bytes } = payload;
  return objectIn(typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : "");
}

function chunkWith(payload: JsonObject, chunk: JsonObject): JsonObject {
  return { ...payload, bytes: Buffer.from(JSON.stringify(chunk)).toString("base64") };
}

/** @throws AditError `corrupt_stream`: what no check can see into does not pass. */
function objectIn(text: string): JsonObject {
  const value = parsedObject(text);
  if (value !== undefined) return value;
  throw new AditError("corrupt_stream", "An event of the stream is no JSON object, and it has a guardrail to pass.");
}
