/** The most that one call can use, at the targets that it may come to; each thing that this needs is read once, where it is needed. */
import type { PriceTable } from "@adit/bedrock";
import type { Principal } from "../../access/principal.ts";
import type { FoundHooks } from "../../guardrails/find-hooks.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import type { Incoming } from "../../http/routes/route.ts";
import { usageOfCall } from "../../ledger/cost/call-cost.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import { larger, nothingUsed, sum } from "../../limits/charge/charge-sums.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { boundAt, contentAt, contentOf, hasGuardrailInCall, judgedAt, type CallContent } from "./call-bound.ts";
import { answeredSize, askedSize, checkBounds, inCallBound, type CheckBounds } from "./guardrail-bound.ts";
import { checkWork } from "./reckoning-work.ts";

export interface HeldCall {
  incoming: Incoming;
  principal: Principal;
  asked: Interpretation;
  facts: RequestFacts;
  /** The body as the caller sent it, or as a connector made it. */
  text: Buffer | string;
}

export interface BoundsTools {
  prices: PriceTable;
  /** `ADIT_DEFAULT_MAX_TOKENS`. */
  defaultMaxTokens: number | undefined;
  /** The model behind a target whose name does not tell it. */
  modelBehind: (target: Target) => Promise<string> | undefined;
  /** Undefined: one of the hooks is not there, and a target fails that has them. */
  hooksOf: (hooks: TargetHooks, principal: Principal) => FoundHooks | Promise<FoundHooks | undefined>;
}

export type Bounded = LimitCharge | Promise<LimitCharge>;

const noChecks: CheckBounds = { before: nothingUsed, after: nothingUsed };

export class CallBounds {
  readonly #tools: BoundsTools;
  readonly #call: HeldCall;
  /** Models behind targets whose names do not tell them. */
  #behind: Map<Target, string> | undefined;
  /** Hooks of targets, where they have any. */
  #hooks: Map<Target, FoundHooks> | undefined;
  #content: CallContent | undefined;

  constructor(tools: BoundsTools, call: HeldCall) {
    this.#tools = tools;
    this.#call = call;
  }

  /**
   * At whichever of the targets the call comes to, with the checks of their guardrails.
   * @throws AditError `invalid_request` for a body that nobody can reckon with, or not for so many.
   */
  at(targets: readonly Target[]): Bounded {
    checkWork(this.#contentOfCall().body, targets.length);
    let finding: Promise<unknown>[] | undefined;
    for (const target of targets) {
      const hooks = target.hooks === undefined ? undefined : this.#findHooks(target, target.hooks);
      if (hooks !== undefined) (finding ??= []).push(hooks);
      const model = this.#behind?.has(target) === true ? undefined : this.#tools.modelBehind(target);
      if (model === undefined) continue;
      (finding ??= []).push(model.then((id) => (this.#behind ??= new Map()).set(target, id)));
    }
    return finding === undefined ? this.#dearestAt(targets) : Promise.all(finding).then(() => this.#dearestAt(targets));
  }

  /** The body is this text from now on; undefined: the caller's own again. */
  readAnew(text: Buffer | undefined): void {
    const { incoming, asked, facts } = this.#call;
    this.#content = text && contentOf(incoming, asked, facts.dialect, text);
  }

  /** One transmission to the target, with AWS's guardrail in the call, and without checks. */
  of(target: Target): LimitCharge {
    return boundAt(this.#contentOfCall(), target, this.#toolsAt(target));
  }

  /** Of the checks that nobody waits for. */
  ofLateChecks(): LimitCharge {
    let total = nothingUsed;
    for (const target of this.#hooks?.keys() ?? []) {
      const { before, after } = this.#checksAt(target, true);
      total = sum(total, sum(before, after));
    }
    return total;
  }

  /** Of AWS's guardrail in the call, by what was written; undefined where none was asked for. */
  ofGuardrailInCall(target: Target, facts: RequestFacts): LimitCharge | undefined {
    const content = this.#content;
    // Where nothing was reserved, nothing had to be read.
    if (content === undefined || target.provider !== "bedrock" || !hasGuardrailInCall(content, target))
      return undefined;
    const sent = contentAt(content, target);
    const written = facts.outputBytes;
    const answered =
      written === undefined
        ? answeredSize(usageOfCall(facts)?.usage.outputTokens ?? 0)
        : { characters: written, blocks: 1 };
    return inCallBound({ asked: askedSize(sent), answered }, target.region, this.#tools.prices);
  }

  /** Undefined where the target's name tells it, or it has not been asked for. */
  modelBehind(target: Target): string | undefined {
    return this.#behind?.get(target);
  }

  /** Saved guardrails are looked up. */
  #findHooks(target: Target, hooks: TargetHooks): Promise<unknown> | undefined {
    if (this.#hooks?.has(target) === true) return undefined;
    const keep = (found: FoundHooks | undefined): void => {
      if (found !== undefined) (this.#hooks ??= new Map()).set(target, found);
    };
    const found = this.#tools.hooksOf(hooks, this.#call.principal);
    if (found instanceof Promise) return found.then(keep);
    keep(found);
    return undefined;
  }

  #dearestAt(targets: readonly Target[]): LimitCharge {
    const [only] = targets;
    if (only !== undefined && targets.length === 1 && this.#hooks === undefined) return this.of(only);
    if (this.#hooks === undefined) return targets.map((target) => this.of(target)).reduce(larger, nothingUsed);
    const checks = targets.map((target) => this.#checksAt(target));
    const answers = targets.map((target, index) => sum(this.of(target), (checks[index] ?? noChecks).after));
    // A request is judged anew for each target that the call comes to; of answers one alone, before the call is settled or reserves anew.
    return checks.reduce((total, { before }) => sum(total, before), answers.reduce(larger, nothingUsed));
  }

  #checksAt(target: Target, isLate = false): CheckBounds {
    const hooks = this.#hooks?.get(target);
    if (hooks === undefined) return noChecks;
    const judged = judgedAt(this.#contentOfCall(), target, this.#toolsAt(target));
    return checkBounds(hooks, judged, { target, prices: this.#tools.prices, isLate });
  }

  #toolsAt(target: Target) {
    const { prices, defaultMaxTokens } = this.#tools;
    return { prices, defaultMaxTokens, foundationModel: this.#behind?.get(target) };
  }

  #contentOfCall(): CallContent {
    const { incoming, asked, facts, text } = this.#call;
    return (this.#content ??= contentOf(incoming, asked, facts.dialect, text));
  }
}
