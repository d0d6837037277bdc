import type { Buffer } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";
import { awsErrorFrom, headerOf, requestIdOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "../transport/exchange.ts";
import { outcomeOf, type Outcome } from "../attempts/outcome.ts";
import { ReplyBody } from "./reply-body.ts";
import type { Transport } from "../transport/transport.ts";

/** A success read to its end. */
export interface WholeReply {
  headers: ReplyHeaders;
  body: Buffer;
  requestId: string;
  /** That it is an error all the same, which no other try may mend: the answer passes through, as it came. */
  failure?: AditError;
}

/**
 * Makes one exchange whose answer is read whole. `read` makes the reply of a success and throws AditError for a body that is none.
 * Never rejects: failures are in the outcome.
 */
export function exchangeWhole<Reply>(
  transport: Transport,
  call: UpstreamCall,
  read: (whole: WholeReply) => Reply,
): Promise<Outcome<Reply>> {
  return new Promise((resolve) => {
    const handler = new WholeReplyHandler(read, resolve);
    handler.exchange = transport.dispatch(call, handler);
  });
}

class WholeReplyHandler<Reply> implements ReplyHandler {
  exchange: UpstreamExchange | undefined;
  readonly #read: (whole: WholeReply) => Reply;
  readonly #resolve: (outcome: Outcome<Reply>) => void;
  readonly #body = new ReplyBody();
  #status: number | undefined;
  #headers: ReplyHeaders = {};

  constructor(read: (whole: WholeReply) => Reply, resolve: (outcome: Outcome<Reply>) => void) {
    this.#read = read;
    this.#resolve = resolve;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.exchange?.answerBegan();
  }

  onData(chunk: Buffer): void {
    try {
      this.#body.add(chunk);
    } catch (error) {
      // Too large: the error comes back through onError.
      this.exchange?.abort(error);
    }
  }

  onEnd(): void {
    const status = this.#status ?? 0;
    const body = this.#body.whole();
    if (status < 200 || status > 299) {
      this.onError(awsErrorFrom(status, this.#headers, body));
      return;
    }
    let reply: Reply;
    try {
      reply = this.#read({ headers: this.#headers, body, requestId: requestIdOf(this.#headers) ?? "" });
    } catch (error) {
      this.onError(asAditError(error));
      return;
    }
    this.#resolve(this.#outcome({ reply }));
  }

  onError(error: AditError): void {
    this.#resolve(this.#outcome({ error }));
  }

  #outcome(result: Outcome<Reply>["result"]): Outcome<Reply> {
    return outcomeOf(result, this.#status, requestIdOf(this.#headers), headerOf(this.#headers, "date"));
  }
}

function asAditError(error: unknown): AditError {
  return AditError.isInstance(error)
    ? error
    : new AditError("internal", "The answer could not be read.", { cause: error });
}
