/** A value that a JSON schema takes: types, enum, required, nesting, `$ref`, limits, formats, patterns as far as they come out. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import { textMatching } from "./pattern-text.ts";
import type { Random } from "./random.ts";
import { firstCharacters, lengthOf } from "./tokens.ts";
import { isRecord } from "../validate/read-shape.ts";

interface Writer {
  root: unknown;
  random: Random;
  /** Property under which the value stands. */
  name: string;
  /** Ends texts without rules of their own, so that two calls of one tool differ. */
  variant: string;
  depth: number;
  /** Values that may still be written. */
  budget: { left: number };
}

/** From this depth on only what is required is written, so that schemas that hold themselves end. */
const optionalDepth = 4;
const deepest = 24;
/** Values written before only required ones follow, and the end of those too: a schema may ask for more than any reader wants. */
const mostValues = 2000;
const mostRequiredValues = 4000;
/** Longest text, most items and most properties that a minimum can ask for. */
const mostAsked = 10_000;

/** Writes a value for `schema`; `variant` tells values of one schema apart. */
export function valueFor(schema: unknown, random: Random, variant = ""): JsonValue {
  return write(schema, { root: schema, random, name: "value", variant, depth: 0, budget: { left: mostValues } });
}

function write(schema: unknown, writer: Writer): JsonValue {
  writer.budget.left -= 1;
  if (writer.budget.left < -mostRequiredValues) return null;
  const own = resolved(schema, writer.root, 0);
  if (own["const"] !== undefined) return own["const"] as JsonValue;
  const values = own["enum"];
  if (Array.isArray(values) && values.length > 0) return values[writer.random.number(values.length)] as JsonValue;
  switch (typeOf(own) ?? "") {
    case "object":
      return writeObject(own, writer);
    case "array":
      return writeArray(own, writer);
    case "string":
      return writeString(own, writer);
    case "integer":
    case "number":
      return writeNumber(own, typeOf(own) === "integer");
    case "boolean":
      return writer.random.number(2) === 1;
    case "null":
      return null;
    default:
      return `example ${writer.name}${writer.variant}`;
  }
}

/** References followed, `allOf` merged, the first useful alternative taken. */
function resolved(schema: unknown, root: unknown, steps: number): Record<string, unknown> {
  if (!isRecord(schema) || steps > deepest) return {};
  const { $ref, allOf, anyOf, oneOf, ...own } = schema;
  if (typeof $ref === "string") return merged(own, resolved(atPointer(root, $ref), root, steps + 1));
  const parts = Array.isArray(allOf) ? allOf.map((part) => resolved(part, root, steps + 1)) : [];
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const options = choices.map((choice) => resolved(choice, root, steps + 1));
  const option = options.find((choice) => choice["type"] !== "null") ?? options[0];
  return [...parts, ...(option === undefined ? [] : [option])].reduce(merged, own);
}

function merged(left: Record<string, unknown>, right: Record<string, unknown>): Record<string, unknown> {
  return {
    ...left,
    ...right,
    ...(isRecord(left["properties"]) && isRecord(right["properties"])
      ? { properties: { ...left["properties"], ...right["properties"] } }
      : {}),
    ...(Array.isArray(left["required"]) && Array.isArray(right["required"])
      ? { required: [...left["required"], ...right["required"]] }
      : {}),
  };
}

function atPointer(root: unknown, reference: string): unknown {
  let at = root;
  for (const step of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isRecord(at) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
  }
  return at;
}

function typeOf(schema: Record<string, unknown>): string | undefined {
  const { type } = schema;
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return (type as string[]).find((name) => name !== "null") ?? "null";
  if (isRecord(schema["properties"]) || schema["required"] !== undefined) return "object";
  if (schema["items"] !== undefined || schema["prefixItems"] !== undefined) return "array";
  return undefined;
}

