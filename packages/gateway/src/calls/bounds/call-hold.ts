/** What one call holds of limits, from the reservation of the most that it can use to what it has used. */
import { AditError } from "@adit/bedrock";
import { isPerhapsBilled, isUnclearAttempt } from "@adit/bedrock/gateway";
import type { Reply } from "../../http/routes/route.ts";
import { estimatedUsage, isFreeOfCharge, isFromCache, placeOfCall, usageOfCall } from "../../ledger/cost/call-cost.ts";
import { chargeOf } from "../../limits/charge/charge.ts";
import { beyond, nothingUsed, onlyBeyond, orBound, sum } from "../../limits/charge/charge-sums.ts";
import type { UnwantedAnswer } from "../../ledger/record/request-facts.ts";
import type { LimitCharge } from "../../limits/limit.ts";
import type { LimitRefusal, Limits, Reserved } from "../../limits/limits.ts";
import { notRetried } from "../../limits/refusal.ts";
import type { Reservation } from "../../limits/reservation.ts";
import { targetsIn, type Target } from "../../routing/plan/plan.ts";
import type { AttemptOfPart } from "../../routing/retry-policy.ts";
import { CallBounds, type Bounded, type BoundsTools, type HeldCall } from "./call-bounds.ts";
import { chargeOfFailed, chargeOfParts } from "./charge-of-failed.ts";
import { GuardrailHold } from "./guardrail-hold.ts";
import { subjectOf } from "./limit-subject.ts";

export interface HoldTools extends BoundsTools {
  limits: Limits;
}

export class CallHold {
  readonly #tools: HoldTools;
  readonly #call: HeldCall;
  readonly #bounds: CallBounds;
  /** Of the key's, the project's and the metadata's limits: for the whole call. */
  #ofCall: Reservation | undefined;
  /** Of the limits of the virtual key at the target. */
  #ofTarget: Reservation | undefined;
  /** That is being called, or has answered. */
  #target: Target | undefined;
  #refusal: LimitRefusal | undefined;
  /** Transmissions to the target that failed, of which nobody knows whether AWS has billed them. */
  #unclear = 0;
  /** What those of them used that told it all the same. */
  #toldOfFailed: LimitCharge[] = [];
  /** What those of many calls told that were answered, where another failed; undefined where one did not tell. */
  #usedByParts: LimitCharge | undefined;
  /** As how many calls AWS gets the request at the target. */
  #calls = 1;
  /** The same of each of the calls that the request is. */
  #unclearOfPart: Map<number, number> | undefined;
  /** Transmissions to the target for which there is a reservation. */
  #covered = 1;
  /** The reservation for another one, under way. */
  #covering: Promise<AditError | undefined> | undefined;
  #last: "none" | "refused" | "unclear" | "answered" = "none";
  /** True where the target has answered the request, or one of the calls that it is. */
  #hasAnswered = false;
  /** True where anything was sent for what `#ofCall` holds: then it was a request, whatever came of it. */
  #wasSent = false;
  #isOver = false;
  /** True where the body is read as guardrails have left it. */
  #isChanged = false;
  #guardrails: GuardrailHold | undefined;
  /** Had a transmission that may have been billed, and is settled: what comes late is charged to it, until the call reserves anew. */
  #lost: Reservation | undefined;
  /** Of the limits of the virtual key at the target that has just failed: they concern the answer that says so. */
  #leftTarget: Reservation | undefined;

  constructor(tools: HoldTools, call: HeldCall) {
    this.#tools = tools;
    this.#call = call;
    this.#bounds = new CallBounds(tools, call);
  }

