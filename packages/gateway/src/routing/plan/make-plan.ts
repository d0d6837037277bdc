/** Compiles a request's config, model and credentials to a plan. */
import { AditError, parseModelName } from "@adit/bedrock";
import type { Circuit } from "../circuits.ts";
import { PatternTooSlow } from "../conditions/pattern.ts";
import type { ConfigNode, ConfigStrategy } from "../config/config-schema.ts";
import type { RoutingDependencies } from "../dependencies.ts";
import type { Inherited } from "../config/inherit.ts";
import { loadBalance } from "./load-balance.ts";
import { PlanMaker, type RequestParts } from "./plan-maker.ts";
import { passedOverIn, targetsIn, type Plan, type RetryRule } from "./plan.ts";
import { stickyDraw } from "./sticky-key.ts";
import type { RequestRetry } from "../request/model-fields.ts";
import type { RequestFields } from "../request/request-fields.ts";
import { planOfTarget, type Position } from "./target-plan.ts";

/** @throws AditError of status 400 that names the path. */
export function makePlan(root: ConfigNode, parts: RequestParts, deps: RoutingDependencies): Plan {
  const maker = new PlanMaker(parts, deps);
  const { fields } = parts;
  const inherited = retryOfRequest(parts);
  const plan = (path: string, position: Partial<Position>): Plan => {
    const made = planOfNode(root, { path, inherited, model: parts.model, fields, ...position }, maker);
    if (made.kind === "none-fits") throw noneFits(made);
    return made;
  };
  const own =
    fields.balancedModels === undefined || parts.model !== undefined
      ? plan("config", {})
      : loadBalance(
          "load_balance_group",
          fields.balancedModels.map(({ model, weight, credentials }, index) => {
            const path = `load_balance_group.models[${index}]`;
            return { weight, plan: plan(path, { model, fields: { ...fields, ...credentials } }) };
          }),
        );
  if (fields.fallbackModels.length === 0) return own;
  const others = fields.fallbackModels
    .map((model, index) => ({ model, plan: plan(placeOfFallback(index), { model }) }))
    .filter((other) => isAnother(other, own))
    .map((other) => other.plan);
  if (others.length === 0) return own;
  return { kind: "fallback", path: "fallback_models", onStatusCodes: undefined, members: [own, ...others] };
}

function placeOfFallback(index: number): string {
  return `fallback_models[${index}]`;
}

/**
 * False where the config puts models of its own in the place of the one that is to be gone on to, the same ones that the request is begun
 * with: the same call would be made once more, and billed once more.
 */
function isAnother({ model, plan }: { model: string; plan: Plan }, own: Plan): boolean {
  const called = targetsIn(plan).map((target) => target.model);
  return (
    called.includes(parseModelName(model).id) ||
    called.join("\n") !==
      targetsIn(own)
        .map((target) => target.model)
        .join("\n")
  );
}

/**
 * Paths of what comes to nothing by the config: targets that no condition fits, and what the body asks of the plan while the config has it
 * otherwise for every target (fallback models that none calls, its retries).
 */
export function leftOutByConfig(plan: Plan, fields: RequestFields): string[] {
  return [...passedOverIn(plan), ...leftOutOfBody(plan, fields)];
}

function leftOutOfBody(plan: Plan, { fallbackModels, retry }: RequestFields): string[] {
  if (fallbackModels.length === 0 && retry === undefined) return [];
  const targets = targetsIn(plan);
  const isCalled = (place: string): boolean => targets.some(({ path }) => path.startsWith(place));
  const isRetried = targets.some((target) => isSameRetry(target.retry, retry));
  return [
    ...[...fallbackModels.keys()].map(placeOfFallback).filter((place) => !isCalled(place)),
    ...(retry === undefined || isRetried ? [] : ["retry_params"]),
  ];
}

function isSameRetry(rule: RetryRule | undefined, asked: RequestRetry | undefined): boolean {
  return rule?.attempts === asked?.attempts && rule?.waitMs === asked?.wait_ms;
}

/** Retries that the request asks for beside its config: the body's `retry_params`, and how clients of 2023 did, `x-portkey-retry-count`. */
function retryOfRequest({ fields, headers }: RequestParts): Inherited {
  if (fields.retry !== undefined) return { retry: fields.retry };
  const text = headers.get("retry-count");
  if (text === undefined) return {};
  const attempts = Number(text);
  if (Number.isInteger(attempts) && attempts >= 0 && attempts <= 20) return { retry: { attempts } };
  throw new AditError("invalid_request", "retry-count must be a whole number from 0 to 20.", { param: "retry-count" });
}

/** In the place of a plan: no condition of the strategy fits the request, and it names no default. */
interface NoneFits {
  kind: "none-fits";
  /** Of the strategy. */
  path: string;
}

