import { expect, it } from "vitest";
import type { JsonObject } from "../json.ts";
import { namedError } from "./named-errors.ts";

it.each<[JsonObject, status: number | undefined, retryable: boolean | undefined, code: string | undefined]>([
  // Anthropic's types.
  [{ type: "invalid_request_error", message: "x" }, 400, false, "ValidationException"],
  [{ type: "authentication_error" }, 401, false, "UnrecognizedClientException"],
  [{ type: "billing_error" }, 402, false, undefined],
  [{ type: "permission_error" }, 403, false, "AccessDeniedException"],
  [{ type: "not_found_error" }, 404, false, "ResourceNotFoundException"],
  [{ type: "request_too_large" }, 413, false, "ValidationException"],
  [{ type: "rate_limit_error" }, 429, true, "ThrottlingException"],
  [{ type: "api_error" }, 500, true, "InternalServerException"],
  [{ type: "timeout_error" }, 504, true, "ServiceUnavailableException"],
  [{ type: "overloaded_error" }, 529, true, "ServiceUnavailableException"],
  // OpenAI's: the code is the more exact.
  [{ type: "invalid_request_error", code: "context_length_exceeded" }, 400, false, "ValidationException"],
  [{ type: "invalid_request_error", code: "model_not_found" }, 404, false, "ResourceNotFoundException"],
  [{ type: "tokens", code: "rate_limit_exceeded" }, 429, true, "ThrottlingException"],
  [{ type: "insufficient_quota", code: "insufficient_quota" }, 429, false, "ThrottlingException"],
  [{ type: "server_error", code: null }, 500, true, "InternalServerException"],
  // vLLM's, and whoever writes the status.
  [{ object: "error", type: "BadRequestError", code: 400 }, 400, false, "ValidationException"],
  [{ code: "429", type: "server_error" }, 429, true, "ThrottlingException"],
  [{ status: 503 }, 503, true, "ServiceUnavailableException"],
  [{ code: 508 }, 508, false, undefined],
  // AWS's.
  [{ type: "ThrottlingException" }, 429, true, "ThrottlingException"],
  [{ code: "ModelNotReadyException" }, 429, true, "ModelNotReadyException"],
  [{ type: "ValidationException" }, 400, false, "ValidationException"],
  // Nobody's.
  [{ type: "odd", code: 200 }, undefined, undefined, undefined],
  [{ type: "internal" }, undefined, undefined, undefined],
  [{ type: "__proto__", code: true }, undefined, undefined, undefined],
  [{}, undefined, undefined, undefined],
])("%j is %s", (error, status, retryable, code) => {
  const named = namedError(error);
  expect([named?.status, named?.retryable, named?.code]).toEqual([status, retryable, code]);
});
