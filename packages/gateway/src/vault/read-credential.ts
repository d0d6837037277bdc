/** The credential of a virtual key as it was filled in: checked, and taken apart into what may be shown and what is sealed. */
import { randomUUID } from "node:crypto";
import {
  AditError,
  assumeRoleSource,
  bearerKeyFacts,
  checkRegion,
  Secret,
  systemClock,
  type AwsKeys,
  type Role,
} from "@adit/bedrock";
import { credentialsFromFields, isCredentialField, type CredentialInput } from "@adit/bedrock/gateway";
import { termFault } from "../terms/term-fault.ts";
import { checkHost } from "./check-host.ts";
import type { SecretFields } from "./vault.ts";
import type { ShownCredential, VirtualKey, VirtualKeyKind, VirtualKeyPatch } from "./virtual-key.ts";

export interface CredentialContext {
  kind: VirtualKeyKind | undefined;
  /** The virtual key's own region. */
  region: string | undefined;
  /** `ADIT_CUSTOM_HOSTS`. */
  customHosts: ReadonlySet<string>;
  /** The role's external id so far: it stands in the role's trust policy, and stays. */
  externalId: string | undefined;
  nowMs: number;
}

export interface ReadCredential {
  shown: ShownCredential;
  secrets: SecretFields;
  region: string | undefined;
  /** Slug of the virtual key that assumes the role. */
  sourceSlug: string | undefined;
  /** True: the role's external id was chosen by who filled the credential in, and not by Adit. */
  isExternalIdGiven: boolean;
  warnings: string[];
}

/** The parts that only a stored credential has, by their names in lower case without `_` and `-`. */
interface OwnParts {
  source: string | undefined;
  durationSeconds: number | undefined;
  baseUrl: string | undefined;
}

const kindOfAuthType = {
  accessKey: "access_key",
  assumedRole: "assumed_role",
  apiKey: "bedrock_api_key",
  serviceRole: "server_chain",
} as const;

/** @throws AditError that names the field. */
export function readCredential(fields: Readonly<Record<string, unknown>>, context: CredentialContext): ReadCredential {
  const input = credentialsFromFields(fieldsOfAws(fields), "virtual key") ?? {};
  const own = ownParts(fields);
  const kind = context.kind ?? guessedKind(input, own);
  const region = oneRegion(context.region, input.region);
  checkParts(kind, input, own);
  const read = readers[kind]({ input, own, region, context });
  const externalId = input.role?.externalId;
  const isExternalIdGiven = externalId !== undefined && externalId !== context.externalId;
  return { region, sourceSlug: undefined, isExternalIdGiven, warnings: [], ...read };
}

/**
 * A credential in a change that says no more than a region, and perhaps the kind that there is, is a change of the region: clients of
 * Portkey's put the region among the credential's parts, and know none of its secrets.
 */
export function withRegionAlone(
  patch: VirtualKeyPatch,
  { credential }: Pick<VirtualKey, "credential">,
): VirtualKeyPatch {
  const { credential: fields, ...rest } = patch;
  if (fields === undefined || (patch.kind ?? credential.kind) !== credential.kind) return patch;
  const { region, authType, ...more } = credentialsFromFields(fieldsOfAws(fields), "virtual key") ?? {};
  const parts = [...Object.values(more), ...Object.values(ownParts(fields))];
  const isOfKind = authType === undefined || kindOfAuthType[authType] === credential.kind;
  const isAlone = region !== undefined && isOfKind && parts.every((part) => part === undefined);
  return isAlone ? { ...rest, region: oneRegion(patch.region ?? undefined, region) ?? region } : patch;
}

interface Parts {
  input: CredentialInput;
  own: OwnParts;
  region: string | undefined;
  context: CredentialContext;
}

type Reader = (parts: Parts) => Pick<ReadCredential, "shown" | "secrets"> & Partial<ReadCredential>;

/** Of a host that speaks OpenAI's API: many a page shows it with the host. */
const pathOfCall = /\/(?:chat\/completions|completions|responses|embeddings)$/;

const readers: Readonly<Record<VirtualKeyKind, Reader>> = {
  access_key: ({ input }) => {
    const keys = keyPair(input);
    const shown = {
      kind: "access_key",
      accessKeyHint: hint(keys.accessKeyId),
      isTemporary: keys.sessionToken !== undefined || keys.accessKeyId.startsWith("ASIA"),
    } as const;
    return { shown, secrets: secretsOf(keys), warnings: keyWarnings(keys) };
  },
  assumed_role: readRole,
  bedrock_api_key: readBedrockKey,
  server_chain: () => ({ shown: { kind: "server_chain" }, secrets: {} }),
  openai_compatible: ({ input, own, context }) => {
    if (own.baseUrl === undefined) throw lacks("the base URL of its host", "base_url");
    const baseUrl = checkHost(own.baseUrl, "base_url", context.customHosts);
    const [path] = pathOfCall.exec(baseUrl) ?? [];
    if (path !== undefined) throw termFault("base_url", `must end before ${path}, which each call adds by itself.`);
    if (input.credentials?.kind !== "bearer") throw lacks("the API key of its host", "api_key");
    return { shown: { kind: "openai_compatible", baseUrl }, secrets: { apiKey: input.credentials.token } };
  },
};

