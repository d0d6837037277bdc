import { assumeRoleSource } from "./auth/assume-role.ts";
import { credentialsFromFields, type CredentialInput, type RoleInput } from "./auth/credential-input.ts";
import type { Credentials, CredentialSource } from "./auth/credentials.ts";
import { defaultChain } from "./auth/default-chain.ts";
import { regionFromEnvironment, type Environment } from "./auth/endpoints.ts";
import { staticSource } from "./auth/static-source.ts";
import { unlessAborted } from "./cancel-signal.ts";
import type { Clock } from "./clock.ts";
import { AditError } from "./errors/adit-error.ts";
import type { Secret } from "./secret.ts";
import { sendStsOver } from "./wire/send-sts.ts";
import type { Transport } from "./wire/transport/transport.ts";

/** The options that name a credential. */
export interface CredentialOptions {
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, us-east-1. The region of an ARN named as the model goes before it. */
  region?: string;
  /** A Bedrock API key. Goes before a key pair. */
  apiKey?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
  /** A role to assume, by the key pair given or by the default chain. */
  roleArn?: string;
  externalId?: string;
}

/** Credentials as AWS's SDKs write them. */
export interface AwsIdentity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** The source of `credentials`: a source already, or a pair as AWS's SDKs write it. Throws AditError `invalid_request` for anything else. */
export function givenSource(credentials: CredentialSource | AwsIdentity, clock: Clock): CredentialSource {
  // A caller without types may give anything, such as a provider of AWS's SDK, which is a function.
  const given: CredentialSource | Partial<AwsIdentity> = typeof credentials === "object" ? credentials : {};
  if ("get" in given) return checkedSource(given);
  const input = "accessKeyId" in given ? credentialsFromFields({ ...given }, "options.credentials") : undefined;
  if (input?.credentials === undefined) {
    throw new AditError("invalid_request", "credentials must hold accessKeyId and secretAccessKey, or be a source.", {
      param: "credentials",
      remedy: "Give a key pair, or make a source with staticSource, assumeRoleSource or defaultChain.",
    });
  }
  return staticSource(input.credentials, "options", clock);
}

/** A caller's own source, which TypeScript may not have looked at: what it is not, and what it does not give, is said in words. */
function checkedSource(source: CredentialSource): CredentialSource {
  const isFunction = (name: "get" | "invalidate"): boolean => typeof source[name] === "function";
  if (typeof source.label !== "string" || !isFunction("get") || !isFunction("invalidate")) {
    throw new AditError("invalid_request", "A source of credentials must have label, get and invalidate.", {
      param: "credentials",
      remedy: "Give it a name, and two functions; invalidate tells it that AWS refused what it gave.",
    });
  }
  return {
    get label() {
      return source.label;
    },
    get: async (signal) => {
      // It may know nothing of signals: a caller who leaves waits for it no longer.
      const credentials = await unlessAborted(Promise.resolve(source.get(signal)), signal);
      if (isCredentials(credentials)) return credentials;
      throw new AditError("credentials_unavailable", `The source ${source.label} gave what are no credentials.`, {
        remedy: `It must give { kind: "keys", accessKeyId, secretAccessKey: new Secret(...) } or { kind: "bearer", token: new Secret(...) }.`,
        retryable: false,
      });
    },
    invalidate: () => source.invalidate(),
  };
}

/** Also with the secrets of another copy of this package. */
function isCredentials(given: unknown): given is Credentials {
  const { kind, accessKeyId, secretAccessKey, sessionToken, token } = (given ?? {}) as Record<string, unknown>;
  if (kind === "bearer") return isSecret(token);
  const isWhole = typeof accessKeyId === "string" && isSecret(secretAccessKey);
  return kind === "keys" && isWhole && (sessionToken === undefined || isSecret(sessionToken));
}

function isSecret(given: unknown): boolean {
  return typeof (given as Partial<Secret> | undefined)?.reveal === "function";
}

/** What a source of credentials works with. */
export interface CredentialTools {
  environment: Environment;
  clock: Clock;
  transport: Transport;
  /** The region of calls whose model names none; it may stand in a file. */
  region: () => Promise<string>;
}

/**
 * The source that the options name: a key, a pair, the default chain where there is neither, and a role that one of them assumes.
 * Throws AditError as {@link credentialsFromFields} does, and `incomplete_credentials` for a session token without a pair.
 */
export function ownCredentials(options: CredentialOptions, tools: CredentialTools): CredentialSource {
  const { apiKey, accessKeyId, secretAccessKey, sessionToken, roleArn, externalId } = options;
  const input = credentialsFromFields(
    { apiKey, accessKeyId, secretAccessKey, sessionToken, roleArn, externalId },
    "options",
  );
  return sourceFromInput(input, { ...tools, label: "options", known: regionInReach(options, tools.environment) });
}

/**
 * The source of what one place says of credentials, `label` by name; the default chain where it names none. `known` is the region, where no
 * look into a file is needed for it. Throws AditError `incomplete_credentials` for a session token without a pair.
 */
export function sourceFromInput(
  input: CredentialInput | undefined,
  tools: CredentialTools & { label: string; known: string | undefined },
): CredentialSource {
  const { environment, clock, label, known } = tools;
  if (input?.sessionToken !== undefined) {
    throw new AditError("incomplete_credentials", "A session token needs accessKeyId and secretAccessKey beside it.", {
      param: "accessKeyId",
    });
  }
  const own =
    input?.credentials === undefined
      ? defaultChain({ environment, clock, ...(known !== undefined && { region: known }) })
      : staticSource(input.credentials, label, clock);
  return input?.role === undefined ? own : roleSource(input.role, own, tools);
}

/** Without a look into a file. */
function regionInReach({ region }: CredentialOptions, environment: Environment): string | undefined {
  return region === undefined || region.trim() === "" ? regionFromEnvironment(environment) : region;
}

function roleSource(
  role: RoleInput,
  source: CredentialSource,
  tools: CredentialTools & { known: string | undefined },
): CredentialSource {
  const { environment, clock, transport, known } = tools;
  const inRegion = (region: string): CredentialSource =>
    assumeRoleSource({ ...role, region, source, send: sendStsOver(transport), clock, environment });
  return known === undefined ? laterSource(role, async () => inRegion(await tools.region())) : inRegion(known);
}

/** A source that is made when it is first asked: the region of a role's STS may stand in the profile's file. */
function laterSource(role: RoleInput, make: () => Promise<CredentialSource>): CredentialSource {
  let made: Promise<CredentialSource> | undefined;
  return {
    label: `assumed role ${role.roleArn}`,
    get: async (signal) => {
      made ??= make();
      return (await made).get(signal);
    },
    invalidate: () => {
      void made?.then(
        (source) => source.invalidate(),
        // A source that could not be made has nothing to forget.
        () => undefined,
      );
    },
  };
}
