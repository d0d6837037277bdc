/** One check as it is written, made ready. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { didYouMean, type ValuePath } from "@adit/bedrock/gateway";
import type { z } from "zod";
import { checkKinds } from "./checks/table.ts";
import type { ReadyCheck } from "./check.ts";
import { choiceIn, flagIn, HookFault, textIn, wholeIn } from "./hook-fields.ts";
import type { Hook, HookCheck } from "./hook.ts";

export interface CheckPlace {
  path: ValuePath;
  /** Whether its guardrail denies. */
  deny: boolean;
  /** Whether that is one, or changes texts alone. */
  type: Hook["type"];
  /** True: the check stands under its own name, and its parameters there. */
  isNamed: boolean;
}

/** Adit's own words for a check, which stand beside its parameters or among them. */
export const ownNames = [
  "failOnError",
  "fail_on_error",
  "onStream",
  "on_stream",
  "streamWindow",
  "stream_window",
  "scope",
];
const checkNames = new Set(["id", "parameters", "name", "is_enabled", "isEnabled", "type", ...ownNames]);

/** Characters of a stream that are held back for a check that can judge pieces, where it names no other number. */
const defaultWindow = 512;
const leastWindow = 64;
const mostWindow = 65_536;

/** Undefined where the check is switched off; what is wrong with it is told all the same. @throws HookFault */
export function readCheck(given: JsonValue, { path, deny, type, isNamed }: CheckPlace): HookCheck | undefined {
  if (!isJsonObject(given)) throw new HookFault(path, "must be an object");
  const id = textIn(given, "id", path);
  if (id === undefined) throw new HookFault([...path, "id"], "is missing");
  const unknown = Object.keys(given).find((key) => !checkNames.has(key));
  if (unknown !== undefined) {
    throw new HookFault([...path, unknown], `is no name of a check.${didYouMean(unknown, checkNames)}`);
  }
  const below = isNamed ? path : [...path, "parameters"];
  const parameters = given["parameters"] ?? {};
  if (!isJsonObject(parameters)) throw new HookFault(below, "must be an object");
  const ready = readyCheck(id, parameters, { path: isNamed ? path : [...path, "id"], below });
  const own = ownWords({ ...parameters, ...given }, ready, { path: below, deny, type });
  return flagIn(given, ["is_enabled", "isEnabled"], path) === false ? undefined : { id: fullId(id), ready, ...own };
}

function ownWords(
  given: JsonObject,
  { changes = false, mayChange = false }: ReadyCheck,
  { path, deny, type }: Pick<CheckPlace, "path" | "deny" | "type">,
): Omit<HookCheck, "id" | "ready"> {
  const onStream = choiceIn(given, ["on_stream", "onStream"], { path, choices: ["stop", "report"] as const });
  if (onStream === "stop" && !deny && !changes && !mayChange) {
    throw new HookFault([...path, "on_stream"], "can be stop only where the guardrail has deny");
  }
  // A mutator's check is there for what it changes.
  const holds = deny || changes || (mayChange && type === "mutator");
  return {
    failsOnError: flagIn(given, ["failOnError", "fail_on_error"], path) ?? false,
    isHeld: onStream === undefined ? holds : onStream === "stop",
    window:
      wholeIn(given, ["stream_window", "streamWindow"], { path, least: leastWindow, most: mostWindow }) ??
      defaultWindow,
    scope: choiceIn(given, ["scope"], { path, choices: ["last", "all"] as const }) ?? (changes ? "all" : "last"),
  };
}

function fullId(id: string): string {
  return id.includes(".") ? id : `default.${id}`;
}

function readyCheck(
  id: string,
  parameters: JsonObject,
  { path, below }: { path: ValuePath; below: ValuePath },
): ReadyCheck {
  const kind = checkKinds.get(fullId(id));
  if (kind === undefined) {
    throw new HookFault(path, `names a check that is not served.${didYouMean(fullId(id), checkKinds.keys())}`);
  }
  const given = Object.fromEntries(
    // Forms send null for what is not filled in.
    Object.entries(parameters).filter(([name, value]) => !ownNames.includes(name) && (value ?? null) !== null),
  );
  const result = kind.parameters.safeParse(given);
  if (!result.success) throw parameterFault(result.error, below);
  return kind.ready(result.data);
}

function parameterFault(error: z.ZodError, below: ValuePath): HookFault {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? part : String(part)));
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const words = unknown.length > 0 ? "is no parameter of this check" : (issue?.message ?? "has a fault");
  return new HookFault([...below, ...path, ...unknown], words);
}
