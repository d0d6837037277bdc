/** Gateway keys as the API shows them, and as it takes them in. */
import { isDeepStrictEqual } from "node:util";
import { AditError } from "@adit/bedrock";
import { hasScope, metricsScope, type Principal } from "../../access/principal.ts";
import type { GatewayKey, GatewayKeyPatch } from "../../access/gateway-key.ts";
import type { KeyLimits, ShownKeyLimits } from "../../limits/settings/key-limits.ts";
import type { KeyPair } from "../../access/key-pair.ts";
import { shownLimits } from "../key-limit-fields.ts";
import type { ApiKeyUpdate } from "../schemas/api-keys.ts";
import type { Role } from "../../store/tables/tables.ts";
import { momentOf, momentOrNull } from "../schemas/schema.ts";
import { statusWithLimits } from "./virtual-key-view.ts";

export function viewOf(key: GatewayKey, nowMs: number, limits: ShownKeyLimits) {
  return {
    id: key.id,
    object: "api-key",
    name: key.name,
    description: key.description ?? null,
    type: key.ownerId === undefined ? "workspace-service" : "workspace-user",
    workspace_id: key.projectId,
    user_id: key.ownerId ?? null,
    status: statusWithLimits(key, nowMs, limits),
    scopes: key.scopes,
    allowed_models: key.allowedModels ?? null,
    allowed_virtual_keys: key.allowedVirtualKeys ?? null,
    allowed_regions: key.allowedRegions ?? null,
    allowed_addresses: key.allowedAddresses ?? null,
    defaults: {
      metadata: key.defaultMetadata ?? null,
      config_id: key.defaultConfig ?? null,
      allow_config_override: key.mayOverrideConfig,
      virtual_key: key.defaultVirtualKey ?? null,
      allow_credential_override: key.mayOverrideCredential,
    },
    ...shownLimits(limits),
    expires_at: momentOrNull(key.expiresAt),
    last_used_at: momentOrNull(key.lastUsedAt),
    created_at: momentOf(key.createdAt),
    last_updated_at: momentOf(key.updatedAt),
  };
}

export function pairViewOf(pair: KeyPair) {
  return {
    id: pair.id,
    object: "key-pair",
    access_key_id: pair.accessKeyId,
    api_key_id: pair.gatewayKeyId,
    status: pair.disabled ? "disabled" : "active",
    created_at: momentOf(pair.createdAt),
  };
}

/** What of a body is different, by the names of the repository. */
export function termsOf(body: Omit<ApiKeyUpdate, "id">): GatewayKeyPatch {
  const { defaults = {} } = body;
  const given = {
    name: body.name,
    description: body.description,
    scopes: body.scopes,
    allowedModels: body.allowed_models,
    allowedVirtualKeys: body.allowed_virtual_keys,
    allowedRegions: body.allowed_regions,
    allowedAddresses: body.allowed_addresses,
    defaultMetadata: defaults.metadata,
    defaultConfig: defaults.config_id,
    mayOverrideConfig: defaults.allow_config_override,
    defaultVirtualKey: defaults.virtual_key,
    mayOverrideCredential: defaults.allow_credential_override,
    expiresAt: body.expires_at,
    disabled: body.status === undefined ? undefined : body.status === "disabled",
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * The scopes that a change gives: those that it names; else all that the key has, where it may do more by them from then on. Another name
 * gives nothing, nor does switching off, nor a closer bound.
 */
export function scopesGiven(
  key: GatewayKey,
  { name: _name, description: _description, scopes, disabled, ...bounds }: GatewayKeyPatch,
): readonly string[] {
  const before: Readonly<Record<string, unknown>> = { ...key };
  const widens = disabled === false || Object.entries(bounds).some(([name, bound]) => !isNoWider(before[name], bound));
  return scopes ?? (widens ? key.scopes : []);
}

/** A list of what is allowed, the end of a time, a leave that is taken away, or what is the same. What is absent is no bound. */
function isNoWider(before: unknown, bound: unknown): boolean {
  if (bound === false || isDeepStrictEqual(before ?? null, bound)) return true;
  if (typeof bound === "number") return before === undefined || bound <= Number(before);
  return Array.isArray(bound) && (!Array.isArray(before) || bound.every((each) => before.includes(each)));
}

/**
 * Nobody hands on more than they have: a gateway key gives its own scopes alone, and none where it has limits that the other would not have.
 * @throws AditError `forbidden`
 */
export async function checkHandsOn(
  principal: Principal,
  scopes: readonly string[],
  { keyLimits }: { keyLimits: KeyLimits },
): Promise<void> {
  if (principal.kind === "person") checkGivesMetrics(principal.person.role, scopes);
  if (principal.kind !== "gateway_key") return;
  const { key } = principal;
  if (key.owner !== undefined) checkGivesMetrics(key.owner.role, scopes);
  if (isLimited(key) || (await keyLimits.isLimited("gateway_key", key.id))) {
    throw new AditError(
      "forbidden",
      "A gateway key with limits of its own (models, virtual keys, regions, addresses, an expiry, fixed defaults or metadata, budgets, rate limits) makes and changes no keys.",
      {
        remedy: "Use a key without limits, or the admin key.",
      },
    );
  }
  const index = scopes.findIndex(
    (scope) => !(scope.endsWith(".*") ? key.scopes.includes(scope) : hasScope(key, scope)),
  );
  if (index === -1) return;
  throw new AditError("forbidden", `The gateway key lacks the scope ${scopes[index] ?? ""}, and cannot give it.`, {
    param: `scopes[${index}]`,
    remedy: "Use a key that has it, or the admin key.",
  });
}

/** @throws AditError `forbidden` for who is no admin of the gateway */
function checkGivesMetrics(role: Role, scopes: readonly string[]): void {
  const index = role === "admin" ? -1 : scopes.findIndex((scope) => hasScope({ scopes: [scope] }, metricsScope));
  if (index === -1) return;
  throw new AditError("forbidden", `The scope ${scopes[index] ?? ""} shows figures of all projects.`, {
    param: `scopes[${index}]`,
    remedy: "Have an admin of the gateway make the key, or leave the scope out.",
  });
}

function isLimited(key: GatewayKey): boolean {
  const limits = [key.allowedModels, key.allowedVirtualKeys, key.allowedRegions, key.allowedAddresses, key.expiresAt];
  if (limits.some((limit) => limit !== undefined) || !key.mayOverrideConfig || !key.mayOverrideCredential) return true;
  // Budgets and rate limits go by metadata too: a key without these, or with others, would be free of them.
  return Object.keys(key.defaultMetadata ?? {}).length > 0;
}
