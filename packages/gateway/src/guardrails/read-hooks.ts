/** Guardrails as configs and the control API write them: Portkey's three forms, made ready to run. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { z } from "zod";
import { didYouMean } from "../routing/near-names.ts";
import { checkKinds } from "./checks/table.ts";
import type { ReadyCheck } from "./check.ts";
import type { Feedback, Hook, HookCheck, HookSource } from "./hook.ts";

/** What is wrong with a guardrail, and where in it. */
export class HookFault extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

type Path = readonly (string | number)[];

const mostHooks = 50;
const mostChecks = 100;
export const guardrailSlug = /^pg-[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$/;

/** `before_request_hooks` and `after_request_hooks`. @throws HookFault */
export function readHookList(list: readonly JsonValue[], name: string): HookSource[] {
  checkLength(list);
  return list.map((entry, index) => {
    if (!isJsonObject(entry)) throw new HookFault([index], "must be an object");
    const id = textIn(entry, "id", [index]);
    // A hook may name a saved guardrail by its slug alone.
    if (entry["checks"] === undefined && id !== undefined && guardrailSlug.test(id)) return { kind: "saved", slug: id };
    const hook = readHook(entry, { id: id ?? `${name}_${index}`, path: [index] });
    return { kind: "inline", hook, written: JSON.stringify(entry) };
  });
}

/** `input_guardrails` and its siblings: slugs of saved guardrails, or objects whose names are checks. @throws HookFault */
export function readGuardrailList(list: readonly JsonValue[], name: string, type: Hook["type"]): HookSource[] {
  checkLength(list);
  return list.map((entry, index) => {
    if (typeof entry === "string") {
      if (guardrailSlug.test(entry)) return { kind: "saved", slug: entry };
      throw new HookFault([index], "must be the slug of a saved guardrail, pg-..., or an object of checks");
    }
    if (!isJsonObject(entry))
      throw new HookFault([index], "must be the slug of a saved guardrail, or an object of checks");
    const reserved = Object.fromEntries(Object.entries(entry).filter(([key]) => reservedNames.has(key)));
    const checks = Object.entries(entry)
      .filter(([key]) => !reservedNames.has(key))
      .map(([key, parameters]) => ({ id: key, parameters: parameters ?? {} }));
    const id = textIn(entry, "id", [index]) ?? `${name}_${index}`;
    const hook = readHook({ type, ...reserved, checks }, { id, path: [index], areNamed: true });
    return { kind: "inline", hook, written: JSON.stringify(entry) };
  });
}

const reservedNames = new Set([
  ..."deny async sequential on_fail on_success onFail onSuccess id type guardrail_version_id guardrailVersionId name".split(
    " ",
  ),
]);

interface HookPlace {
  id: string;
  path: Path;
  /** True: checks stand under their own names, not in a list. */
  areNamed?: boolean;
}

/** @throws HookFault */
export function readHook(given: JsonObject, { id, path, areNamed }: HookPlace): Hook {
  const known = [...reservedNames, "checks", "description"];
  for (const key of Object.keys(given)) {
    if (!known.includes(key))
      throw new HookFault([...path, key], `is no name of a guardrail.${didYouMean(key, known)}`);
  }
  const type = textIn(given, "type", path) ?? "guardrail";
  if (type !== "guardrail" && type !== "mutator")
    throw new HookFault([...path, "type"], "must be guardrail or mutator");
  const deny = flagIn(given, ["deny"], path) ?? false;
  const checks = given["checks"];
  if (!Array.isArray(checks) || checks.length === 0)
    throw new HookFault([...path, "checks"], "must name at least one check");
  if (checks.length > mostChecks) throw new HookFault([...path, "checks"], `must be at most ${mostChecks}`);
  return {
    id,
    type,
    deny: deny && type === "guardrail",
    isAsync: flagIn(given, ["async"], path) ?? false,
    isSequential: flagIn(given, ["sequential"], path) ?? false,
    checks: checks.flatMap((check, index) => {
      const name = isJsonObject(check) && typeof check["id"] === "string" ? check["id"] : index;
      return readCheck(check, {
        path: areNamed === true ? [...path, name] : [...path, "checks", index],
        deny,
        areNamed,
      });
    }),
    onSuccess: feedbackIn(given["on_success"] ?? given["onSuccess"], [...path, "on_success"]),
    onFail: feedbackIn(given["on_fail"] ?? given["onFail"], [...path, "on_fail"]),
  };
}

interface CheckPlace {
  path: Path;
  deny: boolean;
  areNamed: boolean | undefined;
}

const ownNames = ["failOnError", "fail_on_error", "onStream", "on_stream", "streamWindow", "stream_window", "scope"];
const checkNames = new Set(["id", "parameters", "name", "is_enabled", "isEnabled", "type", ...ownNames]);

/** None where the check is switched off. */
function readCheck(given: JsonValue, { path, deny, areNamed }: CheckPlace): HookCheck[] {
  if (!isJsonObject(given)) throw new HookFault(path, "must be an object");
  const id = textIn(given, "id", path);
  if (id === undefined) throw new HookFault([...path, "id"], "is missing");
  for (const key of Object.keys(given)) {
    if (!checkNames.has(key))
      throw new HookFault([...path, key], `is no name of a check.${didYouMean(key, checkNames)}`);
  }
  const below = areNamed === true ? path : [...path, "parameters"];
  const parameters = given["parameters"] ?? {};
  if (!isJsonObject(parameters)) throw new HookFault(below, "must be an object");
  const own = { ...parameters, ...given };
  const isEnabled = flagIn(given, ["is_enabled", "isEnabled"], path) ?? true;
  const ready = readyCheck(id, parameters, { path, below });
  const changes = ready.changes === true;
  if (!isEnabled) return [];
  return [
    {
      id: fullId(id),
      ready,
      failsOnError: flagIn(own, ["failOnError", "fail_on_error"], below) ?? false,
      onStream: choiceIn(own, ["on_stream", "onStream"], { path: below, choices: ["stop", "report"] }) ??
        (deny ? "stop" : changes ? "change" : "report"),
      window: windowIn(own["stream_window"] ?? own["streamWindow"], below),
      scope: choiceIn(own, ["scope"], { path: below, choices: ["last", "all"] }) ?? (changes ? "all" : "last"),
    },
  ]; // prettier-ignore
}

function fullId(id: string): string {
  return id.includes(".") ? id : `default.${id}`;
}

function readyCheck(id: string, parameters: JsonObject, { path, below }: { path: Path; below: Path }): ReadyCheck {
  const kind = checkKinds.get(fullId(id));
  if (kind === undefined) {
    throw new HookFault(
      [...path, "id"],
      `names a check that is not served.${didYouMean(fullId(id), checkKinds.keys())}`,
    );
  }
  const given = Object.fromEntries(
    // Forms send null for what is not filled in.
    Object.entries(parameters).filter(([name, value]) => !ownNames.includes(name) && (value ?? null) !== null),
  );
  const result = kind.parameters.safeParse(given);
  if (!result.success) throw parameterFault(result.error, below);
  return kind.ready(result.data);
}

function parameterFault(error: z.ZodError, below: Path): HookFault {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? part : String(part)));
  return new HookFault([...below, ...path], issue?.message ?? "has a fault");
}

