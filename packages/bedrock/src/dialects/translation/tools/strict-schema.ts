/**
 * Whether AWS's strict decoding takes a JSON schema: every object closed, no definition that refers to itself, no reference in `allOf`, none of
 * the keywords, formats and patterns that it refuses. Sources: Anthropic's and AWS's pages on structured output, and reports of refusals
 * ("Schema type 'oneOf' is not supported", "Circular reference detected in schema definitions", "For 'array' type, property 'uniqueItems' is
 * not supported"); `minLength` is taken (recorded).
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { fragmentSteps, valueAt } from "../../../json-pointer.ts";

const refused = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "oneOf",
  "not",
  "prefixItems",
];
const formats = new Set("date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" "));
/** Members that hold schemas by name, in a list, or alone. */
const named = ["properties", "$defs", "definitions"];
const listed = ["anyOf", "allOf"];
const alone = ["items", "additionalProperties"];
/** Deeper schemas are not looked into. */
const deepest = 60;

export function fitsStrictDecoding(schema: JsonValue | undefined): boolean {
  return hasTakenForm(schema, 0) && refersWell(schema, { root: schema, open: new Set(), done: new Set() }, 0);
}

function hasTakenForm(schema: JsonValue | undefined, depth: number): boolean {
  if (!isJsonObject(schema)) {
    // One schema for each item is a form of older drafts.
    return !Array.isArray(schema);
  }
  if (depth > deepest || refused.some((keyword) => isSaid(schema[keyword])) || !isClosed(schema)) {
    return false;
  }
  const { minItems, allOf } = schema;
  return (
    (typeof minItems !== "number" || minItems <= 1) &&
    !(Array.isArray(allOf) && allOf.some((part) => isJsonObject(part) && part["$ref"] !== undefined)) &&
    hasTakenValues(schema) &&
    innerSchemas(schema).every((inner) => hasTakenForm(inner, depth + 1))
  );
}

/** `uniqueItems: false` asks for nothing. */
function isSaid(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== false;
}

function hasTakenValues({ enum: values, const: value, format, pattern }: JsonObject): boolean {
  const isComplex = (one: JsonValue | undefined): boolean => typeof one === "object" && one !== null;
  return (
    !(Array.isArray(values) && values.some(isComplex)) &&
    !isComplex(value) &&
    (typeof format !== "string" || formats.has(format)) &&
    (typeof pattern !== "string" || isTakenPattern(pattern))
  );
}

/** A longer one has as many parts as characters, and a grammar that nobody makes of it. */
const longestPattern = 10_000;

/** Without looking around, boundaries of words and references to groups. An escape is read whole: `\\b` is a letter behind a backslash. */
function isTakenPattern(pattern: string): boolean {
  if (pattern.length > longestPattern) {
    return false;
  }
  const parts = pattern.match(/\\[^]|\(\?<?[=!]/g) ?? [];
  return parts.every((part) => part.startsWith("\\") && !/[1-9kbB]/.test(part));
}

interface References {
  root: JsonValue | undefined;
  /** What those lead to that are being followed. */
  open: Set<JsonObject>;
  /** Schemas in which all came to an end: many references, in as many spellings, may lead to one. */
  done: Set<JsonObject>;
}

/** True where every reference stays within the schema and comes to an end. */
function refersWell(schema: JsonValue | undefined, references: References, depth: number): boolean {
  const { done } = references;
  if (!isJsonObject(schema) || done.has(schema)) {
    return true;
  }
  const { $ref: reference } = schema;
  const isGood =
    depth <= deepest &&
    (typeof reference !== "string" || endsWell(reference, references, depth)) &&
    innerSchemas(schema).every((inner) => refersWell(inner, references, depth + 1));
  if (isGood) {
    done.add(schema);
  }
  return isGood;
}

function endsWell(reference: string, references: References, depth: number): boolean {
  const { root, open } = references;
  const steps = fragmentSteps(reference);
  const definition = steps && valueAt(root, steps);
  if (!isJsonObject(definition)) {
    return steps !== undefined;
  }
  if (open.has(definition)) {
    return false;
  }
  open.add(definition);
  const isGood = refersWell(definition, references, depth + 1);
  open.delete(definition);
  return isGood;
}

function isClosed(schema: JsonObject): boolean {
  const { type } = schema;
  const isObject =
    type === "object" || (Array.isArray(type) && type.includes("object")) || schema["properties"] !== undefined;
  return !isObject || schema["additionalProperties"] === false;
}

/** How much a schema asks of the grammar that Claude's strict decoding makes of it. */
export interface SchemaComplexity {
  /** Members of objects that may be left out. */
  optional: number;
  /** Schemas with alternatives, or with several types. */
  unions: number;
}

/** Of a schema that strict decoding takes: what stands in it, each part once. */
export function complexityOf(schema: JsonValue | undefined): SchemaComplexity {
  const sum: SchemaComplexity = { optional: 0, unions: 0 };
  addComplexity(schema, sum);
  return sum;
}

function addComplexity(schema: JsonValue | undefined, sum: SchemaComplexity): void {
  if (!isJsonObject(schema)) return;
  const { type, anyOf, properties, required } = schema;
  if (anyOf !== undefined || (Array.isArray(type) && type.length > 1)) sum.unions += 1;
  if (isJsonObject(properties)) {
    const needed = new Set<JsonValue>(Array.isArray(required) ? required : []);
    sum.optional += Object.keys(properties).filter((name) => !needed.has(name)).length;
  }
  for (const inner of innerSchemas(schema)) addComplexity(inner, sum);
}

function innerSchemas(schema: JsonObject): (JsonValue | undefined)[] {
  const inner: (JsonValue | undefined)[] = alone.map((member) => schema[member]);
  for (const member of named) {
    const schemas = schema[member];
    if (isJsonObject(schemas)) {
      for (const name in schemas) {
        inner.push(schemas[name]);
      }
    }
  }
  for (const member of listed) {
    const schemas = schema[member];
    if (Array.isArray(schemas)) {
      for (const one of schemas) {
        inner.push(one);
      }
    }
  }
  return inner;
}
