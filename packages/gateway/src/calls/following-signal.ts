import { AditError, type CancelSignal } from "@adit/bedrock";
import { CallerSignal } from "../http/request/caller-signal.ts";

/** A signal that aborts with the first of these. */
export function followingSignal(...signals: CancelSignal[]): CallerSignal {
  const own = new CallerSignal();
  for (const signal of signals) {
    const follow = (): void => {
      const { reason } = signal;
      own.abort(AditError.isInstance(reason) ? reason : new AditError("client_closed", "The caller has left."));
    };
    if (signal.aborted) follow();
    else signal.addEventListener("abort", follow, { once: true });
  }
  return own;
}
