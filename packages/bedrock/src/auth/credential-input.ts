import { AditError } from "../errors/adit-error.ts";
import { isJsonObject, parsedJson } from "../json.ts";
import { Secret } from "../secret.ts";
import { bearerKey } from "./bearer-key.ts";
import type { AwsKeys, BearerKey, Credentials } from "./credentials.ts";
import { checkRegion } from "./region.ts";

/** A role to assume, as fields name it. Its grammar is checked where it is assumed. */
export interface RoleInput {
  roleArn: string;
  externalId?: string;
  sessionName?: string;
  tags?: Readonly<Record<string, string>>;
}

/** How the fields ask for the credential to be used (Portkey's `aws_auth_type`). */
export type AuthType = "accessKey" | "assumedRole" | "apiKey" | "serviceRole";

/** What one place, such as a request's headers, says about credentials. */
export interface CredentialInput {
  /** With a role: what assumes it. */
  credentials?: Credentials;
  role?: RoleInput;
  region?: string;
  authType?: AuthType;
  /** A session token without a key pair: only good beside one that is stored (a virtual key's). */
  sessionToken?: Secret;
  /** LiteLLM's `aws_bedrock_runtime_endpoint`, as written: whether it may be used is the operator's to say. */
  endpoint?: string;
}

type Slot =
  | "accessKeyId"
  | "secretAccessKey"
  | "sessionToken"
  | "apiKey"
  | "region"
  | "roleArn"
  | "externalId"
  | "sessionName"
  | "tags"
  | "authType"
  | "endpoint";

/**
 * Names under which each part is known, in lower case without `_` and `-`, best first. Sources: Portkey's and Obiguard's headers
 * and SDKs, Keywords AI's `customer_credentials`, ReqLLM's options, LiteLLM's parameters, AWS's variables.
 */
const aliases: Readonly<Record<Slot, readonly string[]>> = {
  accessKeyId: ["awsaccesskeyid", "accesskeyid", "awsaccesskey", "accesskey"],
  secretAccessKey: ["awssecretaccesskey", "secretaccesskey", "awssecretkey", "secretkey"],
  sessionToken: ["awssessiontoken", "sessiontoken"],
  apiKey: ["awsbearertokenbedrock", "bedrockapikey", "bearertoken", "apikey"],
  region: ["awsregionname", "awsregion", "regionname", "region", "awsdefaultregion"],
  roleArn: ["awsrolearn", "rolearn", "awsrolename"],
  externalId: ["awsexternalid", "externalid"],
  sessionName: ["awssessionname", "awsrolesessionname", "rolesessionname", "sessionname"],
  tags: ["awssessiontags", "sessiontags", "awsroletags", "roletags"],
  authType: ["awsauthtype", "authtype"],
  endpoint: ["awsbedrockruntimeendpoint"],
};

/** LiteLLM's names for what a request may not reach: the server's own files and identity. */
const refused: Readonly<Record<string, string>> = {
  awsprofilename: "a profile belongs to the server's own configuration",
  awswebidentitytoken: "web identity is the server's own way to a role",
  awsstsendpoint: "the endpoint of STS is the operator's to set",
};

const authTypes: readonly AuthType[] = ["accessKey", "assumedRole", "apiKey", "serviceRole"];

/** A value that was found, and the name under which it was given. */
interface Found {
  name: string;
  value: unknown;
}

type FoundFields = ReadonlyMap<string, Found>;

/**
 * Reads a credential from the fields of one place under any of its known names, with or without a vendor's header prefix. `_` and
 * `-` are equal, case does not matter, an empty value is an absent one, white space around a value is cut, other fields are left
 * alone. Gives undefined where no field speaks of credentials. A Bedrock API key goes before a key pair, but a key pair assumes a role.
 * `Authorization`, `x-api-key` and the vendors' `-api-key` headers are not read: they may hold the gateway's own key.
 * Throws AditError `incomplete_credentials` that names the missing half, `invalid_region`, `invalid_request` for a value of the
 * wrong type or with characters that no header can carry, `unsupported_parameter`. `label` names the place in the words.
 */
export function credentialsFromFields(
  fields: Readonly<Record<string, unknown>>,
  label: string,
): CredentialInput | undefined {
  const found = foundFields(fields);
  if (found.size === 0) {
    return undefined;
  }
  const pair = pairOf(found, label);
  const authType = authTypeOf(found);
  const role = usesNoRole(authType) ? undefined : roleOf(found, label);
  const bearer = bearerOf(found);
  const prefersPair = role !== undefined || authType === "accessKey";
  const credentials = prefersPair ? (pair ?? bearer) : (bearer ?? pair);
  const token = pair === undefined ? visible(found, "sessionToken") : undefined;
  const region = text(found, "region");
  const endpoint = text(found, "endpoint");
  const input: CredentialInput = {
    ...(credentials !== undefined && { credentials }),
    ...(role !== undefined && { role }),
    ...(region !== undefined && { region: checkRegion(region) }),
    ...(authType !== undefined && { authType }),
    ...(token !== undefined && { sessionToken: new Secret(token) }),
    ...(endpoint !== undefined && { endpoint }),
  };
  return Object.keys(input).length === 0 ? undefined : input;
}

/** True for a field that {@link credentialsFromFields} reads, under any of its names. */
export function isCredentialField(name: string): boolean {
  const plain = plainName(name);
  return Object.values(aliases).some((names) => names.includes(plain)) || Object.hasOwn(refused, plain);
}

/** The region among the fields of one place, as it is written there, by the best of its names; undefined where none says one. */
export function regionAmong(fields: Readonly<Record<string, unknown>>): { name: string; region: string } | undefined {
  let best: { name: string; region: string } | undefined;
  let rank = aliases.region.length;
  for (const [name, value] of Object.entries(fields)) {
    const found = aliases.region.indexOf(plainName(name));
    if (found !== -1 && found < rank && typeof value === "string" && value.trim() !== "") {
      best = { name, region: value };
      rank = found;
    }
  }
  return best;
}

