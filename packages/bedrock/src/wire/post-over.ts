import type { CancelSignal } from "../cancel-signal.ts";
import { headerOf } from "./aws-errors/aws-error.ts";
import { maxReplyBytes, ReplyBody } from "./replies/reply-body.ts";
import { userAgent } from "./transport/request-head.ts";
import type { TimeLimits } from "./transport/time-limits.ts";
import type { Transport } from "./transport/transport.ts";

/** A text to be posted; header names in lower case. */
export interface Posting {
  url: string;
  headers: Record<string, string>;
  body: string;
  signal?: CancelSignal;
  /** Settles by the status alone: `body` of what was answered is empty, and may be of any size. */
  statusOnly?: boolean;
}

/** What was answered, whatever it is: no redirect is followed. Header names in lower case. */
export interface Posted {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

/** Rejects with AditError where no answer came: `upstream_unreachable`, `reply_too_large`, `client_closed` where the signal aborts ... */
export type Post = (posting: Posting) => Promise<Posted>;

export interface PostTerms {
  limits: TimeLimits;
  /** Of an answer. */
  maxBytes?: number;
}

/** For a host whose caller says how long it may take. */
export const hookTerms: PostTerms = {
  limits: { connectMs: 10_000, firstByteMs: 0, idleMs: 0, totalMs: 0 },
  maxBytes: 1024 * 1024,
};

/** Posts by the transport's connections: through the operator's proxies, trusting the certificates of `AWS_CA_BUNDLE`. */
export function postOver(transport: Transport, { limits, maxBytes = maxReplyBytes }: PostTerms): Post {
  return ({ url, headers, body, signal, statusOnly = false }) =>
    new Promise((resolve, reject) => {
      const { origin, host, pathname, search } = new URL(url);
      const answer = new ReplyBody(maxBytes);
      let status = 0;
      let received: Record<string, string | undefined> = {};
      const exchange = transport.dispatch(
        {
          method: "POST",
          origin,
          path: `${pathname}${search}`,
          headers: { host, "user-agent": userAgent, ...headers },
          body,
          limits,
          takesAnyCoding: statusOnly,
          ...(signal !== undefined && { signal }),
        },
        {
          onHeaders: (code, fields) => {
            status = code;
            received = Object.fromEntries(Object.keys(fields).map((name) => [name, headerOf(fields, name)]));
            exchange.answerBegan();
            if (statusOnly) resolve({ status, headers: received, body: "" });
          },
          onData: (chunk) => {
            if (statusOnly) return;
            try {
              answer.add(chunk);
            } catch (error) {
              exchange.abort(error);
            }
          },
          onEnd: () => resolve({ status, headers: received, body: answer.whole().toString("utf8") }),
          onError: reject,
        },
      );
    });
}
