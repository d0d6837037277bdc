import type { SendSts } from "../auth/sts-call.ts";
import { headerOf } from "./aws-errors/aws-error.ts";
import { ReplyBody } from "./replies/reply-body.ts";
import { controlPlaneLimits } from "./transport/time-limits.ts";
import type { Transport } from "./transport/transport.ts";

/** Sends requests to STS over a transport, within the limits of a control plane: ten seconds to connect, a minute in all. */
export function sendStsOver(transport: Transport): SendSts {
  return ({ url, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const { origin, pathname, search } = new URL(url);
      const answer = new ReplyBody();
      let status = 0;
      let received: Record<string, string | undefined> = {};
      const exchange = transport.dispatch(
        {
          method: "POST",
          origin,
          path: `${pathname}${search}`,
          headers,
          body,
          limits: controlPlaneLimits,
          ...(signal !== undefined && { signal }),
        },
        {
          onHeaders: (code, fields) => {
            status = code;
            received = Object.fromEntries(Object.keys(fields).map((name) => [name, headerOf(fields, name)]));
            exchange.answerBegan();
          },
          onData: (chunk) => {
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
