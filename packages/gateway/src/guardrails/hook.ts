/** A guardrail as it is run: its checks, ready, and what their verdicts lead to. */
import type { ReadyCheck } from "./check.ts";

export interface Feedback {
  value: number;
  weight: number;
  metadata: Readonly<Record<string, string>>;
}

export interface HookCheck {
  /** With its provider's prefix, such as `default.regexMatch`. */
  id: string;
  ready: ReadyCheck;
  /** True: where it cannot judge, it has failed. */
  failsOnError: boolean;
  /** True: of a stream it holds text back until it has judged it, and may stop or change it. Else it says afterwards what it found. */
  isHeld: boolean;
  /** Characters of a stream that are held back. */
  window: number;
  /** Which messages of a request it is shown. */
  scope: "last" | "all";
}

export interface Hook {
  id: string;
  /** A mutator changes texts alone: its verdict leads to nothing. */
  type: "guardrail" | "mutator";
  /** True: what fails is refused. */
  deny: boolean;
  /** True: nobody waits for it, and only the log says what it found. */
  isAsync: boolean;
  /** True: its checks are made one after the other. */
  isSequential: boolean;
  checks: readonly HookCheck[];
  onSuccess: Feedback | undefined;
  onFail: Feedback | undefined;
}

/** What a config names: a guardrail that is written out, or the slug of a saved one. */
export type HookSource = { kind: "inline"; hook: Hook } | { kind: "saved"; slug: string };

/** What a target's requests and answers go through, in this order. */
export interface TargetHooks {
  before: readonly HookSource[];
  after: readonly HookSource[];
}
