import { uniqueId, type Identity, type Keyring, type Session } from "../../auth/keyring.ts";
import type { EmulatorRole } from "../../options.ts";
import { durationSeconds, validationError } from "./constraints.ts";
import type { Elements, StsRefusal } from "./xml.ts";

/** A role's ARN taken apart. */
export interface RoleName {
  arn: string;
  partition: string;
  account: string;
  /** Without its path. */
  name: string;
}

/** Which roles there are, and the sessions that they give. */
export class Roles {
  readonly #roles: readonly EmulatorRole[] | undefined;
  readonly #keyring: Keyring;

  /** Without a list, every role of an account that the keyring has a pair of may be assumed by callers of that account. */
  constructor(roles: readonly EmulatorRole[] | undefined, keyring: Keyring) {
    this.#roles = roles;
    this.#keyring = keyring;
  }

  /** The role of an ARN; undefined: there is none, which AWS does not tell from "not yours". */
  find(name: RoleName): EmulatorRole | undefined {
    if (this.#roles === undefined) {
      return this.#keyring.hasAccount(name.account) ? { roleArn: name.arn } : undefined;
    }
    return this.#roles.find((role) => role.roleArn === name.arn);
  }

  /** Starts a session and gives the elements that tell of it. */
  start(name: RoleName, form: URLSearchParams, now: number): Elements {
    const sessionName = form.get("RoleSessionName") ?? "";
    const identity: Identity = {
      account: name.account,
      arn: `arn:${name.partition}:sts::${name.account}:assumed-role/${name.name}/${sessionName}`,
      userId: `${uniqueId("AROA", name.arn)}:${sessionName}`,
      isSession: true,
    };
    const session = this.#keyring.startSession(identity, now, now + durationSeconds(form) * 1_000);
    return {
      AssumedRoleUser: { AssumedRoleId: identity.userId, Arn: identity.arn },
      Credentials: credentialElements(session),
    };
  }
}

function credentialElements(session: Session): Elements {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

export function parseRoleArn(arn: string): RoleName | StsRefusal {
  const parts = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/.exec(arn);
  if (parts === null) {
    return validationError(`${arn} is invalid`);
  }
  const [, partition = "aws", account = "", name = ""] = parts;
  return { arn, partition, account, name };
}

/** A session may be no longer than the role allows. */
export function durationFault(role: EmulatorRole, form: URLSearchParams): StsRefusal | undefined {
  return durationSeconds(form) > (role.maxDurationSeconds ?? 43_200)
    ? validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    : undefined;
}
