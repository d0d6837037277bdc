import type { CallerPrincipal } from "../access/principal.ts";
import type { Hook } from "../guardrails/hook.ts";
import type { PromptSource } from "../prompts/stored-prompts.ts";
import type { Settings } from "../settings.ts";
import type { Circuits } from "./circuits.ts";
import type { Config } from "./config/config.ts";
import type { CredentialSources } from "./plan/credential-sources.ts";
import type { SlowPatterns } from "./slow-patterns.ts";
import type { StoredKeys } from "./plan/stored-keys.ts";
import type { StickyDraws } from "./plan/sticky-draws.ts";

/** What routing needs of the gateway around it. */
export interface RoutingDependencies {
  settings: Settings;
  sources: CredentialSources;
  /** The region of the server's own environment: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, us-east-1. */
  serverRegion: string;
  storedKeys: StoredKeys;
  findConfig: FindConfig;
  findGuardrail: FindGuardrail;
  prompts: PromptSource;
  circuits: Circuits;
  slowPatterns: SlowPatterns;
  stickyDraws: StickyDraws;
}

/** A config with what tells it from others, and from its own earlier versions. */
export interface IdentifiedConfig extends Config {
  id: string;
}

/** The saved config of this slug, as far as this caller may use it: the one place where a slug becomes a config. Rejects with AditError `not_stored`. */
export type FindConfig = (slug: string, principal: CallerPrincipal) => Promise<IdentifiedConfig>;

/** The saved guardrail of this slug in this caller's project, ready to run. Rejects with AditError `not_stored`. */
export type FindGuardrail = (slug: string, principal: CallerPrincipal) => Promise<Hook>;
