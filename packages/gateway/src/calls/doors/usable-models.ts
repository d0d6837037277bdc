/** Which models a caller may name, for lists of them. A call itself is checked by `routing/plan/allowed.ts`. */
import { projectOf, type CallerPrincipal, type Principal } from "../../access/principal.ts";
import type { StoredKeys } from "../../routing/plan/stored-keys.ts";
import { isModelAllowed } from "../../vault/model-patterns.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";

export type IsUsable = (model: string) => boolean;

/** By the gateway key's own list, and by the lists of the virtual keys, where it is these that a call goes by: one that allows the model is enough. */
export function usableBy(
  principal: Principal,
  virtualKeys: readonly Pick<VirtualKey, "disabled" | "credential" | "allowedModels">[] | undefined,
): IsUsable {
  const ofKey = principal.kind === "gateway_key" ? principal.key.allowedModels : undefined;
  const lists = virtualKeys
    ?.filter(({ disabled, credential }) => !disabled && credential.kind !== "openai_compatible")
    .map(({ allowedModels }) => allowedModels);
  const ofVirtualKeys = lists && joined(lists);
  return (model) => isModelAllowed(ofKey, model) && isModelAllowed(ofVirtualKeys, model);
}

/** Each pattern once: hundreds of virtual keys may have the same hundred, and a list asks of each model. Undefined: one allows every model. */
function joined(lists: readonly (readonly string[] | undefined)[]): string[] | undefined {
  const all = new Set<string>();
  for (const patterns of lists) {
    if (patterns === undefined) return undefined;
    for (const pattern of patterns) all.add(pattern);
  }
  return [...all];
}

/**
 * The virtual keys that the caller's key is bound to; undefined where it may call by others too.
 * Rejects with AditError `store_unavailable`.
 */
export async function boundKeys(principal: Principal, stored: StoredKeys): Promise<VirtualKey[] | undefined> {
  if (principal.kind !== "gateway_key") return undefined;
  const { defaultVirtualKey, allowedVirtualKeys, mayOverrideCredential } = principal.key;
  const isFixed = !mayOverrideCredential && defaultVirtualKey !== undefined;
  const allowed = isFixed ? [] : allowedVirtualKeys;
  if (allowed === undefined) return undefined;
  const slugs = new Set([...allowed, ...(defaultVirtualKey === undefined ? [] : [defaultVirtualKey])]);
  const found = await Promise.all([...slugs].map((slug) => stored.find(projectOf(principal), slug)));
  return found.filter((key) => key !== undefined);
}

/** Of the virtual keys that a request names, those that the caller's key may call by. */
export function allowedKeys(principal: CallerPrincipal, named: Iterable<VirtualKey>): VirtualKey[] {
  if (principal.kind === "admin_key") return [...named];
  const { defaultVirtualKey, allowedVirtualKeys, mayOverrideCredential } = principal.key;
  return [...named].filter(
    ({ slug }) => slug === defaultVirtualKey || (mayOverrideCredential && allowedVirtualKeys?.includes(slug) !== false),
  );
}