function readRole({ input, own, region, context }: Parts): ReturnType<Reader> {
  if (input.role === undefined) throw lacks("the role's ARN", "aws_role_arn");
  const role: Role & { externalId: string } = {
    ...input.role,
    externalId: input.role.externalId ?? context.externalId ?? `adit-${randomUUID()}`,
    ...(own.durationSeconds !== undefined && { durationSeconds: own.durationSeconds }),
  };
  checkRole(role, region);
  const keys = input.credentials === undefined ? undefined : keyPair(input);
  if (keys !== undefined && own.source !== undefined) {
    throw new AditError(
      "invalid_request",
      "The role is assumed by a key pair of its own or by another virtual key, not by both.",
      {
        param: "source",
      },
    );
  }
  const source = keys !== undefined ? "own_keys" : own.source === undefined ? "server" : "virtual_key";
  return {
    shown: {
      kind: "assumed_role",
      ...role,
      source,
      ...(keys !== undefined && { accessKeyHint: hint(keys.accessKeyId) }),
    },
    secrets: keys === undefined ? {} : secretsOf(keys),
    sourceSlug: own.source,
    warnings: keys === undefined ? [] : keyWarnings(keys),
  };
}

/**
 * The library checks a role where a source of it is made; none of its parts is used here.
 * @throws AditError `invalid_request` that names the field.
 */
export function checkRole(role: Role, region: string | undefined): void {
  const partition = role.roleArn.split(":")[1];
  const inPartition =
    partition === "aws-cn" ? "cn-north-1" : partition === "aws-us-gov" ? "us-gov-west-1" : "us-east-1";
  assumeRoleSource({
    ...role,
    // A role without a region of its own is assumed in the server's.
    region: region ?? inPartition,
    source: { label: "", get: () => Promise.reject(new Error("It is not asked.")), invalidate: () => {} },
    send: () => Promise.reject(new Error("Nothing is sent.")),
    clock: systemClock,
    environment: {},
  });
}

function readBedrockKey({ input, region, context }: Parts): ReturnType<Reader> {
  if (input.credentials?.kind !== "bearer") throw lacks("the Bedrock API key", "api_key");
  const { token } = input.credentials;
  const { kind: term, expiresAt, region: ownRegion } = bearerKeyFacts(token.reveal());
  if (ownRegion !== undefined && region !== undefined && ownRegion !== region) {
    throw new AditError(
      "invalid_region",
      `The short-term Bedrock API key was made for ${ownRegion} and is valid there alone, not in ${region}.`,
      {
        param: "region",
        remedy: `Set the region to ${ownRegion}, or make a key for ${region}.`,
      },
    );
  }
  const isOver = expiresAt !== undefined && expiresAt <= context.nowMs;
  const warnings = {
    "long-term":
      "A long-term Bedrock API key belongs to an IAM user and works until it is deleted; AWS advises it for exploring alone. A role is safer.",
    "short-term": isOver
      ? `The short-term Bedrock API key expired at ${new Date(expiresAt).toISOString()}: AWS takes no call by it.`
      : "A short-term Bedrock API key works for 12 hours at most: a role is renewed by itself.",
    unknown: "The Bedrock API key has neither the form of a long-term nor of a short-term one.",
  };
  return {
    shown: { kind: "bedrock_api_key", term, ...(expiresAt !== undefined && { expiresAt }) },
    secrets: { apiKey: token },
    region: region ?? ownRegion,
    warnings: [warnings[term]],
  };
}

function keyPair(input: CredentialInput): AwsKeys {
  if (input.credentials?.kind !== "keys") throw lacks("the access key id", "aws_access_key_id");
  const { accessKeyId } = input.credentials;
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw new AditError(
      "invalid_request",
      "The access key id must be 16 to 128 letters and digits, such as AKIAIOSFODNN7EXAMPLE.",
      {
        param: "aws_access_key_id",
        remedy: "Check that the secret access key was not entered as the access key id.",
      },
    );
  }
  if (isKeyId(input.credentials.secretAccessKey.reveal())) {
    throw new AditError("invalid_request", "The secret access key is an access key id.", {
      param: "aws_secret_access_key",
      remedy: "Enter the secret that AWS showed beside the id when the pair was made.",
    });
  }
  return input.credentials;
}

function isKeyId(text: string): boolean {
  return /^A[KS]IA[A-Z0-9]{12,}$/.test(text);
}

/** AWS's have had this length since there are any; it promises nothing. */
const secretLength = 40;

