/** A value that a JSON schema takes: types, enum, required, nesting, `$ref`, conditions, limits, formats, patterns as far as they come out. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import { formatTexts } from "./format-texts.ts";
import { isMatch, type Work } from "./pattern-match.ts";
import { textMatching } from "./pattern-text.ts";
import type { Random } from "./random.ts";
import { firstCharacters, lengthOf } from "./tokens.ts";
import { isRecord } from "../validate/read-shape.ts";

/** What may still be written for one answer. */
export interface Budget {
  /** Values. */
  left: number;
  /** Letters written, members of schemas looked at, steps of patterns. */
  work: Work;
}

interface Writer {
  root: unknown;
  random: Random;
  /** Property under which the value stands. */
  name: string;
  /** Ends texts without rules of their own, so that two calls of one tool differ. */
  variant: string;
  depth: number;
  budget: Budget;
  /** Which of several values that must differ: the first is 0. Undefined where nothing must differ. */
  nth?: number;
}

/** From this depth on only what is required is written, so that schemas that hold themselves end. */
const optionalDepth = 4;
const deepest = 24;
/** Values written before only required ones follow, and the end of those too: a schema may ask for more than any reader wants. */
const mostValues = 2000;
const mostRequiredValues = 4000;
/** Far beyond what any tool asks for: a schema whose parts name each other, or a constant that stands in a long list, would have no end. */
const mostWork = 2_000_000;
/** Longest text, most items and most properties that a minimum can ask for. */
const mostAsked = 10_000;
/** Parts of one schema that are followed: parts that name each other several times would have no end. */
const mostParts = 2000;

export function newBudget(): Budget {
  return { left: mostValues, work: { left: mostWork } };
}

/** Writes a value for `schema`; `variant` tells values of one schema apart. Values of one answer share a budget. */
export function valueFor(schema: unknown, random: Random, variant = "", budget = newBudget()): JsonValue {
  return write(schema, { root: schema, random, name: "value", variant, depth: 0, budget });
}

function isSpent({ left, work }: Budget): boolean {
  return left < -mostRequiredValues || work.left < 0;
}

function write(schema: unknown, writer: Writer): JsonValue {
  const { budget } = writer;
  budget.left -= 1;
  if (isSpent(budget)) return null;
  const value = written(schema, writer);
  // Objects and lists are no more than their names and values, which were counted.
  budget.work.left -= typeof value === "string" ? value.length : 1;
  return value;
}

/** A constant of the schema's own; it counts by its length, however deep it is. */
function constant(value: unknown, { budget }: Writer): JsonValue {
  budget.work.left -= (JSON.stringify(value) ?? "").length;
  return value as JsonValue;
}

function written(schema: unknown, writer: Writer): JsonValue {
  const own = resolved(schema, {
    root: writer.root,
    steps: 0,
    parts: { left: mostParts },
    work: writer.budget.work,
  });
  if (own["const"] !== undefined) return constant(own["const"], writer);
  const values = own["enum"];
  const { nth } = writer;
  if (Array.isArray(values) && values.length > 0)
    return constant(values[nth === undefined ? writer.random.number(values.length) : nth % values.length], writer);
  switch (typeOf(own) ?? "") {
    case "object":
      return writeObject(own, writer);
    case "array":
      return writeArray(own, writer);
    case "string":
      return writeString(own, writer);
    case "integer":
    case "number":
      return writeNumber(own, typeOf(own) === "integer", nth);
    case "boolean":
      return nth === undefined ? writer.random.number(2) === 1 : nth % 2 === 1;
    case "null":
      return null;
    default:
      return `example ${writer.name}${writer.variant}`;
  }
}

interface Way {
  root: unknown;
  /** Parts passed on the way from the schema. */
  steps: number;
  /** Parts that may still be followed. */
  parts: { left: number };
  work: Work;
}

/** References followed, `allOf` merged, a condition met with what it asks for, the first useful alternative taken. */
function resolved(schema: unknown, way: Way): Record<string, unknown> {
  way.parts.left -= 1;
  if (!isRecord(schema) || way.steps > deepest || way.parts.left < 0 || way.work.left < 0) return {};
  way.work.left -= sizeOf(schema);
  const { $ref, allOf, anyOf, oneOf, if: condition, then, else: _, ...own } = schema;
  const followed = (part: unknown) => resolved(part, { ...way, steps: way.steps + 1 });
  const joined = (left: Record<string, unknown>, right: Record<string, unknown>) => merged(left, right, way.work);
  if (typeof $ref === "string") return joined(own, followed(atPointer(way.root, $ref, way.work)));
  const parts = Array.isArray(allOf) ? allOf.map(followed) : [];
  const met = condition === undefined ? [] : [followed(condition), followed(then)];
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const options = choices.filter((choice) => !takesNothing(choice)).map(followed);
  const option = options.find((choice) => choice["type"] !== "null") ?? options[0];
  const chosen = [...parts, ...met, ...(option === undefined ? [] : [option])].reduce(joined, own);
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
  const { required } = schema;
  return Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
}

