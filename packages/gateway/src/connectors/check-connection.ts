/** Whether a connection works: its request format is sent once, for real, and what fails is told with its cause. */
import type { AditError, ErrorCode } from "@adit/bedrock";
import { isUnknownModel } from "@adit/bedrock/gateway";
import { asAditError } from "../calls/journey.ts";

export const failureCauses = [
  "request_format",
  "connection_spec",
  "signature",
  "credential",
  "permission",
  "model_not_in_region",
  "request",
  "quota",
  "network",
  "aws",
] as const;
export type FailureCause = (typeof failureCauses)[number];

/** AI Squared's message, with what Adit knows beyond it. */
export interface ConnectionStatus {
  type: "connection_status";
  connection_status: {
    status: "succeeded" | "failed";
    message: string | null;
    cause?: FailureCause;
    remedy?: string;
    /** AWS's id of the call, where there was one. */
    aws_request_id?: string;
  };
}

export const succeeded: ConnectionStatus = {
  type: "connection_status",
  connection_status: { status: "succeeded", message: null },
};

/** What says nothing of the connection: the gateway could not try it, or nobody waits for the answer. */
const ownFaults: ReadonlySet<ErrorCode> = new Set([
  "internal",
  "store_unavailable",
  "vault_key_missing",
  "overloaded",
  "shutting_down",
  "client_closed",
]);

/** The same for what a check threw. A fault of the gateway's own is no state of a connection, and is thrown on. */
export function failed(thrown: unknown): ConnectionStatus {
  const error = asAditError(thrown);
  if (ownFaults.has(error.code)) throw thrown;
  const requestId = error.aws?.requestId;
  return {
    type: "connection_status",
    connection_status: {
      status: "failed",
      message: error.message,
      cause: causeOf(error),
      remedy: error.remedy,
      ...(requestId !== undefined && { aws_request_id: requestId }),
    },
  };
}

const causes: Partial<Record<ErrorCode, FailureCause>> = {
  InvalidSignatureException: "signature",
  IncompleteSignatureException: "signature",
  UnrecognizedClientException: "credential",
  MissingAuthenticationTokenException: "credential",
  ExpiredTokenException: "credential",
  BedrockApiKeyException: "credential",
  no_credentials: "credential",
  credentials_unavailable: "credential",
  incomplete_credentials: "credential",
  virtual_key_inactive: "credential",
  not_stored: "credential",
  AccessDeniedException: "permission",
  forbidden: "permission",
  ResourceNotFoundException: "model_not_in_region",
  ThrottlingException: "quota",
  ServiceQuotaExceededException: "quota",
  budget_exhausted: "quota",
  unknown_price: "quota",
  rate_limited: "quota",
  upstream_unreachable: "network",
  upstream_reset: "network",
  first_byte_timeout: "network",
  request_timeout: "network",
};

function causeOf(error: AditError): FailureCause {
  if (isUnknownModel(error)) return "model_not_in_region";
  const known = causes[error.code];
  if (known !== undefined) return known;
  if (error.param?.includes("request_format") === true) return "request_format";
  // What AWS has not said was found before anything was sent.
  if (error.aws === undefined && error.status === 400) return "connection_spec";
  return error.status === 400 ? "request" : "aws";
}
