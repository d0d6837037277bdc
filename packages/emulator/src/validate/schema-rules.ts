/** Schemas of tools, and those that Claude compiles (structured output, strict tools): closed objects, no keyword that it lacks, no way back. */
import { parsed } from "./field-rules.ts";
import { isRecord } from "./read-shape.ts";
import { additionalField, type Call, type Rule } from "./call.ts";
import { modelRefuses, type Refusal } from "./refusal.ts";

export const schemaRules: readonly Rule[] = [inputSchemas, outputSchema, strictSchemas, complexity];

/** Most strict tools of a request. */
const mostStrictTools = 20;
/** Most of what makes a grammar dear, in all its strict schemas together. */
const mostUnions = 16;
const mostOptional = 24;
const memberName = /^[a-zA-Z0-9_.-]{1,64}$/;
const formats = new Set("date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" "));
/** Without looking around, a group's number or name again, or a boundary of words; behind an escaped backslash these are letters. */
const takenPattern = /^(?:[^\\(]|\\[^1-9kbB]|\((?!\?<?[=!]))*$/;
const ofNumbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
/** Keywords that are refused, by the type they stand with. */
const refusedBy: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["number", ofNumbers],
  ["integer", ofNumbers],
  ["array", ["maxItems", "uniqueItems"]],
  ["object", ["minProperties", "maxProperties"]],
]);

/** The schema that the answer is to fit: Converse's own, or Claude's among the additional fields. */
export function answerSchema(call: Call): unknown {
  const schema = call.request.outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (schema !== undefined) return parsed(schema);
  const config = call.traits.family === "claude" ? additionalField(call, "output_config") : undefined;
  const format = isRecord(config) ? config["format"] : undefined;
  return isRecord(format) ? format["schema"] : undefined;
}

/** Of every tool, strict or not (reported by many who run MCP servers). */
function inputSchemas({ request, traits }: Call): Refusal | undefined {
  for (const [index, { toolSpec }] of (request.toolConfig?.tools ?? []).entries()) {
    const schema: unknown = toolSpec?.inputSchema.json;
    if (!isRecord(schema)) continue;
    const path = `tools.${index}.custom.input_schema`;
    if (["oneOf", "allOf", "anyOf"].some((key) => schema[key] !== undefined))
      return modelRefuses(`${path}: input_schema does not support oneOf, allOf, or anyOf at the top level`);
    if (Object.keys(isRecord(schema["properties"]) ? schema["properties"] : {}).some((name) => !memberName.test(name)))
      return modelRefuses(`${path}.properties: Property keys should match pattern '${memberName.source}'`);
    if (traits.currentSchemas && isOfOlderDraft(schema))
      return modelRefuses(
        `${path}: JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn more about tool use at https://docs.claude.com/en/docs/tool-use.`,
      );
  }
  return undefined;
}

/** A tuple as a list of `items`, a bound that a boolean excludes: what draft 2020-12 has no more. Nor has it a tuple of nothing. */
function isOfOlderDraft(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(isOfOlderDraft);
  if (!isRecord(schema)) return false;
  const { items, prefixItems, exclusiveMinimum, exclusiveMaximum, additionalProperties } = schema;
  const isOlder =
    Array.isArray(items) ||
    (Array.isArray(prefixItems) && prefixItems.length === 0) ||
    typeof exclusiveMinimum === "boolean" ||
    typeof exclusiveMaximum === "boolean";
  return isOlder || [...partsOf(schema), schema["oneOf"], prefixItems, additionalProperties].some(isOfOlderDraft);
}

function outputSchema(call: Call): Refusal | undefined {
  return faultOf(answerSchema(call), "output_config.format.schema");
}

function strictSchemas({ request }: Call): Refusal | undefined {
  const tools = (request.toolConfig?.tools ?? []).map((tool) => tool.toolSpec);
  if (tools.filter((tool) => tool?.strict === true).length > mostStrictTools)
    return modelRefuses(`tools: Too many strict tools. A maximum of ${mostStrictTools} may be provided.`);
  for (const [index, tool] of tools.entries()) {
    const fault = tool?.strict === true ? faultOf(tool.inputSchema.json, `tools.${index}.custom`) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf(schema: unknown, path: string): Refusal | undefined {
  const words = schemaFault(schema) ?? circularFault(schema);
  return words === undefined ? undefined : modelRefuses(`${path}: ${words}`);
}

function schemaFault(schema: unknown): string | undefined {
  if (Array.isArray(schema)) return firstFault(schema);
  if (!isRecord(schema)) return undefined;
  const type = schema["type"];
  if (type === "object" && schema["additionalProperties"] !== false)
    return "For 'object' type, 'additionalProperties' must be explicitly set to false";
  if (schema["oneOf"] !== undefined) return "Schema type 'oneOf' is not supported";
  const keyword = refusedBy.get(type)?.find((name) => schema[name] !== undefined && schema[name] !== false);
  if (keyword !== undefined) return `For '${String(type)}' type, property '${keyword}' is not supported`;
  if (type === "array" && typeof schema["minItems"] === "number" && schema["minItems"] > 1)
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  return valueFault(schema) ?? firstFault(partsOf(schema));
}

/** In words of its own: Anthropic's page names what is refused, and nobody has told the refusals. */
function valueFault({ format, pattern, enum: values }: Record<string, unknown>): string | undefined {
  if (typeof format === "string" && !formats.has(format)) return `String format '${format}' is not supported`;
  if (typeof pattern === "string" && !takenPattern.test(pattern))
    return `Pattern '${pattern}' is not supported: it looks around, refers to a group or names a boundary of words`;
  return Array.isArray(values) && values.some((value) => typeof value === "object" && value !== null)
    ? "Complex types within 'enum' are not supported"
    : undefined;
}

/** Of all strict schemas together (reported word for word). */
function complexity(call: Call): Refusal | undefined {
  const strict = (call.request.toolConfig?.tools ?? []).flatMap(({ toolSpec }) =>
    toolSpec?.strict === true ? [toolSpec.inputSchema.json] : [],
  );
  const nodes = [answerSchema(call), ...strict].flatMap(schemasIn);
  const unions = nodes.filter(({ anyOf, type }) => anyOf !== undefined || (Array.isArray(type) && type.length > 1));
  if (unions.length > mostUnions)
    return modelRefuses(
      `Schemas contains too many parameters with union types (${unions.length} parameters with type arrays or anyOf). This causes exponential compilation cost. Reduce the number of nullable or union-typed parameters (limit: ${mostUnions} parameters with unions).`,
    );
  const optional = nodes.flatMap(({ properties, required }) => {
    const needed = new Set<unknown>(Array.isArray(required) ? required : []);
    return isRecord(properties) ? Object.keys(properties).filter((name) => !needed.has(name)) : [];
  });
  return optional.length > mostOptional
    ? modelRefuses(
        `Schemas contains too many optional parameters (${optional.length}), which would make grammar compilation inefficient. Reduce the number of optional parameters in your tool schemas (limit: ${mostOptional}).`,
      )
    : undefined;
}

/** A schema, and those inside. */
function schemasIn(schema: unknown): Record<string, unknown>[] {
  if (Array.isArray(schema)) return schema.flatMap(schemasIn);
  return isRecord(schema) ? [schema, ...partsOf(schema).flatMap(schemasIn)] : [];
}

/** Schemas inside a schema; names of properties are no keywords. */
function partsOf(schema: Record<string, unknown>): unknown[] {
  const named = ["properties", "$defs", "definitions"].flatMap((key) =>
    isRecord(schema[key]) ? Object.values(schema[key]) : [],
  );
  return [...named, schema["items"], schema["anyOf"], schema["allOf"]];
}

/** Names of definitions that lead back to the first of them. Each definition is walked once. */
function circularFault(schema: unknown): string | undefined {
  const definitions = isRecord(schema) ? (schema["$defs"] ?? schema["definitions"]) : undefined;
  if (!isRecord(definitions)) return undefined;
  const done = new Set<string>();
  for (const name of Object.keys(definitions)) {
    const way = wayBack(definitions, name, done);
    if (way !== undefined)
      return `Circular reference detected in schema definitions: ${way.join(" -> ")}. Self-referencing or mutually-referencing definitions are not supported.`;
  }
  return undefined;
}

/** The first circle behind a definition. Without recursion: a way may be as long as there are definitions. */
function wayBack(
  definitions: Record<string, unknown>,
  start: string,
  done: Set<string>,
): readonly string[] | undefined {
  const way: { name: string; left: string[] }[] = [];
  const places = new Map<string, number>();
  const enter = (name: string): void => {
    places.set(name, way.length);
    way.push({ name, left: namesIn(definitions[name]) });
  };
  if (!done.has(start)) enter(start);
  for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
    const name = last.left.pop();
    const place = name === undefined ? undefined : places.get(name);
    if (name !== undefined && place !== undefined) return [...way.slice(place).map((step) => step.name), name];
    if (name !== undefined && !done.has(name)) enter(name);
    if (name !== undefined) continue;
    way.pop();
    places.delete(last.name);
    done.add(last.name);
  }
  return undefined;
}

/** Definitions that a schema refers to, the last first. */
function namesIn(schema: unknown): string[] {
  const references = JSON.stringify(schema ?? null).matchAll(/"\$ref":"#\/(?:\$defs|definitions)\/([^"/]+)"/g);
  return Array.from(references, ([, name = ""]) => name).toReversed();
}

function firstFault(parts: readonly unknown[]): string | undefined {
  for (const part of parts) {
    const fault = schemaFault(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
