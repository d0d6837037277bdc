import { AditError } from "@adit/bedrock";

/** A signal that follows `signal` and also aborts after `ms` with `request_timeout`; `clear` ends the watch. */
export function withTimeout(signal: AbortSignal, ms: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new AditError("request_timeout", `Request exceeded the timeout sent in the request: ${ms}ms`));
  }, ms);
  return { signal: AbortSignal.any([signal, controller.signal]), clear: () => clearTimeout(timer) };
}
