import { Buffer } from "node:buffer";
import { AditError } from "../../errors/adit-error.ts";
import { parsedObject, type JsonObject } from "../../json.ts";
import { codingOf, headerOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import type { ReplyHandler, UpstreamCall, UpstreamExchange } from "../transport/exchange.ts";
import { outcomeOf, type Outcome } from "../attempts/outcome.ts";
import { maxReplyBytes, ReplyBody } from "../replies/reply-body.ts";
import type { Transport } from "../transport/transport.ts";
import { errorOfChoices, formatRow, usageIn, withoutAnswer, type AnswerFormat } from "./answer-format.ts";
import { withOwnCallIds } from "./own-call-ids.ts";
import { isError, targetRequestId, type Target } from "./target.ts";

/** An answer read to its end. */
export interface WholeCompatible {
  status: number;
  headers: ReplyHeaders;
  /** As the target wrote it, but for ids of calls. */
  body: Buffer;
  /** The same, read. */
  answer: JsonObject;
  /** The target's; empty where it gave none. */
  requestId: string;
}

/** Whose answer it is, and in which format. */
export interface WholePlace {
  target: Target;
  format: AnswerFormat;
  /** True: ids of calls that the target counts anew become the items' own. */
  ownCallIds: boolean;
}

/** Makes one exchange whose answer is read whole. Never rejects: failures are in the outcome. */
export function exchangeWhole(
  transport: Transport,
  place: WholePlace,
  call: UpstreamCall,
): Promise<Outcome<WholeCompatible>> {
  return new Promise((resolve) => {
    const handler = new WholeCompatibleHandler(place, resolve);
    // It says who answered in one.
    call.takesAnyCoding = true;
    handler.exchange = transport.dispatch(call, handler);
  });
}

/** A compressed answer, which was not asked for, cannot be read; any other can. One of success was billed all the same. */
export function encodingFault(target: Target, status: number, headers: ReplyHeaders): AditError | undefined {
  if (codingOf(headers) === undefined) {
    return undefined;
  }
  const words = `${target.host} answered with a compressed body, which was not asked for.`;
  return new AditError(status < 300 ? "empty_output" : "provider_error", words, { retryable: false });
}

class WholeCompatibleHandler implements ReplyHandler {
  exchange: UpstreamExchange | undefined;
  readonly #target: Target;
  readonly #format: AnswerFormat;
  readonly #ownCallIds: boolean;
  readonly #resolve: (outcome: Outcome<WholeCompatible>) => void;
  readonly #body = new ReplyBody();
  #status: number | undefined;
  #headers: ReplyHeaders = {};

  constructor({ target, format, ownCallIds }: WholePlace, resolve: (outcome: Outcome<WholeCompatible>) => void) {
    this.#target = target;
    this.#format = format;
    this.#ownCallIds = ownCallIds;
    this.#resolve = resolve;
  }

  onHeaders(status: number, headers: ReplyHeaders): void {
    this.#status = status;
    this.#headers = headers;
    this.exchange?.answerBegan();
    const fault = encodingFault(this.#target, status, headers);
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
    const written = body.toString("utf8");
    const text = this.#ownCallIds ? withOwnCallIds(written) : written;
    const answer = parsedObject(text);
    const row = formatRow(this.#format);
    if (answer === undefined || isError(answer)) {
      this.#fail(this.#target.notExpected(row.name, this.#headers, body), answer);
      return;
    }
    const error = errorOfChoices(answer);
    if (error !== undefined) {
      this.#fail(this.#target.failure({ error }, written), answer);
      return;
    }
    const lacks = row.missing(answer);
    if (lacks !== undefined) {
      this.onError(withoutAnswer(this.#target.host, status, lacks));
      return;
    }
    const headers = this.#headers;
    const passed = text === written ? body : Buffer.from(text);
    const reply = { status, headers, body: passed, answer, requestId: targetRequestId(headers) };
    this.#resolve(this.#outcome({ reply }));
  }

  onError(error: AditError): void {
    this.#resolve(this.#outcome({ error }));
  }

  /** Of an answer that tells of its failure, and perhaps of what it used. */
  #fail(error: AditError, answer: JsonObject | undefined): void {
    this.#resolve({ ...this.#outcome({ error }), usage: answer && usageIn(answer) });
  }

  #outcome(result: Outcome<WholeCompatible>["result"]): Outcome<WholeCompatible> {
    const requestId = targetRequestId(this.#headers);
    return outcomeOf(result, this.#status, requestId === "" ? undefined : requestId, headerOf(this.#headers, "date"));
  }
}

/** The error of an answer beyond what is taken. */
export function tooLarge(target: Target): AditError {
  return new AditError("reply_too_large", `The answer of ${target.host} is larger than ${maxReplyBytes} bytes.`);
}
