/** What one call holds of limits, from the reservation of the most that it can use to what it has used. */
import { AditError, type AttemptRecord, type PriceTable } from "@adit/bedrock";
import { projectOf, type Principal } from "../access/principal.ts";
import type { Incoming, Reply } from "../http/route.ts";
import { isBrokenOff, isFreeOfCharge, isFromCache, placeOfCall, usageOfCall } from "../ledger/call-cost.ts";
import { isPerhapsBilled } from "../ledger/perhaps-billed.ts";
import { guardrailCostOf } from "../ledger/guardrail-cost.ts";
import type { RequestFacts } from "../ledger/request-facts.ts";
import { chargeOf } from "../limits/charge.ts";
import type { LimitCharge, LimitSubject } from "../limits/limit.ts";
import type { LimitRefusal, Limits, Reserved } from "../limits/limits.ts";
import { notRetried } from "../limits/refusal.ts";
import type { Reservation } from "../limits/reservation.ts";
import type { Interpretation } from "../routing/interpret.ts";
import type { Plan, Target } from "../routing/plan.ts";
import { boundAt, contentOf, type CallContent } from "./call-bound.ts";

export interface HeldCall {
  incoming: Incoming;
  principal: Principal;
  asked: Interpretation;
  facts: RequestFacts;
  /** The body as the caller sent it, or as a connector made it. */
  text: Buffer | string;
}

export interface HoldTools {
  limits: Limits;
  prices: PriceTable;
  /** `ADIT_DEFAULT_MAX_TOKENS`. */
  defaultMaxTokens: number | undefined;
  /** The model behind a target whose name does not tell it. */
  modelBehind: (target: Target) => Promise<string> | undefined;
}

type Bounded = LimitCharge | Promise<LimitCharge>;

const nothing: LimitCharge = { tokens: 0, costNano: 0n };

export class CallHold {
  readonly #tools: HoldTools;
  readonly #call: HeldCall;
  /** Models behind targets whose names do not tell them. */
  #behind: Map<Target, string> | undefined;
  #content: CallContent | undefined;
  /** Of the key's, the project's and the metadata's limits: for the whole call. */
  #ofCall: Reservation | undefined;
  /** Of the limits of the virtual key at the target. */
  #ofTarget: Reservation | undefined;
  /** That is being called, or has answered. */
  #target: Target | undefined;
  #refusal: LimitRefusal | undefined;
  /** Transmissions to the target that failed, of which nobody knows whether AWS has billed them. */
  #unclear = 0;
  /** Where one request is many calls, the numbers of the tries that {@link CallHold.#unclear} counts. */
  #unclearTries: Set<number> | undefined;
  /** Transmissions to the target for which there is a reservation. */
  #covered = 1;
  /** The reservation for another one, under way. */
  #covering: Promise<AditError | undefined> | undefined;
  #last: "none" | "refused" | "unclear" | "answered" = "none";
  /** True where anything was sent for what `#ofCall` holds: then it was a request, whatever came of it. */
  #wasSent = false;
  #isOver = false;
  /** Of the calls of guardrail checks, those that limits have been charged for. */
  #guardrailsCounted = 0;

  constructor(tools: HoldTools, call: HeldCall) {
    this.#tools = tools;
    this.#call = call;
  }

  /**
   * Reserves with all limits but those of virtual keys. At once where all is at hand.
   * @throws AditError of status 412 or 429, or `store_unavailable`.
   */
  begin(): Promise<void> | undefined {
    const { principal, asked } = this.#call;
    // The operator's own key opens the door without the store: it does not wait for limits that nobody can read.
    const isPatient = principal.kind === "admin_key";
    const bound = (): Bounded => this.#boundAt(targetsOf(asked.plan));
    const reserving = this.#tools.limits.reserve(subjectOf(principal, asked), bound, isPatient);
    if (reserving instanceof Promise) {
      return reserving.then((reserved) => {
        this.#ofCall = this.#granted(reserved);
      });
    }
    this.#ofCall = this.#granted(reserving);
    return undefined;
  }

