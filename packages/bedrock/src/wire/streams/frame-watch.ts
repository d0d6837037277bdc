import { Buffer } from "node:buffer";
import type { ContentBlockDeltaEvent, MessageStopEvent, MetadataEvent } from "../../converse/stream-events.ts";
import { isGuardedPiece } from "../../converse/guardrail-reply.ts";
import { modelErrorInChunk } from "../../converse/model-error.ts";
import { beginsWebSearch } from "../../converse/web-searches.ts";
import { AditError } from "../../errors/adit-error.ts";
import { chunkText } from "./chunk-reader.ts";
import type { Frame } from "../event-stream/decoder.ts";
import { parsedObject } from "../../json.ts";
import { frameFailure } from "../aws-errors/frame-failure.ts";
import { streamEventFrom } from "./stream-event.ts";
import { findTextBytes, type TextSpan } from "./text-delta.ts";
import { writtenInChunk } from "./written-in-chunk.ts";

/** How many chunks from the end are kept: the reason of the stop, and the figures. */
const keptChunks = 2;
/** A native stream's last chunk holds its figures, or a guardrail's word in their place (recorded). */
const figures = '"amazon-bedrock-invocationMetrics"';
const guardrailsWord = '"amazon-bedrock-guardrailAction"';
/** Writer's mark of the end, a chunk of its own, which is no JSON and holds no figures. */
const endMark = "[DONE]";

/**
 * Follows a stream that is passed through: what it cost, why it stopped, whether it is whole, what AWS said went wrong. The frames are
 * not changed, and only those that tell of it are read.
 */
export class FrameWatch {
  /** Of ConverseStream. */
  messageStop: MessageStopEvent | undefined;
  /** Of ConverseStream. */
  metadata: MetadataEvent | undefined;
  /** An exception in the stream, or an error that the model wrote in place of a chunk. It has been passed on as it came. */
  failure: AditError | undefined;
  /** How often Nova has searched the web for the answer so far. */
  webSearches = 0;
  readonly #requestId: string | undefined;
  /** Payloads of native chunks from the end, the last one last. */
  readonly #chunks: Buffer[] = [];
  #firstChunk: string | undefined;
  #events = 0;
  #isModelError = false;
  #isMarkedEnd = false;
  #outputBytes = 0;

  constructor(requestId: string | undefined) {
    this.#requestId = requestId;
  }

  /** True once an event has come. */
  get hasBegun(): boolean {
    return this.#events > 0;
  }

  /** True once the model has written something. The first event is only the start of its message. */
  get hasContent(): boolean {
    return this.#events - (this.#isModelError ? 1 : 0) > 1;
  }

  /** True where the failure is AWS's own exception, and not an error that the model wrote. */
  get isException(): boolean {
    return this.failure !== undefined && !this.#isModelError;
  }

  /** Roughly how many bytes the model has written so far, from which the usage of a broken stream is estimated. */
  get outputBytes(): number {
    return this.#outputBytes;
  }

  /** The first chunk of a native stream, in which Claude gives the count of input tokens. */
  get firstChunk(): string | undefined {
    return this.#firstChunk;
  }

  take(frame: Frame): void {
    if (frame.messageType !== "event") {
      this.failure = frameFailure(frame, this.#requestId);
      this.#isModelError = false;
      return;
    }
    this.#events += 1;
    if (frame.eventType === "chunk") {
      this.#keep(frame);
    } else if (frame.eventType === "contentBlockDelta") {
      this.#outputBytes += writtenInDelta(frame);
    } else if (frame.eventType === "contentBlockStart") {
      if (beginsWebSearch(frame.text())) this.webSearches += 1;
    } else if (frame.eventType === "messageStop") {
      this.messageStop = streamEventFrom("messageStop", frame.text()) as MessageStopEvent;
    } else if (frame.eventType === "metadata") {
      this.metadata = streamEventFrom("metadata", frame.text()) as MetadataEvent;
    }
  }

  /** The last chunks of a native stream, the very last one last. */
  lastChunks(): string[] {
    return this.#chunks.map((chunk) => chunk.toString("utf8"));
  }

  /** Throws AditError `truncated_stream` where the stream may not end here. */
  checkEnd(): void {
    if (this.failure !== undefined) {
      return;
    }
    const last = this.#chunks.at(-1);
    const isWhole =
      last === undefined ? this.messageStop !== undefined && this.metadata !== undefined : isLastChunk(last);
    if (!isWhole && !this.#isMarkedEnd) {
      throw new AditError("truncated_stream", "AWS's stream ended before the model's answer was whole.");
    }
  }

  #keep(frame: Frame): void {
    const text = chunkText(frame);
    if (text === endMark) {
      this.#isMarkedEnd = true;
      return;
    }
    if (this.failure === undefined) {
      this.failure = modelErrorInChunk(text, this.#requestId);
      this.#isModelError = this.failure !== undefined;
    }
    this.#firstChunk ??= text;
    this.#outputBytes += writtenInChunk(text);
    if (beginsWebSearch(text)) this.webSearches += 1;
    if (this.#chunks.length === keptChunks) {
      this.#chunks.shift();
    }
    this.#chunks.push(Buffer.from(text));
  }
}

function isLastChunk(chunk: Buffer): boolean {
  if (chunk.includes(figures)) return true;
  return chunk.includes(guardrailsWord) && !isGuardedPiece(parsedObject(chunk.toString("utf8")) ?? {});
}

const span: TextSpan = { contentBlockIndex: 0, start: 0, end: 0 };

/** AWS pads its frames: only the delta itself counts. */
function writtenInDelta(frame: Frame): number {
  if (findTextBytes(frame.bytes, frame.payloadStart, frame.payloadEnd, span)) {
    return span.end - span.start;
  }
  const { delta } = streamEventFrom("contentBlockDelta", frame.text()) as ContentBlockDeltaEvent;
  return Object.values(delta).reduce<number>((total, part) => total + bytesOf(part), 0);
}

/** Of a text, or of the texts in what a delta holds: a tool's input, what the model thinks. */
function bytesOf(part: unknown): number {
  if (typeof part === "string") {
    return Buffer.byteLength(part);
  }
  return typeof part === "object" && part !== null
    ? Object.values(part).reduce<number>((total, inner) => total + bytesOf(inner), 0)
    : 0;
}
