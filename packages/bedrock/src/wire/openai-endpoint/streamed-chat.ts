import { Buffer } from "node:buffer";
import { AditError, type CallPlace } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { headerOf, type ReplyHeaders } from "../aws-error.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "../exchange.ts";
import { headFacts, type Outcome } from "../outcome.ts";
import { ReplyBody } from "../reply-body.ts";
import type { Transport } from "../transport.ts";
import { ChatStreamWatch } from "./chat-stream-watch.ts";
import { SseReader, type ServerSentEvent } from "./sse-reader.ts";
import { targetRequestId, type Target } from "./target.ts";
import { encodingFault, tooLarge } from "./whole-chat.ts";

/** Takes a stream's bytes. */
export interface ByteSink {
  /** As the target wrote them, whole events each time: after an error, another event may follow what came before. The buffer is the sink's to keep. */
  onBytes(chunk: Buffer): void;
}

/** A stream whose first event has been read. */
export interface StreamedChat {
  status: number;
  headers: ReplyHeaders;
  /** The target's; empty where it gave none. */
  requestId: string;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** As far as the stream has been read: the target's own figures, where it sent some. */
  readonly usage: JsonObject | undefined;
  readonly finishReason: string | undefined;
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
export function exchangeChatStream(
  transport: Transport,
  target: Target,
  call: UpstreamCall,
): Promise<Outcome<StreamedChat>> {
  return new Promise((resolve) => {
    const handler = new StreamedChatHandler(target, resolve);
    handler.exchange = transport.dispatch(call, handler);
  });
}

type End = { error: AditError | undefined };

class StreamedChatHandler implements ReplyHandler, StreamedChat {
  exchange: UpstreamExchange | undefined;
  place: CallPlace | undefined;
  status = 0;
  headers: ReplyHeaders = {};
  requestId = "";
  readonly #target: Target;
  readonly #resolveOutcome: (outcome: Outcome<StreamedChat>) => void;
  readonly #watch: ChatStreamWatch;
  readonly #reader: SseReader;
  /** Bytes that nobody has taken yet. */
  readonly #held: Buffer[] = [];
  /** Body of an answer that is no event stream. */
  #body: ReplyBody | undefined;
  #opened = false;
  #pausedByCaller = false;
  #sink: ByteSink | undefined;
  #settlePump: ((end: End) => void) | undefined;
  #ended: End | undefined;

  constructor(target: Target, resolve: (outcome: Outcome<StreamedChat>) => void) {
    this.#target = target;
    this.#resolveOutcome = resolve;
    this.#watch = new ChatStreamWatch(target);
    this.#reader = new SseReader((event, bytes) => this.#takeEvent(event, bytes));
  }

  get usage(): JsonObject | undefined {
    return this.#watch.usage;
  }