function planOfNode(node: ConfigNode, position: Position, maker: PlanMaker): Plan | NoneFits {
  const { strategy, targets } = node;
  if (strategy === undefined || targets === undefined) return planOfTarget(node, position, maker);
  const inherited = maker.inherited(position.inherited, node, position.path);
  const plan = (target: ConfigNode, index: number): Plan | NoneFits =>
    planOfNode(target, { ...position, path: pathOfTarget(position, index), inherited }, maker);
  switch (strategy.mode) {
    case "single":
      return targets.slice(0, 1).map(plan)[0] ?? noTarget(position.path);
    case "conditional": {
      const name = nameByConditions(strategy, position, maker);
      if (name === undefined) return { kind: "none-fits", path: `${position.path}.strategy` };
      const index = indexOfNamed(name, targets);
      const target = targets[index];
      return target === undefined ? noTarget(position.path) : plan(target, index);
    }
    case "fallback":
    case "loadbalance":
      return planOfMembers(
        targets.map((target, index) => ({ weight: target.weight ?? 1, plan: plan(target, index) })),
        strategy,
        position,
        maker,
      );
  }
}

function pathOfTarget({ path }: Position, index: number): string {
  return `${path}.targets[${index}]`;
}

interface Member<P> {
  weight: number;
  plan: P;
}

/** A target that no condition fits is passed over: the others serve the request, as long as there are any. */
function planOfMembers(
  all: readonly Member<Plan | NoneFits>[],
  strategy: ConfigStrategy,
  position: Position,
  maker: PlanMaker,
): Plan | NoneFits {
  const members = all.filter(isFitting);
  const [first] = all;
  if (members.length === 0 && first?.plan.kind === "none-fits") return first.plan;
  const plans = members.map((member) => member.plan);
  const { path } = position;
  const common = {
    circuits: circuitsOf(strategy, plans, maker),
    passedOver: [...all.keys()]
      .filter((index) => all[index]?.plan.kind === "none-fits")
      .map((index) => pathOfTarget(position, index)),
  };
  return strategy.mode === "fallback"
    ? { kind: "fallback", path, onStatusCodes: strategy.on_status_codes, members: plans, ...common }
    : { ...loadBalance(path, members), sticky: stickyDraw(strategy, position, maker), ...common };
}

function isFitting(member: Member<Plan | NoneFits>): member is Member<Plan> {
  return member.plan.kind !== "none-fits";
}

function noneFits({ path }: NoneFits): AditError {
  // The first words are Portkey's.
  return new AditError(
    "no_target",
    `Query router did not resolve to any valid target: no condition of ${path} fits, and it names no default.`,
    { param: `${path}.default`, remedy: "Name a default target, or send what a condition asks for." },
  );
}

function noTarget(path: string): never {
  throw new AditError("no_target", `${path} leaves no target to call.`, { param: `${path}.targets` });
}

/** Portkey takes the first of several targets with one name. */
function indexOfNamed(name: string, targets: readonly ConfigNode[]): number {
  return targets.findIndex((target) => target.name === name);
}

/** The target that the first fitting condition names, else the default; undefined where there is neither. */
function nameByConditions(strategy: ConfigStrategy, position: Position, maker: PlanMaker): string | undefined {
  const path = `${position.path}.strategy`;
  const facts = maker.askedFacts(position.model);
  for (const [index, { query, then }] of (strategy.conditions ?? []).entries()) {
    try {
      if (query(facts)) return then;
    } catch (error) {
      if (!(error instanceof PatternTooSlow)) throw error;
      throw tooSlow(`${path}.conditions[${index}]`, maker, error);
    }
  }
  return strategy.default;
}

/** Counted, so that a caller who goes on sending such requests is slowed down. */
function tooSlow(path: string, { deps, parts }: PlanMaker, cause: PatternTooSlow): AditError {
  const waitMs = deps.slowPatterns.note(parts.principal);
  const details = {
    param: `${path}.query`,
    remedy: "Have its $regex ask shorter texts, or write shorter patterns.",
    cause,
  };
  if (waitMs === 0) return new AditError("invalid_config", `${path} takes too long on this request.`, details);
  const words = `${path} takes too long on this request, as it did for others of this key: it gets less time for now.`;
  return new AditError("rate_limited", words, { ...details, retryAfterSeconds: waitMs / 1_000 });
}

function circuitsOf(
  { cb_config: rule }: ConfigStrategy,
  members: readonly Plan[],
  maker: PlanMaker,
): Circuit[] | undefined {
  return rule === undefined
    ? undefined
    : members.map((member) => maker.deps.circuits.circuit(`${maker.scope} ${member.path}`, rule));
}