  /**
   * Before an attempt: the limits of the target's virtual key, and those of the call anew where an earlier attempt has used up what was
   * reserved. Undefined where it need not be waited for. @throws AditError as {@link begin}.
   */
  enter(target: Target): Promise<void> | undefined {
    this.#refusal = undefined;
    this.#target = target;
    this.#unclear = 0;
    this.#unclearTries = undefined;
    this.#covered = 1;
    this.#last = "none";
    const id = target.virtualKey?.id;
    const limitedKey = id === undefined || this.#tools.limits.isFree("virtual_key", id) ? undefined : id;
    if (this.#ofCall !== undefined && limitedKey === undefined) return undefined;
    return this.#reserveWith(target, limitedKey);
  }

  /** One transmission has ended. */
  noteAttempt({ number, errorCode }: Pick<AttemptRecord, "number" | "errorCode">): void {
    this.#wasSent = true;
    if (errorCode === undefined) this.#last = "answered";
    else this.#last = isPerhapsBilled(errorCode) ? "unclear" : "refused";
    if (this.#last !== "unclear") return;
    if (!this.#isManyCalls) {
      this.#unclear += 1;
      return;
    }
    // Each of the calls is for a part of the whole: all their tries of one number cost one bound at most.
    this.#unclear = (this.#unclearTries ??= new Set()).add(number).size;
  }

  /**
   * Before the same target is tried again: reserves for the new transmission where an earlier one may have been billed. Where there is no
   * room for it, gives the failure with the limit's words beside its own. What AWS refused leaves what was reserved for it.
   */
  readonly beforeRetry = (failure: AditError): Promise<AditError | undefined> | undefined =>
    this.#unclear < this.#covered ? undefined : this.#coverRetry(failure);

  async #coverRetry(failure: AditError): Promise<AditError | undefined> {
    // Several of many calls may be about to be sent again.
    while (this.#target !== undefined && this.#unclear >= this.#covered) {
      this.#covering ??= this.#coverOne().finally(() => (this.#covering = undefined));
      const refusal = await this.#covering;
      if (refusal === undefined) continue;
      this.#note(["not_retried"]);
      return notRetried(failure, refusal);
    }
    return undefined;
  }

  async #coverOne(): Promise<AditError | undefined> {
    const target = this.#target;
    if (target === undefined) return undefined;
    const held = [this.#ofCall, this.#ofTarget].filter((each) => each !== undefined);
    try {
      const refusal = await this.#tools.limits.reserveMore(held, this.#boundOf(target));
      if (refusal === undefined) this.#covered += 1;
      else this.#refusal = refusal;
      return refusal?.error;
    } catch (error) {
      if (AditError.isInstance(error)) return error;
      throw error;
    }
  }

  /** The attempt failed. What AWS has refused it has not billed; where it left that open the bound counts. */
  fail(error: unknown): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#target = undefined;
    if (this.#last === "answered" && isDenied(error)) {
      this.#chargeUnwanted(target);
      return;
    }
    if (this.#isPerhapsBilled(error)) this.#unclear = Math.min(this.#unclear + 1, this.#covered);
    const lost = this.#unclear === 0 ? undefined : this.#lostAt(target);
    void this.#end(this.#ofTarget, this.#last === "none" ? undefined : (lost ?? nothing));
    this.#ofTarget = undefined;
    if (lost === undefined) return;
    this.#note(["by_bound"]);
    void this.#end(this.#ofCall, this.#withGuardrails(lost, target));
    this.#ofCall = undefined;
  }

  /** An answer that its guardrails keep from the caller has been billed all the same. */
  #chargeUnwanted(target: Target): void {
    const used = this.#withGuardrails(orBound(this.#allUsedAt(target), this.#boundOf(target)), target);
    void this.#end(this.#ofTarget, used);
    void this.#end(this.#ofCall, used);
    this.#ofTarget = undefined;
    this.#ofCall = undefined;
  }

