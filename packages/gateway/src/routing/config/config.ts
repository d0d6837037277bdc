/**
 * The gateway config of a request (`x-portkey-config`) or of the store: keys in snake_case or camelCase. Shapes and meanings are
 * Portkey's; what is not served is named as dropped.
 */
import { isDeepStrictEqual } from "node:util";
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { z } from "zod";
import { hookLists } from "../../guardrails/config-hooks.ts";
import { objectInHeader } from "../../http/request/header-json.ts";
import { checkUnaltered } from "../../http/unaltered.ts";
import { isKnownName, nearConfigName, placeBelow, type ConfigPlace } from "./config-names.ts";
import { nodeSchema, type ConfigNode } from "./config-schema.ts";
import { checkSize, checkTree } from "./config-tree.ts";
import { handDown } from "./hand-down.ts";

/** A checked config. */
export interface Config {
  root: ConfigNode;
  /** Paths of what is left out. */
  dropped: string[];
  /** Those of them that are no names of a config, and what they may have been meant for. */
  unknown: UnknownName[];
}

export interface UnknownName {
  path: string;
  near: string | undefined;
}

/** Keys whose values are the user's own words: their insides keep their spelling. */
const verbatim = new Set(["override_params", "default_params", "query", "metadata", ...hookLists]);

/** Spellings of the strictness switch that Portkey's clients send (its SDKs turn `AI` into `a_i`). */
const strictSpellings = ["strict_openai_compliance", "strict_open_a_i_compliance"];

/**
 * The config in a header's text.
 * @throws AditError `invalid_config` with the path.
 */
export function parseConfig(text: string): Config {
  const given = objectInHeader(text, "config", "invalid_config");
  checkUnaltered(Buffer.from(text, "latin1"), given, "invalid_config");
  return readConfig(given);
}

/**
 * A config as JSON.
 * @throws AditError `invalid_config` with the path.
 */
export function readConfig(given: JsonObject): Config {
  refuseOldForm(given);
  const found: Found = { dropped: [], unknown: [] };
  const tidy = withStandardKeys(given, { path: "config", place: "node" }, found);
  const result = nodeSchema.safeParse(tidy);
  if (!result.success) throw schemaFault(result.error);
  const root = result.data;
  checkTree(root, "config", found.dropped);
  checkSize(root);
  return { root: handDown(root), ...found };
}

/** Portkey's configs of 2023. */
function refuseOldForm(given: JsonObject): void {
  if (given["mode"] === undefined || given["options"] === undefined) return;
  throw new AditError(
    "invalid_config",
    "config.mode and config.options are the form of 2023, which is not read any more.",
    {
      param: "config.mode",
      remedy: "Write config.strategy.mode and config.targets.",
    },
  );
}

/** An unknown name comes back in a header and in the log: a long one is no slip of the pen. */
const longestTold = 64;

/** Slips of the pen that are looked up: who has more of them sends something else, and each look-up takes time. */
const mostHints = 50;

/** What a walk over the names has met. */
type Found = Pick<Config, "dropped" | "unknown">;

/** Where an object stands in the config; `place` is undefined where nothing is known of its names. */
interface Position {
  path: string;
  place: ConfigPlace | undefined;
}

/** Keys in snake_case, what is ignored or unknown named. */
function withStandardKeys(node: JsonObject, { path, place }: Position, found: Found): JsonObject {
  const tidy: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || value === null) continue;
    const name = standardKey(key);
    if (place !== undefined) noteName({ key, name, path, place }, found);
    // Answers to questions that are merely alike are not looked for: to those that are the same there are some.
    if (place === "cache" && name === "mode" && value === "semantic") found.dropped.push(`${path}.mode`);
    const below = place === undefined ? undefined : placeBelow(place, name);
    const tidied = verbatim.has(name) ? value : tidyValue(value, { path: `${path}.${name}`, place: below }, found);
    if (Object.hasOwn(tidy, name) && !isDeepStrictEqual(tidy[name], tidied)) throw saidTwice(`${path}.${name}`);
    // defineProperty: a key such as "__proto__" stays a plain key.
    Object.defineProperty(tidy, name, { value: tidied, enumerable: true, configurable: true });
  }
  return tidy;
}

/** Which of the two was meant nobody knows: one of them may say who pays. */
function saidTwice(path: string): AditError {
  const told = path.slice(0, path.lastIndexOf(".") + 1 + longestTold);
  return new AditError("invalid_config", `${told} stands there in two spellings, with different values.`, {
    param: told,
    remedy: "Write it once, in snake_case or in camelCase.",
  });
}

function noteName(
  { key, name, path, place }: { key: string; name: string; path: string; place: ConfigPlace },
  { dropped, unknown }: Found,
): void {
  const told = `${path}.${key.slice(0, longestTold)}`;
  if (!isKnownName(name, place)) {
    dropped.push(told);
    unknown.push({ path: told, near: unknown.length < mostHints ? nearConfigName(name, place) : undefined });
  }
}

function tidyValue(value: JsonValue, { path, place }: Position, found: Found): JsonValue {
  if (Array.isArray(value))
    return value.map((entry, index) => tidyValue(entry, { path: `${path}[${index}]`, place }, found));
  return isJsonObject(value) ? withStandardKeys(value, { path, place }, found) : value;
}

function standardKey(key: string): string {
  const snake = key.replace(/-/g, "_").replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  if (strictSpellings.includes(snake)) return "strict_open_ai_compliance";
  return snake === "use_retry_after_headers" ? "use_retry_after_header" : snake;
}

function schemaFault(error: z.ZodError): AditError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part).slice(0, longestTold)}`),
    "config",
  );
  const message = issue?.message ?? "has a fault";
  return new AditError("invalid_config", `${path}: ${message}${/[.?]$/.test(message) ? "" : "."}`, { param: path });
}
