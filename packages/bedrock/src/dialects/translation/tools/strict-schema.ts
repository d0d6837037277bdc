/**
 * Whether AWS's strict decoding takes a JSON schema: every object closed, no definition that refers to itself, no reference in `allOf`, none of
 * the keywords that it refuses. Sources: Anthropic's and AWS's pages on structured output, live tests of other projects ("Schema type 'oneOf'
 * is not supported", "Circular reference detected in schema definitions"); `minLength` is taken (recorded).
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";

const refused = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "maxItems",
  "oneOf",
  "prefixItems",
];
/** Members that hold schemas by name, in a list, or alone. */
const named = ["properties", "$defs", "definitions"];
const listed = ["anyOf", "allOf"];
const alone = ["items", "not", "additionalProperties"];
/** Deeper schemas are not looked into. */
const deepest = 60;

export function fitsStrictDecoding(schema: JsonValue | undefined): boolean {
  return hasTakenForm(schema, 0) && refersWell(schema, { root: schema, open: new Set(), done: new Set() }, 0);
}

function hasTakenForm(schema: JsonValue | undefined, depth: number): boolean {
  if (!isJsonObject(schema)) {
    return true;
  }
  if (depth > deepest || refused.some((keyword) => schema[keyword] !== undefined) || !isClosed(schema)) {
    return false;
  }
  const { minItems, allOf } = schema;
  return (
    (typeof minItems !== "number" || minItems <= 1) &&
    !(Array.isArray(allOf) && allOf.some((part) => isJsonObject(part) && part["$ref"] !== undefined)) &&
    innerSchemas(schema).every((inner) => hasTakenForm(inner, depth + 1))
  );
}

interface References {
  root: JsonValue | undefined;
  /** Those that are being followed. */
  open: Set<string>;
  /** Those that came to an end. */
  done: Set<string>;
}

/** True where every reference stays within the schema and comes to an end. */
function refersWell(schema: JsonValue | undefined, references: References, depth: number): boolean {
  if (!isJsonObject(schema)) {
    return true;
  }
  const { $ref: reference } = schema;
  return (
    depth <= deepest &&
    (typeof reference !== "string" || endsWell(reference, references, depth)) &&
    innerSchemas(schema).every((inner) => refersWell(inner, references, depth + 1))
  );
}

function endsWell(reference: string, references: References, depth: number): boolean {
  const { root, open, done } = references;
  if (done.has(reference)) {
    return true;
  }
  if (open.has(reference) || !reference.startsWith("#/")) {
    return false;
  }
  open.add(reference);
  const isGood = refersWell(schemaAt(root, reference), references, depth + 1);
  open.delete(reference);
  done.add(reference);
  return isGood;
}

function schemaAt(root: JsonValue | undefined, reference: string): JsonValue | undefined {
  let found = root;
  for (const name of reference.slice(2).split("/")) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

function isClosed(schema: JsonObject): boolean {
  const { type } = schema;
  const isObject =
    type === "object" || (Array.isArray(type) && type.includes("object")) || schema["properties"] !== undefined;
  return !isObject || schema["additionalProperties"] === false;
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
