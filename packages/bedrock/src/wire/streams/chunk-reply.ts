import type { Buffer } from "node:buffer";
import { modelErrorInChunk } from "../../converse/model-error.ts";
import { AditError, type CallPlace } from "../../errors/adit-error.ts";
import { requestIdOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import { ChunkReader, type ChunkSink } from "./chunk-reader.ts";
import { EventStreamAnswer } from "./event-stream-answer.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import type { Outcome } from "../attempts/outcome.ts";
import type { Transport } from "../transport/transport.ts";

/** A native stream whose first chunk has been read. */
export interface ChunkReply {
  requestId: string;
  headers: ReplyHeaders;
  /** Where the call went, for errors that come later. */
  place: CallPlace | undefined;
  /** Gives every chunk to the sink, from the first on; resolves at the end of the bytes, rejects with AditError. Call it once. */
  pump(sink: ChunkSink): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends the stream at once; `pump` rejects with `client_closed`, or with the reason where that is an AditError. */
  abort(reason?: unknown): void;
}

/**
 * Makes one exchange whose answer is a native stream; what fails until the first chunk is the outcome's error: an exception, a stream without
 * any chunk, an error that the model itself wrote in the chunk's place. Never rejects.
 */
export function exchangeChunks(transport: Transport, call: UpstreamCall): Promise<Outcome<ChunkReply>> {
  return new Promise((resolve) => {
    const handler = new ChunkReplyHandler(resolve, call.signedBy);
    handler.exchange = transport.dispatch(call, handler);
  });
}

class ChunkReplyHandler extends EventStreamAnswer<ChunkSink, ChunkReply> implements ChunkReply {
  /** Chunks that came in the read of the first, kept until somebody takes them. */
  readonly #held: string[] = [];
  #reader = this.#readerFor(undefined);
  /** The caller has its status line, or is about to get it. */
  #isOpen = false;

  override onHeaders(status: number, headers: ReplyHeaders): void {
    super.onHeaders(status, headers);
    this.#reader = this.#readerFor(requestIdOf(headers));
  }

  #readerFor(requestId: string | undefined): ChunkReader {
    return new ChunkReader({ onChunk: (json) => this.#hold(json, requestId) }, requestId);
  }

  /** An error that comes first, or behind a first chunk that said little, is as good as an exception there. */
  #hold(json: string, requestId: string | undefined): void {
    const error = this.#isOpen || this.isKeptBeforeFault() ? undefined : modelErrorInChunk(json, requestId);
    if (error !== undefined) {
      throw error;
    }
    this.#held.push(json);
  }

  protected override asReply(): ChunkReply {
    this.#isOpen = true;
    return this;
  }

  protected override read(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  protected override readToEnd(): void {
    this.#reader.end();
    if (!this.#isOpen) {
      throw new AditError("truncated_stream", "AWS's stream ended before its first chunk.");
    }
  }

  protected override hasBegun(): boolean {
    return this.#held.length > 0;
  }

  /** A first chunk says little in most families; a second is not waited past. */
  protected override isKeptBeforeFault(): boolean {
    return this.#held.length > 1;
  }

  protected override release(sink: ChunkSink): void {
    for (const json of this.#held) {
      sink.onChunk(json);
    }
    this.#held.length = 0;
    sink.onReadEnd?.();
    this.#reader.sink = sink;
  }

  protected override flush(sink: ChunkSink): void {
    sink.onReadEnd?.();
  }
}
