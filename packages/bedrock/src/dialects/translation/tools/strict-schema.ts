/**
 * Whether AWS's strict decoding takes a JSON schema: every object closed, none of the keywords that it refuses. Sources: AWS's page on
 * structured output, live tests of other projects; `minLength` is taken (recorded).
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";

const refused = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems"];
/** Members that hold schemas by name, in a list, or alone. */
const named = ["properties", "$defs", "definitions"];
const listed = ["anyOf", "allOf", "oneOf", "prefixItems"];
const alone = ["items", "not", "additionalProperties"];
/** Deeper schemas are not looked into. */
const deepest = 60;

export function fitsStrictDecoding(schema: JsonValue | undefined, depth = 0): boolean {
  if (!isJsonObject(schema)) {
    return true;
  }
  if (depth > deepest || refused.some((keyword) => schema[keyword] !== undefined) || !isClosed(schema)) {
    return false;
  }
  const { minItems } = schema;
  return (
    (typeof minItems !== "number" || minItems <= 1) &&
    innerSchemas(schema).every((inner) => fitsStrictDecoding(inner, depth + 1))
  );
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