function keyWarnings({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys): string[] {
  const warnings: string[] = [];
  // In lower case, or a role's id (AROA), or a key pair of a gateway's.
  if (!/^A[KS]IA/.test(accessKeyId)) {
    warnings.push("The access key id begins with neither AKIA nor ASIA, as AWS's do: AWS will not know it.");
  }
  if (secretAccessKey.reveal().length !== secretLength) {
    warnings.push(`The secret access key has not the ${secretLength} characters of AWS's: part of it may be missing.`);
  }
  if (accessKeyId.startsWith("ASIA") && sessionToken === undefined) {
    warnings.push(
      "The access key id is of temporary credentials: each request must bring their session token, and they expire.",
    );
  }
  if (sessionToken !== undefined) {
    warnings.push("Temporary credentials expire within 36 hours: a role is renewed by itself.");
  }
  return warnings;
}

function secretsOf(keys: AwsKeys): SecretFields {
  return {
    accessKeyId: new Secret(keys.accessKeyId),
    secretAccessKey: keys.secretAccessKey,
    ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
  };
}

/** Enough to tell a person's keys apart. */
function hint(accessKeyId: string): string {
  return `${accessKeyId.slice(0, 4)}...${accessKeyId.slice(-4)}`;
}

function fieldsOfAws(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const unknown = Object.keys(fields).find((name) => !isCredentialField(name) && !ownNames.has(plain(name)));
  if (unknown !== undefined) {
    throw new AditError("unsupported_parameter", `A credential has no field ${JSON.stringify(unknown.slice(0, 64))}.`, {
      param: `credential.${unknown.slice(0, 64)}`,
      remedy: "The names are in docs/credentials.md and docs/storage.md.",
    });
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isCredentialField(name)));
}

const ownNames: ReadonlySet<string> = new Set(["source", "durationseconds", "awsdurationseconds", "baseurl"]);

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

function ownParts(fields: Readonly<Record<string, unknown>>): OwnParts {
  const found = new Map(Object.entries(fields).map(([name, value]) => [plain(name), value]));
  const text = (name: string, param: string): string | undefined => {
    const value = found.get(name);
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string") return value.trim();
    throw new AditError("invalid_request", `${param} must be a string.`, { param });
  };
  return {
    source: text("source", "source"),
    baseUrl: text("baseurl", "base_url"),
    durationSeconds: secondsFrom(found.get("durationseconds") ?? found.get("awsdurationseconds")),
  };
}

/** As a number or as its text. STS's bounds are checked with the role. */
function secondsFrom(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "number" || typeof value === "string") return Number(value);
  throw new AditError("invalid_request", "duration_seconds must be a number.", { param: "duration_seconds" });
}

function guessedKind(input: CredentialInput, own: OwnParts): VirtualKeyKind {
  if (input.authType !== undefined) return kindOfAuthType[input.authType];
  if (own.baseUrl !== undefined) return "openai_compatible";
  if (input.role !== undefined) return "assumed_role";
  if (input.credentials !== undefined) return input.credentials.kind === "keys" ? "access_key" : "bedrock_api_key";
  throw new AditError("incomplete_credentials", "The virtual key holds no credential.", {
    param: "credential",
    remedy: 'Give a key pair, a role, a Bedrock API key, or the kind "server_chain" for the server\'s own.',
  });
}

/** Which parts a kind has; any other that was filled in would be lost. */
const partsOfKind: Readonly<Record<VirtualKeyKind, readonly string[]>> = {
  access_key: ["keys"],
  assumed_role: ["keys", "role", "source", "durationSeconds"],
  bedrock_api_key: ["bearer"],
  server_chain: [],
  openai_compatible: ["bearer", "baseUrl"],
};

const namesOfParts: Readonly<Record<string, string>> = {
  keys: "aws_access_key_id",
  bearer: "api_key",
  role: "aws_role_arn",
  source: "source",
  durationSeconds: "duration_seconds",
  baseUrl: "base_url",
  sessionToken: "aws_session_token",
  endpoint: "aws_bedrock_runtime_endpoint",
};

function checkParts(kind: VirtualKeyKind, input: CredentialInput, own: OwnParts): void {
  const present: Record<string, unknown> = {
    ...own,
    role: input.role,
    sessionToken: input.sessionToken,
    endpoint: input.endpoint,
    ...(input.credentials !== undefined && { [input.credentials.kind]: true }),
  };
  const foreign = Object.keys(present).find((part) => present[part] !== undefined && !partsOfKind[kind].includes(part));
  if (foreign === undefined) return;
  const param = namesOfParts[foreign] ?? foreign;
  throw new AditError("invalid_request", `${param} does not belong to a virtual key of the kind ${kind}.`, {
    param,
    remedy: "Leave it out, or choose the kind that it belongs to; an endpoint is a field of the virtual key itself.",
  });
}

function oneRegion(own: string | undefined, ofCredential: string | undefined): string | undefined {
  const region = own === undefined || own.trim() === "" ? undefined : checkRegion(own);
  if (region !== undefined && ofCredential !== undefined && region !== ofCredential) {
    throw new AditError("invalid_region", `The virtual key names two regions, ${region} and ${ofCredential}.`, {
      param: "region",
    });
  }
  return region ?? ofCredential;
}

function lacks(what: string, param: string): AditError {
  return new AditError("incomplete_credentials", `The virtual key lacks ${what}.`, {
    param,
    remedy: `Fill in ${param}.`,
  });
}
