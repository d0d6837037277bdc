/** Whose credential signs a target's call: the places of docs/credentials.md, never mixed. */
import {
  AditError,
  parseModelName,
  type Credentials,
  type CredentialSource,
  type JsonObject,
  type Secret,
} from "@adit/bedrock";
import { credentialsFromFields, isCredentialField, type CredentialInput } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import { bearerToken } from "../../access/door.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { isUnreadCredential } from "../config/config-names.ts";
import type { CredentialSources } from "./credential-sources.ts";
import type { Target } from "./plan.ts";

/** Everything in a request that may carry a credential, best first. */
export interface CredentialPlaces {
  /** Undefined for a model whose override holds nothing of Bedrock's. */
  overrides: ReadonlyMap<string, JsonObject | undefined>;
  body: JsonObject | undefined;
  /** `aws_...` fields at the top of the body, where `body` is not these. */
  topLevel: JsonObject | undefined;
  /** Where the body holds an object of credentials: the path at which Bedrock's must be. */
  bedrockPath: string | undefined;
  /** Set where the body holds a list of credentials of which none is for Bedrock and this model: where. */
  unservedList?: string;
  /** `api_key` of the body. */
  bodyKey: string | undefined;
  config: { fields: Readonly<Record<string, unknown>>; path: string } | undefined;
  headers: CallerHeaders;
  /** The virtual key that the request names, else the default of the caller's key. */
  virtualKey: StoredPlace | undefined;
  principal: CallerPrincipal;
  /** Told how many fields are looked at; throws where they are too many for all targets. */
  look: (fields: number) => void;
}

/** A virtual key as a place where a credential stands. */
export interface StoredPlace {
  key: VirtualKey;
  /** True: it counts where nothing in the request does. */
  isDefault: boolean;
  /** `sessionToken`: one that the request brings for it. */
  source: (sessionToken: Secret | undefined) => CredentialSource;
}

export interface ChosenCredentials {
  source: CredentialSource;
  virtualKey: VirtualKey | undefined;
  from: Target["credentialFrom"];
  isServerChain: boolean;
  /** The region that stands beside the credential, if one does. */
  region: string | undefined;
  /** A host that stands beside the credential, as written: whether it may be called is the operator's to say. */
  endpoint: string | undefined;
}

interface Level {
  fields: Readonly<Record<string, unknown>>;
  label: string;
  /** Where a credential must be read: the caller has said that one is there. */
  mustHoldAt?: string;
  /** True where other things stand too: a name of AWS's that nobody reads is a credential's with a slip in it. */
  isAws?: boolean;
}

/** Keys that clients send when they have none: never a Bedrock API key. */
const placeholderKeys = new Set(["", "dummy", "dummy-key", "n/a"]);

/** What was met on the way through the levels. */
interface Met {
  /** A host that is named without a credential beside it still counts: it must not be passed over for a credential from elsewhere. */
  endpoint: string | undefined;
  sessionToken: Secret | undefined;
  /** A level that says it is by an API key, and holds none: it may stand behind the gateway key. */
  wantsKey: Level | undefined;
  /** A part of the body that should hold a credential, and holds none that can be read. */
  unread: AditError | undefined;
}

/**
 * The credential for one model.
 * @throws AditError `incomplete_credentials` where a level holds half of one: never a fall-through.
 */
export function chooseCredentials(
  model: string,
  places: CredentialPlaces,
  sources: CredentialSources,
): ChosenCredentials {
  const named = places.virtualKey?.isDefault === false ? places.virtualKey : undefined;
  const met: Met = { endpoint: undefined, sessionToken: undefined, wantsKey: undefined, unread: lacking(places) };
  for (const level of levels(model, places)) {
    places.look(Object.keys(level.fields).length);
    const input = credentialsFromFields(level.fields, level.label);
    noteUnread(level, input, { places, met });
    if (input === undefined) {
      if (level.mustHoldAt !== undefined) throw lacksBedrock(level.mustHoldAt);
      continue;
    }
    met.endpoint ??= input.endpoint;
    if (named !== undefined && isTokenAlone(input)) {
      met.sessionToken ??= input.sessionToken;
      continue;
    }
    const found = foundAt(level, input, { places, sources, met });
    if (found !== undefined) return beside(met.endpoint, found);
  }
  if (named !== undefined && met.wantsKey === undefined)
    return beside(met.endpoint, fromStore(named, met.sessionToken));
  return beside(met.endpoint, beyondFields(places, sources, met));
}

function noteUnread(
  { fields, isAws }: Level,
  input: CredentialInput | undefined,
  { places, met }: { places: CredentialPlaces; met: Met },
): void {
  if (fields === places.body) met.unread = unreadIn(fields, input, places);
  else if (isAws === true) met.unread ??= unreadAmong(fields, input);
}

