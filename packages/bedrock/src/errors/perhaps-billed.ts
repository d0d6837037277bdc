/** Errors after which nobody knows whether AWS has billed what was sent: it went out, and no answer says that it was refused. */
import type { ErrorCode } from "./error-table.ts";

const codes: ReadonlySet<string> = new Set<ErrorCode>([
  "client_closed",
  "shutting_down",
  "first_byte_timeout",
  "idle_timeout",
  "request_timeout",
  "upstream_reset",
  "truncated_stream",
  "corrupt_stream",
  "empty_output",
  "reply_too_large",
  "malformed_model_output",
  "internal",
]);

export function isPerhapsBilled(code: string): boolean {
  return codes.has(code);
}

/** Of one transmission: it went out, and nothing says that AWS refused it. */
export function isUnclearAttempt({
  errorCode,
  connectMs,
  status,
}: {
  errorCode?: string;
  connectMs?: number;
  status?: number;
}): boolean {
  return errorCode !== undefined && connectMs !== undefined && (status === undefined || isPerhapsBilled(errorCode));
}
