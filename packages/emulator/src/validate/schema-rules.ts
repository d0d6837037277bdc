/** Schemas of tools, and those that Claude compiles (structured output, strict tools): closed objects, no keyword that it lacks, no way back. */
import { parsed } from "./field-rules.ts";
import { isRecord } from "./read-shape.ts";
import { additionalField, type Call, type Rule } from "./call.ts";
import { modelRefuses, type Refusal } from "./refusal.ts";

export const schemaRules: readonly Rule[] = [inputSchemas, outputSchema, strictSchemas];

/** Most strict tools of a request. */
const mostStrictTools = 20;
const numberKeywords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

/** The schema that the answer is to fit: Converse's own, or Claude's among the additional fields. */
export function answerSchema(call: Call): unknown {
  const schema = call.request.outputConfig?.textFormat?.structure.jsonSchema.schema;
  if (schema !== undefined) return parsed(schema);
  const config = call.traits.family === "claude" ? additionalField(call, "output_config") : undefined;
  const format = isRecord(config) ? config["format"] : undefined;
  return isRecord(format) ? format["schema"] : undefined;
}

/** Of every tool, strict or not (reported by many who run MCP servers). */
function inputSchemas({ request }: Call): Refusal | undefined {
  const index = (request.toolConfig?.tools ?? []).findIndex(({ toolSpec }) => {
    const schema = toolSpec?.inputSchema.json;
    return isRecord(schema) && ["oneOf", "allOf", "anyOf"].some((key) => schema[key] !== undefined);
  });
  return index === -1
    ? undefined
    : modelRefuses(
        `tools.${index}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
      );
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
  const keyword = numberKeywords.find((name) => typeof schema[name] === "number");
  if ((type === "number" || type === "integer") && keyword !== undefined)
    return `For '${type}' type, property '${keyword}' is not supported`;
  if (type === "array" && schema["maxItems"] !== undefined)
    return "For 'array' type, property 'maxItems' is not supported";
  if (type === "array" && typeof schema["minItems"] === "number" && schema["minItems"] > 1)
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  return firstFault(partsOf(schema));
}

/** Schemas inside a schema; names of properties are no keywords. */
function partsOf(schema: Record<string, unknown>): unknown[] {
  const named = ["properties", "$defs", "definitions"].flatMap((key) =>
    isRecord(schema[key]) ? Object.values(schema[key]) : [],
  );
  return [...named, schema["items"], schema["anyOf"], schema["allOf"]];
}

/** Names of definitions that lead back to the first of them. */
function circularFault(schema: unknown): string | undefined {
  const definitions = isRecord(schema) ? (schema["$defs"] ?? schema["definitions"]) : undefined;
  if (!isRecord(definitions)) return undefined;
  for (const name of Object.keys(definitions)) {
    const way = wayBack(definitions, [name], new Set());
    if (way !== undefined)
      return `Circular reference detected in schema definitions: ${way.join(" -> ")}. Self-referencing or mutually-referencing definitions are not supported.`;
  }
  return undefined;
}

function wayBack(
  definitions: Record<string, unknown>,
  way: readonly string[],
  seen: Set<string>,
): readonly string[] | undefined {
  const text = JSON.stringify(definitions[way.at(-1) ?? ""] ?? null);
  for (const [, name = ""] of text.matchAll(/"\$ref":"#\/(?:\$defs|definitions)\/([^"/]+)"/g)) {
    if (name === way[0]) return [...way, name];
    if (seen.has(name)) continue;
    seen.add(name);
    const found = wayBack(definitions, [...way, name], seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstFault(parts: readonly unknown[]): string | undefined {
  for (const part of parts) {
    const fault = schemaFault(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