/** Limits of which the larger, and of which the smaller one holds where two schemas name both. */
const tightening: readonly [keywords: readonly string[], tighter: (one: number, other: number) => number][] = [
  [["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"], Math.max],
  [["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"], Math.min],
];

/** Keywords, and what those hold that are looked through whole: what it costs to look at a schema. */
function sizeOf(schema: Record<string, unknown>): number {
  const { properties, patternProperties, type, required, allOf, anyOf, oneOf } = schema;
  const lists = [type, required, allOf, anyOf, oneOf].filter((part) => Array.isArray(part));
  const members = [schema, properties, patternProperties].filter(isRecord).map((part) => Object.keys(part));
  return [...lists, ...members].reduce((sum, part) => sum + part.length, 0);
}

/** What both schemas ask for. */
function merged(left: Record<string, unknown>, right: Record<string, unknown>, work: Work): Record<string, unknown> {
  work.left -= sizeOf(left) + sizeOf(right);
  if (work.left < 0) return left;
  const [required, others] = [requiredOf(left), requiredOf(right)];
  return {
    ...left,
    ...right,
    ...tighterLimits(left, right),
    ...(isRecord(left["properties"]) && isRecord(right["properties"])
      ? { properties: mergedMembers(left["properties"], right["properties"]) }
      : {}),
    ...(required.length > 0 && others.length > 0 ? { required: [...required, ...others] } : {}),
  };
}

function tighterLimits(left: Record<string, unknown>, right: Record<string, unknown>): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const [keywords, tighter] of tightening)
    for (const keyword of keywords) {
      const [one, other] = [numberOf(left, keyword), numberOf(right, keyword)];
      if (one !== undefined && other !== undefined) limits[keyword] = tighter(one, other);
    }
  return limits;
}

/** A member that both name must fit both. */
function mergedMembers(left: Record<string, unknown>, right: Record<string, unknown>): Record<string, unknown> {
  const added = Object.entries(right).map(([name, schema]): [string, unknown] => [
    name,
    Object.hasOwn(left, name) ? both(left[name], schema) : schema,
  ]);
  return { ...left, ...Object.fromEntries(added) };
}

/** What a reference within the schema leads to; undefined for one that leads nowhere, is no pointer or takes too long to read. */
function atPointer(root: unknown, reference: string, work: Work): unknown {
  work.left -= reference.length;
  if (work.left < 0) return undefined;
  let at = root;
  for (const step of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isRecord(at) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
  }
  return at;
}

/** A name in a reference may hold a plain `%`. */
function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
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
  const add = (name: string): void => {
    writer.budget.work.left -= name.length;
    const member = memberSchema(schema, name, writer.budget.work);
    value[name] = write(member, { ...writer, name, depth: writer.depth + 1 });
  };
  for (const name of new Set([...optional.filter((name) => required.has(name)), ...spare, ...required])) {
    if (isSpent(writer.budget)) return value;
    add(name);
  }
  const fewest = Math.min(numberOf(schema, "minProperties") ?? 0, mostAsked);
  let names = Object.keys(value).length;
  for (let index = 1; names < fewest && index <= mostAsked && !isSpent(writer.budget); index += 1) {
    const name = freeName(schema, index, writer.budget.work);
    if (!Object.hasOwn(value, name)) names += 1;
    add(name);
  }
  return value;
}

/** Of a member by its name: as it is declared, else by the first pattern that its name fits, else as any other. */
function memberSchema(schema: Record<string, unknown>, name: string, work: Work): unknown {
  const { properties, patternProperties, additionalProperties } = schema;
  if (isRecord(properties) && Object.hasOwn(properties, name)) return properties[name];
  const patterns = isRecord(patternProperties) ? Object.entries(patternProperties) : [];
  return (patterns.find(([pattern]) => isMatch(pattern, name, work)) ?? [undefined, additionalProperties])[1];
}

/** A name that nothing declares, in the form that names must have; letters are counted where a number does not fit. */
function freeName(schema: Record<string, unknown>, index: number, work: Work): string {
  const { patternProperties, propertyNames } = schema;
  const forms = [
    isRecord(propertyNames) ? propertyNames["pattern"] : undefined,
    ...(isRecord(patternProperties) ? Object.keys(patternProperties) : []),
  ].filter((form) => typeof form === "string");
  const [form] = forms;
  const text = form === undefined ? undefined : textMatching(form, work);
  if (form === undefined || text === undefined) return `key${index}`;
  const last = String.fromCodePoint(97 + (index % 26));
  const repeated = `${text}${text.slice(-1).repeat(index)}`;
  const likely = [`${text}${index}`, `${text}${last}`, `${text.slice(0, -1)}${last}`, repeated];
  return likely.find((name) => isMatch(form, name, work)) ?? `key${index}`;
}

