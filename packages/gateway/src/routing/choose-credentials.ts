/** Whose credential signs a target's call: the levels of the design's section 5, never mixed. */
import {
  AditError,
  credentialsFromFields,
  parseModelName,
  type CredentialInput,
  type CredentialSource,
  type JsonObject,
} from "@adit/bedrock";
import type { CallerPrincipal } from "../access/principal.ts";
import { bearerToken } from "../access/door.ts";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { CredentialSources } from "./credential-sources.ts";

/** Everything in a request that may carry a credential, best first. */
export interface CredentialPlaces {
  overrides: ReadonlyMap<string, JsonObject>;
  body: JsonObject | undefined;
  /** Where the body holds an object of credentials: the path at which Bedrock's must be. */
  bedrockPath: string | undefined;
  /** `api_key` of the body. */
  bodyKey: string | undefined;
  config: { fields: Readonly<Record<string, unknown>>; path: string } | undefined;
  headers: CallerHeaders;
  principal: CallerPrincipal;
}

export interface ChosenCredentials {
  source: CredentialSource;
  isServerChain: boolean;
  /** The region that stands beside the credential, if one does. */
  region: string | undefined;
  /** A host that stands beside the credential, as written: whether it may be called is the operator's to say. */
  endpoint: string | undefined;
}

interface Level {
  fields: Readonly<Record<string, unknown>>;
  label: string;
}

/** Header names of a credential, without their vendor prefix. */
const headerFields = [
  "aws-access-key-id",
  "aws-secret-access-key",
  "aws-session-token",
  "aws-role-arn",
  "aws-external-id",
  "aws-auth-type",
];

/** Keys that clients send when they have none: never a Bedrock API key. */
const placeholderKeys = new Set(["", "dummy", "dummy-key", "n/a"]);

/**
 * The credential for one model.
 * @throws AditError `incomplete_credentials` where a level holds half of one: never a fall-through.
 */
export function chooseCredentials(
  model: string,
  places: CredentialPlaces,
  sources: CredentialSources,
): ChosenCredentials {
  // A host named without a credential beside it is asked for all the same: whoever uses another must not pass it over.
  let endpoint: string | undefined;
  let bodySpeaks = places.bedrockPath === undefined;
  for (const level of levels(model, places)) {
    const input = credentialsFromFields(level.fields, level.label);
    if (input === undefined) continue;
    if (level.fields === places.body) bodySpeaks = true;
    endpoint ??= input.endpoint;
    const found = fromLevel(level, input, sources);
    if (found !== undefined) return { ...found, endpoint };
  }
  const key = bearerBehindGatewayKey(places);
  if (key !== undefined)
    return {
      source: sources.bearer(key.token, key.label),
      isServerChain: false,
      region: undefined,
      endpoint,
    };
  // A credential that the caller sent must never be passed over while the operator's account pays.
  if (!bodySpeaks) throw lacksBedrock(places.bedrockPath ?? "");
  return { source: sources.server, isServerChain: true, region: undefined, endpoint };
}

function lacksBedrock(path: string): AditError {
  return new AditError(
    "incomplete_credentials",
    `${path} is missing: the credentials in the body hold none for Bedrock.`,
    {
      param: path,
      remedy: `Send the credential as ${path}, or leave the object out to have the call signed with the server's own.`,
    },
  );
}

function levels(model: string, places: CredentialPlaces): Level[] {
  const list: Level[] = [];
  const override = places.overrides.size === 0 ? undefined : overrideFor(model, places.overrides);
  if (override !== undefined) list.push({ fields: override, label: "request body (credential_override)" });
  if (places.body !== undefined) list.push({ fields: places.body, label: "request body" });
  if (places.bodyKey !== undefined && isBedrockKey(places.bodyKey.trim(), places.principal))
    list.push({ fields: { api_key: places.bodyKey }, label: "request body (api_key)" });
  if (places.config !== undefined)
    list.push({ fields: places.config.fields, label: `request config (${places.config.path})` });
  const inHeaders = fieldsOfHeaders(places.headers);
  if (inHeaders !== undefined) list.push({ fields: inHeaders, label: "request headers" });
  return list;
}

