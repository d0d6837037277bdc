/** What a node of a config hands down to the targets under it. */
import type { JsonObject } from "@adit/bedrock";
import { inheritHooks, type HookLists } from "../../guardrails/config-hooks.ts";
import type { ConfigNode } from "./config-schema.ts";
import { laidOver } from "./params.ts";

type Name =
  | "override_params"
  | "default_params"
  | "drop_params"
  | "request_timeout"
  | "idle_timeout"
  | "cache"
  | "strict_open_ai_compliance"
  | "custom_host"
  | "forward_headers";

export type Inherited = { [Each in Name]?: ConfigNode[Each] | undefined } & {
  retry?: InheritedRetry | undefined;
  hooks?: HookLists | undefined;
};

/** A body's `retry_params` say how long to wait, which no config can. */
interface InheritedRetry {
  attempts: number;
  on_status_codes?: number[] | undefined;
  use_retry_after_header?: boolean | undefined;
  wait_ms?: number | undefined;
}

/** Parameters are merged, the child's winning; the rest counts whole, and only where the child has none. */
export function inherit(parent: Inherited, child: ConfigNode): Inherited {
  return {
    override_params: merged(parent.override_params, child.override_params),
    default_params: merged(parent.default_params, child.default_params),
    drop_params: child.drop_params ?? parent.drop_params,
    retry: child.retry ?? parent.retry,
    request_timeout: child.request_timeout ?? parent.request_timeout,
    idle_timeout: child.idle_timeout ?? parent.idle_timeout,
    cache: child.cache ?? parent.cache,
    strict_open_ai_compliance: child.strict_open_ai_compliance ?? parent.strict_open_ai_compliance,
    custom_host: child.custom_host ?? parent.custom_host,
    forward_headers: child.forward_headers ?? parent.forward_headers,
    hooks: inheritHooks(parent.hooks, child),
  };
}

function merged(parent: JsonObject | undefined, child: JsonObject | undefined): JsonObject | undefined {
  if (parent === undefined || child === undefined) return child ?? parent;
  return laidOver(parent, child);
}
