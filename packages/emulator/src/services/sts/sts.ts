import type { Caller } from "../../auth/authenticate.ts";
import type { Refusal } from "../../auth/refusals.ts";
import type { Reply } from "../../server/reply.ts";
import { assumeRole, type StsRequest } from "./assume-role.ts";
import type { Roles } from "./roles.ts";
import { assumeRoleWithWebIdentity } from "./web-identity.ts";
import { stsRefusalReply, stsReply, type StsRefusal } from "./xml.ts";

/** STS's codes for what Bedrock names otherwise (STS API reference, "Common errors"). */
const codes: Readonly<Record<string, Pick<StsRefusal, "status" | "code">>> = {
  InvalidSignatureException: { status: 403, code: "SignatureDoesNotMatch" },
  UnrecognizedClientException: { status: 403, code: "InvalidClientTokenId" },
  ExpiredTokenException: { status: 403, code: "ExpiredToken" },
  IncompleteSignatureException: { status: 400, code: "IncompleteSignature" },
  MissingAuthenticationTokenException: { status: 403, code: "MissingAuthenticationToken" },
  ThrottlingException: { status: 400, code: "Throttling" },
  AccessDeniedException: { status: 403, code: "AccessDenied" },
  InternalServerException: { status: 500, code: "InternalFailure" },
  ServiceUnavailableException: { status: 503, code: "ServiceUnavailable" },
  ValidationException: { status: 400, code: "ValidationError" },
};

/** A refusal of Bedrock's in the form of STS. */
export function stsFormOf(refusal: Refusal): Reply {
  const named = codes[refusal.errorType] ?? { status: refusal.status, code: refusal.errorType || "AccessDenied" };
  const isUnsigned = named.code === "MissingAuthenticationToken";
  return stsRefusalReply({
    ...named,
    message: isUnsigned ? "Request is missing Authentication Token" : refusal.message,
  });
}

/** Operations that carry their proof with them and are not signed. */
export function isUnsigned(operation: string): boolean {
  return operation === "AssumeRoleWithWebIdentity";
}

/** Answers one action; `caller` is absent where the operation is not signed. */
export function answerSts(roles: Roles, caller: Caller | undefined, request: StsRequest): Reply {
  const { form } = request;
  const action = form.get("Action");
  if (action === "AssumeRoleWithWebIdentity") {
    return assumeRoleWithWebIdentity(roles, request);
  }
  if (action === "AssumeRole" && caller !== undefined) {
    return assumeRole(roles, caller.identity, request);
  }
  if (action === "GetCallerIdentity" && caller !== undefined) {
    const { arn, userId, account } = caller.identity;
    return stsReply("GetCallerIdentity", { Arn: arn, UserId: userId, Account: account });
  }
  const message = `Could not find operation ${action ?? ""} for version ${form.get("Version") ?? "NO_VERSION_SPECIFIED"}`;
  return stsRefusalReply({ status: 400, code: "InvalidAction", message });
}
