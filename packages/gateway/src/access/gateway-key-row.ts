/** Gateway keys to and from their rows. */
import type { Row } from "../store/tables/tables.ts";
import type { GatewayKeyTerms } from "./check-gateway-key.ts";
import type { GatewayKey } from "./gateway-key.ts";

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

export function columnsOf(terms: GatewayKeyTerms) {
  return {
    name: terms.name,
    description: terms.description ?? null,
    scopes: JSON.stringify(terms.scopes),
    allowedModels: json(terms.allowedModels),
    allowedVirtualKeys: json(terms.allowedVirtualKeys),
    allowedRegions: json(terms.allowedRegions),
    allowedAddresses: json(terms.allowedAddresses),
    defaultMetadata: json(terms.defaultMetadata),
    defaultConfig: terms.defaultConfig ?? null,
    mayOverrideConfig: terms.mayOverrideConfig ? 1 : 0,
    defaultVirtualKey: terms.defaultVirtualKey ?? null,
    mayOverrideCredential: terms.mayOverrideCredential ? 1 : 0,
    expiresAt: terms.expiresAt ?? null,
    disabled: terms.disabled ? 1 : 0,
  };
}

export function gatewayKeyFromRow(row: Row<"gatewayKeys">): GatewayKey {
  const list = (text: string | null): string[] | undefined =>
    text === null ? undefined : (JSON.parse(text) as string[]);
  return {
    id: row.id,
    projectId: row.projectId,
    ownerId: row.ownerId ?? undefined,
    name: row.name,
    description: row.description ?? undefined,
    scopes: JSON.parse(row.scopes) as string[],
    allowedModels: list(row.allowedModels),
    allowedVirtualKeys: list(row.allowedVirtualKeys),
    allowedRegions: list(row.allowedRegions),
    allowedAddresses: list(row.allowedAddresses),
    defaultMetadata:
      row.defaultMetadata === null ? undefined : (JSON.parse(row.defaultMetadata) as Record<string, string>),
    defaultConfig: row.defaultConfig ?? undefined,
    mayOverrideConfig: row.mayOverrideConfig !== 0,
    defaultVirtualKey: row.defaultVirtualKey ?? undefined,
    mayOverrideCredential: row.mayOverrideCredential !== 0,
    expiresAt: row.expiresAt ?? undefined,
    disabled: row.disabled !== 0,
    lastUsedAt: row.lastUsedAt ?? undefined,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