function usesNoRole(authType: AuthType | undefined): boolean {
  return authType === "accessKey" || authType === "apiKey";
}

const credentialNames: ReadonlySet<string> = new Set(
  Object.entries(aliases).flatMap(([slot, names]) => (slot === "endpoint" ? [] : names)),
);

/** True for a name under which {@link credentialsFromFields} reads a part of a credential, its region included. */
export function namesCredential(name: string): boolean {
  return credentialNames.has(plainName(name));
}

/** One form for all spellings of a name. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_]/g, "")
    .replace(/^x(adit|portkey|obiguard)(?=aws)/, "");
}

function foundFields(fields: Readonly<Record<string, unknown>>): FoundFields {
  const found = new Map<string, Found>();
  for (const [name, given] of Object.entries(fields)) {
    const value = typeof given === "string" ? given.trim() : given;
    if (value === "" || value === null || value === undefined) {
      continue;
    }
    const plain = plainName(name);
    const reason = Object.hasOwn(refused, plain) ? refused[plain] : undefined;
    if (reason !== undefined) {
      throw new AditError("unsupported_parameter", `${name} cannot be set by a request: ${reason}.`, { param: name });
    }
    if (!found.has(plain)) {
      found.set(plain, { name, value });
    }
  }
  return found;
}

function lookUp(found: FoundFields, slot: Slot): Found | undefined {
  for (const alias of aliases[slot]) {
    const field = found.get(alias);
    if (field !== undefined) {
      return field;
    }
  }
  return undefined;
}

function text(found: FoundFields, slot: Slot): string | undefined {
  const field = lookUp(found, slot);
  if (field === undefined || typeof field.value === "string") {
    return field?.value as string | undefined;
  }
  throw new AditError("invalid_request", `${field.name} must be a string.`, { param: field.name });
}

/** A value that travels in a header: printable ASCII without spaces. */
function visible(found: FoundFields, slot: Slot): string | undefined {
  const value = text(found, slot);
  if (value === undefined || /^[\x21-\x7e]+$/.test(value)) {
    return value;
  }
  const name = lookUp(found, slot)?.name ?? slot;
  throw new AditError("invalid_request", `${name} holds a space or a character that is not ASCII.`, { param: name });
}

function bearerOf(found: FoundFields): BearerKey | undefined {
  const apiKey = visible(found, "apiKey");
  return apiKey === undefined ? undefined : bearerKey(apiKey);
}

function pairOf(found: FoundFields, label: string): AwsKeys | undefined {
  const accessKeyId = visible(found, "accessKeyId");
  const secretAccessKey = visible(found, "secretAccessKey");
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return undefined;
  }
  if (accessKeyId === undefined) {
    throw missing(label, "the access key id", "aws_access_key_id");
  }
  if (secretAccessKey === undefined) {
    throw missing(label, "the secret access key", "aws_secret_access_key");
  }
  const sessionToken = visible(found, "sessionToken");
  return {
    kind: "keys",
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: new Secret(sessionToken) }),
  };
}

function roleOf(found: FoundFields, label: string): RoleInput | undefined {
  const roleArn = text(found, "roleArn");
  const externalId = text(found, "externalId");
  if (roleArn === undefined) {
    if (externalId !== undefined) {
      throw missing(label, "the role's ARN (an external id is there)", "aws_role_arn");
    }
    return undefined;
  }
  const sessionName = text(found, "sessionName");
  const tags = tagsOf(found);
  return {
    roleArn,
    ...(externalId !== undefined && { externalId }),
    ...(sessionName !== undefined && { sessionName }),
    ...(tags !== undefined && { tags }),
  };
}

/** Session tags as an object, as STS's list of `Key` and `Value`, or as either's JSON in a header. STS takes a key once. */
function tagsOf(found: FoundFields): Record<string, string> | undefined {
  const field = lookUp(found, "tags");
  if (field === undefined) {
    return undefined;
  }
  const value = typeof field.value === "string" ? parsedJson(field.value) : field.value;
  const entries = Array.isArray(value) ? value.map(tagEntry) : Object.entries(isJsonObject(value) ? value : { "": 0 });
  const isText = (entry: readonly unknown[]): entry is [string, string] =>
    entry.every((part) => typeof part === "string");
  if (!entries.every(isText)) {
    throw new AditError("invalid_request", `${field.name} must be an object of strings.`, { param: field.name });
  }
  const tags = Object.fromEntries(entries);
  if (Object.keys(tags).length < entries.length) {
    throw new AditError("invalid_request", `${field.name} names a tag twice.`, { param: field.name });
  }
  return tags;
}

function tagEntry(tag: unknown): readonly unknown[] {
  return isJsonObject(tag) ? [tag["Key"] ?? tag["key"], tag["Value"] ?? tag["value"]] : [undefined];
}

function authTypeOf(found: FoundFields): AuthType | undefined {
  const given = text(found, "authType");
  if (given === undefined) {
    return undefined;
  }
  const plain = given.toLowerCase().replaceAll(/[-_]/g, "");
  const known = authTypes.find((type) => type.toLowerCase() === plain);
  if (known === undefined) {
    const name = lookUp(found, "authType")?.name ?? "aws_auth_type";
    throw new AditError("invalid_request", `${name} must be one of ${authTypes.join(", ")}.`, { param: name });
  }
  return known;
}

function missing(label: string, what: string, param: string): AditError {
  return new AditError("incomplete_credentials", `The credential in the ${label} lacks ${what}.`, { param });
}
