/** Judges an answer while it comes, piece by piece, by the checks that can: the rest is for the stream's end. */
import type { Judgement } from "../check.ts";
import type { JsonPlace } from "../checks/json-number.ts";
import type { Hook, HookCheck } from "../hook.ts";
import { hookResult, type HookResult } from "../hook-result.ts";
import type { Judged, Now } from "../run-hook.ts";

interface LiveCheck {
  hook: Hook;
  check: HookCheck;
}

/** A text in the middle of its coming. */
export interface OpenPiece {
  /** The end of what has gone to the caller already. */
  context: string;
  /** What is held back. */
  pending: string;
  /** True where `context` begins with the text itself. */
  isFromStart: boolean;
  /** True where `pending` ends with the text itself. */
  isOver: boolean;
}

/** How much of a stream must be held back, and for what. */
export type Holding =
  /** Nothing: every check says afterwards what it found. */
  | { kind: "none" }
  /** All of it: a check that may stop or change it can judge the whole alone. */
  | { kind: "whole" }
  /** So many characters. */
  | { kind: "window"; characters: number };

/** Steps that the patterns of a whole stream may take while it comes. */
const mostSteps = 50_000_000;

export class PieceJudge {
  readonly holding: Holding;
  readonly #live: readonly LiveCheck[];
  readonly #judged: Judged;
  readonly #now: Now;
  readonly #patience = { steps: mostSteps };

  /** `judged`: the context that checks are shown. */
  constructor(hooks: readonly Hook[], judged: Judged, now: Now) {
    const held = hooks.flatMap((hook) => hook.checks.filter(({ isHeld }) => isHeld).map((check) => ({ hook, check })));
    const isLive = held.every(({ check: { ready } }) => ready.grasp === "piece" && ready.asks !== true);
    const characters = Math.max(0, ...held.map(({ check }) => check.window));
    this.holding = held.length === 0 ? { kind: "none" } : isLive ? { kind: "window", characters } : { kind: "whole" };
    this.#live = isLive ? held : [];
    this.#judged = judged;
    this.#now = now;
  }

  /** True where a check changes texts while they come. */
  get changes(): boolean {
    return this.#live.some(({ check }) => check.ready.changes === true);
  }

  /** The text as the changing checks leave it. `jsonPlace`: where its beginning has gone out. */
  changed(text: string, jsonPlace?: JsonPlace): string {
    let changed = text;
    for (const { check } of this.#live) {
      if (check.ready.changes === true) changed = this.#judge(check, changed, jsonPlace).texts?.[0] ?? changed;
    }
    return changed;
  }

  /**
   * What the first guardrail found that refuses this piece, whatever follows it; undefined where none does. What matches at the very edge
   * of what is there may be another word once more has come: it waits.
   */
  refusal({ context, pending, isFromStart, isOver }: OpenPiece): HookResult | undefined {
    let text = pending;
    for (const { hook, check } of this.#live) {
      if (check.ready.changes === true) {
        text = this.#judge(check, text).texts?.[0] ?? text;
        continue;
      }
      const startedAt = this.#now();
      const whole = context + text;
      const judgement = this.#judge(check, whole);
      if (!hasFailed(judgement, check)) continue;
      const [from, to] = [isFromStart ? 0 : 1, isOver ? whole.length : -1];
      // Each edge by itself too: what begins in the middle of a word may match at the one and, without its first letter, at the other.
      const inner = [whole.slice(from), whole.slice(0, to), whole.slice(from, to)];
      if (!inner.every((part) => hasFailed(this.#judge(check, part), check))) continue;
      return this.#resultOf({ hook, check }, judgement, startedAt);
    }
    return undefined;
  }

  #judge(check: HookCheck, text: string, jsonPlace?: JsonPlace): Judgement {
    const judged = this.#judged.contextOf(this.#judged.body);
    const context = { ...judged, patience: this.#patience, isAtOnce: true, jsonPlace };
    try {
      const judgement = check.ready.judge([text], context);
      // Those that ask somebody are not among the live ones, and the others judge at once.
      if (judgement instanceof Promise) throw new TypeError(`${check.id} does not judge at once.`);
      return judgement;
    } catch (error) {
      // Not let through: no text makes a check that asks nobody fail.
      const explanation = error instanceof Error ? error.message : "The check failed.";
      return { verdict: false, data: { explanation } };
    }
  }

  #resultOf({ hook, check }: LiveCheck, { verdict, data }: Judgement, startedAt: number): HookResult {
    const now = this.#now();
    const created_at = new Date(startedAt).toISOString();
    const result = { id: check.id, verdict, data: data ?? null, transformed: false, log: null } as const;
    return hookResult(hook, [{ ...result, execution_time: now - startedAt, created_at }], { startedAt, now });
  }
}

function hasFailed({ verdict, error }: Judgement, { failsOnError }: HookCheck): boolean {
  return !verdict && (error === undefined || failsOnError);
}
