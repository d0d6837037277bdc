/** The IAM policies of a virtual key, ready to paste. */
import { AditError } from "@adit/bedrock";
import { callerIdentity, partitionOf } from "@adit/bedrock/gateway";
import { permissionPolicy, trustPolicy } from "../vault/iam-policies.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { CredentialTestTools } from "./credential-test.ts";
import type { ControlParts } from "./parts.ts";

export type PolicyTools = Pick<CredentialTestTools, "sendSts" | "clock" | "environment" | "serverRegion">;

type Tools = PolicyTools & { parts: Pick<ControlParts, "virtualKeySources"> };

/** `principalArn`: who assumes the role, where it is not to be asked of STS. */
export async function policiesOf(key: VirtualKey, principalArn: string | undefined, tools: Tools) {
  const { credential, attribution } = key;
  if (credential.kind === "openai_compatible") {
    throw new AditError(
      "invalid_request",
      "This virtual key is for a host that is not AWS's: IAM knows nothing of it.",
      {
        param: "slug",
      },
    );
  }
  const partition = credential.kind === "assumed_role" ? credential.roleArn.split(":")[1] : undefined;
  return {
    permission_policy: permissionPolicy({
      partition: partition ?? partitionOf(key.region).id,
      regions: key.allowedRegions ?? (key.region === undefined ? undefined : [key.region]),
      models: key.allowedModels,
      isBearerKey: credential.kind === "bedrock_api_key",
    }),
    trust_policy:
      credential.kind === "assumed_role"
        ? trustPolicy({
            principalArn: principalArn ?? (await askedAssumer(key, tools)),
            externalId: credential.externalId,
            hasTags: Object.keys({ ...credential.tags, ...attribution?.sessionTags }).length > 0,
          })
        : null,
  };
}

/** The policies are needed before the credential works: where it cannot be found out who assumes the role, the query can say it. */
async function askedAssumer(key: VirtualKey, tools: Tools): Promise<string> {
  try {
    return await assumerOf(key, tools);
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    throw new AditError(error.code, error.message, {
      param: "principal_arn",
      remedy: `${error.remedy} Or name who assumes the role: ?principal_arn=ARN.`,
      ...(error.aws !== undefined && { aws: error.aws }),
      cause: error,
    });
  }
}

/** Whoever assumes the role, as IAM names it: a session's role, not the session. */
async function assumerOf(key: VirtualKey, tools: Tools): Promise<string> {
  const { sendSts: send, clock, environment, serverRegion } = tools;
  const source = await tools.parts.virtualKeySources.assumerOf(key);
  const { arn } = await callerIdentity({ region: key.region ?? serverRegion, source, send, clock, environment });
  const session = /^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  return session === null ? arn : `${session[1] ?? ""}:iam::${session[2] ?? ""}:role/${session[3] ?? ""}`;
}