  /**
   * What the call has used is settled, and the rest is free; nothing was used where no target answered. Before the last byte leaves, so
   * that whoever has the answer finds it free. Resolves when all gateways can have it; undefined where they can.
   */
  settle(): Promise<unknown> | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    const target = this.#target;
    const ofModel = target === undefined || isFromCache(this.#call.facts) ? undefined : this.#allUsedAt(target);
    const used = this.#withGuardrails(ofModel, target);
    const ofTarget = this.#end(this.#ofTarget, used);
    const ofCall = this.#end(this.#ofCall, used ?? (this.#wasSent ? nothing : undefined));
    if (ofTarget === undefined && ofCall === undefined) return undefined;
    return this.#timed(Promise.all([ofTarget, ofCall]));
  }

  /** For the trace: how long the end of the call waited for its limits. */
  async #timed(settling: Promise<unknown>): Promise<void> {
    const { limits } = this.#tools;
    const beganAt = limits.now();
    await settling;
    this.#call.facts.settleMs = limits.now() - beganAt;
  }

  /** Says what is left. */
  tell(reply: Reply): void {
    const put = (name: string, value: string): void => reply.header(name, value);
    if (this.#ofCall === undefined) this.#ofTarget?.tell(put);
    else this.#ofCall.tell(put, this.#ofTarget);
    if (this.#refusal === undefined) return;
    for (const [name, value] of Object.entries(this.#refusal.headers)) put(name, value);
  }

  async #reserveWith(target: Target, virtualKeyId: string | undefined): Promise<void> {
    if (this.#ofCall === undefined) {
      this.#wasSent = false;
      await this.begin();
    }
    if (virtualKeyId === undefined) return;
    const bound = (): Bounded => this.#boundAt([target]);
    this.#ofTarget = this.#granted(await this.#tools.limits.reserve({ virtualKeyId }, bound));
  }

  #granted(result: Reserved): Reservation {
    if (!result.isRefused) return result;
    this.#refusal = result;
    throw result.error;
  }

  /** Settles with what was used; without that gives back, as if there had been no request. */
  #end(reservation: Reservation | undefined, used: LimitCharge | undefined): Promise<unknown> | undefined {
    if (used === undefined) return reservation?.release();
    const settlement = reservation?.settle(used);
    if (settlement === undefined) return undefined;
    if (settlement.flags.length > 0) this.#note(settlement.flags.map(({ flag }) => flag));
    return settlement.done;
  }

  #note(flags: readonly string[]): void {
    const { facts } = this.#call;
    if (flags.length > 0) facts.limitFlags = [...new Set([...(facts.limitFlags ?? []), ...flags])];
  }

  /** What failed after the last transmission. */
  #isPerhapsBilled(error: unknown): boolean {
    // Of many calls some may have been answered.
    if (this.#isManyCalls && (this.#call.facts.attempts ?? 0) > 1) return true;
    return this.#last === "answered" && (!AditError.isInstance(error) || isPerhapsBilled(error.code));
  }

  get #isManyCalls(): boolean {
    return this.#call.facts.dialect === "openai-embeddings";
  }

  /** The most that the transmissions may have cost of which that is not known. */
  #lostAt(target: Target): LimitCharge {
    const bound = this.#boundOf(target);
    return Array.from({ length: this.#unclear }, () => bound).reduce(sum, nothing);
  }

  /** With what earlier transmissions may have cost; where there were some, what is not told counts by its bound. */
  #allUsedAt(target: Target): LimitCharge {
    const used = this.#usedAt(target);
    if (this.#unclear === 0) return used;
    this.#note(["by_bound"]);
    return sum(orBound(used, this.#boundOf(target)), this.#lostAt(target));
  }

  /** What the answer told, as the ledger prices it. A stream that broke before its end has told the beginning alone. */
  #usedAt(target: Target): LimitCharge {
    const { facts } = this.#call;
    facts.baseModel ??= this.#behind?.get(target);
    const told = isBrokenOff(facts) ? undefined : usageOfCall(facts);
    const { tokens, costNano } = chargeOf(told?.usage, placeOfCall(facts, told), this.#tools.prices);
    return { tokens, costNano: isFreeOfCharge(facts) ? 0n : costNano };
  }

  /** With what guardrail checks cost that is not counted yet. What has no price is in no sum, and flagged. */
  #withGuardrails(used: LimitCharge, target: Target | undefined): LimitCharge;
  #withGuardrails(used: LimitCharge | undefined, target: Target | undefined): LimitCharge | undefined;
  #withGuardrails(used: LimitCharge | undefined, target: Target | undefined): LimitCharge | undefined {
    const { guardrailUse } = this.#call.facts;
    if (guardrailUse === undefined || guardrailUse.length === this.#guardrailsCounted) return used;
    const uses = guardrailUse.slice(this.#guardrailsCounted);
    this.#guardrailsCounted += uses.length;
    const { knownNano, missing } = guardrailCostOf(uses, this.#tools.prices);
    if (missing.length > 0) this.#note(["unknown_price"]);
    const isByBound = used !== undefined && (used.tokens === undefined || used.costNano === undefined);
    if (isByBound) this.#note(["by_bound"]);
    const ofModel = isByBound && target !== undefined ? orBound(used, this.#boundOf(target)) : (used ?? nothing);
    return sum(ofModel, { tokens: 0, costNano: knownNano });
  }

  #boundAt(targets: readonly Target[]): Bounded {
    let finding: Promise<unknown>[] | undefined;
    for (const target of targets) {
      const model = this.#behind?.has(target) === true ? undefined : this.#tools.modelBehind(target);
      if (model === undefined) continue;
      (finding ??= []).push(model.then((id) => (this.#behind ??= new Map()).set(target, id)));
    }
    return finding === undefined ? this.#dearestAt(targets) : Promise.all(finding).then(() => this.#dearestAt(targets));
  }

  #dearestAt(targets: readonly Target[]): LimitCharge {
    const [only] = targets;
    if (only !== undefined && targets.length === 1) return this.#boundOf(only);
    return targets.map((target) => this.#boundOf(target)).reduce(larger, nothing);
  }

  #boundOf(target: Target): LimitCharge {
    const { prices, defaultMaxTokens } = this.#tools;
    const foundationModel = this.#behind?.get(target);
    return boundAt(this.#contentOfCall(), target, { prices, defaultMaxTokens, foundationModel });
  }

  #contentOfCall(): CallContent {
    const { incoming, asked, facts, text } = this.#call;
    return (this.#content ??= contentOf(incoming, asked, facts.dialect, text));
  }
}

function subjectOf(principal: Principal, { metadata }: Interpretation): LimitSubject {
  if (principal.kind === "person") return {};
  return {
    gatewayKeyId: principal.kind === "gateway_key" ? principal.key.id : undefined,
    projectId: projectOf(principal),
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
  };
}

function targetsOf(plan: Plan): Target[] {
  switch (plan.kind) {
    case "target":
      return [plan];
    case "fallback":
      return plan.members.flatMap((member) => targetsOf(member));
    case "loadbalance":
      return plan.members.flatMap((member) => targetsOf(member.plan));
  }
}

function isDenied(error: unknown): boolean {
  return AditError.isInstance(error) && error.code === "guardrail_denied";
}

function sum(one: LimitCharge, other: LimitCharge): LimitCharge {
  return combined(one, other, (first, second) => first + second);
}

function larger(one: LimitCharge, other: LimitCharge): LimitCharge {
  return combined(one, other, (first, second) => (first > second ? first : second));
}

/** Unknown where either is. */
function combined(one: LimitCharge, other: LimitCharge, by: (first: bigint, second: bigint) => bigint): LimitCharge {
  return {
    tokens:
      one.tokens === undefined || other.tokens === undefined
        ? undefined
        : Number(by(BigInt(one.tokens), BigInt(other.tokens))),
    costNano: one.costNano === undefined || other.costNano === undefined ? undefined : by(one.costNano, other.costNano),
  };
}

function orBound(used: LimitCharge, bound: LimitCharge): LimitCharge {
  return { tokens: used.tokens ?? bound.tokens, costNano: used.costNano ?? bound.costNano };
}
