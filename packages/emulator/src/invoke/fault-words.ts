/** The two ways in which AWS tells what is wrong with a native body: Bedrock's own check of the JSON schema, and Anthropic's layer. */
import { invalid, type Refusal } from "../validate/refusal.ts";
import type { Schema } from "./schema.ts";
import type { SchemaFault } from "./schema-faults.ts";

/** Names of JSON types as Bedrock's checker writes them. */
const jsonTypes: Record<Schema["kind"], string> = {
  any: "JSONObject",
  string: "String",
  integer: "Integer",
  number: "Number",
  boolean: "Boolean",
  list: "JSONArray",
  object: "JSONObject",
  tagged: "JSONObject",
  either: "JSONObject",
};

/**
 * Bedrock's words. Recorded: `Malformed input request: #: required key [prompt] not found, please reformat your input and try again.` Of several faults AWS
 * tells only the number (reported).
 */
export function malformed(faults: readonly SchemaFault[]): Refusal | undefined {
  const [first] = faults;
  if (first === undefined) return undefined;
  const what = faults.length === 1 ? malformedWords(first) : `${faults.length} schema violations found`;
  return invalid(`Malformed input request: ${what}, please reformat your input and try again.`);
}

function malformedWords(fault: SchemaFault): string {
  return `${pointerOf(fault.path)}: ${ruleWords(fault)}`;
}

/** A fault of a compatible endpoint's body: what is wrong, and the place as OpenAI writes it. */
export function malformedPlace(fault: SchemaFault): { words: string; param: string } {
  const param = [...fault.path, ...("key" in fault ? [fault.key] : [])].join(".");
  return { words: `${param}: ${ruleWords(fault)}`, param };
}

/** The words of the Java library that checks JSON schemas for Bedrock (everit-org/json-schema). */
function ruleWords(fault: SchemaFault): string {
  switch (fault.rule) {
    case "missing":
      return `required key [${fault.key}] not found`;
    case "extra":
      return `extraneous key [${fault.key}] is not permitted`;
    case "type":
      return `expected type: ${fault.expected.map((kind) => jsonTypes[kind]).join(" or ")}, found: ${jsonTypeOf(fault.value)}`;
    case "values":
      return `${fault.value} is not a valid enum value`;
    case "tag":
      return `${shown(fault.value)} is not a valid enum value`;
    case "least":
      if (fault.unit === undefined) return `${fault.actual} is not greater or equal to ${fault.limit}`;
      return fault.unit === "items"
        ? `expected minimum item count: ${fault.limit}, found: ${fault.actual}`
        : `expected minLength: ${fault.limit}, actual: ${fault.actual}`;
    case "most":
      if (fault.unit === undefined) return `${fault.actual} is not less or equal to ${fault.limit}`;
      return fault.unit === "items"
        ? `expected maximum item count: ${fault.limit}, found: ${fault.actual}`
        : `expected maxLength: ${fault.limit}, actual: ${fault.actual}`;
  }
}

/** A place as a URI fragment: `#/messages/0`. */
function pointerOf(path: readonly (string | number)[]): string {
  return ["#", ...path].join("/");
}

/** The name of a value's JSON type in Bedrock's words. */
export function jsonTypeOf(value: unknown): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "JSONArray";
  if (typeof value === "string") return "String";
  if (typeof value === "boolean") return "Boolean";
  if (typeof value !== "number") return "JSONObject";
  return Number.isInteger(value) ? "Integer" : "BigDecimal";
}

/** Anthropic's words: the first fault alone. Recorded for tags, reported for the others. */
export function anthropicWords(faults: readonly SchemaFault[]): string | undefined {
  const [first] = faults;
  return first === undefined ? undefined : anthropicFault(first);
}

const pythonTypes: Record<Schema["kind"], string> = {
  any: "object",
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  list: "list",
  object: "dictionary",
  tagged: "dictionary",
  either: "object",
};

function anthropicFault(fault: SchemaFault): string {
  const place = fault.path.join(".");
  const at = (key: string) => (place === "" ? key : `${place}.${key}`);
  switch (fault.rule) {
    case "missing":
      return `${at(fault.key)}: Field required`;
    case "extra":
      return `${at(fault.key)}: Extra inputs are not permitted`;
    case "type":
      return `${place}: Input should be a valid ${fault.expected.map((kind) => pythonTypes[kind]).join(" or ")}`;
    case "values":
      return `${place}: Input should be ${listed(fault.values)}`;
    case "tag":
      return tagWords(fault, place);
    case "least":
      return `${place}: ${leastWords(fault)}`;
    case "most":
      return `${place}: Input should be less than or equal to ${fault.limit}`;
  }
}

function leastWords({ limit, unit, actual }: SchemaFault & { rule: "least" | "most" }): string {
  if (unit === "items")
    return `List should have at least ${limit} item${limit === 1 ? "" : "s"} after validation, not ${actual}`;
  return unit === "characters"
    ? `String should have at least ${limit} character${limit === 1 ? "" : "s"}`
    : `Input should be greater than or equal to ${limit}`;
}

/** Recorded: `tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags: 'bash_20250124', 'custom'`. */
function tagWords({ tag, tags, value }: SchemaFault & { rule: "tag" }, place: string): string {
  if (value === undefined) return `${place}.${tag}: Field required`;
  const known = tags.map((name) => `'${name}'`).join(", ");
  return `${place}: Input tag '${shown(value)}' found using '${tag}' does not match any of the expected tags: ${known}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
