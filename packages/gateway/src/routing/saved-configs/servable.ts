/** What each call by a config would be refused for is said when the config is saved. */
import { checkRegion } from "@adit/bedrock";
import { regionAmong } from "@adit/bedrock/gateway";
import { writtenIn } from "../../guardrails/config-hooks.ts";
import { checkCalls, slugsOfHook } from "../../guardrails/saved/saved-calls.ts";
import { checkHost } from "../../vault/check-host.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import { noTarget } from "../plan/load-balance.ts";
import { slugsOfConfig } from "../request/named-keys.ts";

/** A node, and where it stands. */
interface PlacedNode {
  node: ConfigNode;
  path: string;
}

function nodesOf(node: ConfigNode, path = "config"): PlacedNode[] {
  const below = (node.targets ?? []).flatMap((target, index) => nodesOf(target, `${path}.targets[${index}]`));
  return [{ node, path }, ...below];
}

/**
 * Looks at hosts, regions and weights.
 * @throws AditError `custom_host_not_allowed`, `invalid_region`, `no_target`, with the path.
 */
export function checkServable(root: ConfigNode, customHosts: ReadonlySet<string>): void {
  for (const { node, path } of nodesOf(root)) {
    if (node.custom_host !== undefined) checkHost(node.custom_host, `${path}.custom_host`, customHosts);
    const named = regionAmong(node);
    if (named !== undefined) checkRegion(named.region, `${path}.${named.name}`);
    const isDrawn = node.strategy?.mode === "loadbalance";
    if (isDrawn && node.targets?.every(({ weight }) => weight === 0) === true) throw noTarget(path);
    for (const { hook, place } of writtenIn(node)) checkCalls(hook, `${path}.${place}`, customHosts);
  }
}

/** The virtual keys that a config names, those of its guardrails too, each with its place. */
export function virtualKeysIn(root: ConfigNode): { slug: string; path: string }[] {
  const ofHooks = nodesOf(root).flatMap(({ node, path }) =>
    writtenIn(node).flatMap(({ hook, place }) => slugsOfHook(hook, `${path}.${place}`)),
  );
  return [...slugsOfConfig(root), ...ofHooks];
}