export const defaultWindow = 512;
const leastWindow = 64;
const mostWindow = 65_536;

function windowIn(value: JsonValue | undefined, path: Path): number {
  if (value === undefined || value === null) return defaultWindow;
  if (typeof value === "number" && Number.isInteger(value) && value >= leastWindow && value <= mostWindow) return value;
  throw new HookFault([...path, "stream_window"], `must be a whole number from ${leastWindow} to ${mostWindow}`);
}

function checkLength(list: readonly JsonValue[]): void {
  if (list.length > mostHooks) throw new HookFault([], `must be at most ${mostHooks}`);
}

function textIn(given: JsonObject, name: string, path: Path): string | undefined {
  const value = given[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= 128) return value;
  throw new HookFault([...path, name], "must be a text of 1 to 128 characters");
}

function flagIn(given: JsonObject, names: readonly string[], path: Path): boolean | undefined {
  const name = names.find((each) => (given[each] ?? undefined) !== undefined);
  if (name === undefined) return undefined;
  const value = given[name];
  if (typeof value === "boolean") return value;
  throw new HookFault([...path, name], "must be true or false");
}

function choiceIn<Choice extends string>(
  given: JsonObject,
  names: readonly string[],
  { path, choices }: { path: Path; choices: readonly Choice[] },
): Choice | undefined {
  const name = names.find((each) => (given[each] ?? undefined) !== undefined);
  if (name === undefined) return undefined;
  const found = choices.find((choice) => choice === given[name]);
  if (found !== undefined) return found;
  throw new HookFault([...path, name], `must be one of ${choices.join(", ")}`);
}

function feedbackIn(given: JsonValue | undefined, path: Path): Feedback | undefined {
  const feedback = isJsonObject(given) ? given["feedback"] : undefined;
  if (given === undefined || given === null || feedback === undefined || feedback === null) return undefined;
  if (!isJsonObject(feedback)) throw new HookFault([...path, "feedback"], "must be an object");
  const { value = 0, weight = 1, metadata } = feedback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < -10 || value > 10) {
    throw new HookFault([...path, "feedback", "value"], "must be a whole number from -10 to 10");
  }
  if (typeof weight !== "number" || weight < 0 || weight > 1) {
    throw new HookFault([...path, "feedback", "weight"], "must be a number from 0 to 1");
  }
  return { value, weight, metadata: isJsonObject(metadata) ? textsIn(metadata) : {} };
}

function textsIn(metadata: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