/** The override of an exact name (with or without provider prefix), else of the longest pattern that fits. */
function overrideFor(model: string, overrides: ReadonlyMap<string, JsonObject>): JsonObject | undefined {
  let best: { length: number; fields: JsonObject } | undefined;
  for (const [name, fields] of overrides) {
    const wanted = parseModelName(name).id;
    if (wanted === model) return fields;
    if (!wanted.includes("*") || !fitsPattern(model, wanted)) continue;
    if (best === undefined || wanted.length > best.length) best = { length: wanted.length, fields };
  }
  return best?.fields;
}

/** `*` stands for any run of characters. Walks the pieces, so that no pattern can be slow. */
export function fitsPattern(text: string, pattern: string): boolean {
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  const last = pieces[pieces.length - 1] ?? "";
  if (pieces.length === 1) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

function fieldsOfHeaders(headers: CallerHeaders): Record<string, unknown> | undefined {
  let fields: Record<string, unknown> | undefined;
  for (const name of headerFields) {
    const value = headers.get(name);
    if (value !== undefined) (fields ??= {})[name] = value;
  }
  if (fields === undefined) return undefined;
  const region = headers.get("aws-region");
  if (region !== undefined) fields["aws-region"] = region;
  return fields;
}

function fromLevel(
  level: Level,
  input: CredentialInput,
  sources: CredentialSources,
): Omit<ChosenCredentials, "endpoint"> | undefined {
  const { credentials, role, region } = input;
  if (role !== undefined)
    return { source: sources.role(role, credentials, { region, label: level.label }), isServerChain: false, region };
  if (credentials !== undefined)
    return { source: sources.fixed(credentials, level.label), isServerChain: false, region };
  const authType = input.authType?.toLowerCase();
  if (authType === "servicerole") return { source: sources.server, isServerChain: true, region };
  if (authType === "assumedrole") throw missing(level, "a role ARN", "aws_role_arn");
  if (input.sessionToken !== undefined)
    throw missing(level, "the access key id and the secret access key", "aws_access_key_id");
  if (authType === "accesskey")
    throw missing(level, "the access key id and the secret access key", "aws_access_key_id");
  return undefined;
}

function missing(level: Level, what: string, param: string): AditError {
  return new AditError("incomplete_credentials", `The credential in the ${level.label} lacks ${what}.`, {
    param,
    remedy: "Send all of its parts together, in one place.",
  });
}

/**
 * With the gateway key in a vendor's header, `Authorization`, else `x-api-key`, is a Bedrock API key:
 * the way of OpenAI's SDK behind `createHeaders`, and of the curl samples.
 */
function bearerBehindGatewayKey(places: CredentialPlaces): Shown | undefined {
  return keysBehindGatewayKey(places.headers).find(({ token }) => isBedrockKey(token, places.principal));
}

interface Shown {
  token: string;
  label: string;
}

function keysBehindGatewayKey(headers: CallerHeaders): Shown[] {
  if (headers.get("api-key") === undefined) return [];
  const candidates = [
    { token: bearerToken(headers.raw("authorization")), label: "request header Authorization" },
    { token: headers.raw("x-api-key"), label: "request header x-api-key" },
  ];
  return candidates.filter((candidate): candidate is Shown => candidate.token !== undefined);
}

function isBedrockKey(token: string, principal: CallerPrincipal): boolean {
  return isKey(token, principal) && !token.startsWith("sk-");
}

function isKey(token: string, principal: CallerPrincipal): boolean {
  return !placeholderKeys.has(token.toLowerCase()) && !principal.isGatewayKey(token);
}

/** How Bedrock's API keys begin, long-term and short-term: none of them is any business of another host. */
const bedrockKeyForm = /^(?:ABSK|bedrock-api-key-)/;

/** The key for a target of OpenAI's format that has none of its own, and the place it stood at. */
export function chooseOpenAiKey(
  places: Pick<CredentialPlaces, "headers" | "principal">,
  inBody: readonly { token: string | undefined; label: string }[],
): Shown | undefined {
  return [...inBody, ...keysBehindGatewayKey(places.headers)]
    .map(({ token, label }) => ({ token: token?.trim() ?? "", label }))
    .find(({ token }) => isKey(token, places.principal) && !bedrockKeyForm.test(token));
}
