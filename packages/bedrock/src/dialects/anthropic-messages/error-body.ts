import type { AditError } from "../../errors/adit-error.ts";
import { errorRow } from "../../errors/error-table.ts";
import { sseEvent } from "./sse.ts";

/** Anthropic's error body. */
export interface MessagesErrorBody {
  type: "error";
  error: { type: string; message: string; details?: { error_code: string; unsupported: readonly string[] } };
  request_id?: string;
}

/** Anthropic's types by status ("Errors" in its API reference), for an error whose row is the same for any status. */
const typeByStatus: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);

/** The error as Anthropic's clients read it; `requestId` is the one that the header `request-id` carries. */
export function messagesErrorBody(error: AditError, requestId?: string): MessagesErrorBody {
  return bodyOf(typeOf(error), error, requestId);
}

/**
 * The event that ends a stream which failed. A throttle is told as `overloaded_error` there: that is the one which Anthropic documents for
 * streams and which its clients try again.
 */
export function messagesErrorEvent(error: AditError, requestId?: string): string {
  const type = typeOf(error);
  return sseEvent(
    "error",
    JSON.stringify(bodyOf(type === "rate_limit_error" ? "overloaded_error" : type, error, requestId)),
  );
}

/** At this code Anthropic's clients go on without a thread, sending the whole conversation. Source: `ThreadState` of @anthropic-ai/sdk 1.14. */
const noThreads = { error_code: "thread_unsupported_request", unsupported: ["thread"] } as const;

function bodyOf(type: string, error: AditError, requestId: string | undefined): MessagesErrorBody {
  return {
    type: "error",
    error: { type, message: error.describe(), ...(refusesThread(error) && { details: noThreads }) },
    ...(requestId !== undefined && { request_id: requestId }),
    ...error.beside,
  };
}

/** Refused here, or by AWS's endpoint in Anthropic's format, in its words for a field that it does not know. */
function refusesThread({ code, param, status, message }: AditError): boolean {
  return code === "provider_error"
    ? status === 400 && message.startsWith("thread: ")
    : code === "unsupported_parameter" && param === "thread";
}

function typeOf(error: AditError): string {
  const row = errorRow(error.code);
  return error.status === row.status ? row.anthropic : (typeByStatus.get(error.status) ?? row.anthropic);
}