/** What a level gives; undefined where it says nothing of who signs. @throws AditError where it says half of it. */
function foundAt(
  level: Level,
  input: CredentialInput,
  { places, sources, met }: { places: CredentialPlaces; sources: CredentialSources; met: Met },
): ChosenCredentials | undefined {
  refuseRoleByServer(level, input, places.principal);
  refuseForeignKey(level, input, places.principal);
  const found = fromLevel(level, input, sources);
  if (found === undefined) {
    if (input.authType === "apiKey") met.wantsKey ??= level;
    else if (level.mustHoldAt !== undefined) throw lacksBedrock(level.mustHoldAt);
    return undefined;
  }
  // A level above says that the credential is an API key: another place may hold it, but nothing else.
  const isKeyAlone = input.role === undefined && input.credentials?.kind === "bearer";
  if (met.wantsKey !== undefined && !isKeyAlone) throw lacksKey(met.wantsKey);
  return found;
}

/** Where the body holds an object or a list of credentials, before anything of it is read. */
function lacking({ bedrockPath, unservedList }: CredentialPlaces): AditError | undefined {
  if (unservedList !== undefined) return lacksEntry(unservedList);
  return bedrockPath === undefined ? undefined : lacksBedrock(bedrockPath);
}

/** Of fields that are there for a credential: a region alone speaks, a name that nobody reads does not. */
function unreadIn(
  fields: Readonly<Record<string, unknown>>,
  input: CredentialInput | undefined,
  { bedrockPath }: CredentialPlaces,
): AditError | undefined {
  if (input !== undefined && saysWho(input)) return undefined;
  const unknown = Object.keys(fields).find((name) => !isNothing(fields[name]) && !isCredentialField(name));
  if (bedrockPath !== undefined) {
    return input === undefined || unknown !== undefined ? lacksBedrock(bedrockPath) : undefined;
  }
  return unknown === undefined ? undefined : unknownField(unknown);
}

/** The same among fields of a config, or headers. */
function unreadAmong(
  fields: Readonly<Record<string, unknown>>,
  input: CredentialInput | undefined,
): AditError | undefined {
  if (input !== undefined && saysWho(input)) return undefined;
  const unknown = Object.keys(fields).find((name) => !isNothing(fields[name]) && isUnreadCredential(name));
  return unknown === undefined ? undefined : unknownField(unknown);
}

function saysWho({ credentials, role, authType, sessionToken }: CredentialInput): boolean {
  return credentials !== undefined || role !== undefined || authType !== undefined || sessionToken !== undefined;
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}

/** What was found, with the host that the request names beside it. Written into it: to copy it for this costs every request. */
function beside(endpoint: string | undefined, found: ChosenCredentials): ChosenCredentials {
  found.endpoint = endpoint;
  return found;
}

/** Where no field holds a credential: a bearer, what the caller's key brings along, the server's own. */
function beyondFields(places: CredentialPlaces, sources: CredentialSources, met: Met): ChosenCredentials {
  const key = bearerBehindGatewayKey(places);
  if (key !== undefined) return byRequest(sources.bearer(key.token, key.label), undefined);
  if (met.wantsKey !== undefined) throw lacksKey(met.wantsKey);
  // A credential that the caller sent must never be passed over while the operator's account pays.
  if (met.unread !== undefined) throw met.unread;
  return places.virtualKey === undefined ? byServer(sources, undefined) : fromStore(places.virtualKey, undefined);
}

function fromStore({ key, source }: StoredPlace, sessionToken: Secret | undefined): ChosenCredentials {
  return {
    source: source(sessionToken),
    virtualKey: key,
    from: "virtual_key",
    isServerChain: key.credential.kind === "server_chain",
    region: key.region,
    endpoint: undefined,
  };
}

function byServer({ server }: CredentialSources, region: string | undefined): ChosenCredentials {
  return { source: server, virtualKey: undefined, from: "server", isServerChain: true, region, endpoint: undefined };
}

function byRequest(source: CredentialSource, region: string | undefined): ChosenCredentials {
  return { source, virtualKey: undefined, from: "request", isServerChain: false, region, endpoint: undefined };
}

/** The one thing that may stand beside a virtual key. */
function isTokenAlone({ credentials, role, sessionToken, authType }: CredentialInput): boolean {
  return sessionToken !== undefined && credentials === undefined && role === undefined && authType === undefined;
}

/** Whoever may name a role that the server assumes has whatever the server's credentials may become. */
function refuseRoleByServer(level: Level, { role, credentials }: CredentialInput, principal: CallerPrincipal): void {
  if (role === undefined || credentials !== undefined || principal.kind === "admin_key") return;
  throw new AditError("forbidden", `The gateway key may not have the server assume the role in the ${level.label}.`, {
    remedy: "Send the key pair that assumes the role beside it, or have the role stored as a virtual key.",
  });
}

/** The gateway's own key, or what clients send when they have none, is no business of AWS's. */
function refuseForeignKey(level: Level, { credentials }: CredentialInput, principal: CallerPrincipal): void {
  if (credentials?.kind !== "bearer" || isBedrockKey(credentials.token.reveal(), principal)) return;
  throw new AditError(
    "incomplete_credentials",
    `The API key in the ${level.label} is none of Bedrock's: it is a placeholder, another provider's, or a gateway key.`,
    { param: "api_key", remedy: "Send a Bedrock API key there, or leave it out. Nothing was sent to AWS." },
  );
}

