import type { Buffer } from "node:buffer";
import type { Credentials } from "../../auth/credentials.ts";
import { errorWithoutSecrets } from "../../auth/withheld-secrets.ts";
import { AditError, type CallPlace } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { headerOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import type { ReplyHandler, UpstreamExchange } from "../transport/exchange.ts";
import { outcomeOf, type Outcome } from "../attempts/outcome.ts";
import { ReplyBody } from "../replies/reply-body.ts";

type End = { error: AditError | undefined };

/**
 * One exchange whose answer is a stream, in whatever format: open once its first event was read, then paused until somebody pumps it,
 * paused and resumed by its caller, and ended once. Who extends it reads the format and keeps what came before `pump`. `Reply` is the
 * stream as its callers see it.
 */
export abstract class StreamedAnswer<Sink, Reply> implements ReplyHandler {
  exchange: UpstreamExchange | undefined;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** 0 until the head has come. */
  status = 0;
  headers: ReplyHeaders = {};
  requestId = "";
  readonly #resolveOutcome: (outcome: Outcome<Reply>) => void;
  readonly #signedBy: Credentials | undefined;
  /** Body of an answer that is no event stream. */
  #body: ReplyBody | undefined;
  #opened = false;
  #pausedByCaller = false;
  #sink: Sink | undefined;
  /**
   * Of the promise that `pump` gave: its own two functions. V8 allocates a function literal that is assigned to a property among its old
   * objects: one a stream, and all that it sees, a whole request, lives on until the next full collection.
   */
  #resolvePump: (() => void) | undefined;
  #rejectPump: ((error: AditError) => void) | undefined;
  #ended: End | undefined;
  #readEndIsDue = false;
  readonly #onReadEnd = (): void => {
    if (this.#readEndIsDue) {
      this.#flush();
    }
  };

  /**
   * `resolve` gets the outcome: once, when the stream is open or when it cannot be any more. What fails in mid-stream may repeat the secrets of
   * `signedBy`, as a refusal may, and does not reach the caller with them.
   */
  constructor(resolve: (outcome: Outcome<Reply>) => void, signedBy: Credentials | undefined) {
    this.#resolveOutcome = resolve;
    this.#signedBy = signedBy;
  }

  protected abstract asReply(): Reply;
  /** The answerer's id of the request; empty where it gave none. */
  protected abstract requestIdIn(headers: ReplyHeaders): string;
  protected abstract isStream(status: number, contentType: string | undefined): boolean;
  /** The error of an answer that is no stream. */
  protected abstract refusal(body: Buffer): AditError;
  /** The error of such an answer that is larger than what is taken. */
  protected abstract tooLarge(error: unknown): unknown;
  /** Takes the stream's next bytes. Throws for what cannot be read past. */
  protected abstract read(chunk: Buffer): void;
  /** Takes the stream's end. Throws where it may not end here. */
  protected abstract readToEnd(): void;
  /** True once the first event has been read. */
  protected abstract hasBegun(): boolean;
  /** True where what came before a fault in the first read is given to the caller, and the call is not made again. */
  protected abstract isKeptBeforeFault(): boolean;
  /** Gives the sink what came before it; from now on it gets what is read. */
  protected abstract release(sink: Sink): void;
  /** After each read of the network that brought something. */
  protected abstract flush(sink: Sink): void;

  protected get isPumped(): boolean {
    return this.#sink !== undefined;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.status = status;
    this.headers = headers;
    this.requestId = this.requestIdIn(headers);
    if (!this.isStream(status, headerOf(headers, "content-type"))) {
      this.#body = new ReplyBody();
    }
  }

  onData(chunk: Buffer): void {
    if (this.#body !== undefined) {
      this.#addToBody(this.#body, chunk);
      return;
    }
    try {
      this.read(chunk);
    } catch (error) {
      this.announceReadEnd();
      if (this.isKeptBeforeFault()) {
        this.#open();
      }
      // The answerer's error, a fault of the bytes, or the sink's own: none can be read past.
      this.#fail(error);
      return;
    }
    this.announceReadEnd();
    if (!this.#opened && this.hasBegun()) {
      this.#open();
    }
  }

  onEnd(): void {
    if (this.#body !== undefined) {
      this.onError(this.refusal(this.#body.whole()));
      return;
    }
    this.#onReadEnd();
    try {
      this.readToEnd();
    } catch (error) {
      this.onError(asAditError(error));
      return;
    }
    this.#end({ error: undefined });
    // All of it may have come with the end alone.
    this.#open();
  }

  onError(error: AditError): void {
    if (this.#opened) {
      this.#end({ error: this.#midStreamError(error) });
    } else {
      this.#opened = true;
      this.#resolveOutcome(this.#outcome({ error }));
    }
  }

  /** Gives everything to the sink, from the first event on; resolves at the stream's proper end, rejects with AditError. Call it once. */
  pump(sink: Sink): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolvePump = resolve;
      this.#rejectPump = reject;
      try {
        this.release(sink);
      } catch (error) {
        this.#fail(error);
      }
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

  /** What an answer says it used which says too that it failed, before anything of it was given. */
  protected failedUsage(): JsonObject | undefined {
    return undefined;
  }

  /**
   * An answerer that sends each event as an HTTP chunk of its own, as AWS does, has undici give each apart: the read of the network has
   * ended once all of its chunks have come, which is when this turn's own work is done.
   */
  protected announceReadEnd(): void {
    if (this.#sink === undefined || this.#readEndIsDue) {
      return;
    }
    this.#readEndIsDue = true;
    queueMicrotask(this.#onReadEnd);
  }

  #flush(): void {
    this.#readEndIsDue = false;
    try {
      if (this.#sink !== undefined) {
        this.flush(this.#sink);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #open(): void {
    if (this.#opened) {
      return;
    }
    this.#opened = true;
    if (this.#ended === undefined) {
      this.exchange?.answerBegan();
      this.exchange?.pause();
    }
    this.#resolveOutcome(this.#outcome({ reply: this.asReply() }));
  }

  #fail(error: unknown): void {
    const failure = asAditError(error);
    if (this.#ended === undefined) {
      this.exchange?.abort(failure);
    }
    // What was read to its end already, and is past aborting, can still fail in the hands of its receiver.
    this.#ended = { error: this.#ended?.error ?? failure };
  }

  #addToBody(body: ReplyBody, chunk: Buffer): void {
    try {
      body.add(chunk);
    } catch (error) {
      this.exchange?.abort(this.tooLarge(error));
    }
  }

  /** A connection that breaks while the model speaks leaves a truncated stream. */
  #midStreamError(error: AditError): AditError {
    const known =
      error.code === "upstream_reset" ? new AditError("truncated_stream", error.message, { cause: error }) : error;
    known.place ??= this.place;
    return known;
  }

  /** What was read goes to the sink before it hears of the end. */
  #end(end: End): void {
    this.#ended ??= end;
    this.#onReadEnd();
    this.#settlePump(this.#ended);
  }

  #settlePump({ error }: End): void {
    if (error === undefined) {
      this.#resolvePump?.();
    } else {
      this.#rejectPump?.(this.#signedBy === undefined ? error : errorWithoutSecrets(error, this.#signedBy));
    }
  }

  #outcome(result: Outcome<Reply>["result"]): Outcome<Reply> {
    const outcome = outcomeOf(
      result,
      this.status === 0 ? undefined : this.status,
      this.requestId === "" ? undefined : this.requestId,
      headerOf(this.headers, "date"),
    );
    if (result.error !== undefined) {
      outcome.usage = this.failedUsage();
    }
    return outcome;
  }
}

/** What a sink throws is a fault of the program's own, unless it says otherwise. */
function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The receiver of the stream failed.", { cause: error });
}
