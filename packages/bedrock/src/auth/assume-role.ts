import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import type { AwsKeys, CredentialSource } from "./credentials.ts";
import { partitionOf } from "./partitions.ts";
import { RefreshingSource } from "./refreshing-source.ts";
import { checkRegion } from "./region.ts";
import { callSts, type StsContext, type StsReply } from "./sts-call.ts";
import { xmlText } from "./xml-text.ts";
import { aClock, aFunction, anObject, aSource, aString, needMembers, type OptionForm } from "../known-options.ts";

export type { SendSts, StsAnswer } from "./sts-call.ts";

/** The role as the operator or the caller named it. Limits are those of STS's service model. */
export interface Role {
  /** `arn:aws:iam::123456789012:role/Name`, up to 2,048 characters. */
  roleArn: string;
  /** 2 to 1,224 characters of `[\w+=,.@:/-]`. */
  externalId?: string;
  /** 2 to 64 characters of `[\w+=,.@-]`, seen in CloudTrail; `adit` by default. */
  sessionName?: string;
  /** 900 to 43,200; STS's default is 3,600, and its maximum where the source is itself an assumed role. */
  durationSeconds?: number;
  /** Session tags, at most 50; the role must allow `sts:TagSession`. */
  tags?: Readonly<Record<string, string>>;
}

export type AssumeRoleOptions = Role & StsContext;

const optionForms: ReadonlyMap<string, OptionForm> = new Map([
  ["source", aSource],
  ["send", aFunction],
  ["clock", aClock],
  ["environment", anObject],
  ["roleArn", aString],
  ["externalId", aString],
  ["sessionName", aString],
  ["tags", anObject],
]);

/**
 * A source of the session credentials of a role, assumed through STS's regional endpoint with the credentials of another source.
 * Kept until five minutes before they expire; one call to STS however many ask. Throws AditError `invalid_request` at once for a
 * value that STS would refuse; `get` rejects as {@link callSts} does.
 */
export function assumeRoleSource(options: AssumeRoleOptions): CredentialSource {
  needMembers(options, optionForms, ["source", "send", "clock", "environment", "roleArn"], "assumeRoleSource");
  const region = checkRegion(options.region);
  checkRole(options, region);
  const parameters = parametersOf(options);
  const context: StsContext = { ...options, region };
  const purpose = `Assuming role ${options.roleArn}`;
  const call = {
    action: "AssumeRole",
    parameters,
    purpose,
    deniedRemedy: `Allow sts:AssumeRole on ${options.roleArn} to the source credential (${options.source.label}), and check the role's trust policy and the external id.`,
  } as const;
  return new RefreshingSource({
    label: `assumed role ${options.roleArn}`,
    clock: options.clock,
    load: async () => keysFromReply(await callSts(context, call), purpose),
  });
}

function parametersOf(role: Role): Record<string, string> {
  const parameters: Record<string, string> = {
    RoleArn: role.roleArn,
    RoleSessionName: role.sessionName ?? "adit",
  };
  if (role.durationSeconds !== undefined) {
    parameters["DurationSeconds"] = String(role.durationSeconds);
  }
  if (role.externalId !== undefined) {
    parameters["ExternalId"] = role.externalId;
  }
  for (const [index, [key, value]] of Object.entries(role.tags ?? {}).entries()) {
    parameters[`Tags.member.${index + 1}.Key`] = key;
    parameters[`Tags.member.${index + 1}.Value`] = value;
  }
  return parameters;
}

/**
 * The end of the session is told by STS's clock, and kept by ours: where ours is an hour ahead a session would be over as soon as it began,
 * and assumed anew every second.
 */
function keysFromReply({ xml, skewMs }: StsReply, purpose: string): AwsKeys {
  const accessKeyId = xmlText(xml, "AccessKeyId");
  const secretAccessKey = xmlText(xml, "SecretAccessKey");
  const sessionToken = xmlText(xml, "SessionToken");
  const expiresAt = Date.parse(xmlText(xml, "Expiration") ?? "") - skewMs;
  const whole = [accessKeyId, secretAccessKey, sessionToken].every((part) => part !== undefined && part !== "");
  if (!whole || Number.isNaN(expiresAt)) {
    throw new AditError("credentials_unavailable", `${purpose} failed: STS's answer holds no credentials.`);
  }
  return {
    kind: "keys",
    accessKeyId: accessKeyId ?? "",
    secretAccessKey: new Secret(secretAccessKey ?? ""),
    sessionToken: new Secret(sessionToken ?? ""),
    expiresAt,
  };
}

function refuse(param: string, message: string): never {
  throw new AditError("invalid_request", message, { param });
}

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function checkRole(role: Role, region: string): void {
  checkRoleArn(role.roleArn, region);
  const { externalId, sessionName, durationSeconds } = role;
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    refuse("external_id", "The external id must be 2 to 1224 characters out of letters, digits and _+=,.@:/-.");
  }
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    refuse("session_name", "The session name must be 2 to 64 characters out of letters, digits and _+=,.@-.");
  }
  if (
    durationSeconds !== undefined &&
    !(Number.isInteger(durationSeconds) && durationSeconds >= 900 && durationSeconds <= 43_200)
  ) {
    refuse("duration_seconds", "The duration of the session must be 900 to 43200 whole seconds.");
  }
  checkTags(Object.entries(role.tags ?? {}));
}

function checkRoleArn(roleArn: string, region: string): void {
  const partition = /^arn:(aws[\w-]*):iam::\d{12}:role\/[\x21-\x7e]+$/.exec(roleArn)?.[1];
  if (partition === undefined || roleArn.length > 2_048) {
    refuse("role_arn", "The role must be an ARN of the form arn:aws:iam::123456789012:role/NAME.");
  }
  const own = partitionOf(region).id;
  if (partition !== own) {
    refuse("role_arn", `The role belongs to the partition ${partition}, the region ${region} to ${own}.`);
  }
}

function checkTags(tags: readonly [key: string, value: string][]): void {
  if (tags.length > 50) {
    refuse("tags", "A session takes at most 50 tags.");
  }
  for (const [key, value] of tags) {
    if (key === "" || key.length > 128 || !tagText.test(key)) {
      refuse("tags", "The key of a session tag must be 1 to 128 letters, digits, spaces and _.:/=+-@.");
    }
    if (typeof value !== "string" || value.length > 256 || !tagText.test(value)) {
      refuse(`tags.${key}`, "The value of a session tag must be at most 256 letters, digits, spaces and _.:/=+-@.");
    }
  }
}