function writeArray(schema: Record<string, unknown>, writer: Writer): JsonValue[] {
  const { prefix, rest } = tupleOf(schema);
  const { contains } = schema;
  const held = contains === undefined ? 0 : (numberOf(schema, "minContains") ?? 1);
  const heldUntil = held === 0 ? 0 : prefix.length + Math.min(held, mostAsked);
  const isListed = writer.depth < optionalDepth && isRecord(rest);
  const count = itemCount(schema, writer, Math.max(prefix.length, heldUntil, isListed ? 1 : 0));
  const seen = schema["uniqueItems"] === true ? new Set<string>() : undefined;
  const items: JsonValue[] = [];
  for (let tries = 0; items.length < count && tries < count + 50 && !isSpent(writer.budget); tries += 1) {
    const name = count === 1 ? writer.name : `${writer.name} ${tries + 1}`;
    const asked = prefix[items.length] ?? (items.length < heldUntil ? both(rest, contains) : rest);
    const item = write(asked, { ...writer, ...(seen && { nth: tries }), name, depth: writer.depth + 1 });
    if (isNew(item, seen)) items.push(item);
  }
  return items;
}

/** The first items, each with a schema of its own, and what the others must be. A list of `items` is the tuple of older drafts. */
function tupleOf(schema: Record<string, unknown>): { prefix: unknown[]; rest: unknown } {
  const { items, prefixItems, additionalItems } = schema;
  if (Array.isArray(items)) return { prefix: items as unknown[], rest: additionalItems };
  return { prefix: Array.isArray(prefixItems) ? (prefixItems as unknown[]) : [], rest: items };
}

/** False for an item that was seen, where items must differ. */
function isNew(item: JsonValue, seen: Set<string> | undefined): boolean {
  if (seen === undefined) return true;
  const before = seen.size;
  return seen.add(JSON.stringify(item)).size > before;
}

function itemCount(schema: Record<string, unknown>, writer: Writer, usual: number): number {
  const fewest = Math.min(numberOf(schema, "minItems") ?? 0, mostAsked);
  return writer.depth > deepest ? fewest : Math.min(Math.max(fewest, usual), numberOf(schema, "maxItems") ?? Infinity);
}

/** What two schemas ask for together; `true` and absent ones ask for nothing. */
function both(left: unknown, right: unknown): unknown {
  return isRecord(left) && right !== undefined ? { allOf: [left, right] } : (right ?? left);
}

/** The first of some likely texts that fits its pattern; a format's text counts only where it need not be cut. */
function writeString(schema: Record<string, unknown>, writer: Writer): string {
  const { format, pattern } = schema;
  const { nth = 0, name, variant, budget } = writer;
  const patterned = typeof pattern === "string" ? textMatching(pattern, budget.work) : undefined;
  const filler = patterned === undefined ? "x" : (Array.from(patterned).at(-1) ?? "x");
  const other = nth === 0 ? [] : [`${patterned}${filler.repeat(nth)}`, `${patterned}${nth}`];
  const formed = formatTexts(format, nth).filter((text) => ofLength(text, filler, schema).startsWith(text));
  const made = [...formed, ...(patterned === undefined ? [] : [...other, patterned]), `example ${name}${variant}`];
  const likely = made.map((text) => ofLength(text, filler, schema));
  return likely.find((text) => typeof pattern !== "string" || isMatch(pattern, text, budget.work)) ?? likely[0] ?? "";
}

/** A text with what it lacks of the least length, and without what exceeds the most. */
function ofLength(text: string, filler: string, schema: Record<string, unknown>): string {
  const missing = Math.max(0, Math.min(numberOf(schema, "minLength") ?? 0, mostAsked) - lengthOf(text));
  return firstCharacters(text + filler.repeat(missing), numberOf(schema, "maxLength") ?? Infinity);
}

/** The first of some likely numbers that keeps every limit. `nth`: which of several that must differ. */
function writeNumber(schema: Record<string, unknown>, isInteger: boolean, nth?: number): number {
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
  const first = likely.find(fits) ?? 0;
  if (nth === undefined) return first;
  // Values that must differ are counted up from the least.
  const least = [...onStep, lowest].find(fits) ?? first;
  const between = lowest + (highest - lowest) / (nth + 1.5);
  return [least + nth * (step || 1), first - nth * (step || 1), between].find(fits) ?? first;
}

function numberOf(schema: Record<string, unknown>, key: string): number | undefined {
  const value = schema[key];
  return typeof value === "number" ? value : undefined;
}
