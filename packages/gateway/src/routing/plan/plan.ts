import type { CredentialSource, JsonObject, Secret } from "@adit/bedrock";
import type { TargetHooks } from "../../guardrails/hook.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import type { Circuit } from "../circuits.ts";
import type { CacheRule } from "../config/config-schema.ts";
import type { ParamRules } from "../config/params.ts";

/** When and how often one target is tried again. */
export interface RetryRule {
  /** Tries after the first. */
  attempts: number;
  /** Statuses that are tried again; undefined: by the error table. */
  onStatusCodes: readonly number[] | undefined;
  /** Whether AWS's or the target's `Retry-After` decides the wait. */
  useRetryAfterHeader: boolean;
  /** Milliseconds between two tries; undefined: drawn, and longer each time. */
  waitMs: number | undefined;
}

/** One place to send the request to: provider, credential and model. */
export interface Target {
  readonly kind: "target";
  /** JSON path in the config, such as `config.targets[1]`; `config` where there is only one. */
  readonly path: string;
  readonly provider: "bedrock" | "openai";
  /** The model for the wire: an id or an ARN, without provider prefix. */
  readonly model: string;
  /** The model as the request wrote it for this target; where it names none, as the config does. */
  readonly modelAsked: string;
  /** AWS's region; empty for `openai`. */
  readonly region: string;
  /** For `bedrock`: who signs. */
  readonly credentials: CredentialSource | undefined;
  /** The stored credential that it is called by, if it is. */
  readonly virtualKey: VirtualKey | undefined;
  /** Names of `requestMetadata` that the virtual key gives its calls; undefined: none. */
  readonly requestMetadata: Readonly<Record<string, string>> | undefined;
  /** Where the credential comes from: with the request, from the store, or from the server's own means. */
  readonly credentialFrom: "request" | "virtual_key" | "server";
  /** True where the server's own chain signs: the emulator may stand in for it. */
  readonly isServerChain: boolean;
  /** For `openai`: the bearer key, or how a stored one is opened; for display nothing of it is ever used. */
  readonly apiKey: Secret | (() => Promise<Secret>) | undefined;
  /** For `openai`: where that key stood. */
  readonly apiKeyLabel: string | undefined;
  /** False where regions are listed: then no inference profile takes the place of a model that needs one. */
  readonly autoProfile: boolean;
  /** Base URL from the configuration or an allowed origin; undefined: AWS's own endpoint. */
  readonly baseUrl: string | undefined;
  /** Laid over the body before translation, by `withParams`: a member that is undefined takes the body's away. */
  readonly overrideParams: JsonObject;
  /** Paths of the body that are taken out so, and of rules that are not followed. */
  readonly droppedParams: readonly string[];
  /** The rules that `overrideParams` comes from. */
  readonly paramRules: ParamRules;
  /** Headers of the caller that its own `forward_headers` list; undefined: those of the header. */
  readonly forwardHeaders: Record<string, string> | undefined;
  readonly retry: RetryRule | undefined;
  /** Until the answer is there, or its stream has begun. */
  readonly requestTimeoutMs: number | undefined;
  /** Between two events of a stream. */
  readonly idleTimeoutMs: number | undefined;
  readonly cache: CacheRule | undefined;
  /** Guardrails of its requests and answers; undefined: none. */
  readonly hooks: TargetHooks | undefined;
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
  /** The members' circuit breakers, in their order. */
  readonly circuits?: readonly Circuit[] | undefined;
  readonly passedOver?: PassedOver;
}

/** Paths of targets of the strategy that are no members, for no condition of theirs fits the request. */
type PassedOver = readonly string[] | undefined;

/** Draws one member by weight. */
export interface LoadBalance {
  readonly kind: "loadbalance";
  readonly path: string;
  readonly members: readonly { weight: number; plan: Plan }[];
  readonly circuits?: readonly Circuit[] | undefined;
  /** Draws requests that are alike alike. */
  readonly sticky?: StickyDraw | undefined;
  readonly passedOver?: PassedOver;
}

/** The draw of one request, from 0 (included) to 1 (excluded). */
export interface StickyDraw {
  draw(): number;
  /** The same, without a trace. */
  peek(): number;
}

/** What to do with a request: a tree that nothing changes, made before anything is sent. */
export type Plan = Target | Fallback | LoadBalance;

/** Every target of a plan, in the order in which they stand there. */
export function targetsIn(plan: Plan): Target[] {
  switch (plan.kind) {
    case "target":
      return [plan];
    case "fallback":
      return plan.members.flatMap((member) => targetsIn(member));
    case "loadbalance":
      return plan.members.flatMap((member) => targetsIn(member.plan));
  }
}

/** Paths of the targets that are passed over anywhere in a plan. */
export function passedOverIn(plan: Plan): string[] {
  switch (plan.kind) {
    case "target":
      return [];
    case "fallback":
      return [...(plan.passedOver ?? []), ...plan.members.flatMap((member) => passedOverIn(member))];
    case "loadbalance":
      return [...(plan.passedOver ?? []), ...plan.members.flatMap((member) => passedOverIn(member.plan))];
  }
}
