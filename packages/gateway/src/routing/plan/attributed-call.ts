/** The values of a virtual key's attribution for one request, in the characters that AWS takes. */
import type { JsonObject } from "@adit/bedrock";
import type { Principal } from "../../access/principal.ts";
import type { AttributionSource, KeptAttribution } from "../../vault/attribution.ts";
import type { RoleSession } from "../../vault/role-sessions.ts";

/** Who calls, and what is said of the call. */
export interface AttributedCall {
  principal: Principal;
  metadata: JsonObject;
}

/**
 * AWS's bounds of the values: RequestMetadataValueString, STS's tagValueType and roleSessionNameType. The patterns of its models are Java's, in
 * which no space beyond ASCII is one; of tags it keeps `aws:` at the beginning for itself, in values too (IAM's rules for tagging).
 */
const notInMetadata = /[^a-zA-Z0-9\t-\r :_@$#=/+,\-.]/gu;
const notInTags = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
const notInSessionName = /[^\w+=,.@-]/gu;
const longestValue = 256;
const longestSessionName = 64;

/** Undefined where the virtual key sends none. A value that is not known is empty: nobody else may give one. */
export function requestMetadataFor(
  attribution: KeptAttribution,
  call: AttributedCall,
): Record<string, string> | undefined {
  return valuesOf(attribution.requestMetadata, (source) =>
    shortened(valueOf(source, attribution, call).replaceAll(notInMetadata, "-")),
  );
}

/** Undefined where the role's session is the same for every request. */
export function sessionFor(attribution: KeptAttribution, call: AttributedCall): RoleSession | undefined {
  const { sessionName, sessionTags } = attribution;
  const tags = valuesOf(sessionTags, (source) =>
    shortened(valueOf(source, attribution, call).replaceAll(notInTags, "-").replace(/^aws:/i, "aws-")),
  );
  if (tags === undefined && sessionName === undefined) return undefined;
  const name = sessionName === undefined ? undefined : sessionNameFrom(valueOf(sessionName, attribution, call));
  return { name, tags: tags ?? {} };
}

function valuesOf(
  sources: Readonly<Record<string, AttributionSource>>,
  value: (source: AttributionSource) => string,
): Record<string, string> | undefined {
  const entries = Object.entries(sources);
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([name, source]) => [name, value(source)]));
}

function valueOf(source: AttributionSource, { projectSlug }: KeptAttribution, call: AttributedCall): string {
  if (source === "project") return projectSlug;
  if (source === "key") return keyName(call.principal);
  const field = source.slice("metadata.".length);
  const value = Object.hasOwn(call.metadata, field) ? call.metadata[field] : undefined;
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A person calls connectors alone, and has no key. */
function keyName(principal: Principal): string {
  switch (principal.kind) {
    case "gateway_key":
      return principal.key.name;
    case "admin_key":
      return "admin-key";
    case "person":
      return "";
  }
}

/** Not through a letter that takes two code units. */
function shortened(text: string): string {
  return text.length <= longestValue ? text : text.slice(0, longestValue).replace(/[\uD800-\uDBFF]$/u, "");
}

/** STS wants two characters at least. What is not known goes by the name that Adit uses everywhere. */
function sessionNameFrom(value: string): string {
  const name = value.replaceAll(notInSessionName, "-").slice(0, longestSessionName);
  if (name === "") return "adit";
  return name.length === 1 ? `adit-${name}` : name;
}
