/** Errors as Anthropic's clients read them. */
import { messagesErrorBody } from "@adit/bedrock";
import type { CallerHeaders } from "../request/caller-headers.ts";
import type { ErrorBody } from "../routes/route.ts";

/** Anthropic's body of an error names the request, as its header `request-id` does. */
export const anthropicErrorBody: ErrorBody = (error, _withVendorFields, requestId) =>
  messagesErrorBody(error, requestId);

export const anthropicRequestIdHeader = "request-id";

/** Anthropic's clients name their version with every request. */
export function isForAnthropic(headers: CallerHeaders): boolean {
  return headers.raw("anthropic-version") !== undefined;
}
