/** A saved guardrail as it is written, made ready: Portkey's `checks` and `actions`. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { HookFault } from "../hook-fields.ts";
import type { Hook } from "../hook.ts";
import { readHook } from "../read-hooks.ts";
import { checkCalls } from "./saved-calls.ts";

export interface WrittenGuardrail {
  checks: JsonObject[];
  actions: JsonObject;
}

/** What `actions` may hold. */
const actionNames = new Set("deny async sequential on_success on_fail onSuccess onFail type".split(" "));

/**
 * `customHosts`: the origins that its webhooks must be at; undefined where what it calls is looked at elsewhere.
 * @throws AditError `invalid_request` with the path, `custom_host_not_allowed`, `invalid_region`.
 */
export function readSaved(
  { checks, actions }: WrittenGuardrail,
  slug: string,
  customHosts: ReadonlySet<string> | undefined,
): Hook {
  try {
    const unknown = Object.keys(actions).find((name) => !actionNames.has(name));
    if (unknown !== undefined) throw new HookFault([unknown], "is no action of a guardrail");
    const hook = readHook({ ...actions, checks }, { id: slug, path: [] });
    if (customHosts !== undefined) checkCalls(hook, "checks", customHosts);
    return hook;
  } catch (error) {
    if (!(error instanceof HookFault)) throw error;
    const path = pathOf(error.path);
    throw new AditError("invalid_request", `${path}: ${error.message}.`.replace(/\?\.$/, "?").replace(/\.\.$/, "."), {
      param: path,
      remedy: "See docs/guardrails.md for the checks and their parameters.",
    });
  }
}

/** As the body writes it: all but the checks stand under `actions`. */
function pathOf(path: HookFault["path"]): string {
  const whole = path[0] === "checks" ? path : ["actions", ...path];
  return whole.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part.slice(0, 64)}`;
  }, "");
}