function writeObject(schema: Record<string, unknown>, writer: Writer): JsonObject {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  const names = writer.depth < optionalDepth && writer.budget.left > 0 ? Object.keys(properties) : [];
  const value: JsonObject = {};
  if (writer.depth > deepest) return value;
  for (const name of new Set([...names, ...required]))
    value[name] = write(properties[name], { ...writer, name, depth: writer.depth + 1 });
  const fewest = Math.min(numberOf(schema, "minProperties") ?? 0, mostAsked);
  for (let index = 1; Object.keys(value).length < fewest; index += 1)
    value[`key${index}`] = write(schema["additionalProperties"], {
      ...writer,
      name: `key${index}`,
      depth: writer.depth + 1,
    });
  return value;
}

function writeArray(schema: Record<string, unknown>, writer: Writer): JsonValue[] {
  // A list of items is the tuple of older drafts.
  const [tuple, rest] = Array.isArray(schema["items"])
    ? [schema["items"], schema["additionalItems"]]
    : [schema["prefixItems"], schema["items"]];
  const prefix: unknown[] = Array.isArray(tuple) ? tuple : [];
  const usual = Math.max(prefix.length, writer.depth < optionalDepth && isRecord(rest) ? 1 : 0);
  const fewest = Math.min(numberOf(schema, "minItems") ?? 0, mostAsked);
  const count =
    writer.depth > deepest ? fewest : Math.min(Math.max(fewest, usual), numberOf(schema, "maxItems") ?? Infinity);
  const items: JsonValue[] = [];
  for (let tries = 0; items.length < count && tries < count + 50; tries += 1) {
    const name = count === 1 ? writer.name : `${writer.name} ${tries + 1}`;
    const item = write(prefix[items.length] ?? rest, { ...writer, name, depth: writer.depth + 1 });
    if (schema["uniqueItems"] !== true || !items.some((other) => JSON.stringify(other) === JSON.stringify(item)))
      items.push(item);
  }
  return items;
}

const formats: Record<string, string> = {
  date: "2026-01-02",
  "date-time": "2026-01-02T03:04:05Z",
  time: "03:04:05Z",
  duration: "P1D",
  email: "someone@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  "uri-reference": "/example",
  uuid: "123e4567-e89b-42d3-a456-426614174000",
};

function writeString(schema: Record<string, unknown>, writer: Writer): string {
  const { format, pattern } = schema;
  const patterned = typeof pattern === "string" ? textMatching(pattern) : undefined;
  const text =
    (typeof format === "string" ? formats[format] : undefined) ??
    patterned ??
    `example ${writer.name}${writer.variant}`;
  const longest = numberOf(schema, "maxLength") ?? Infinity;
  const filler = patterned === undefined ? "x" : (Array.from(patterned).at(-1) ?? "x");
  const missing = Math.max(0, Math.min(numberOf(schema, "minLength") ?? 0, mostAsked) - lengthOf(text));
  return firstCharacters(text + filler.repeat(missing), longest);
}

/** The first of some likely numbers that keeps every limit. */
function writeNumber(schema: Record<string, unknown>, isInteger: boolean): number {
  const step = numberOf(schema, "multipleOf") ?? (isInteger ? 1 : 0);
  const limits = {
    minimum: numberOf(schema, "minimum") ?? -Infinity,
    maximum: numberOf(schema, "maximum") ?? Infinity,
    above: numberOf(schema, "exclusiveMinimum") ?? -Infinity,
    below: numberOf(schema, "exclusiveMaximum") ?? Infinity,
  };
  const lowest = Math.max(limits.minimum, limits.above);
  const highest = Math.min(limits.maximum, limits.below);
  const onStep =
    step === 0
      ? []
      : [Math.ceil(lowest / step) * step, (Math.floor(lowest / step) + 1) * step, Math.floor(highest / step) * step];
  const likely = [1, 0, step, ...onStep, lowest, (lowest + highest) / 2, lowest + 0.5, highest - 0.5, highest];
  const fits = (value: number) =>
    Number.isFinite(value) &&
    value >= limits.minimum &&
    value <= limits.maximum &&
    value > limits.above &&
    value < limits.below &&
    (step === 0 || Number.isInteger(value / step));
  return likely.find(fits) ?? 0;
}

function numberOf(schema: Record<string, unknown>, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" ? value : undefined;
}
