import type { Buffer } from "node:buffer";
import type { ConverseStreamEvent } from "../converse/stream-events.ts";
import { AditError, type CallPlace } from "../errors/adit-error.ts";
import { awsErrorFrom, emptyOutputFrom, headerOf, requestIdOf, type ReplyHeaders } from "./aws-error.ts";
import { ConverseStreamReader, type ConverseStreamSink } from "./converse-stream-reader.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "./exchange.ts";
import { headFacts, type Outcome } from "./outcome.ts";
import { ReplyBody } from "./reply-body.ts";
import type { Transport } from "./transport.ts";

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
    const handler = new StreamReplyHandler(resolve);
    handler.exchange = transport.dispatch(call, handler);
  });
}

/** Events that came in the read of the first frame, kept until somebody takes them. */
class HeldEvents implements ConverseStreamSink {
  readonly #held: (ConverseStreamEvent | { type: "textDelta"; contentBlockIndex: number; escapedText: string })[] = [];

  get any(): boolean {
    return this.#held.length > 0;
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

type End = { error: AditError | undefined };

class StreamReplyHandler implements ReplyHandler, StreamReply {
  exchange: UpstreamExchange | undefined;
  place: CallPlace | undefined;
  requestId = "";
  readonly #resolveOutcome: (outcome: Outcome<StreamReply>) => void;
  readonly #held = new HeldEvents();
  #reader = new ConverseStreamReader(this.#held);
  /** Body of an answer that is no event stream. */
  #body: ReplyBody | undefined;
  #status: number | undefined;
  #headers: ReplyHeaders = {};
  #opened = false;
  #pausedByCaller = false;
  #sink: ConverseStreamSink | undefined;
  #settlePump: ((end: End) => void) | undefined;
  #ended: End | undefined;

  constructor(resolve: (outcome: Outcome<StreamReply>) => void) {
    this.#resolveOutcome = resolve;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.requestId = requestIdOf(headers) ?? "";
    this.#reader = new ConverseStreamReader(this.#held, requestIdOf(headers));
    const type = headerOf(headers, "content-type");
    const isStream = type === undefined || type.startsWith("application/vnd.amazon.eventstream");
    if (status !== 200 || !isStream) {
      this.#body = new ReplyBody();
    }
  }

  onData(chunk: Buffer): void {
    try {
      if (this.#body !== undefined) {
        this.#body.add(chunk);
        return;
      }
      this.#reader.push(chunk);
      this.#sink?.onReadEnd?.();
    } catch (error) {
      // AWS's exception, a fault of the bytes, or the sink's own: none can be read past.
      this.exchange?.abort(asAditError(error));
      return;
    }
    if (!this.#opened && this.#held.any) {
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
      this.#reader.end();
    } catch (error) {
      this.onError(asAditError(error));
      return;
    }
    this.#end({ error: undefined });
  }

  onError(error: AditError): void {
    if (this.#opened) {
      this.#end({ error: this.#midStreamError(error) });
    } else {
      this.#opened = true;
      this.#resolveOutcome({ result: { error }, ...this.#facts() });
    }
  }

  pump(sink: ConverseStreamSink): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settlePump = ({ error }) => {
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      };
      try {
        this.#held.releaseTo(sink);
      } catch (error) {
        this.exchange?.abort(asAditError(error));
      }
      this.#reader.sink = sink;
      this.#sink = sink;
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

  #refusal(body: Buffer): AditError {
    const status = this.#status ?? 0;
    return status >= 200 && status < 300
      ? emptyOutputFrom(this.#headers, body)
      : awsErrorFrom(status, this.#headers, body);
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
    return headFacts(this.#status, requestIdOf(this.#headers), headerOf(this.#headers, "date"));
  }
}

/** What a sink throws is a fault of the program's own, unless it says otherwise. */
function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The receiver of the stream failed.", { cause: error });
}
