/** A whole answer of status 200 in Bedrock's own formats. One that holds only an error, or nothing at all, is a failure. */
import { modelErrorInAnswer } from "../../converse/model-error.ts";
import { AditError } from "../../errors/adit-error.ts";
import { emptyOutputFrom, headerOf } from "../aws-errors/aws-error.ts";
import { readConverseAnswer } from "./converse-reply.ts";
import type { UpstreamCall } from "../transport/exchange.ts";
import type { Outcome } from "../attempts/outcome.ts";
import type { Transport } from "../transport/transport.ts";
import { exchangeWhole, type WholeReply } from "./whole-reply.ts";

export type WholeExchange = (call: UpstreamCall) => Promise<Outcome<WholeReply>>;

export interface WholeExchanges {
  /** Whatever it is. */
  plain: WholeExchange;
  /** Of InvokeModel. */
  invoked: WholeExchange;
  /** Of an operation whose answer passes through. */
  passed: WholeExchange;
  passedConverse: WholeExchange;
}

export function wholeExchanges(transport: Transport): WholeExchanges {
  const exchange =
    (read: (whole: WholeReply) => WholeReply): WholeExchange =>
    (call) =>
      exchangeWhole(transport, call, read);
  return {
    plain: exchange((whole) => whole),
    invoked: exchange(readInvoked),
    passed: exchange((whole) => passed(whole, readInvoked)),
    passedConverse: exchange(readPassedConverse),
  };
}

/** No model's answer begins so. */
const unknownOperation = /^\s*\{\s*"Output"\s*:\s*\{\s*"__type"/;

/**
 * Throws AditError for the error that a model wrote in the answer's place, for AWS's word for an operation that it does not know, for
 * nothing there, for half of an answer, and for a page: such as a proxy's.
 */
function readInvoked(whole: WholeReply): WholeReply {
  const { headers, body, requestId } = whole;
  const error = modelErrorInAnswer(body, requestId);
  if (error !== undefined) {
    throw error;
  }
  if (body.length < 1024 && unknownOperation.test(body.toString("latin1"))) {
    throw emptyOutputFrom(headers, body);
  }
  if (body.length === 0 || isHalfJson(whole) || /^text\/html\b/i.test(headerOf(headers, "content-type") ?? "")) {
    throw emptyOutputFrom(headers, body);
  }
  return whole;
}

/** Without an output it is no answer: an ARN that reaches AWS unencoded is answered so. */
function readPassedConverse(whole: WholeReply): WholeReply {
  const { body } = whole;
  // Its text holds these two in any answer; it is read as JSON only where it does not.
  return body.includes('"output"') && body.includes('"stopReason"') && !isHalfJson(whole)
    ? whole
    : passed(whole, readConverseAnswer);
}

/**
 * True for an object that does not end: what stands between AWS and here may have cut it, and told the length of what was left. Sound and images,
 * which some models answer with, may begin with any byte.
 */
function isHalfJson({ headers, body }: WholeReply): boolean {
  if (!/json/i.test(headerOf(headers, "content-type") ?? "json")) {
    return false;
  }
  const last = body.findLastIndex((byte) => !blanks.has(byte));
  return body.find((byte) => !blanks.has(byte)) === openBrace && body[last] !== closeBrace;
}

const [openBrace, closeBrace] = [0x7b, 0x7d];
/** Those that JSON may have around a value. */
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** What no other try may mend goes on as it came. */
function passed(whole: WholeReply, read: (whole: WholeReply) => unknown): WholeReply {
  try {
    read(whole);
    return whole;
  } catch (error) {
    if (!AditError.isInstance(error) || error.retryable) {
      throw error;
    }
    return { ...whole, failure: error };
  }
}
