/** The terms of a gateway key, checked: each fault names its field. */
import { checkRegions } from "../vault/check-regions.ts";
import { checkSlug } from "../terms/slug.ts";
import { checkModelPatterns } from "../vault/model-patterns.ts";
import { checkAddresses } from "../http/request/address-list.ts";
import { mostPairs } from "../caller-text.ts";
import type { GatewayKey } from "./gateway-key.ts";
import { termFault } from "../terms/term-fault.ts";
import { checkLine, checkText } from "../terms/check-line.ts";

/** Portkey's limit of a metadata value. */
const longestValue = 128;
/** Records keep no more of a name. */
const longestField = 512;

/** The part of a gateway key that can be changed. */
export type GatewayKeyTerms = Omit<
  GatewayKey,
  "id" | "projectId" | "ownerId" | "lastUsedAt" | "createdAt" | "updatedAt"
>;

/** `spokenExpiry`: the expiry where the change speaks of it, which must lie ahead. */
export function checkGatewayKey(
  terms: GatewayKeyTerms,
  context: { spokenExpiry: number | undefined; nowMs: number },
): GatewayKeyTerms {
  const { spokenExpiry, nowMs } = context;
  if (spokenExpiry !== undefined && !(Number.isSafeInteger(spokenExpiry) && spokenExpiry > nowMs)) {
    throw termFault("expires_at", "must lie in the future.");
  }
  return {
    ...terms,
    name: checkLine(terms.name, "name"),
    description: checkText(terms.description, "description"),
    scopes: checkScopes(terms.scopes),
    allowedModels: terms.allowedModels && checkModelPatterns(terms.allowedModels, "allowed_models"),
    allowedVirtualKeys: terms.allowedVirtualKeys?.map((slug) => checkSlug(slug)),
    allowedRegions: terms.allowedRegions && checkRegions(terms.allowedRegions, "allowed_regions"),
    allowedAddresses: terms.allowedAddresses && checkAddresses(terms.allowedAddresses, "allowed_addresses"),
    defaultMetadata: terms.defaultMetadata && checkMetadata(terms.defaultMetadata),
    defaultVirtualKey: terms.defaultVirtualKey === undefined ? undefined : checkSlug(terms.defaultVirtualKey),
  };
}

/** @throws AditError where the key's default is not among the virtual keys that it may use: all its calls would be refused. */
export function checkDefaultAllowed({ defaultVirtualKey, allowedVirtualKeys }: GatewayKeyTerms): void {
  if (defaultVirtualKey === undefined || allowedVirtualKeys?.includes(defaultVirtualKey) !== false) return;
  throw termFault(
    "defaults.virtual_key",
    "must be one of allowed_virtual_keys: each call that leaves it to the default would be refused.",
  );
}

function checkScopes(scopes: readonly string[]): string[] {
  if (scopes.length === 0) throw termFault("scopes", "must name what the key may do, such as completions.write.");
  for (const [index, scope] of scopes.entries()) {
    if (!/^[a-z_]{1,64}\.(?:[a-z_]{1,64}|\*)$/.test(scope)) {
      throw termFault(`scopes[${index}]`, "must be of the form completions.write or virtual_keys.*.");
    }
  }
  return [...new Set(scopes)];
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(metadata);
  // Each call's record has all of them.
  if (entries.length > mostPairs) throw termFault("defaults.metadata", `must have at most ${mostPairs} members.`);
  for (const [name, value] of entries) {
    if (name.length > longestField) {
      throw termFault("defaults.metadata", `must have names of at most ${longestField} characters.`);
    }
    if (typeof value !== "string" || value.length > longestValue || value.includes("\0") || name.includes("\0")) {
      throw termFault(
        `defaults.metadata.${name.slice(0, 64)}`,
        `must be a text of at most ${longestValue} characters.`,
      );
    }
  }
  return Object.fromEntries(entries);
}
