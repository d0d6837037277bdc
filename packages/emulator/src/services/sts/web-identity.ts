import type { Reply } from "../../server/reply.ts";
import type { StsRequest } from "./assume-role.ts";
import { constraintFault } from "./constraints.ts";
import { durationFault, parseRoleArn, type Roles } from "./roles.ts";
import { stsRefusalReply, stsReply, type Elements, type StsRefusal } from "./xml.ts";

interface TokenClaims {
  iss?: unknown;
  sub?: unknown;
  aud?: unknown;
  exp?: unknown;
}

/** AssumeRoleWithWebIdentity: not signed. The token must be a JWT that has not expired; who signed it is not checked. */
export function assumeRoleWithWebIdentity(roles: Roles, { form, now }: StsRequest): Reply {
  const fault = constraintFault(form, ["RoleArn", "RoleSessionName", "WebIdentityToken"]);
  const name = parseRoleArn(form.get("RoleArn") ?? "");
  if (fault !== undefined || "status" in name) {
    return stsRefusalReply(fault ?? (name as StsRefusal));
  }
  const claims = claimsOf(form.get("WebIdentityToken") ?? "");
  const role = roles.find(name);
  const refusal =
    tokenFault(claims, now) ?? (role === undefined ? notAuthorized : undefined) ?? (role && durationFault(role, form));
  if (refusal !== undefined) {
    return stsRefusalReply(refusal);
  }
  return stsReply("AssumeRoleWithWebIdentity", { ...roles.start(name, form, now), ...claimElements(claims ?? {}) });
}

function claimElements({ sub, aud, iss }: TokenClaims): Elements {
  const audience: unknown = Array.isArray(aud) ? aud[0] : aud;
  return { SubjectFromWebIdentityToken: textOf(sub), Audience: textOf(audience), Provider: textOf(iss) };
}

const notAuthorized: StsRefusal = {
  status: 403,
  code: "AccessDenied",
  message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
};

function tokenFault(claims: TokenClaims | undefined, now: number): StsRefusal | undefined {
  if (claims === undefined) {
    const message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
    return { status: 400, code: "InvalidIdentityToken", message };
  }
  const seconds = Math.floor(now / 1_000);
  if (typeof claims.exp === "number" && claims.exp <= seconds) {
    const message = `Token expired: current date/time ${seconds} must be before the expiration date/time ${claims.exp}`;
    return { status: 400, code: "ExpiredTokenException", message };
  }
  return undefined;
}

function claimsOf(token: string): TokenClaims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) {
    return undefined;
  }
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
