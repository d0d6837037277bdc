/** One request and its answer, from its first byte in to its last byte out. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import type { OnRoster } from "@adit/bedrock/gateway";
import { IncomingRequest, type RequestWatch } from "./request/incoming-request.ts";
import { breakOff, isCutShort, type NodeRequest, type NodeResponse } from "./node-http.ts";
import { OutgoingReply } from "./reply/outgoing-reply.ts";
import type { ErrorBody, ErrorHeaders } from "./routes/route.ts";

export interface ExchangeWatch extends RequestWatch {
  keepAliveCommentMs: number;
}

export class Exchange implements OnRoster {
  rosterPlace = -1;
  readonly incoming: IncomingRequest;
  readonly reply: OutgoingReply;
  /** In the dialect of the route, once that is known. */
  errorBody: ErrorBody = openAiErrorBody;
  errorHeaders: ErrorHeaders | undefined;
  /** True once the route has done its work. */
  isSettled = false;
  /** True once the answer has left, or the caller. */
  isClosed = false;
  readonly #request: NodeRequest;
  readonly #response: NodeResponse;
  readonly #watch: ExchangeWatch;

  constructor(request: NodeRequest, response: NodeResponse, place: { watch: ExchangeWatch; now: number }) {
    this.#request = request;
    this.#response = response;
    this.#watch = place.watch;
    this.incoming = new IncomingRequest(request, response, place);
    this.reply = new OutgoingReply(request, response, { incoming: this.incoming, watch: place.watch });
  }

  /** The answer or its connection has ended. */
  close(): void {
    this.isClosed = true;
    if (!isCutShort(this.#request, this.#response)) return;
    this.reply.abandon(499);
    this.incoming.leave(this.#watch.goesOn?.(this.incoming) === true);
  }

  /** After the route: an answer that was never given, or a stream left open, is a fault of the route's. */
  checkAnswered(): void {
    if (this.incoming.hasLeft) return;
    if (!this.reply.started) throw new Error("The route did not answer.");
    if (this.reply.hasOpenStream) throw new Error("The route left its stream open.");
  }

  /** Answers with the error, or breaks the connection off where a head has been sent already. */
  fail(thrown: unknown): void {
    this.incoming.error = thrown;
    const error = this.#asAditError(thrown);
    if (error.code === "client_closed" || this.incoming.hasLeft || this.reply.started) {
      // An answer that has been given whole stays one.
      if (!this.reply.isGiven) this.breakOff(error.status);
      return;
    }
    const { headers } = this.incoming;
    if (error.retryAfterSeconds !== undefined) {
      this.reply.header("retry-after", String(Math.max(0, Math.ceil(error.retryAfterSeconds))));
    }
    if (this.#isFinal(error)) this.reply.header("x-should-retry", "false");
    for (const [name, value] of Object.entries(this.errorHeaders?.(error) ?? {})) this.reply.header(name, value);
    if (error.code === "internal") this.reply.header("x-portkey-gateway-exception", "true");
    const withVendorFields = headers.uses("portkey") || headers.uses("obiguard");
    const status = (withVendorFields ? error.vendor?.status : undefined) ?? statusOf(error);
    this.reply.send(status, this.errorBody(error, withVendorFields, this.incoming.id));
  }

  /** Ends the connection so that nobody takes the answer for a whole one. `status` is for the log, where none was sent. */
  breakOff(status: number): void {
    this.reply.abandon(status);
    breakOff(this.#request);
  }

  /**
   * A refusal that another try meets again, however late it comes. Some clients try all the same: Claude Code goes on for minutes with a
   * key that is not known. A config with several targets may lead another try to one that helps; the path of an only one is `config`.
   */
  #isFinal({ status, retryable, retryAfterSeconds }: AditError): boolean {
    const isOnlyTarget = (this.incoming.facts?.target ?? "config") === "config";
    return (
      isOnlyTarget && !retryable && retryAfterSeconds === undefined && status >= 400 && status < 500 && status !== 408
    );
  }

  /** Inner words stay inside; the id leads whoever may read the log to them. */
  #asAditError(thrown: unknown): AditError {
    if (AditError.isInstance(thrown)) return thrown;
    return new AditError("internal", `The gateway failed inside (request ${this.incoming.id}).`, { cause: thrown });
  }
}

/** Of a proxy on the way to AWS. To a caller it would mean one on its own side: browsers, and Node's `fetch`, then show no answer at all. */
const proxyWantsUser = 407;

/** What came from elsewhere may have any status; an error has one of 400 to 599. */
function statusOf({ status }: AditError): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 && status !== proxyWantsUser ? status : 502;
}
