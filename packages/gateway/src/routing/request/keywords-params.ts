/**
 * Keywords AI's other places for the fields that it adds to a body: an object in the body, and a header for clients that cannot change
 * their bodies. A credential that stands there is the caller's own: the call must not be made with the server's in its place.
 */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { parseJsonBody } from "../../http/request/json-body.ts";
import { isBlank } from "./body-fields.ts";
import { isCredentialPlace, isGatewayField, isSigning, plainName } from "./request-fields.ts";

/** By the product's name, and by the one before. */
export const paramObjects = ["respan_params", "keywordsai_params"];
export const paramHeaders = ["x-data-respan-params", "x-data-keywordsai-params"];

const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

export interface GatheredBody {
  /** What stands at the top of the body goes before its object, and that before the header. */
  body: JsonObject;
  /** Paths of what they say that is not followed. */
  dropped: readonly string[];
  /** What the headers say. */
  inHeaders: readonly JsonObject[];
}

/** The body with the fields of those places at its top; undefined where it has none. @throws AditError `invalid_request` with the header */
export function gatherParams(
  written: JsonObject,
  headers: CallerHeaders,
  maxDepth: number,
  follows: (name: string) => boolean = isFollowed,
): GatheredBody | undefined {
  const inBody = paramObjects.filter((name) => isJsonObject(written[name]));
  const inHeaders = paramHeaders.filter((name) => headers.raw(name) !== undefined);
  if (inBody.length === 0 && inHeaders.length === 0) return undefined;
  const body = { ...written };
  const dropped: string[] = [];
  for (const name of inBody) {
    delete body[name];
    for (const field of takeInto(body, written[name], follows)) dropped.push(`${name}.${field}`);
  }
  const params = inHeaders.map((name) => paramsOf(name, headers.raw(name) ?? "", maxDepth));
  for (const [index, said] of params.entries()) {
    for (const field of takeInto(body, said, follows)) dropped.push(`${inHeaders[index]}.${field}`);
  }
  return { body, dropped, inHeaders: params };
}

/** Fields that the body has no word of its own for, however it is spelled; gives the names of those that are not followed. */
function takeInto(body: JsonObject, params: JsonValue | undefined, follows: (name: string) => boolean): string[] {
  const entries = isJsonObject(params) ? Object.entries(params) : [];
  const said = Object.keys(body).filter((name) => !isBlank(body[name]));
  const names = new Set(said.map(plainName));
  // Credentials of two places are never mixed: only the higher place counts, and it says who pays.
  const isSigned = said.some(isSigning);
  for (const [name, value] of entries) {
    if (!follows(name) || names.has(plainName(name)) || (isSigned && isSigning(name))) continue;
    body[name] = value ?? null;
  }
  return entries.map(([name]) => name).filter((name) => !follows(name));
}

/** The objects of such fields that a body has. */
export function paramsIn(body: JsonObject): JsonObject[] {
  return paramObjects.map((name) => body[name]).filter((params) => isJsonObject(params));
}

function isFollowed(name: string): boolean {
  return isGatewayField(name) || name === "prompt";
}

/** Where the body passes unread: it has no prompt, and its format is the path's. */
export function isFollowedUnread(name: string): boolean {
  return isGatewayField(name) && plainName(name) !== "use_converse";
}

/** Where the call has a credential and a model of its own: who else would sign is refused, and never passed over. */
export function isFollowedByConnector(name: string): boolean {
  return isCredentialPlace(name) || plainName(name) === "disable_log";
}

/** True for a field of a body that is the gateway's own matter, or holds such fields. */
export function steersCall(name: string): boolean {
  return isFollowed(name) || paramObjects.includes(name);
}

/** Where among fields of a body a credential stands, or a part of one; undefined where none does. */
export function credentialPlaceIn(fields: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(fields)) {
    if (isCredentialPlace(name) && !isBlank(value)) return name.slice(0, 64);
    const inner = paramObjects.includes(name) && isJsonObject(value) ? credentialPlaceIn(value) : undefined;
    if (inner !== undefined) return `${name}.${inner}`;
  }
  return undefined;
}

function paramsOf(name: string, text: string, maxDepth: number): JsonObject {
  try {
    if (base64.test(text)) return parseJsonBody(Buffer.from(text, "base64"), maxDepth);
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
  }
  throw new AditError("invalid_request", `The header ${name} must be a JSON object in base64.`, { param: name });
}
