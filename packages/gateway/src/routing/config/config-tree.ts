/** What a config's strategies need of one another and of their targets, which no schema says. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { failedStatus } from "../../guardrails/call-guard.ts";
import type { CircuitRule, ConfigNode, ConfigStrategy } from "./config-schema.ts";
import { credentialPlaceIn } from "../request/keywords-params.ts";

/** Portkey's bounds: a conditional strategy calls one of its targets, the others may call all. */
const mostTargets = 100;

/** Targets that one request may come to: each costs memory and time before anything is sent, and strategies within one another multiply them. */
export const mostTargetsInAll = 500;

/** @throws AditError `invalid_config` where the config alone comes to more targets than any request may. */
export function checkSize(root: ConfigNode): void {
  if (targetsOf(root) <= mostTargetsInAll) return;
  throw fault("config.targets", `come to more than ${mostTargetsInAll} targets in all: no request could use it.`);
}

/** The most that a plan is made of: of a conditional strategy's targets one is called, of the others' any may be. */
function targetsOf({ strategy, targets }: ConfigNode): number {
  if (targets === undefined) return 1;
  if (strategy?.mode === "single") return targets[0] === undefined ? 0 : targetsOf(targets[0]);
  const counts = targets.map(targetsOf);
  return strategy?.mode === "conditional" ? Math.max(0, ...counts) : counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Checks a node and all under it; adds to `dropped` what its strategy has no use for.
 * @throws AditError `invalid_config` with the path.
 */
export function checkTree(node: ConfigNode, path: string, dropped: string[]): void {
  checkNode(node, path, dropped);
  if (node.weight !== undefined) dropped.push(`${path}.weight`);
}

function checkNode(node: ConfigNode, path: string, dropped: string[]): void {
  const { strategy, targets, retry } = node;
  const unreached = (name: string, codes: readonly number[] = []): string[] =>
    unreachedIn(codes).map((index) => `${path}.${name}[${index}]`);
  dropped.push(...unreached("retry.on_status_codes", retry?.on_status_codes));
  if (strategy !== undefined) {
    dropped.push(...unusedOf(strategy).map((name) => `${path}.strategy.${name}`));
    if (strategy.mode === "fallback") dropped.push(...unreached("strategy.on_status_codes", strategy.on_status_codes));
  }
  refuseCredentials(node, path);
  if (node.passthrough === true && node.provider !== undefined) {
    throw fault(`${path}.provider`, "stands beside passthrough, by which the request names the provider.");
  }
  if (targets === undefined) {
    if (strategy !== undefined && strategy.mode !== "single") throw fault(`${path}.targets`, "is missing.");
    return;
  }
  if (strategy === undefined) throw fault(`${path}.strategy`, `is missing, and ${path}.targets needs it.`);
  checkStrategy(strategy, targets, path);
  if (node.prompt_id !== undefined) dropped.push(`${path}.prompt_id`);
  const check = strategy.mode === "loadbalance" ? checkNode : checkTree;
  for (const [index, target] of targets.entries()) check(target, `${path}.targets[${index}]`, dropped);
  // A single one is the first.
  if (strategy.mode === "single") dropped.push(...targets.slice(1).map((_, index) => `${path}.targets[${index + 1}]`));
}

/** Parameters are laid over the body when it is known who signs: a credential among them would be passed over while another pays. */
function refuseCredentials(node: ConfigNode, path: string): void {
  for (const params of ["override_params", "default_params"] as const) {
    const place = credentialPlaceIn((node[params] ?? {}) as JsonObject);
    if (place === undefined) continue;
    const shown = `${path}.${params}.${place}`;
    throw new AditError(
      "invalid_config",
      `${shown} is a credential, or a part of one, and ${params} are no place for it.`,
      {
        param: shown,
        remedy: `Write it in ${path} itself (aws_access_key_id, aws_secret_access_key, aws_region, virtual_key ...), or send it in the body or in headers.`,
      },
    );
  }
}

function checkStrategy(strategy: ConfigStrategy, targets: readonly ConfigNode[], path: string): void {
  if (strategy.mode === "conditional") {
    checkConditions(strategy, targets, `${path}.strategy`);
    return;
  }
  // A condition that is passed over sends calls where they were not to go.
  if (strategy.conditions !== undefined) {
    throw fault(`${path}.strategy.conditions`, 'needs the mode "conditional".');
  }
  if (targets.length > mostTargets) {
    throw fault(`${path}.targets`, `holds more than ${mostTargets}: only a conditional strategy may have as many.`);
  }
}

function checkConditions(strategy: ConfigStrategy, targets: readonly ConfigNode[], path: string): void {
  if (strategy.conditions === undefined) throw fault(`${path}.conditions`, "is missing.");
  const names = targets.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const check = (name: string, at: string): void => {
    if (!names.includes(name)) {
      throw fault(at, `names no target: no "name" of the targets is "${name.slice(0, 64)}".${didYouMean(name, names)}`);
    }
  };
  for (const [index, { then }] of strategy.conditions.entries()) check(then, `${path}.conditions[${index}].then`);
  if (strategy.default !== undefined) check(strategy.default, `${path}.default`);
}

/** Rules that have nothing to do under this mode. */
function unusedOf({ mode, on_status_codes, sticky, cb_config, default: otherwise }: ConfigStrategy): string[] {
  return [
    ...(otherwise !== undefined && mode !== "conditional" ? ["default"] : []),
    ...(on_status_codes !== undefined && mode !== "fallback" ? ["on_status_codes"] : []),
    ...(sticky !== undefined && !(mode === "loadbalance" && isEverSticky(sticky)) ? ["sticky"] : []),
    ...(cb_config !== undefined && !(breaksCircuits(mode) && hasThreshold(cb_config)) ? ["cb_config"] : []),
  ];
}

/** Places of statuses that no failure has: those of answers, save Portkey's own of a guardrail that failed. */
function unreachedIn(codes: readonly number[]): number[] {
  return [...codes.entries()].flatMap(([index, code]) => (code < 300 && code !== failedStatus ? [index] : []));
}

function breaksCircuits(mode: ConfigStrategy["mode"]): boolean {
  return mode === "fallback" || mode === "loadbalance";
}

/** One that is switched off says so itself. */
function isEverSticky({ enabled, hash_fields }: NonNullable<ConfigStrategy["sticky"]>): boolean {
  return enabled === false || hash_fields !== undefined;
}

function hasThreshold({ failure_threshold, failure_threshold_percentage }: CircuitRule): boolean {
  return failure_threshold !== undefined || failure_threshold_percentage !== undefined;
}

function fault(path: string, words: string): AditError {
  return new AditError("invalid_config", `${path} ${words}`, { param: path });
}
