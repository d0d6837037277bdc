/** The repositories that changes are made of, over an open store: of a running gateway, and of a command without one around it. */
import { GatewayKeys } from "../access/gateway-keys.ts";
import { KeyPairs } from "../access/key-pairs.ts";
import { People } from "../access/people.ts";
import { Projects } from "../access/projects.ts";
import { SavedGuardrails } from "../guardrails/saved/saved-guardrails.ts";
import { PromptCollections } from "../prompts/collections.ts";
import { PromptLabels } from "../prompts/labels.ts";
import { PromptPartials } from "../prompts/partials.ts";
import { Prompts } from "../prompts/prompts.ts";
import { Connectors } from "../connectors/connectors.ts";
import { KeyLimits } from "../limits/settings/key-limits.ts";
import { LimitSettings } from "../limits/settings/limit-settings.ts";
import { SavedConfigs } from "../routing/saved-configs/saved-configs.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { Keyring } from "../vault/keyring.ts";
import { Vault } from "../vault/vault.ts";
import { VirtualKeyTests } from "../vault/virtual-key-tests.ts";
import { VirtualKeys } from "../vault/virtual-keys.ts";
import type { ChangeParts } from "./parts.ts";

/** Whoever has opened them closes `gatewayKeys`. */
export async function openChangeParts(store: Store, settings: Settings): Promise<ChangeParts & { store: Store }> {
  const { masterKey, oldMasterKey, dataDir, customHosts } = settings;
  const vault = await Vault.open(store, await Keyring.load({ masterKey, oldMasterKey, dataDir }));
  const virtualKeys = new VirtualKeys({ store, vault, customHosts });
  const limitSettings = new LimitSettings({ store, vault, customHosts });
  return {
    store,
    vault,
    virtualKeys,
    virtualKeyTests: new VirtualKeyTests(store),
    connectors: new Connectors({ store, virtualKeys }),
    gatewayKeys: await GatewayKeys.open(store, vault),
    keyPairs: new KeyPairs(store, vault),
    people: new People(store),
    projects: new Projects(store),
    configs: new SavedConfigs({ store, vault, customHosts }),
    guardrails: new SavedGuardrails({ store, vault, customHosts }),
    prompts: new Prompts(store),
    partials: new PromptPartials(store),
    promptLabels: new PromptLabels(store),
    promptCollections: new PromptCollections(store),
    limitSettings,
    keyLimits: new KeyLimits(store, limitSettings),
  };
}
