/**
 * Limits as calls meet them, at one seam: asked when a call is understood (`begin`), and again at each target for its virtual key's own;
 * told before the answer's end. For a call that no limit concerns nothing is made.
 */
import { AditError, factsOfTarget, parseModelArn, type BedrockClient, type PriceTable } from "@adit/bedrock";
import type { Principal } from "../../access/principal.ts";
import { findHooks, writtenHooks, type FoundHooks } from "../../guardrails/find-hooks.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import type { Incoming } from "../../http/routes/route.ts";
import type { RequestFacts } from "../../ledger/record/request-facts.ts";
import type { Limits } from "../../limits/limits.ts";
import type { FindGuardrail } from "../../routing/dependencies.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import type { Plan, Target } from "../../routing/plan/plan.ts";
import { signerOf, type SignerDependencies } from "../../routing/plan/signer.ts";
import { CallHold } from "./call-hold.ts";
import { countedProject } from "./limit-subject.ts";

export interface CallLimitsOptions extends SignerDependencies {
  /** Undefined until the store is open. */
  limits: () => Limits | undefined;
  /** Waits while the store is opened for the first time: resolves whether it is open by then or not. */
  opening: () => Promise<void>;
  prices: () => PriceTable;
  defaultMaxTokens: number | undefined;
  client: BedrockClient;
  findGuardrail: FindGuardrail;
}

export class CallLimits {
  readonly #options: CallLimitsOptions;

  constructor(options: CallLimitsOptions) {
    this.#options = options;
  }

  /**
   * Reserves the most that the call can use. `text` is its body. Undefined where no limit can concern it, or it need not be waited for.
   * @throws AditError `budget_exhausted` or `unknown_price` (412), `rate_limited` (429), `store_unavailable`.
   */
  begin(
    incoming: Incoming,
    principal: Principal,
    asked: Interpretation,
    text: Buffer | string,
  ): Promise<void> | undefined {
    return this.#options.limits() === undefined
      ? this.#beginBeforeStore(incoming, principal, asked, text)
      : this.#reserve(incoming, principal, asked, text);
  }

  async #beginBeforeStore(...call: Parameters<CallLimits["begin"]>): Promise<void> {
    await this.#options.opening();
    await this.#reserve(...call);
  }

  #reserve(
    incoming: Incoming,
    principal: Principal,
    asked: Interpretation,
    text: Buffer | string,
  ): Promise<void> | undefined {
    const { facts } = incoming;
    const limits = this.#options.limits();
    // Without the store the operator's prices are not known either: those count that are by the call's end.
    if (limits === undefined || facts === undefined) return withoutStore(principal);
    const prices = this.#options.prices();
    facts.prices = prices;
    if (isFree(limits, principal, asked, facts)) return undefined;
    const { defaultMaxTokens } = this.#options;
    const tools = {
      limits,
      prices,
      defaultMaxTokens,
      modelBehind: (target: Target) => this.#modelBehind(target),
      hooksOf: (hooks: TargetHooks, caller: Principal) => writtenHooks(hooks) ?? this.#savedHooks(hooks, caller),
    };
    facts.hold = new CallHold(tools, { incoming, principal, asked, facts, text });
    return facts.hold.begin();
  }

  /**
   * A guardrail that is not there fails the target that names it, once the call comes to it. One that could not be read refuses the call:
   * what it asks of Bedrock may be in no reservation.
   */
  async #savedHooks(hooks: TargetHooks, principal: Principal): Promise<FoundHooks | undefined> {
    if (principal.kind === "person") return undefined;
    try {
      return await findHooks(hooks, principal, this.#options.findGuardrail);
    } catch (error) {
      if (AditError.isInstance(error) && error.code === "not_stored") return undefined;
      throw error;
    }
  }

  /** AWS is asked only for what stands behind an application inference profile: its name tells nothing. */
  #modelBehind(target: Target): Promise<string> | undefined {
    const isOpaque =
      target.provider === "bedrock" && parseModelArn(target.model)?.resourceType === "application-inference-profile";
    return isOpaque ? this.#askedModel(target) : undefined;
  }

  async #askedModel(target: Target): Promise<string> {
    const { standIn, credentials } = await signerOf(target, this.#options);
    const place = { model: target.model, region: target.region, credentials, controlPlaneUrl: standIn?.url };
    const { behind, baseId } = await factsOfTarget(place, this.#options);
    return behind ?? baseId;
  }
}

/** Who is known by the store finds it open. The operator's own key needs no store, and is not counted while there is none. */
function withoutStore(principal: Principal): Promise<void> | undefined {
  if (principal.kind === "admin_key") return undefined;
  return Promise.reject(
    new AditError("store_unavailable", "The gateway's limits are not known yet.", { retryAfterSeconds: 1 }),
  );
}

function isFree(limits: Limits, principal: Principal, asked: Interpretation, facts: RequestFacts): boolean {
  if (principal.kind === "gateway_key" && !limits.isFree("gateway_key", principal.key.id)) return false;
  const projectId = countedProject(principal, facts);
  if (projectId !== undefined) {
    if (!limits.isFree("project", projectId)) return false;
    if (!limits.isFree("metadata", projectId) && hasMembers(asked.metadata)) return false;
  }
  return isFreePlan(limits, asked.plan);
}

function isFreePlan(limits: Limits, plan: Plan): boolean {
  switch (plan.kind) {
    case "target":
      return plan.virtualKey === undefined || limits.isFree("virtual_key", plan.virtualKey.id);
    case "fallback":
      for (const member of plan.members) if (!isFreePlan(limits, member)) return false;
      return true;
    case "loadbalance":
      for (const member of plan.members) if (!isFreePlan(limits, member.plan)) return false;
      return true;
  }
}

/** Without a list of them. */
function hasMembers(object: object): boolean {
  for (const _name in object) return true;
  return false;
}
