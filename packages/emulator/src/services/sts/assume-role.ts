import type { Identity } from "../../auth/keyring.ts";
import type { EmulatorRole } from "../../options.ts";
import type { Reply } from "../../server/reply.ts";
import { parsed } from "../../validate/field-rules.ts";
import { isRecord } from "../../validate/read-shape.ts";
import { constraintFault, durationSeconds, validationError } from "./constraints.ts";
import { durationFault, parseRoleArn, type RoleName, type Roles } from "./roles.ts";
import { stsRefusalReply, stsReply, type StsRefusal } from "./xml.ts";

/** A session that starts another may have it for an hour. */
const chainedSeconds = 3_600;

export interface StsRequest {
  form: URLSearchParams;
  /** Milliseconds since 1970. */
  now: number;
}

/** AssumeRole. A wrong external id, an unknown role and a caller who is not trusted are one and the same refusal, as at AWS. */
export function assumeRole(roles: Roles, caller: Identity, { form, now }: StsRequest): Reply {
  const fault = constraintFault(form, ["RoleArn", "RoleSessionName", "ExternalId", "Policy", "SourceIdentity"]);
  const name = parseRoleArn(form.get("RoleArn") ?? "");
  if (fault !== undefined || "status" in name) {
    return stsRefusalReply(fault ?? (name as StsRefusal));
  }
  const role = roles.find(name);
  if (role === undefined || !isTrusted(role, name, caller) || !isExternalIdRight(role, form)) {
    return stsRefusalReply({
      status: 403,
      code: "AccessDenied",
      message: `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${name.arn}`,
    });
  }
  const refusal = policyFault(form) ?? chainFault(caller, form) ?? durationFault(role, form);
  if (refusal !== undefined) {
    return stsRefusalReply(refusal);
  }
  const isPacked = form.has("Policy") || form.has("Tags.member.1.Key") || form.has("PolicyArns.member.1.arn");
  const sourceIdentity = form.get("SourceIdentity");
  return stsReply("AssumeRole", {
    ...roles.start(name, form, now),
    ...(isPacked && { PackedPolicySize: 6 }),
    ...(sourceIdentity !== null && { SourceIdentity: sourceIdentity }),
  });
}

function policyFault(form: URLSearchParams): StsRefusal | undefined {
  const policy = form.get("Policy");
  return policy === null || isRecord(parsed(policy))
    ? undefined
    : { status: 400, code: "MalformedPolicyDocument", message: "This policy contains invalid Json" };
}

function isTrusted(role: EmulatorRole, name: RoleName, caller: Identity): boolean {
  return (role.trustedAccounts ?? [name.account]).includes(caller.account);
}

function isExternalIdRight(role: EmulatorRole, form: URLSearchParams): boolean {
  return role.externalId === undefined || role.externalId === form.get("ExternalId");
}

function chainFault(caller: Identity, form: URLSearchParams): StsRefusal | undefined {
  return caller.isSession && durationSeconds(form) > chainedSeconds
    ? validationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      )
    : undefined;
}
