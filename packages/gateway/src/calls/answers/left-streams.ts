/**
 * Streams that their callers have left, read on to their ends where the project wants to know what they cost: AWS tells it last. AWS is
 * not stopped then, and bills what it goes on to write.
 */
import { AditError } from "@adit/bedrock";
import type { LeftRequest } from "../../http/routes/route.ts";
import { projectIdOf } from "../../ledger/record/record-of-call.ts";

export interface LeftStreamsOptions {
  /** The project's choice. */
  isWanted: (projectId: string) => boolean;
  /** So many at once; further ones are stopped as if nobody had chosen. Default 100. */
  most?: number;
  /** So long each. Default five minutes. */
  longestMs?: number;
}

const usualMost = 100;
const usualLongestMs = 300_000;

export class LeftStreams {
  readonly #options: LeftStreamsOptions;
  readonly #read = new Map<LeftRequest, NodeJS.Timeout>();
  #isStopped = false;

  constructor(options: LeftStreamsOptions) {
    this.#options = options;
  }

  /** Streams that are read for nobody. */
  get count(): number {
    return this.#read.size;
  }

  /** True where the request, whose caller has just left, goes on: its stream has begun, and is read to its end. */
  take(request: LeftRequest): boolean {
    const { facts, principal } = request;
    const { isWanted, most = usualMost, longestMs = usualLongestMs } = this.#options;
    if (facts?.upstream === undefined || principal === undefined || facts.isSettled) return false;
    if (this.#isStopped || this.#read.size >= most || !isWanted(projectIdOf(principal, facts))) return false;
    const end = (): void => request.abort(new AditError("client_closed", "The caller left long before the end."));
    this.#read.set(request, setTimeout(end, longestMs).unref());
    // The caller may have been too slow for it.
    facts.upstream.resume();
    return true;
  }

  /** A request is over. */
  forget(request: LeftRequest): void {
    if (this.#read.size === 0) return;
    clearTimeout(this.#read.get(request));
    this.#read.delete(request);
  }

  /** Nobody waits for them: they end at once, and none is taken any more. */
  stop(): void {
    this.#isStopped = true;
    for (const request of this.#read.keys()) {
      request.abort(new AditError("shutting_down", "The gateway is stopping, and the caller has left."));
    }
  }
}