  /**
   * Reserves with all limits but those of virtual keys. At once where all is at hand.
   * @throws AditError of status 412 or 429, or `store_unavailable`.
   */
  begin(): Promise<void> | undefined {
    const { principal } = this.#call;
    const { plan } = this.#call.asked;
    // The operator's own key opens the door without the store: it does not wait for limits that nobody can read.
    const isPatient = principal.kind === "admin_key";
    const bound = (): Bounded => this.#bounds.at(targetsIn(plan));
    const reserving = this.#tools.limits.reserve(subjectOf(this.#call), bound, isPatient);
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
    this.#leftTarget = undefined;
    this.#target = target;
    if (this.#isChanged) this.#bounds.readAnew(undefined);
    this.#isChanged = false;
    this.#unclear = 0;
    this.#unclearOfPart = undefined;
    this.#toldOfFailed = [];
    this.#usedByParts = undefined;
    this.#calls = 1;
    this.#covered = 1;
    this.#last = "none";
    this.#hasAnswered = false;
    const id = target.virtualKey?.id;
    const limitedKey = id === undefined || this.#tools.limits.isFree("virtual_key", id) ? undefined : id;
    if (this.#ofCall !== undefined && limitedKey === undefined) return undefined;
    return this.#reserveWith(target, limitedKey);
  }

  /**
   * Checks of the target's guardrails have made another request of it, by the target's parameters or, at Bedrock's own door, by the body's
   * `text`. What it may use beyond what is reserved for the caller's own is reserved too. @throws AditError as {@link begin}.
   */
  async widen(target: Target, text?: Buffer): Promise<void> {
    if (this.#target === undefined) return;
    const before = this.#bounds.of(this.#target);
    if (text !== undefined) {
      this.#bounds.readAnew(text);
      this.#isChanged = true;
    }
    this.#target = target;
    const refusal = await this.#tools.limits.reserveMore(this.#held, beyond(this.#bounds.of(target), before));
    if (refusal === undefined) return;
    this.#refusal = refusal;
    throw refusal.error;
  }

  /** Before the target gets the request as so many calls. */
  splitInto(calls: number): void {
    this.#calls = calls;
  }

  /** One of the calls failed, and so does the request: what each of the others told that was answered. */
  noteAnswered(parts: readonly UnwantedAnswer[]): void {
    this.#usedByParts = chargeOfParts(parts, this.#call.facts, this.#tools.prices);
  }

  /** One transmission has ended. */
  noteAttempt(made: Pick<AttemptOfPart, "part" | "errorCode" | "connectMs" | "status" | "usage">): void {
    this.#wasSent = true;
    if (made.errorCode === undefined) this.#last = "answered";
    // Without a connection nothing went out, also where the time for it was over first.
    else this.#last = made.usage !== undefined || isUnclearAttempt(made) ? "unclear" : "refused";
    if (made.usage !== undefined)
      this.#toldOfFailed.push(chargeOfFailed(made.usage, this.#call.facts, this.#tools.prices));
    if (this.#last === "answered") this.#hasAnswered = true;
    if (this.#last !== "unclear") return;
    const { part = 0 } = made;
    this.#unclearOfPart ??= new Map();
    const unclear = (this.#unclearOfPart.get(part) ?? 0) + 1;
    this.#unclearOfPart.set(part, unclear);
    // Each of the calls is for a part of the whole: one lost try of each of them costs one bound at most, whichever of its tries it was.
    this.#unclear = Math.max(this.#unclear, unclear);
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
    try {
      const refusal = await this.#tools.limits.reserveMore(this.#held, this.#bounds.of(target));
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
    if (this.#last === "answered" && (isDenied(error) || this.#call.facts.usage !== undefined)) {
      this.#chargeUnwanted(target);
      return;
    }
    if (this.#isPerhapsBilled(error)) this.#unclear = Math.min(this.#unclear + 1, this.#covered);
    // A bound is one of all the parts: where each that is reserved counts already, what was answered is in it.
    const parts = this.#unclear < this.#covered ? this.#usedByParts : undefined;
    const lost = this.#unclear === 0 ? parts : sum(this.#lostAt(target), parts ?? nothingUsed);
    void this.#end(this.#ofTarget, this.#last === "none" ? undefined : (lost ?? nothingUsed));
    this.#leaveTarget();
    if (lost === undefined) return;
    this.#noteUntold();
    this.#lose(this.#withGuardrails(lost, target));
  }

  /** What was used is settled; the next answer is reserved for anew. What checks use that nobody waits for is charged to it until then. */
  #lose(used: LimitCharge): void {
    void this.#end(this.#ofCall, used, this.#keptForLate());
    this.#lost = this.#ofCall;
    this.#ofCall = undefined;
  }

  /** An answer that its guardrails keep from the caller, or that AWS could not read, has been billed all the same: by what it told. */
  #chargeUnwanted(target: Target): void {
    const ofModel = this.#withGuardrailInCall(orBound(this.#allUsedAt(target), this.#bounds.of(target)), target);
    const used = this.#withGuardrails(ofModel, target);
    void this.#end(this.#ofTarget, used);
    this.#lose(used);
    this.#leaveTarget();
  }

  #leaveTarget(): void {
    this.#leftTarget = this.#ofTarget;
    this.#ofTarget = undefined;
  }

  /**
   * What the call has used is settled, and the rest is free; nothing was used where no target answered. Before the last byte leaves, so
   * that whoever has the answer finds it free. Resolves when all gateways can have it; undefined where they can.
   */
  settle(): Promise<unknown> | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    const target = this.#target;
    const isAnswered = target !== undefined && !isFromCache(this.#call.facts);
    const ofModel = isAnswered ? this.#withGuardrailInCall(this.#allUsedAt(target), target) : undefined;
    const used = this.#withGuardrails(ofModel, target);
    const kept = this.#keptForLate();
    if (this.#ofCall === undefined) this.#chargeLost(used);
    const ofTarget = this.#end(this.#ofTarget, used ?? (kept && nothingUsed), kept);
    const ofCall = this.#end(
      this.#ofCall,
      used ?? (this.#wasSent || kept !== undefined ? nothingUsed : undefined),
      kept,
    );
    this.#guardrails?.end([this.#ofTarget, this.#ofCall ?? this.#lost].filter((each) => each !== undefined));
    if (ofTarget === undefined && ofCall === undefined) return undefined;
    return this.#timed(Promise.all([ofTarget, ofCall]));
  }

  /** What a check told between a target that failed and a next one for which there was no room. */
  #chargeLost(used: LimitCharge | undefined): void {
    if (used !== undefined) this.#lost?.addLate(used);
  }

  /** Of what is settled now, what stays reserved for checks that nobody waits for; undefined where none is under way. */
  #keptForLate(): LimitCharge | undefined {
    return this.#guardrails?.isPending === true ? this.#bounds.ofLateChecks() : undefined;
  }

  /** What guardrails ask of Bedrock for the call. */
  get guardrails(): GuardrailHold {
    return (this.#guardrails ??= new GuardrailHold(this.#tools.prices));
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
    const ofCall = this.#ofCall ?? this.#lost;
    const ofTarget = this.#ofTarget ?? this.#leftTarget;
    if (ofCall === undefined) ofTarget?.tell(put);
    else ofCall.tell(put, ofTarget);
    if (this.#refusal === undefined) return;
    for (const [name, value] of Object.entries(this.#refusal.headers)) put(name, value);
  }

  async #reserveWith(target: Target, virtualKeyId: string | undefined): Promise<void> {
    if (this.#ofCall === undefined) {
      this.#wasSent = false;
      await this.begin();
      // Nothing comes to the earlier one any more.
      void this.#lost?.endLate();
    }
    if (virtualKeyId === undefined) return;
    const bound = (): Bounded => this.#bounds.at([target]);
    this.#ofTarget = this.#granted(await this.#tools.limits.reserve({ virtualKeyId }, bound));
  }

  #granted(result: Reserved): Reservation {
    if (!result.isRefused) return result;
    this.#refusal = result;
    throw result.error;
  }

  /** Settles with what was used; without that gives back, as if there had been no request. */
  #end(
    reservation: Reservation | undefined,
    used: LimitCharge | undefined,
    kept?: LimitCharge,
  ): Promise<unknown> | undefined {
    if (used === undefined) return reservation?.release();
    const settlement = reservation?.settle(used, kept);
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
    if (this.#calls > 1 && this.#hasAnswered) return this.#usedByParts === undefined;
    return this.#last === "answered" && (!AditError.isInstance(error) || isPerhapsBilled(error.code));
  }

  get #held(): Reservation[] {
    return [this.#ofCall, this.#ofTarget].filter((each) => each !== undefined);
  }

  /** The most that the transmissions may have cost of which that is not known. */
  #lostAt(target: Target): LimitCharge {
    const bound = this.#bounds.of(target);
    const told = this.#toldOfFailed.map((charge) => orBound(charge, bound));
    return Array.from({ length: this.#unclear - told.length }, () => bound).reduce(sum, told.reduce(sum, nothingUsed));
  }

  /** Of transmissions that may have been billed, and did not tell, the bound counts. */
  #noteUntold(): void {
    if (this.#unclear > this.#toldOfFailed.length) this.#note(["by_bound"]);
  }

  /** With what earlier transmissions may have cost; where there were some, what is not told counts by its bound. */
  #allUsedAt(target: Target): LimitCharge {
    const used = this.#usedAt(target);
    if (this.#unclear === 0) return used;
    this.#noteUntold();
    return sum(orBound(used, this.#bounds.of(target)), this.#lostAt(target));
  }

  /** What the answer told, as the ledger prices it. Of a stream that ended before its figures the bound counts, unless it told of more. */
  #usedAt(target: Target): LimitCharge {
    const { facts } = this.#call;
    facts.baseModel ??= this.#bounds.modelBehind(target);
    const told = usageOfCall(facts);
    const estimate = estimatedUsage(facts, told);
    const used = estimate ?? told;
    const charge = chargeOf(used?.usage, placeOfCall(facts, used), this.#tools.prices);
    const { tokens, costNano, isPartial }: LimitCharge =
      estimate === undefined ? charge : onlyBeyond(charge, this.#bounds.of(target));
    if (isFreeOfCharge(facts)) return { tokens, costNano: 0n };
    return { tokens, costNano, ...(isPartial === true && { isPartial }) };
  }

  /** With what guardrails cost that is not counted yet. What has no price is in no sum, and flagged. */
  #withGuardrails(used: LimitCharge, target: Target | undefined): LimitCharge;
  #withGuardrails(used: LimitCharge | undefined, target: Target | undefined): LimitCharge | undefined;
  #withGuardrails(used: LimitCharge | undefined, target: Target | undefined): LimitCharge | undefined {
    if (this.#guardrails?.isByBound === true) this.#note(["by_bound"]);
    const more = this.#guardrails?.take();
    if (more === undefined) return used;
    const isByBound = used !== undefined && (used.tokens === undefined || used.costNano === undefined);
    if (isByBound) this.#note(["by_bound"]);
    const ofModel = isByBound && target !== undefined ? orBound(used, this.#bounds.of(target)) : (used ?? nothingUsed);
    return sum(ofModel, more);
  }

  /** What AWS's guardrail in the call used is told by a trace alone: without it counts what it was shown, at the most. */
  #withGuardrailInCall(used: LimitCharge, target: Target): LimitCharge {
    const { facts } = this.#call;
    // Of an answer that was thrown away before it says nothing.
    if (isFreeOfCharge(facts) || facts.guardrailInCall === "told") return used;
    const inCall = this.#bounds.ofGuardrailInCall(target, facts);
    if (inCall === undefined) return used;
    this.#note(["by_bound"]);
    return sum(used, inCall);
  }
}

function isDenied(error: unknown): boolean {
  return AditError.isInstance(error) && error.code === "guardrail_denied";
}
