/** What the checks of a guardrail that is to be saved would call: a place that cannot be called would fail each call with it. */
import { checkRegion } from "@adit/bedrock";
import { checkCalledHost } from "../called-host.ts";
import type { Hook } from "../hook.ts";

/**
 * @param param the guardrail's place, for the error.
 * @throws AditError `custom_host_not_allowed`, `invalid_config` for what is no address, `invalid_region`.
 */
export function checkCalls(hook: Hook, param: string, customHosts: ReadonlySet<string>): void {
  for (const { id, ready } of hook.checks) {
    if (ready.host !== undefined) checkCalledHost(ready.host, `The check ${id}`, customHosts, param);
    if (ready.region !== undefined) checkRegion(ready.region, param);
  }
}

/** The virtual keys that its checks call by, each with this place. */
export function slugsOfHook(hook: Hook, path: string): { slug: string; path: string }[] {
  return hook.checks.flatMap(({ ready: { virtualKey } }) =>
    virtualKey === undefined ? [] : [{ slug: virtualKey, path }],
  );
}
