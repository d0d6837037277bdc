import type { ErrorCode } from "./error-table.ts";

/** Whoever says no more than a status: AWS's front ends and proxies, models that write a status into their answer, Adit at AWS's own door. */
const codes: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [400, "ValidationException"],
  [401, "UnrecognizedClientException"],
  [403, "AccessDeniedException"],
  [404, "ResourceNotFoundException"],
  [408, "ModelTimeoutException"],
  [413, "ValidationException"],
  [424, "ModelErrorException"],
  [429, "ThrottlingException"],
  [500, "InternalServerException"],
  [502, "ServiceUnavailableException"],
  [503, "ServiceUnavailableException"],
  [504, "ServiceUnavailableException"],
  // Anthropic's, for an overload.
  [529, "ServiceUnavailableException"],
]);

/** AWS's name for an error of which the status alone is known; undefined for a status that AWS gives no error. */
export function awsCodeOfStatus(status: number): ErrorCode | undefined {
  return codes.get(status);
}
