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
  kind: "target";
  /** JSON path in the config, such as `config.targets[1]`; `config` where there is only one. */
  path: string;
  provider: "bedrock" | "openai";
  /** The model for the wire: an id or an ARN, without provider prefix. */
  model: string;
  /** AWS's region; empty for `openai`. */
  region: string;
  /** For `bedrock`: who signs. */
  credentials: CredentialSource | undefined;
  /** True where the server's own chain signs: the emulator may stand in for it. */
  isServerChain: boolean;
  /** For `openai`: the bearer key; for display nothing of it is ever used. */
  apiKey: Secret | undefined;
  /** Base URL from the configuration or an allowed origin; undefined: AWS's own endpoint. */
  baseUrl: string | undefined;
  /** Laid over the body before translation. */
  overrideParams: JsonObject;
  retry: RetryRule | undefined;
  requestTimeoutMs: number | undefined;
  /** The target's own word on strictness; it beats the header. */
  strict: boolean | undefined;
  /** Relative weight in a load balance. */
  weight: number;
}

/** Tries its members in order until one answers. */
export interface Fallback {
  kind: "fallback";
  path: string;
  /** Statuses that make it go on; undefined: any that is not 2xx. */
  onStatusCodes: readonly number[] | undefined;
  members: readonly Plan[];
}

/** Draws one member by weight. */
export interface LoadBalance {
  kind: "loadbalance";
  path: string;
  members: readonly { weight: number; plan: Plan }[];
}

/** What to do with a request: a frozen tree, made before anything is sent. */
export type Plan = Target | Fallback | LoadBalance;
