/** What an error is by the names that its author gave it, where no status line says it: in an answer of status 200, or in an event of a stream. */
import type { JsonObject, JsonValue } from "../json.ts";
import { awsCodeOfStatus } from "./code-of-status.ts";
import { errorRow, isErrorCode, type ErrorCode } from "./error-table.ts";

/** An error as its names tell it. */
export interface NamedError {
  /** That the same error has as a refusal. */
  status: number;
  /** True where another try may help. */
  retryable: boolean;
  /** AWS's name for it; undefined where AWS has none. */
  code: ErrorCode | undefined;
}

/**
 * Statuses by type and code. Sources: "Errors" in Anthropic's API reference; "Error codes" in OpenAI's guides, and the codes of its
 * Responses API (`ResponseError` of openai 6); the classes that vLLM names.
 */
const statusByName: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["context_length_exceeded", 400],
  ["invalid_prompt", 400],
  ["badrequesterror", 400],
  ["authentication_error", 401],
  ["invalid_api_key", 401],
  ["billing_error", 402],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["model_not_found", 404],
  ["notfounderror", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["api_error", 500],
  ["server_error", 500],
  ["internalservererror", 500],
  ["service_unavailable_error", 503],
  ["server_is_overloaded", 503],
  ["slow_down", 503],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

/** `error` holds `type`, `code` or `status`; the code is the more exact of the two names. Undefined where none of them is known. */
export function namedError({ code, status, type }: JsonObject): NamedError | undefined {
  const names = [code, type].filter((name) => typeof name === "string");
  const awsName = names.find((name): name is ErrorCode => isErrorCode(name) && /^[A-Z]/.test(name));
  if (awsName !== undefined) {
    const row = errorRow(awsName);
    return { status: row.status, retryable: row.retryable, code: awsName };
  }
  const known =
    statusNumber(code) ?? statusNumber(status) ?? names.map(statusOfName).find((found) => found !== undefined);
  if (known === undefined) {
    return undefined;
  }
  // A quota that is used up is paid, not waited for.
  const retryable = isPassing(known) && !names.includes("insufficient_quota");
  return { status: known, retryable, code: awsCodeOfStatus(known) };
}

function statusOfName(name: string): number | undefined {
  return statusByName.get(name.toLowerCase());
}

/** Some put the HTTP status into the error's `code` or `status`. */
function statusNumber(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= 400 && number <= 599 ? number : undefined;
}

/** OpenAI's own client tries these again. A loop stays one, and each gateway of it would multiply the tries. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 508);
}
