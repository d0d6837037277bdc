import type {
  ContentBlockDeltaEvent,
  ContentBlockStopEvent,
  ConverseStreamEvent,
} from "../../converse/stream-events.ts";
import { AditError } from "../../errors/adit-error.ts";
import { argumentsWithoutCall, outOfOrder } from "../../errors/stream-faults.ts";
import { EventStreamDecoder, type Frame } from "../event-stream/decoder.ts";
import { frameFailure } from "../aws-errors/frame-failure.ts";
import { streamEventFrom } from "./stream-event.ts";
import { findText, findTextBytes, type TextSpan } from "./text-delta.ts";

/** Takes what a stream says, in order. */
export interface ConverseStreamSink {
  /** A text delta: its text as it stands between the quotes of the frame's JSON, still escaped. */
  onTextDelta(contentBlockIndex: number, escapedText: string): void;
  /** Any other event; also a text delta whose frame has more than the plain members. */
  onEvent(event: ConverseStreamEvent): void;
  /** Called after each read of the network, however many events it brought: the time to flush. */
  onReadEnd?(): void;
}

/** Nothing of these follows the end of the message. */
const ofMessage: ReadonlySet<string> = new Set([
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
]);

/**
 * Turns the bytes of a ConverseStream reply into events. `push` and `end` throw AditError: AWS's own exception for an exception or
 * error frame, `corrupt_stream` (also for a tool's arguments in a block that did not begin as a call, for content behind `messageStop`, and
 * for a call that begins twice), and `truncated_stream` where the bytes end in a frame or before `messageStop` and `metadata` (a stream cut
 * between two frames looks like an end otherwise).
 */
export class ConverseStreamReader {
  /** Where events go; may be exchanged between two reads. */
  sink: ConverseStreamSink;
  readonly #requestId: string | undefined;
  readonly #decoder = new EventStreamDecoder();
  readonly #span: TextSpan = { contentBlockIndex: 0, start: 0, end: 0 };
  readonly #take = (frame: Frame): void => this.#onFrame(frame);
  #stopped = false;
  #metered = false;
  /** The tool's block in hand. */
  #toolBlock: number | undefined;
  /** The last block that began as a tool's. */
  #lastToolBlock = -1;

  /** `requestId` is AWS's, put into the errors of the stream. */
  constructor(sink: ConverseStreamSink, requestId?: string) {
    this.sink = sink;
    this.#requestId = requestId;
  }

  /** Takes the next bytes, cut anywhere. */
  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk, this.#take);
  }

  /** Says that no bytes follow. */
  end(): void {
    this.#decoder.end();
    if (!this.#stopped || !this.#metered) {
      const missing = this.#stopped ? "metadata" : "messageStop";
      throw new AditError("truncated_stream", `AWS's stream ended before its ${missing} event.`);
    }
  }

  #onFrame(frame: Frame): void {
    if (frame.messageType !== "event") {
      throw frameFailure(frame, this.#requestId);
    }
    if (this.#stopped && ofMessage.has(frame.eventType)) {
      throw outOfOrder(`${frame.eventType} came after messageStop`);
    }
    const isDelta = frame.eventType === "contentBlockDelta";
    const span = this.#span;
    if (isDelta && findTextBytes(frame.bytes, frame.payloadStart, frame.payloadEnd, span)) {
      this.#toolBlock = undefined;
      this.sink.onTextDelta(span.contentBlockIndex, frame.textBetween(span.start, span.end));
      return;
    }
    const json = frame.text();
    if (isDelta && findText(json, span)) {
      this.#toolBlock = undefined;
      this.sink.onTextDelta(span.contentBlockIndex, json.slice(span.start, span.end));
      return;
    }
    const event = streamEventFrom(frame.eventType, json);
    this.#follow(event);
    this.sink.onEvent(event);
  }

  /** AWS announces every tool's block: arguments without a call would be lost, and the answer would look whole without them. */
  #follow(event: ConverseStreamEvent): void {
    if (event.type === "messageStop") {
      this.#stopped = true;
    } else if (event.type === "metadata") {
      this.#metered = true;
    } else if (event.type === "contentBlockStart") {
      this.#toolBlock = event.start.toolUse === undefined ? undefined : this.#beginTool(event.contentBlockIndex);
    } else if (event.type === "contentBlockStop" || event.type === "contentBlockDelta") {
      this.#followBlock(event);
    }
  }

  /** Blocks follow one another: a piece of another kind is the end of a call's arguments. */
  #followBlock(event: ContentBlockDeltaEvent | ContentBlockStopEvent): void {
    if (event.type === "contentBlockStop" || event.delta.toolUse === undefined) {
      this.#toolBlock = undefined;
    } else if (event.contentBlockIndex !== this.#toolBlock) {
      throw argumentsWithoutCall(`contentBlockIndex ${event.contentBlockIndex}`);
    }
  }

  /** Blocks are numbered in their order. The same one again would be a second call. */
  #beginTool(index: number): number {
    if (index <= this.#lastToolBlock) {
      throw outOfOrder(`the call at contentBlockIndex ${index} began twice`);
    }
    this.#lastToolBlock = index;
    return index;
  }
}
