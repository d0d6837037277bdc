import { Buffer } from "node:buffer";
import type { Credentials } from "../../auth/credentials.ts";
import { AditError, type CallPlace } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import type { ReplyHeaders } from "../aws-errors/aws-error.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import type { Outcome } from "../attempts/outcome.ts";
import { StreamedAnswer } from "../streams/streamed-answer.ts";
import type { Transport } from "../transport/transport.ts";
import type { AnswerFormat } from "./answer-format.ts";
import { eventWithOwnCallIds } from "./own-call-ids.ts";
import { StreamWatch } from "./stream-watch.ts";
import { SseReader, type ServerSentEvent } from "./sse-reader.ts";
import { targetRequestId, type Target } from "./target.ts";
import { encodingFault, tooLarge } from "./whole-answer.ts";

/** Of comments and other events that say nothing yet: nobody reads them before the first chunk is there. */
const mostHeldBytes = 1024 * 1024;

/** Takes a stream's bytes. */
export interface ByteSink {
  /**
   * As the target wrote them, once a read of the network, whole events each time: after an error, another event may follow what came
   * before. The buffer is the sink's to keep.
   */
  onBytes(chunk: Buffer): void;
}

/** Whose stream it is, and in which format. */
export interface StreamPlace {
  target: Target;
  format: AnswerFormat;
  /** True: a chunk that holds the usage alone is not passed on. */
  hidesUsage: boolean;
  /** True: ids of calls that the target counts anew become the items' own. */
  ownCallIds: boolean;
}

/** A stream whose first event has been read. */
export interface StreamedCompatible {
  status: number;
  headers: ReplyHeaders;
  /** The target's; empty where it gave none. */
  requestId: string;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** As far as the stream has been read: the target's own figures, where it sent some. */
  readonly usage: JsonObject | undefined;
  readonly finishReason: string | undefined;
  /** With which the answer itself says that it ended, where it does: it is among what was given. */
  readonly failure: AditError | undefined;
  /** The tier that the target says it serves the call at, in its format's own words. */
  readonly serviceTier: string | undefined;
  /** The number of an event that would follow, in a format that numbers them. */
  readonly nextSequence: number | undefined;
  /** Of what the model has written so far, from which the usage of a stream that breaks is estimated. */
  readonly outputBytes: number;
  /** Gives everything to the sink, from the first event on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: ByteSink): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}

/**
 * Makes one exchange whose answer is a stream of server-sent events; the outcome is there once the first chunk was read, and reading is
 * then paused until `pump`. What fails until then is the outcome's error. Never rejects.
 */
export function exchangeEvents(
  transport: Transport,
  place: StreamPlace,
  call: UpstreamCall,
): Promise<Outcome<StreamedCompatible>> {
  return new Promise((resolve) => {
    const handler = new StreamedCompatibleHandler(place, resolve, call.signedBy);
    // It says who answered in one.
    call.takesAnyCoding = true;
    handler.exchange = transport.dispatch(call, handler);
  });
}

/** Reads the server-sent events of an answer, and passes them on as they are, but for ids of calls. */
class StreamedCompatibleHandler extends StreamedAnswer<ByteSink, StreamedCompatible> implements StreamedCompatible {
  readonly #target: Target;
  readonly #watch: StreamWatch;
  readonly #reader: SseReader;
  readonly #hidesUsage: boolean;
  readonly #ownCallIds: boolean;
  /** Bytes that nobody has taken yet. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(
    { target, format, hidesUsage, ownCallIds }: StreamPlace,
    resolve: (outcome: Outcome<StreamedCompatible>) => void,
    signedBy: Credentials | undefined,
  ) {
    super(resolve, signedBy);
    this.#target = target;
    this.#hidesUsage = hidesUsage;
    this.#ownCallIds = ownCallIds;
    this.#watch = new StreamWatch(target, format);
    this.#reader = new SseReader((event, bytes) => this.#takeEvent(event, bytes));
  }

  get usage(): JsonObject | undefined {
    return this.#watch.usage;
  }

  get finishReason(): string | undefined {
    return this.#watch.finishReason;
  }

  get failure(): AditError | undefined {
    return this.#watch.failure;
  }

  get serviceTier(): string | undefined {
    return this.#watch.serviceTier;
  }

  get nextSequence(): number | undefined {
    return this.#watch.nextSequence;
  }

  get outputBytes(): number {
    return this.#watch.outputBytes;
  }

  override onHeaders(status: number, headers: ReplyHeaders): void {
    super.onHeaders(status, headers);
    const fault = encodingFault(this.#target, status, headers);
    if (fault !== undefined) {
      this.exchange?.abort(fault);
    }
  }

  protected override asReply(): StreamedCompatible {
    return this;
  }

  protected override requestIdIn(headers: ReplyHeaders): string {
    return targetRequestId(headers);
  }

  protected override isStream(status: number, contentType: string | undefined): boolean {
    return (
      status >= 200 && status < 300 && (contentType === undefined || /^\s*text\/event-stream\b/i.test(contentType))
    );
  }

  protected override refusal(body: Buffer): AditError {
    return this.status >= 200 && this.status < 300
      ? this.#target.notExpected("an event stream", this.headers, body)
      : this.#target.refusal(this.status, this.headers, body);
  }

  protected override tooLarge(): unknown {
    return tooLarge(this.#target);
  }

  protected override read(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** An event without its empty line counts when it can be read; a part of one is dropped, and the stream is not whole. */
  protected override readToEnd(): void {
    const rest = this.#reader.rest();
    if (rest !== undefined) {
      this.#takeRest(rest);
    }
    this.#watch.end();
    this.announceReadEnd();
  }

  protected override failedUsage(): JsonObject | undefined {
    return this.#watch.failedUsage;
  }

  protected override hasBegun(): boolean {
    return this.#watch.any;
  }

  /** A fault in the first read is the outcome: the call may be made again. */
  protected override isKeptBeforeFault(): boolean {
    return false;
  }

  protected override release(sink: ByteSink): void {
    this.flush(sink);
  }

  protected override flush(sink: ByteSink): void {
    if (this.#held.length > 0) {
      // One call a read, however many events came in it.
      this.#heldBytes = 0;
      sink.onBytes(Buffer.concat(this.#held.splice(0)));
    }
  }

  #takeEvent(event: ServerSentEvent | undefined, bytes: Buffer): void {
    if (event !== undefined) {
      this.#watch.take(event, !this.isPumped);
      if (this.#hidesUsage && this.#watch.isUsageAlone) return;
    }
    const passed = event !== undefined && this.#ownCallIds ? eventWithOwnCallIds(event, bytes) : bytes;
    this.#held.push(passed);
    this.#heldBytes += passed.length;
    if (!this.isPumped && this.#heldBytes > mostHeldBytes) {
      throw new AditError(
        "reply_too_large",
        `${this.#target.host} sent ${this.#heldBytes} bytes of a stream before its first chunk.`,
      );
    }
  }

  #takeRest(rest: { event: ServerSentEvent | undefined; bytes: Buffer }): void {
    try {
      this.#takeEvent(rest.event, rest.bytes);
    } catch (error) {
      if (!AditError.isInstance(error) || error.code !== "corrupt_stream") {
        throw error;
      }
    }
  }
}
