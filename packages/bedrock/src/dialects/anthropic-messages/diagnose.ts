import type { AditError } from "../../errors/adit-error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { betasOfAnyModel } from "../../models/family-data.ts";
import { placesOfRefused, type RefusedPart } from "./refused-parts.ts";

/**
 * What of a native body made AWS refuse the request, where its words name a part that the model does not know and that can be left out:
 * a beta flag, a field, a tool's type. Empty for every other refusal. Words: recorded (CountTokens' list of types, InvokeModel's
 * schema), and reported in anthropics/claude-code #49370, #82549.
 */
export function diagnoseRefusal(error: AditError, body: JsonObject): RefusedPart[] {
  const words = error.status === 400 ? error.aws?.message : undefined;
  if (words === undefined || phrases.test(JSON.stringify(body))) {
    return [];
  }
  const parts = [...refusedBetas(words, body), ...refusedTools(words), ...refusedFields(words, body)];
  return parts.filter((part) => placesOfRefused(body, [part]).length > 0);
}

/**
 * AWS's words repeat names that the caller chose: a request which itself holds these words could make it say that a field is unknown which
 * others need, and what one caller's request teaches holds for all.
 */
const phrases = /not permitted|found using 'type'|invalid beta flag|Unexpected value/i;

/** `Unexpected value(s) `a`, `b` for the `anthropic-beta` header`: Anthropic's own words, which name the flags. */
const namedFlags = /Unexpected value\(s\) (.*?) for the `anthropic-beta` header/;
const quoted = /`([^`]+)`/g;

function refusedBetas(words: string, body: JsonObject): RefusedPart[] {
  const named = namedFlags.exec(words)?.[1];
  if (named !== undefined) {
    return [...named.matchAll(quoted)].map(([, flag = ""]) => ({ kind: "beta", flag }));
  }
  if (!/invalid beta flag/i.test(words)) {
    return [];
  }
  const { anthropic_beta: given } = body;
  const sent = Array.isArray(given) ? given.filter((flag) => typeof flag === "string") : [];
  // AWS does not say which: those that no model is known to take. Among several known ones the guilty one is not guessed.
  const strange = sent.filter((flag) => !betasOfAnyModel.has(flag));
  const likely = strange.length === 0 && sent.length === 1 ? sent : strange;
  return likely.map((flag) => ({ kind: "beta", flag }));
}

/** Recorded: `tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', ...` */
const unknownTool = /tools\.\d+: Input tag '([^']+)' found using 'type' does not match/g;

function refusedTools(words: string): RefusedPart[] {
  return [...words.matchAll(unknownTool)].map(([, type = ""]) => ({ kind: "tool", type }));
}

/** `tools.0.custom.defer_loading: Extra inputs are not permitted` */
const extraInput = /([A-Za-z_][\w.-]*): Extra inputs are not permitted/g;
/** Recorded shape: `Malformed input request: #/messages/0: extraneous key [X] is not permitted, please reformat your input and try again.` */
const extraneousKey = /#([\w/.-]*): extraneous key \[([^\]]+)\] is not permitted/g;

function refusedFields(words: string, body: JsonObject): RefusedPart[] {
  const named = [
    ...[...words.matchAll(extraInput)].map(([, path = ""]) => path.split(".")),
    ...[...words.matchAll(extraneousKey)].map(([, path = "", key = ""]) => [...path.split("/").slice(1), key]),
  ];
  return named.flatMap((steps) => {
    const path = patternOf(body, steps);
    return path === undefined || isEssential(path) ? [] : [{ kind: "field", path }];
  });
}

/** Deeper than any path of a body that is built by the rules. */
const longestPath = 12;

/**
 * The path of a field in the body, with `*` for indexes. AWS's paths have the kind of a thing among their steps, which the JSON has not:
 * `tools.0.custom.strict`, `system.1.cache_control.ephemeral.scope`. Undefined where they lead nowhere.
 */
function patternOf(value: JsonValue | undefined, [step, ...rest]: readonly string[]): string[] | undefined {
  if (step === undefined || rest.length >= longestPath) {
    return step === undefined ? [] : undefined;
  }
  const isIndex = Array.isArray(value) && /^\d+$/.test(step);
  if (isIndex || (isJsonObject(value) && Object.hasOwn(value, step))) {
    const inner = Array.isArray(value) ? value[Number(step)] : (value as JsonObject)[step];
    const further = inner === undefined ? undefined : patternOf(inner, rest);
    if (further !== undefined) {
      return [isIndex ? "*" : step, ...further];
    }
  }
  // The last step is the field itself, any other may be a kind.
  return rest.length === 0 ? undefined : patternOf(value, rest);
}

/** Without these it would be another request, or none. */
const essentialFields: ReadonlySet<string> = new Set([
  "anthropic_version",
  "compaction",
  "content",
  "data",
  "format",
  "id",
  "input",
  "input_schema",
  "max_tokens",
  "media_type",
  "messages",
  "name",
  "output_config",
  "role",
  "schema",
  "signature",
  "source",
  "system",
  "text",
  "thinking",
  "tool_choice",
  "tool_use_id",
  "tools",
  "type",
]);

function isEssential(path: readonly string[]): boolean {
  const last = path.at(-1) ?? "";
  return last === "*" || essentialFields.has(last) || path.includes("input_schema") || path.includes("input");
}
