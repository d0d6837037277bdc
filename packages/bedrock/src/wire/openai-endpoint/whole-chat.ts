import type { Buffer } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";
import { headerOf, type ReplyHeaders } from "../aws-error.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "../exchange.ts";
import { outcomeOf, type Outcome } from "../outcome.ts";
import { maxReplyBytes, ReplyBody } from "../reply-body.ts";
import type { Transport } from "../transport.ts";
import { isError, parsed, targetRequestId, type Target } from "./target.ts";

/** A chat completion read to its end. */
export interface WholeChat {
  status: number;
  headers: ReplyHeaders;
  /** As the target wrote it. */
  body: Buffer;
  /** The same, read: an object with at least one choice. */
  completion: JsonObject;
  /** The target's; empty where it gave none. */
  requestId: string;
}

/** Makes one exchange whose answer is read whole. Never rejects: failures are in the outcome. */
export function exchangeChat(transport: Transport, target: Target, call: UpstreamCall): Promise<Outcome<WholeChat>> {
  return new Promise((resolve) => {
    const handler = new WholeChatHandler(target, resolve);
    handler.exchange = transport.dispatch(call, handler);
  });
}

/** A compressed answer, which was not asked for, cannot be read; any other can. */
export function encodingFault(target: Target, headers: ReplyHeaders): AditError | undefined {
  const encoding = headerOf(headers, "content-encoding")?.trim().toLowerCase() ?? "";
  return encoding === "" || encoding === "identity"
    ? undefined
    : new AditError("provider_error", `${target.host} answered with a compressed body, which was not asked for.`, {
        retryable: false,
      });
}

class WholeChatHandler implements ReplyHandler {
  exchange: UpstreamExchange | undefined;
  readonly #target: Target;
  readonly #resolve: (outcome: Outcome<WholeChat>) => void;
  readonly #body = new ReplyBody();
  #status: number | undefined;
  #headers: ReplyHeaders = {};

  constructor(target: Target, resolve: (outcome: Outcome<WholeChat>) => void) {
    this.#target = target;
    this.#resolve = resolve;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.exchange?.answerBegan();
    const fault = encodingFault(this.#target, headers);
    if (fault !== undefined) {
      this.exchange?.abort(fault);
    }
  }

  onData(chunk: Buffer): void {
    try {
      this.#body.add(chunk);
    } catch {
      // Too large: the error comes back through onError.
      this.exchange?.abort(tooLarge(this.#target));
    }
  }

  onEnd(): void {
    const status = this.#status ?? 0;
    const body = this.#body.whole();
    if (status < 200 || status > 299) {
      this.onError(this.#target.refusal(status, this.#headers, body));
      return;
    }
    const completion = parsed(body);
    if (completion === undefined || isError(completion)) {
      this.onError(this.#target.notExpected("a chat completion", this.#headers, body));
      return;
    }
    const { choices } = completion;
    if (!Array.isArray(choices) || choices.length === 0) {
      this.onError(
        new AditError("empty_output", `${this.#target.host} answered ${status} without a choice.`, {
          remedy: "Try again; if it stays, check the model and the address of the target.",
        }),
      );
      return;
    }
    const headers = this.#headers;
    const reply = { status, headers, body, completion, requestId: targetRequestId(headers) };
    this.#resolve(this.#outcome({ reply }));
  }

  onError(error: AditError): void {
    this.#resolve(this.#outcome({ error }));
  }

  #outcome(result: Outcome<WholeChat>["result"]): Outcome<WholeChat> {
    const requestId = targetRequestId(this.#headers);
    return outcomeOf(result, this.#status, requestId === "" ? undefined : requestId, headerOf(this.#headers, "date"));
  }
}

/** The error of an answer beyond what is taken. */
export function tooLarge(target: Target): AditError {
  return new AditError("reply_too_large", `The answer of ${target.host} is larger than ${maxReplyBytes} bytes.`);
}
