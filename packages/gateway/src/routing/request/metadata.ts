/** `x-portkey-metadata`: what the caller says of its request. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import { exactNumbersAsText } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import { objectInHeader } from "../../http/request/header-json.ts";
import { checkPairs } from "../../caller-text.ts";

const nothing: JsonObject = Object.freeze({});
const noText: Record<string, string> = Object.freeze({});

/** As it was sent, with what the caller's key adds, which wins. Throws AditError `invalid_request` for what is no object of JSON. */
export function metadataOf(headers: CallerHeaders, principal: CallerPrincipal): JsonObject {
  const text = headers.get("metadata");
  const sent = text === undefined ? nothing : sentPairs(text);
  const own = principal.kind === "gateway_key" ? principal.key.defaultMetadata : undefined;
  return own === undefined ? sent : { ...sent, ...own };
}

/** As text; undefined where it is what the call was refused for. */
export function readableMetadata(
  headers: CallerHeaders,
  principal: CallerPrincipal,
): Record<string, string> | undefined {
  try {
    return metadataAsText(metadataOf(headers, principal));
  } catch {
    return undefined;
  }
}

function sentPairs(text: string): JsonObject {
  // Ids of people may have more digits than numbers keep: two would be one, for limits, sums and deletions too.
  const sent = objectInHeader(exactNumbersAsText(text), "metadata", "invalid_request");
  checkPairs(Object.keys(sent).length);
  return sent;
}

/** The name under which Portkey keeps who the caller's own user is. */
export const userName = "_user";

/** The body's `user` stands under `_user` where the metadata names none. */
export function metadataWithUser(
  metadata: Record<string, string>,
  user: JsonValue | undefined,
): Record<string, string> {
  if (typeof user !== "string" || user === "" || metadata[userName] !== undefined) return metadata;
  return { ...metadata, [userName]: user };
}

/** For logs and tags: every value as text. */
export function metadataAsText(metadata: JsonObject): Record<string, string> {
  if (metadata === nothing) return noText;
  return Object.fromEntries(
    Object.entries(metadata).map(([key, entry]) => [key, typeof entry === "string" ? entry : JSON.stringify(entry)]),
  );
}
