/** Errors of the compatible endpoints, in the form of the client's dialect. The statuses are AWS's. */
import { randomUUID } from "node:crypto";
import type { Refusal } from "../auth/refusals.ts";
import { jsonReply, type Reply } from "../server/reply.ts";
import type { CompatibleRoute } from "./routes.ts";

/** OpenAI's and Anthropic's types by status (pages of both). */
const types: Readonly<Record<number, { openai: string; anthropic: string }>> = {
  400: { openai: "invalid_request_error", anthropic: "invalid_request_error" },
  401: { openai: "authentication_error", anthropic: "authentication_error" },
  403: { openai: "permission_error", anthropic: "permission_error" },
  404: { openai: "not_found_error", anthropic: "not_found_error" },
  429: { openai: "rate_limit_error", anthropic: "rate_limit_error" },
  503: { openai: "service_unavailable_error", anthropic: "overloaded_error" },
};
const unknownTypes = { openai: "server_error", anthropic: "api_error" };

/** A refusal with its code, such as `model_not_found`. */
export interface CompatibleRefusal extends Refusal {
  code?: string;
  param?: string;
}

export function errorBody(surface: CompatibleRoute["surface"], refusal: CompatibleRefusal): object {
  const { status, message, code, param } = refusal;
  const type = types[status] ?? unknownTypes;
  return surface === "anthropic"
    ? { type: "error", error: { type: type.anthropic, message }, request_id: `req_${randomUUID()}` }
    : { error: { code: code ?? codeOf(refusal), message, param: param ?? null, type: type.openai } };
}

/** OpenAI's codes for what AWS's types say. */
function codeOf({ errorType, status }: Refusal): string | null {
  if (status === 429) return "rate_limit_exceeded";
  if (status === 401 || errorType === "") return "invalid_api_key";
  return errorType === "ValidationException" ? "validation_error" : null;
}

export function errorReply(surface: CompatibleRoute["surface"], refusal: CompatibleRefusal): Reply {
  return jsonReply(errorBody(surface, refusal), refusal.status);
}

/** What is wrong with a request's form. */
export function badRequest(message: string, param?: string): CompatibleRefusal {
  return { status: 400, errorType: "ValidationException", message, ...(param !== undefined && { param }) };
}
