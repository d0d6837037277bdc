/** Guardrails as configs and the control API write them: Portkey's three forms, made ready to run. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean, type ValuePath } from "@adit/bedrock/gateway";
import { feedbackIn, flagIn, HookFault, textIn } from "./hook-fields.ts";
import type { Hook, HookSource } from "./hook.ts";
import { ownNames, readCheck } from "./read-check.ts";

const mostHooks = 50;
const mostChecks = 100;
export const guardrailSlug = /^pg-[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$/;

/** What may stand beside the checks. Portkey's own of no meaning here are among them. */
const reservedNames = new Set(
  (
    "deny async sequential on_fail on_success onFail onSuccess id type name description " +
    "guardrail_version_id guardrailVersionId"
  ).split(" "),
);
/** What may stand beside a saved guardrail's slug: the rest is the saved one's own. */
const besideSlug = new Set(["id", "type", "guardrail_version_id", "guardrailVersionId"]);

/** `before_request_hooks` and `after_request_hooks`. @throws HookFault */
export function readHookList(list: readonly JsonValue[], name: string): HookSource[] {
  checkLength(list);
  return list.map((entry, index) => {
    if (!isJsonObject(entry)) throw new HookFault([index], "must be an object");
    const id = textIn(entry, "id", [index]);
    if (entry["checks"] === undefined && id !== undefined && guardrailSlug.test(id))
      return savedOne(entry, id, [index]);
    return inlineOne(readHook(entry, { id: id ?? `${name}_${index}`, path: [index] }));
  });
}

/** `input_guardrails` and its siblings: slugs of saved guardrails, or objects whose names are checks. @throws HookFault */
export function readGuardrailList(list: readonly JsonValue[], name: string, type: Hook["type"]): HookSource[] {
  checkLength(list);
  return list.map((entry, index) => {
    if (typeof entry === "string" && guardrailSlug.test(entry)) return { kind: "saved", slug: entry };
    if (!isJsonObject(entry)) {
      throw new HookFault([index], "must be the slug of a saved guardrail, pg-..., or an object of checks");
    }
    const id = textIn(entry, "id", [index]);
    const named = Object.entries(entry).filter(([key]) => !reservedNames.has(key) && !ownNames.includes(key));
    // What stands beside the checks holds for each that does not say it itself.
    const beside = Object.fromEntries(Object.entries(entry).filter(([key]) => ownNames.includes(key)));
    if (named.length === 0 && id !== undefined && guardrailSlug.test(id)) return savedOne(entry, id, [index]);
    const reserved = Object.fromEntries(Object.entries(entry).filter(([key]) => reservedNames.has(key)));
    const checks = named.map(([key, parameters]) => ({
      id: key,
      parameters: isJsonObject(parameters ?? {}) ? { ...beside, ...(parameters as JsonObject | null) } : parameters,
    }));
    const place = { id: id ?? `${name}_${index}`, path: [index], areNamed: true };
    return inlineOne(readHook({ type, ...reserved, checks }, place));
  });
}

function inlineOne(hook: Hook): HookSource {
  return { kind: "inline", hook };
}

function savedOne(entry: JsonObject, slug: string, path: ValuePath): HookSource {
  const other = Object.keys(entry).find((key) => !besideSlug.has(key));
  if (other === undefined) return { kind: "saved", slug };
  throw new HookFault([...path, other], "is the saved guardrail's own to say: change it there");
}

export interface HookPlace {
  id: string;
  path: ValuePath;
  /** True: checks stand under their own names, not in a list. */
  areNamed?: boolean;
}

/** @throws HookFault */
export function readHook(given: JsonObject, { id, path, areNamed = false }: HookPlace): Hook {
  const known = [...reservedNames, "checks"];
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new HookFault([...path, unknown], `is no name of a guardrail.${didYouMean(unknown, known)}`);
  }
  const type = textIn(given, "type", path) ?? "guardrail";
  if (type !== "guardrail" && type !== "mutator")
    throw new HookFault([...path, "type"], "must be guardrail or mutator");
  const deny = (flagIn(given, ["deny"], path) ?? false) && type === "guardrail";
  const checks = checksIn(given["checks"], areNamed ? path : [...path, "checks"]);
  const isAsync = flagIn(given, ["async"], path) ?? false;
  if (deny && isAsync)
    throw new HookFault([...path, "async"], "cannot stand beside deny: nobody waits for its verdict");
  const read = checks.flatMap((check, index) => {
    const place = areNamed ? [...path, nameOf(check)] : [...path, "checks", index];
    return readCheck(check, { path: place, deny, type, isNamed: areNamed }) ?? [];
  });
  const changing = read.find(({ ready }) => ready.changes === true || ready.changesRequest === true);
  if (isAsync && changing !== undefined) {
    throw new HookFault([...path, "async"], `cannot stand beside ${changing.id}, which would change nothing`);
  }
  return {
    id,
    type,
    deny,
    isAsync,
    isSequential: flagIn(given, ["sequential"], path) ?? false,
    checks: read,
    onSuccess: feedbackIn(given, ["on_success", "onSuccess"], path),
    onFail: feedbackIn(given, ["on_fail", "onFail"], path),
  };
}

function checksIn(checks: JsonValue | undefined, path: ValuePath): JsonValue[] {
  if (!Array.isArray(checks) || checks.length === 0) throw new HookFault(path, "must hold at least one check");
  if (checks.length > mostChecks) throw new HookFault(path, `must hold at most ${mostChecks} checks`);
  return checks;
}

function nameOf(check: JsonValue): string {
  const id = isJsonObject(check) ? check["id"] : undefined;
  return typeof id === "string" ? id : "";
}

function checkLength(list: readonly JsonValue[]): void {
  if (list.length > mostHooks) throw new HookFault([], `must hold at most ${mostHooks}`);
}
