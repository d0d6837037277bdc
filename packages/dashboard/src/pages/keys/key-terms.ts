/** The terms of a gateway key, as the form's fields hold them and as the API takes them. */
import type { Schemas } from "../../api/control.ts";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { listIn, localMoment, momentIn, pairsIn, pairsText } from "../../controls/forms/form-text.ts";

export interface KeyTerms {
  name: string;
  callsModels: boolean;
  /** Of the control API, one a line. */
  otherScopes: string;
  virtualKey: string;
  mayOverrideCredential: boolean;
  config: string;
  mayOverrideConfig: boolean;
  allowedModels: string;
  allowedVirtualKeys: string;
  allowedRegions: string;
  allowedAddresses: string;
  /** `name=value`, one a line. */
  metadata: string;
  expiresAt: string;
}

export const newTerms: KeyTerms = {
  name: "",
  callsModels: true,
  otherScopes: "",
  virtualKey: "",
  mayOverrideCredential: true,
  config: "",
  mayOverrideConfig: true,
  allowedModels: "",
  allowedVirtualKeys: "",
  allowedRegions: "",
  allowedAddresses: "",
  metadata: "",
  expiresAt: "",
};

const callScope = "completions.write";

export function termsOfKey(key: Schemas["ApiKey"]): KeyTerms {
  const { defaults, scopes } = key;
  const lines = (texts: readonly string[] | null) => (texts ?? []).join("\n");
  return {
    name: key.name,
    callsModels: scopes.includes(callScope) || scopes.includes("completions.*"),
    otherScopes: lines(scopes.filter((scope) => !scope.startsWith("completions."))),
    virtualKey: defaults.virtual_key ?? "",
    mayOverrideCredential: defaults.allow_credential_override,
    config: defaults.config_id ?? "",
    mayOverrideConfig: defaults.allow_config_override,
    allowedModels: lines(key.allowed_models),
    allowedVirtualKeys: lines(key.allowed_virtual_keys),
    allowedRegions: lines(key.allowed_regions),
    allowedAddresses: lines(key.allowed_addresses),
    metadata: pairsText(defaults.metadata),
    expiresAt: localMoment(key.expires_at),
  };
}

/** As the API takes them: null takes a bound away. */
export function bodyOf(terms: KeyTerms, expiryBefore: string | null = null) {
  return {
    name: terms.name,
    scopes: [...(terms.callsModels ? [callScope] : []), ...(listIn(terms.otherScopes) ?? [])],
    allowed_models: listIn(terms.allowedModels) ?? null,
    allowed_virtual_keys: listIn(terms.allowedVirtualKeys) ?? null,
    allowed_regions: listIn(terms.allowedRegions) ?? null,
    allowed_addresses: listIn(terms.allowedAddresses) ?? null,
    // A moment that was not touched stays what it was, to the second.
    expires_at: terms.expiresAt === localMoment(expiryBefore) ? expiryBefore : (momentIn(terms.expiresAt) ?? null),
    defaults: {
      metadata: pairsIn(terms.metadata) ?? null,
      virtual_key: terms.virtualKey === "" ? null : terms.virtualKey,
      allow_credential_override: terms.mayOverrideCredential,
      config_id: terms.config === "" ? null : terms.config,
      allow_config_override: terms.mayOverrideConfig,
    },
  };
}

/** What the terms change of the key that they were read from. */
export function changeOf(terms: KeyTerms, key: Schemas["ApiKey"]): Schemas["ApiKeyUpdate"] {
  const body = bodyOf(terms, key.expires_at);
  const before = bodyOf(termsOfKey(key), key.expires_at);
  return changedIn({ ...body, defaults: changedIn(body.defaults, before.defaults) }, { ...before, defaults: {} });
}
