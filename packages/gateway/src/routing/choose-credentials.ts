/** Whose credential signs a target's call: the levels of the design's section 5, never mixed. */
import {
  AditError,
  credentialsFromFields,
  parseModelName,
  type CredentialSource,
  type JsonObject,
} from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import { bearerToken } from "../access/door.ts";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { CredentialSources } from "./credential-sources.ts";

/** Everything in a request that may carry a credential, best first. */
export interface CredentialPlaces {
  overrides: ReadonlyMap<string, JsonObject>;
  body: JsonObject | undefined;
  config: { fields: Readonly<Record<string, unknown>>; path: string } | undefined;
  headers: CallerHeaders;
  principal: Principal;
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
  for (const level of levels(model, places)) {
    const found = fromLevel(level, sources);
    if (found !== undefined) return found;
  }
  const key = bearerBehindGatewayKey(places);
  if (key !== undefined)
    return {
      source: sources.bearer(key.token, key.label),
      isServerChain: false,
      region: undefined,
      endpoint: undefined,
    };
  return { source: sources.server, isServerChain: true, region: undefined, endpoint: undefined };
}

function levels(model: string, places: CredentialPlaces): Level[] {
  const list: Level[] = [];
  const override = overrideFor(model, places.overrides);
  if (override !== undefined) list.push({ fields: override, label: "request body (credential_override)" });
  if (places.body !== undefined) list.push({ fields: places.body, label: "request body" });
  if (places.config !== undefined)
    list.push({ fields: places.config.fields, label: `request config (${places.config.path})` });
  list.push({ fields: fieldsOfHeaders(places.headers), label: "request headers" });
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

function fieldsOfHeaders(headers: CallerHeaders): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of headerFields) {
    const value = headers.get(name);
    if (value !== undefined) fields[name] = value;
  }
  if (Object.keys(fields).length === 0) return fields;
  const region = headers.get("aws-region");
  if (region !== undefined) fields["aws-region"] = region;
  return fields;
}

function fromLevel(level: Level, sources: CredentialSources): ChosenCredentials | undefined {
  const input = credentialsFromFields(level.fields, level.label);
  if (input === undefined) return undefined;
  const { credentials, role, region, endpoint } = input;
  const beside = { region, endpoint };
  if (role !== undefined)
    return { source: sources.role(role, credentials, { region, label: level.label }), isServerChain: false, ...beside };
  if (credentials !== undefined)
    return { source: sources.fixed(credentials, level.label), isServerChain: false, ...beside };
  const authType = input.authType?.toLowerCase();
  if (authType === "servicerole") return { source: sources.server, isServerChain: true, ...beside };
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
function bearerBehindGatewayKey(places: CredentialPlaces): { token: string; label: string } | undefined {
  if (places.headers.get("api-key") === undefined) return undefined;
  const candidates = [
    { token: bearerToken(places.headers.raw("authorization")), label: "request header Authorization" },
    { token: places.headers.raw("x-api-key"), label: "request header x-api-key" },
  ];
  for (const { token, label } of candidates) {
    if (token !== undefined && isApiKey(token, places.principal)) return { token, label };
  }
  return undefined;
}

function isApiKey(token: string, principal: Principal): boolean {
  if (placeholderKeys.has(token.toLowerCase()) || token.startsWith("sk-")) return false;
  return !principal.isGatewayKey(token);
}
