import type { CredentialSource, JsonObject, Secret } from "@adit/bedrock";

/** When and how often one target is tried again. */
export interface RetryRule {
  /** Tries after the first. */
  attempts: number;
  /** Statuses that are tried again; undefined: by the error table. */
  onStatusCodes: readonly number[] | undefined;
  /** Whether AWS's or the target's `Retry-After` decides the wait. */
  useRetryAfterHeader: boolean;
}

/** One place to send the request to: provider, credential and model. */
export interface Target {
  readonly kind: "target";
  /** JSON path in the config, such as `config.targets[1]`; `config` where there is only one. */
  readonly path: string;
  readonly provider: "bedrock" | "openai";
  /** The model for the wire: an id or an ARN, without provider prefix. */
  readonly model: string;
  /** AWS's region; empty for `openai`. */
  readonly region: string;
  /** For `bedrock`: who signs. */
  readonly credentials: CredentialSource | undefined;
  /** True where the server's own chain signs: the emulator may stand in for it. */
  readonly isServerChain: boolean;
  /** For `openai`: the bearer key; for display nothing of it is ever used. */
  readonly apiKey: Secret | undefined;
  /** For `openai`: where that key stood. */
  readonly apiKeyLabel: string | undefined;
  /** Base URL from the configuration or an allowed origin; undefined: AWS's own endpoint. */
  readonly baseUrl: string | undefined;
  /** Laid over the body before translation. */
  readonly overrideParams: JsonObject;
  readonly retry: RetryRule | undefined;
  readonly requestTimeoutMs: number | undefined;
  /** The target's own word on strictness; it beats the header. */
  readonly strict: boolean | undefined;
  /** Relative weight in a load balance. */
  readonly weight: number;
}

/** Tries its members in order until one answers. */
export interface Fallback {
  readonly kind: "fallback";
  readonly path: string;
  /** Statuses that make it go on; undefined: any that is not 2xx. */
  readonly onStatusCodes: readonly number[] | undefined;
  readonly members: readonly Plan[];
}

/** Draws one member by weight. */
export interface LoadBalance {
  readonly kind: "loadbalance";
  readonly path: string;
  readonly members: readonly { weight: number; plan: Plan }[];
}

/** What to do with a request: a tree that nothing changes, made before anything is sent. */
export type Plan = Target | Fallback | LoadBalance;
