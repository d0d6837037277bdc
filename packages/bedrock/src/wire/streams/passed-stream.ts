import type { Buffer } from "node:buffer";
import type { CallPlace } from "../../errors/adit-error.ts";
import { requestIdOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import { EventStreamDecoder, type Frame } from "../event-stream/decoder.ts";
import { EventStreamAnswer } from "./event-stream-answer.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import { FrameWatch } from "./frame-watch.ts";
import type { Outcome } from "../attempts/outcome.ts";
import type { Transport } from "../transport/transport.ts";

/** Takes the bytes of a stream that is passed through. */
export interface PassedSink {
  onBytes(bytes: Buffer): void;
  /** After each read of the network: flush. */
  onReadEnd?(): void;
}

/** An event stream whose first frame has been read, to be passed on as it is. */
export interface PassedStream {
  requestId: string;
  headers: ReplyHeaders;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** What the stream has told so far. */
  readonly watch: FrameWatch;
  /** True where the bytes that have been passed on so far end within a frame. */
  readonly isInsideFrame: boolean;
  /** Gives all bytes to the sink, from the first on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: PassedSink): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}

/**
 * Makes one exchange whose event stream is passed through. An exception as the first frame is the outcome's error, and so is a model's own
 * error there that another try may mend; any other is passed on with the rest, as it came. Never rejects.
 */
export function exchangePassed(transport: Transport, call: UpstreamCall): Promise<Outcome<PassedStream>> {
  return new Promise((resolve) => {
    const handler = new PassedStreamHandler(resolve, call.signedBy);
    handler.exchange = transport.dispatch(call, handler);
  });
}

class PassedStreamHandler extends EventStreamAnswer<PassedSink, PassedStream> implements PassedStream {
  watch = new FrameWatch(undefined);
  readonly #decoder = new EventStreamDecoder();
  readonly #held: Buffer[] = [];
  #passTo: PassedSink | undefined;
  readonly #take = (frame: Frame): void => this.watch.take(frame);

  get isInsideFrame(): boolean {
    return this.#decoder.isInsideFrame;
  }

  override onHeaders(status: number, headers: ReplyHeaders): void {
    this.watch = new FrameWatch(requestIdOf(headers));
    super.onHeaders(status, headers);
  }

  protected override asReply(): PassedStream {
    return this;
  }

  protected override read(chunk: Buffer): void {
    this.#decoder.push(chunk, this.#take);
    const { failure, isException } = this.watch;
    const isRefusal = failure !== undefined && (isException || failure.retryable);
    if (isRefusal && !this.isPumped && !this.watch.hasContent) {
      throw failure;
    }
    if (this.#passTo === undefined) {
      this.#held.push(chunk);
    } else {
      this.#passTo.onBytes(chunk);
    }
  }

  protected override readToEnd(): void {
    this.#decoder.end();
    this.watch.checkEnd();
  }

  protected override hasBegun(): boolean {
    return this.watch.hasBegun;
  }

  protected override isKeptBeforeFault(): boolean {
    return this.watch.hasContent;
  }

  protected override release(sink: PassedSink): void {
    for (const bytes of this.#held) {
      sink.onBytes(bytes);
    }
    this.#held.length = 0;
    sink.onReadEnd?.();
    this.#passTo = sink;
  }

  protected override flush(sink: PassedSink): void {
    sink.onReadEnd?.();
  }
}
