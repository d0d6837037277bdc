/** A value that a JSON schema takes: types, enum, required, nesting, `$ref`, conditions, limits, formats, patterns as far as they come out. */
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

/** References followed, `allOf` merged, a condition met with what it asks for, the first useful alternative taken. */
function resolved(schema: unknown, root: unknown, steps: number): Record<string, unknown> {
  if (!isRecord(schema) || steps > deepest) return {};
  const { $ref, allOf, anyOf, oneOf, if: condition, then, else: _, ...own } = schema;
  const followed = (part: unknown) => resolved(part, root, steps + 1);
  if (typeof $ref === "string") return merged(own, followed(atPointer(root, $ref)));
  const parts = Array.isArray(allOf) ? allOf.map(followed) : [];
  const met = condition === undefined ? [] : [followed(condition), followed(then)];
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const options = choices.filter((choice) => !takesNothing(choice)).map(followed);
  const option = options.find((choice) => choice["type"] !== "null") ?? options[0];
  const chosen = [...parts, ...met, ...(option === undefined ? [] : [option])].reduce(merged, own);
  return option === undefined || Array.isArray(anyOf) ? chosen : withoutOthers(chosen, option, options);
}

/** `false`, or as zod-to-json-schema writes the `undefined` of an optional member within a union: `{"not": {}}`. */
function takesNothing(schema: unknown): boolean {
  if (!isRecord(schema)) return schema === false;
  const { not } = schema;
  return not === true || (isRecord(not) && Object.keys(not).length === 0);
}

/** Of `oneOf` exactly one may fit: what another alternative is known by stays away. */
function withoutOthers(
  chosen: Record<string, unknown>,
  option: Record<string, unknown>,
  options: Record<string, unknown>[],
): Record<string, unknown> {
  const needed = new Set([...requiredOf(chosen), ...requiredOf(option)]);
  const others = new Set(options.flatMap(requiredOf).filter((name) => !needed.has(name)));
  if (others.size === 0 || !isRecord(chosen["properties"])) return chosen;
  const kept = Object.entries(chosen["properties"]).filter(([name]) => !others.has(name));
  return { ...chosen, properties: Object.fromEntries(kept) };
}

function requiredOf(schema: Record<string, unknown>): string[] {
  return Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
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
  const required = new Set(requiredOf(schema));
  const most = numberOf(schema, "maxProperties") ?? Infinity;
  const optional = writer.depth < optionalDepth && writer.budget.left > 0 ? Object.keys(properties) : [];
  const value: JsonObject = {};
  if (writer.depth > deepest) return value;
  const spare = optional.filter((name) => !required.has(name)).slice(0, Math.max(0, most - required.size));
  for (const name of new Set([...optional.filter((name) => required.has(name)), ...spare, ...required]))
    value[name] = write(memberSchema(schema, name), { ...writer, name, depth: writer.depth + 1 });
  const fewest = Math.min(numberOf(schema, "minProperties") ?? 0, mostAsked);
  for (let index = 1; Object.keys(value).length < fewest && index <= mostAsked; index += 1) {
    const name = freeName(schema, index);
    value[name] = write(memberSchema(schema, name), { ...writer, name, depth: writer.depth + 1 });
  }
  return value;
}

/** Of a member by its name: as it is declared, else by the first pattern that its name fits, else as any other. */
function memberSchema(schema: Record<string, unknown>, name: string): unknown {
  const { properties, patternProperties, additionalProperties } = schema;
  if (isRecord(properties) && Object.hasOwn(properties, name)) return properties[name];
  const patterns = isRecord(patternProperties) ? Object.entries(patternProperties) : [];
  return (patterns.find(([pattern]) => isMatch(pattern, name)) ?? [undefined, additionalProperties])[1];
}

function isMatch(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return false;
  }
}

/** A name that nothing declares, in the form that names must have; letters are counted where a number does not fit. */
function freeName(schema: Record<string, unknown>, index: number): string {
  const { patternProperties, propertyNames } = schema;
  const forms = [
    isRecord(propertyNames) ? propertyNames["pattern"] : undefined,
    ...(isRecord(patternProperties) ? Object.keys(patternProperties) : []),
  ].filter((form) => typeof form === "string");
  const [form] = forms;
  const text = form === undefined ? undefined : textMatching(form);
  if (form === undefined || text === undefined) return `key${index}`;
  const last = String.fromCodePoint(97 + (index % 26));
  const likely = [`${text}${index}`, `${text}${last}`, `${text.slice(0, -1)}${last}`];
  return likely.find((name) => isMatch(form, name)) ?? `key${index}`;
}

function writeArray(schema: Record<string, unknown>, writer: Writer): JsonValue[] {
  // A list of items is the tuple of older drafts.
  const [tuple, rest] = Array.isArray(schema["items"])
    ? [schema["items"], schema["additionalItems"]]
    : [schema["prefixItems"], schema["items"]];
  const prefix: unknown[] = Array.isArray(tuple) ? tuple : [];
  const { contains } = schema;
  const held = contains === undefined ? 0 : (numberOf(schema, "minContains") ?? 1);
  const heldUntil = held === 0 ? 0 : prefix.length + Math.min(held, mostAsked);
  const isListed = writer.depth < optionalDepth && isRecord(rest);
  const count = itemCount(schema, writer, Math.max(prefix.length, heldUntil, isListed ? 1 : 0));
  const items: JsonValue[] = [];
  for (let tries = 0; items.length < count && tries < count + 50; tries += 1) {
    const name = count === 1 ? writer.name : `${writer.name} ${tries + 1}`;
    const asked = prefix[items.length] ?? (items.length < heldUntil ? both(rest, contains) : rest);
    const item = write(asked, { ...writer, name, depth: writer.depth + 1 });
    if (schema["uniqueItems"] !== true || !items.some((other) => JSON.stringify(other) === JSON.stringify(item)))
      items.push(item);
  }
  return items;
}

function itemCount(schema: Record<string, unknown>, writer: Writer, usual: number): number {
  const fewest = Math.min(numberOf(schema, "minItems") ?? 0, mostAsked);
  return writer.depth > deepest ? fewest : Math.min(Math.max(fewest, usual), numberOf(schema, "maxItems") ?? Infinity);
}

/** What two schemas ask for together; `true` and absent ones ask for nothing. */
function both(left: unknown, right: unknown): unknown {
  return isRecord(left) && right !== undefined ? { allOf: [left, right] } : (right ?? left);
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