  get finishReason(): string | undefined {
    return this.#watch.finishReason;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.status = status;
    this.headers = headers;
    this.requestId = targetRequestId(headers);
    const type = headerOf(headers, "content-type");
    const isStream = type === undefined || /^\s*text\/event-stream\b/i.test(type);
    if (status < 200 || status > 299 || !isStream) {
      this.#body = new ReplyBody();
    }
    const fault = encodingFault(this.#target, headers);
    if (fault !== undefined) {
      this.exchange?.abort(fault);
    }
  }

  onData(chunk: Buffer): void {
    if (this.#body !== undefined) {
      this.#addToBody(this.#body, chunk);
      return;
    }
    try {
      this.#reader.push(chunk);
      this.#release();
    } catch (error) {
      // What came before the fault is the caller's still.
      this.#releaseBefore(error);
      return;
    }
    if (!this.#opened && this.#watch.any) {
      this.#opened = true;
      this.exchange?.answerBegan();
      this.exchange?.pause();
      this.#resolveOutcome({ result: { reply: this }, ...this.#facts() });
    }
  }

  onEnd(): void {
    if (this.#body !== undefined) {
      this.onError(this.#refusal(this.#body.whole()));
      return;
    }
    try {
      this.#takeRest();
      this.#watch.end();
      this.#release();
    } catch (error) {
      this.onError(asAditError(error));
      return;
    }
    if (this.#opened) {
      this.#end({ error: undefined });
    } else {
      // All of it came in the last event, which had no empty line after it.
      this.#opened = true;
      this.#ended = { error: undefined };
      this.#resolveOutcome({ result: { reply: this }, ...this.#facts() });
    }
  }

  onError(error: AditError): void {
    if (this.#opened) {
      this.#end({ error: this.#midStreamError(error) });
    } else {
      this.#opened = true;
      this.#resolveOutcome({ result: { error }, ...this.#facts() });
    }
  }

  pump(sink: ByteSink): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settlePump = ({ error }) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      };
      this.#sink = sink;
      try {
        this.#release();
      } catch (error) {
        this.#fail(error);
      }
      if (this.#ended !== undefined) {
        this.#settlePump(this.#ended);
      } else if (!this.#pausedByCaller) {
        this.exchange?.resume();
      }
    });
  }

  pause(): void {
    this.#pausedByCaller = true;
    this.exchange?.pause();
  }

  resume(): void {
    this.#pausedByCaller = false;
    if (this.#sink !== undefined) {
      this.exchange?.resume();
    }
  }

  abort(reason?: unknown): void {
    this.exchange?.abort(reason);
  }

  #takeEvent(event: ServerSentEvent | undefined, bytes: Buffer): void {
    if (event !== undefined) {
      this.#watch.take(event);
    }
    this.#held.push(bytes);
  }

  /** An event without its empty line counts when it can be read; a part of one is dropped, and the stream is not whole. */
  #takeRest(): void {
    const rest = this.#reader.rest();
    if (rest === undefined) {
      return;
    }
    try {
      this.#takeEvent(rest.event, rest.bytes);
    } catch (error) {
      if (!AditError.isInstance(error) || error.code !== "corrupt_stream") {
        throw error;
      }
    }
  }

  #release(): void {
    if (this.#sink === undefined || this.#held.length === 0) {
      return;
    }
    // One call a read, however many events came in it.
    this.#sink.onBytes(Buffer.concat(this.#held.splice(0)));
  }

  #releaseBefore(fault: unknown): void {
    try {
      this.#release();
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#fail(fault);
  }

  #fail(error: unknown): void {
    const failure = asAditError(error);
    if (this.#ended === undefined) {
      this.exchange?.abort(failure);
    }
    // A stream that was read to its end already can still fail in the hands of its receiver.
    this.#ended = { error: this.#ended?.error ?? failure };
  }

  #addToBody(body: ReplyBody, chunk: Buffer): void {
    try {
      body.add(chunk);
    } catch {
      this.exchange?.abort(tooLarge(this.#target));
    }
  }

  #refusal(body: Buffer): AditError {
    return this.status >= 200 && this.status < 300
      ? this.#target.notExpected("an event stream", this.headers, body)
      : this.#target.refusal(this.status, this.headers, body);
  }

  /** A connection that breaks while the model speaks leaves a truncated stream. */
  #midStreamError(error: AditError): AditError {
    const known =
      error.code === "upstream_reset" ? new AditError("truncated_stream", error.message, { cause: error }) : error;
    known.place ??= this.place;
    return known;
  }

  #end(end: End): void {
    this.#ended ??= end;
    this.#settlePump?.(this.#ended);
  }

  #facts(): ReturnType<typeof headFacts> {
    return headFacts(
      this.status === 0 ? undefined : this.status,
      this.requestId === "" ? undefined : this.requestId,
      headerOf(this.headers, "date"),
    );
  }
}

/** What a sink throws is a fault of the program's own, unless it says otherwise. */
function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The receiver of the stream failed.", { cause: error });
}
