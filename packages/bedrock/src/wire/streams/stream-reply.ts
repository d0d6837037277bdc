import type { Buffer } from "node:buffer";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import type { CallPlace } from "../../errors/adit-error.ts";
import { requestIdOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import { ConverseStreamReader, type ConverseStreamSink } from "./converse-stream-reader.ts";
import { EventStreamAnswer } from "./event-stream-answer.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import type { Outcome } from "../attempts/outcome.ts";
import type { Transport } from "../transport/transport.ts";

/** A stream whose first frame has been read. */
export interface StreamReply {
  requestId: string;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** Gives everything to the sink, from the first frame on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: ConverseStreamSink): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}

/**
 * Makes one exchange whose answer is an event stream; the outcome is there once the first frame was read, and reading is then
 * paused until `pump`. What fails until then, an exception in the first frame too, is the outcome's error. Never rejects.
 */
export function exchangeStream(transport: Transport, call: UpstreamCall): Promise<Outcome<StreamReply>> {
  return new Promise((resolve) => {
    const handler = new StreamReplyHandler(resolve, call.signedBy);
    handler.exchange = transport.dispatch(call, handler);
  });
}

/** Events that came in the read of the first frame, kept until somebody takes them. */
class HeldEvents implements ConverseStreamSink {
  readonly #held: (ConverseStreamEvent | { type: "textDelta"; contentBlockIndex: number; escapedText: string })[] = [];

  get any(): boolean {
    return this.#held.length > 0;
  }

  /** True once the model has said something: the start of its message says nothing yet. A second start is not waited past. */
  get anyContent(): boolean {
    const [first] = this.#held;
    return this.#held.length > 1 || (first !== undefined && first.type !== "messageStart");
  }

  onTextDelta(contentBlockIndex: number, escapedText: string): void {
    this.#held.push({ type: "textDelta", contentBlockIndex, escapedText });
  }

  onEvent(event: ConverseStreamEvent): void {
    this.#held.push(event);
  }

  releaseTo(sink: ConverseStreamSink): void {
    for (const event of this.#held) {
      if (event.type === "textDelta") {
        sink.onTextDelta(event.contentBlockIndex, event.escapedText);
      } else {
        sink.onEvent(event);
      }
    }
    this.#held.length = 0;
    sink.onReadEnd?.();
  }
}

/** Reads the event stream of ConverseStream. */
class StreamReplyHandler extends EventStreamAnswer<ConverseStreamSink, StreamReply> implements StreamReply {
  readonly #held = new HeldEvents();
  #reader = new ConverseStreamReader(this.#held);

  override onHeaders(status: number, headers: ReplyHeaders): void {
    super.onHeaders(status, headers);
    this.#reader = new ConverseStreamReader(this.#held, requestIdOf(headers));
  }

  protected override asReply(): StreamReply {
    return this;
  }

  protected override read(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  protected override readToEnd(): void {
    this.#reader.end();
  }

  protected override hasBegun(): boolean {
    return this.#held.any;
  }

  /** Where the model has spoken before the fault, what it said is kept. */
  protected override isKeptBeforeFault(): boolean {
    return this.#held.anyContent;
  }

  protected override release(sink: ConverseStreamSink): void {
    this.#held.releaseTo(sink);
    this.#reader.sink = sink;
  }

  protected override flush(sink: ConverseStreamSink): void {
    sink.onReadEnd?.();
  }
}
