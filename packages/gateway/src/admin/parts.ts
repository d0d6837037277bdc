/** What the control API works on: the repositories, over the store itself or inside one transaction. */
import type { GatewayKeys } from "../access/gateway-keys.ts";
import { KeyPairs } from "../access/key-pairs.ts";
import { People } from "../access/people.ts";
import { Projects } from "../access/projects.ts";
import type { SavedGuardrails } from "../guardrails/saved/saved-guardrails.ts";
import { PromptCollections } from "../prompts/collections.ts";
import { PromptLabels } from "../prompts/labels.ts";
import type { PromptPartials } from "../prompts/partials.ts";
import type { Prompts } from "../prompts/prompts.ts";
import type { Connectors } from "../connectors/connectors.ts";
import { KeyLimits } from "../limits/settings/key-limits.ts";
import type { LimitSettings } from "../limits/settings/limit-settings.ts";
import type { Limits } from "../limits/limits.ts";
import type { SavedConfigs } from "../routing/saved-configs/saved-configs.ts";
import type { Writing } from "../store/store.ts";
import { within, type StoreAccess } from "../store/within.ts";
import type { VirtualKeySources } from "../vault/virtual-key-sources.ts";
import { VirtualKeyTests } from "../vault/virtual-key-tests.ts";
import type { VirtualKeys } from "../vault/virtual-keys.ts";
import type { Vault } from "../vault/vault.ts";

/** What changes are made of. */
export interface ChangeParts {
  store: StoreAccess;
  vault: Vault;
  virtualKeys: VirtualKeys;
  virtualKeyTests: VirtualKeyTests;
  gatewayKeys: GatewayKeys;
  keyPairs: KeyPairs;
  people: People;
  projects: Projects;
  configs: SavedConfigs;
  guardrails: SavedGuardrails;
  prompts: Prompts;
  partials: PromptPartials;
  promptLabels: PromptLabels;
  promptCollections: PromptCollections;
  connectors: Connectors;
  limitSettings: LimitSettings;
  /** Limits in the fields of keys. */
  keyLimits: KeyLimits;
}

export interface ControlParts extends ChangeParts {
  /** What calls are signed with. */
  virtualKeySources: VirtualKeySources;
  /** By whose clock limits count. */
  limits: Pick<Limits, "now">;
}

/** The same parts, whose changes are kept together with the transaction, or not at all. */
export function partsWithin<Parts extends ChangeParts>(parts: Parts, writing: Writing): Parts {
  const store = within(parts.store, writing);
  const limitSettings = parts.limitSettings.within(store);
  return {
    ...parts,
    store,
    virtualKeys: parts.virtualKeys.within(store),
    virtualKeyTests: new VirtualKeyTests(store),
    gatewayKeys: parts.gatewayKeys.within(store),
    keyPairs: new KeyPairs(store, parts.vault),
    people: new People(store),
    projects: new Projects(store),
    configs: parts.configs.within(store),
    guardrails: parts.guardrails.within(store),
    prompts: parts.prompts.within(store),
    partials: parts.partials.within(store),
    promptLabels: new PromptLabels(store),
    promptCollections: new PromptCollections(store),
    connectors: parts.connectors.within(store),
    limitSettings,
    keyLimits: new KeyLimits(store, limitSettings),
  };
}