function lacksKey(level: Level): AditError {
  return missing(level, "a Bedrock API key, which its aws_auth_type names", "api_key");
}

function lacksEntry(path: string): AditError {
  return new AditError("incomplete_credentials", `No entry of ${path} has a credential of Bedrock's for this model.`, {
    param: path,
    remedy: `Add one whose credentials are Bedrock's, and whose available_models, if it has any, name the model; or leave ${path} out.`,
  });
}

function unknownField(name: string): AditError {
  const shown = name.slice(0, 64);
  return new AditError("incomplete_credentials", `${shown} is no part of a credential that is known here.`, {
    param: shown,
    remedy: "Check its spelling (/docs/credentials lists them all), or leave it out.",
  });
}

function lacksBedrock(path: string): AditError {
  return new AditError("incomplete_credentials", `${path} holds no credential for Bedrock that can be read.`, {
    param: path,
    remedy: `Send the whole credential as ${path}, or leave it out to have the call signed with the server's own.`,
  });
}

function levels(model: string, places: CredentialPlaces): Level[] {
  const list: Level[] = [];
  const override = places.overrides.size === 0 ? undefined : overrideFor(model, places.overrides);
  if (override !== undefined) list.push(override);
  if (places.body !== undefined) list.push({ fields: places.body, label: "request body" });
  if (places.topLevel !== undefined) list.push({ fields: places.topLevel, label: "request body", isAws: true });
  if (places.bodyKey !== undefined && isBedrockKey(places.bodyKey.trim(), places.principal))
    list.push({ fields: { api_key: places.bodyKey }, label: "request body (api_key)" });
  if (places.config !== undefined && !isEmpty(places.config.fields))
    list.push({ fields: places.config.fields, label: `request config (${places.config.path})`, isAws: true });
  const inHeaders = awsHeaders(places.headers);
  if (inHeaders !== undefined) list.push({ fields: inHeaders, label: "request headers", isAws: true });
  return list;
}

/** Where the request names no config there is a node all the same, with nothing in it. */
function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

/** The override of an exact name (with or without Bedrock's prefix), else of the longest pattern that fits. Another provider's is not for AWS. */
function overrideFor(model: string, overrides: CredentialPlaces["overrides"]): Level | undefined {
  let best: string | undefined;
  let length = 0;
  for (const name of overrides.keys()) {
    const { id: wanted, provider = "bedrock" } = parseModelName(name);
    if (provider !== "bedrock") continue;
    if (wanted === model) return overrideLevel(name, overrides);
    if (wanted.length > length && wanted.includes("*") && fitsPattern(model, wanted)) {
      best = name;
      length = wanted.length;
    }
  }
  return best === undefined ? undefined : overrideLevel(best, overrides);
}

function overrideLevel(name: string, overrides: CredentialPlaces["overrides"]): Level {
  const fields = overrides.get(name) ?? {};
  return { fields, label: "request body (credential_override)", mustHoldAt: `credential_override["${name}"]` };
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

/** What a request's headers say of credentials and regions, by their names without a vendor's prefix. */
export function awsHeaders(headers: CallerHeaders): Record<string, unknown> | undefined {
  const names = headers.namesBeginning("aws");
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, headers.get(name)]));
}

function fromLevel(level: Level, input: CredentialInput, sources: CredentialSources): ChosenCredentials | undefined {
  const { credentials, role, region } = input;
  if (role !== undefined) return byRequest(sources.role(role, credentials, { region, label: level.label }), region);
  if (credentials !== undefined && isOfType(credentials, input.authType)) {
    return byRequest(sources.fixed(credentials, level.label), region);
  }
  if (input.authType === "serviceRole") return byServer(sources, region);
  if (input.authType === "assumedRole") throw missing(level, "a role ARN", "aws_role_arn");
  if (input.sessionToken !== undefined || input.authType === "accessKey")
    throw missing(level, "the access key id and the secret access key", "aws_access_key_id");
  return undefined;
}

/** What a type of authentication names is not replaced by a credential of another kind. */
function isOfType({ kind }: Credentials, type: CredentialInput["authType"]): boolean {
  if (type === "apiKey") return kind === "bearer";
  return type === "accessKey" ? kind === "keys" : type !== "assumedRole";
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
  places: { headers: CallerHeaders | undefined; principal: CallerPrincipal },
  inBody: readonly { token: string | undefined; label: string }[],
): Shown | undefined {
  const inHeaders = places.headers === undefined ? [] : keysBehindGatewayKey(places.headers);
  return [...inBody, ...inHeaders]
    .map(({ token, label }) => ({ token: token?.trim() ?? "", label }))
    .find(({ token }) => isKey(token, places.principal) && !bedrockKeyForm.test(token));
}
