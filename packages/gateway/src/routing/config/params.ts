/**
 * `default_params`, `override_params` and `drop_params`, in this order: what a target's rules make of the body of one request. They come
 * to members that are laid over the body, so that whoever sends it knows of no rules.
 */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import { parseJsonPath, withoutPlace, type Spend } from "./json-path.ts";
import { reasoningDefaults, reasoningNames, reasoningOverrides, withoutReasoning } from "./reasoning-params.ts";

/** The rules of one target, its parents' included. */
export interface ParamRules {
  /** Set where the body has none. */
  defaults: JsonObject | undefined;
  /** Set, whatever the body has. */
  overrides: JsonObject | undefined;
  /** Paths that are taken out. */
  drops: readonly string[] | undefined;
}

/** What the rules come to. */
export interface LaidParams {
  /** Members to lay over the body; one that is undefined takes the body's away. */
  overrideParams: JsonObject;
  /** Paths of the body that are taken out, and paths of rules that are not followed. */
  droppedParams: readonly string[];
}

const nothing: LaidParams = { overrideParams: {}, droppedParams: [] };

/** Whether the answer is a stream is the caller's to say, and was read from the body. */
const callersOwn = "stream";
/** Without them there is no request. */
const kept: ReadonlySet<string> = new Set([callersOwn, "model"]);

/** The limit of an answer's tokens, by the names of all dialects. */
const limitNames = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
/** Dialects that read one of them alone. */
const limitNameAt: ReadonlyMap<string, string> = new Map([
  ["/v1/responses", "max_output_tokens"],
  ["/v1/messages", "max_tokens"],
  ["/v1/completions", "max_tokens"],
]);

/** Names of one thing: a rule for one of them holds whichever the caller wrote. */
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  [
    limitNames,
    ["guardrailConfig", "guardrail_config"],
    ["serviceTier", "service_tier"],
    ["performanceConfig", "performance_config"],
    ["requestMetadata", "request_metadata"],
    ["promptVariables", "prompt_variables"],
    ["additionalModelRequestFields", "additional_model_request_fields"],
    ["additionalModelResponseFieldPaths", "additional_model_response_field_paths"],
  ].flatMap((names) => names.map((name) => [name, names] as const)),
);

/** Where rules are laid over a body. */
export interface LaidAt {
  /** The target's, for the rules that are not followed. */
  path: string;
  /** The path of the request's URL, which tells the dialect. */
  pathname: string;
  /** Counts the work with the body, and throws where it is too much. */
  spend: Spend;
}

/** A body, and what is laid over it. */
interface Laying {
  laid: Map<string, JsonValue | undefined>;
  body: JsonObject;
  spend: Spend;
}

export function layParams(rules: ParamRules, body: JsonObject, { path, pathname, spend }: LaidAt): LaidParams {
  const { drops } = rules;
  if (rules.defaults === undefined && rules.overrides === undefined && drops === undefined) return nothing;
  const defaults = reasoningDefaults(rules.defaults ?? {}, { pathname, body, spend });
  const overrides = reasoningOverrides(rules.overrides ?? {}, { pathname, body, spend });
  const laid = new Map<string, JsonValue | undefined>();
  const laying: Laying = { laid, body, spend };
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(defaults)) {
    if (name === callersOwn) dropped.push(`${path}.default_params.${name}`);
    else if (namesOf(name).every((each) => isUnset(body, each))) laid.set(nameAt(pathname, name), value);
  }
  takeReasoningAway(overrides, laying);
  for (const [name, value] of Object.entries(overrides)) {
    if (name === callersOwn) dropped.push(`${path}.override_params.${name}`);
    // A prompt in another's place takes members away that it does not have.
    else if (value === undefined) laid.set(name, value);
    else replace(namesOf(name), nameAt(pathname, name), value, laying);
  }
  for (const [index, text] of (drops ?? []).entries()) {
    dropped.push(...drop(text, `${path}.drop_params[${index}]`, laying));
  }
  return { overrideParams: Object.fromEntries(laid), droppedParams: dropped };
}

/** What the body or a default says about reasoning, where an override says something else about it. */
function takeReasoningAway(overrides: JsonObject, laying: Laying): void {
  const { laid, spend } = laying;
  const standing = Object.fromEntries(
    reasoningNames.flatMap((name): [string, JsonValue][] => {
      const value = standingUnder(name, laying);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const left = withoutReasoning(standing, overrides, spend);
  if (left === standing) return;
  for (const name of Object.keys(standing)) if (left[name] !== standing[name]) laid.set(name, left[name]);
}

/** What is laid over a member of the body, else the body's own. */
function standingUnder(name: string, { laid, body }: Laying): JsonValue | undefined {
  if (laid.has(name)) return laid.get(name);
  return Object.hasOwn(body, name) ? body[name] : undefined;
}

/** Under one of the names, in place of what stands under any of them. */
function replace(names: readonly string[], name: string, value: JsonValue, { laid, body }: Laying): void {
  for (const each of names) if (laid.has(each) || !isUnset(body, each)) laid.set(each, undefined);
  laid.set(name, value);
}

function namesOf(name: string): readonly string[] {
  return synonyms.get(name) ?? [name];
}

function nameAt(pathname: string, name: string): string {
  if (!limitNames.includes(name)) return name;
  // A path counts with and without a slash at its end. What is left are chat completions, which read two of them.
  return (
    limitNameAt.get(pathname.replace(/\/$/, "")) ?? (name === "max_output_tokens" ? "max_completion_tokens" : name)
  );
}

/** Clients send null for what they do not set. */
function isUnset(body: JsonObject, name: string): boolean {
  return !Object.hasOwn(body, name) || (body[name] ?? null) === null;
}

/** Takes one path out; gives the names of what is left out by it, if anything is. */
function drop(text: string, rule: string, laying: Laying): string[] {
  const [name, ...rest] = parseJsonPath(text) ?? [];
  if (typeof name !== "string") return [];
  if (rest.length === 0 && kept.has(name)) return [rule];
  const value = standingUnder(name, laying);
  if (value === undefined) return [];
  const changed = rest.length === 0 ? undefined : withoutPlace(value, rest, laying.spend);
  if (changed === value) return [];
  laying.laid.set(name, changed);
  return [text];
}

/** One set of members over another: what goes before a member takes its place under its other names too. */
export function laidOver(beneath: JsonObject, above: JsonObject): JsonObject {
  const replaced = new Set(Object.keys(above).flatMap(namesOf));
  const left = Object.entries(withoutReasoning(beneath, above)).filter(([name]) => !replaced.has(name));
  return { ...Object.fromEntries(left), ...above };
}

/** The body with a target's members laid over it. */
export function withParams(body: JsonObject, overrideParams: JsonObject): JsonObject {
  const merged = { ...body, ...overrideParams };
  const isWhole = Object.values(overrideParams).every((value) => value !== undefined);
  return isWhole ? merged : Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** The paths of all rules, for a call whose body passes through untouched. */
export function pathsOfRules({ defaults, overrides, drops }: ParamRules, path: string): string[] {
  return [
    ...Object.keys(defaults ?? {}).map((name) => `${path}.default_params.${name}`),
    ...Object.keys(overrides ?? {}).map((name) => `${path}.override_params.${name}`),
    ...(drops ?? []).map((_, index) => `${path}.drop_params[${index}]`),
  ];
}
