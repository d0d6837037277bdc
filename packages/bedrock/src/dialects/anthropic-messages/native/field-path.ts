/** Where a field stands in a native body: its path, with the kind of each object on the way, since a name means something else on another kind. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";

/**
 * One step into a body: any item of a list, or a member of an object of one kind. `of` is that object's `type`, or the role of a message;
 * undefined where it has neither, and for a tool of the caller's own, whose type may be left out.
 */
export type FieldStep = "*" | { of: string | undefined; name: string };

/** Deeper than any path of a body that is built by the rules. */
const longestPath = 12;

/**
 * The path of a field that AWS names in a body. AWS's paths have the kind of a thing among their steps, which the JSON has not:
 * `tools.0.custom.strict`, `system.1.cache_control.ephemeral.scope`. Undefined where they lead nowhere.
 */
export function fieldPathIn(
  value: JsonValue | undefined,
  [step, ...rest]: readonly string[],
): readonly FieldStep[] | undefined {
  if (step === undefined || rest.length >= longestPath) {
    return step === undefined ? [] : undefined;
  }
  const member = memberAt(value, step);
  const further = member === undefined ? undefined : fieldPathIn(member.value, rest);
  if (member !== undefined && further !== undefined) {
    return [member.step, ...further];
  }
  // The last step is the field itself, any other may be a kind.
  return rest.length === 0 ? undefined : fieldPathIn(value, rest);
}

function memberAt(value: JsonValue | undefined, step: string): { step: FieldStep; value: JsonValue } | undefined {
  let found: JsonValue | undefined;
  if (Array.isArray(value)) {
    found = /^\d+$/.test(step) ? value[Number(step)] : undefined;
    return found === undefined ? undefined : { step: "*", value: found };
  }
  found = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return found === undefined ? undefined : { step: { of: kindOf(value as JsonObject), name: step }, value: found };
}

/** Where a field of that path stands in a body. */
export function placesOfField(
  value: JsonValue | undefined,
  [step, ...rest]: readonly FieldStep[],
): (string | number)[][] {
  if (step === undefined) {
    return value === undefined ? [] : [[]];
  }
  if (step === "*") {
    return Array.isArray(value)
      ? value.flatMap((item, index) => placesOfField(item, rest).map((path) => [index, ...path]))
      : [];
  }
  const { of, name } = step;
  return isJsonObject(value) && Object.hasOwn(value, name) && kindOf(value) === of
    ? placesOfField(value[name], rest).map((path) => [name, ...path])
    : [];
}

function kindOf({ type, role }: JsonObject): string | undefined {
  const kind = typeof type === "string" ? type : role;
  return typeof kind === "string" && kind !== "custom" ? kind : undefined;
}

/** Without these it would be another request, or none. */
const essentialNames: ReadonlySet<string> = new Set([
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

/** Kinds of blocks that can have a cache mark. */
export const blocksWithCache: readonly string[] = [
  "text",
  "image",
  "document",
  "search_result",
  "tool_use",
  "tool_result",
  "tool_reference",
];
const choices = ["auto", "any", "tool"];

/** Fields that these kinds have had in Anthropic's API from their beginning (the types of @anthropic-ai/sdk). */
const namesOfKinds: ReadonlyMap<string, readonly string[]> = new Map([
  ["budget_tokens", ["enabled"]],
  ["cache_control", blocksWithCache],
  ["citations", ["text", "document", "search_result"]],
  ["context", ["document"]],
  ["disable_parallel_tool_use", choices],
  ["is_error", ["tool_result"]],
  ["title", ["document", "search_result"]],
]);
/** The same of tools: their types are many. */
const namesOfTools: ReadonlySet<string> = new Set(["cache_control", "description"]);

/**
 * True where the request would mean something else without the field, or the field has its meaning on that very kind of thing: the model's
 * refusal then goes back to the caller, and nothing is learned from it.
 */
export function isEssential(path: readonly FieldStep[]): boolean {
  const last = path.at(-1);
  if (last === undefined || last === "*") {
    return true;
  }
  if (essentialNames.has(last.name)) {
    // Without the effort of one message the whole request's remains.
    return last.of !== "system" || last.name !== "output_config";
  }
  if (last.of !== undefined && namesOfKinds.get(last.name)?.includes(last.of) === true) {
    return true;
  }
  const names = path.map((step) => (step === "*" ? step : step.name));
  const isOfOwnTool = last.of === undefined && names.length === 3 && names[0] === "tools";
  return (
    (isOfOwnTool && namesOfTools.has(last.name)) ||
    (names[0] === "tools" && last.name === "cache_control") ||
    names.includes("input_schema") ||
    names.includes("input")
  );
}
