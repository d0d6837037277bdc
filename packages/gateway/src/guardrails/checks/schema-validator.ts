/**
 * Validates JSON by a JSON schema that a user wrote: without code made from it, with patterns of linear time, and with a bound on the work.
 */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import { isJsonObject } from "@adit/bedrock";
import { fragmentSteps, parseUrl, valueAt, type ValuePath } from "@adit/bedrock/gateway";
import { Validator } from "jsonschema";
import { isIPv4, isIPv6 } from "node:net";
import { compilePattern, type Matcher, type Patience } from "../../routing/conditions/pattern.ts";
import {
  checkBranches,
  checkMembers,
  checkNames,
  memberShare,
  type FullValidator,
  type Spend,
} from "./schema-parts.ts";

/** True where one of the values fits. Throws where that cannot be said with the work that one check may take. */
export type Validate = (values: readonly JsonValue[], patience: Patience) => boolean;

/** What is wrong with a schema, and where in it. */
export class SchemaFault extends Error {
  readonly path: ValuePath;

  constructor(path: ValuePath, message: string) {
    super(message);
    this.path = path;
  }
}

/** Parts of the schema that are held against values, all values of one text together, and what else takes as long. */
const mostWork = 100_000;

/** What else takes the time of one part: values that are compared, letters written, letters read. */
const [valueShare, letterShare, readShare] = [250, 100, 1_000] as const;

/**
 * @throws SchemaFault for a keyword that is not checked, or is out of form: a schema that is checked in part alone would let through what
 * it forbids.
 */
export function compileSchema(given: JsonObject): Validate {
  const schema = structuredClone(given);
  const patterns = new Map<string, Matcher>();
  checkReferences(schema, schema, []);
  checkSchema(schema, [], patterns);
  return (values, patience) => {
    const validator = new Validator() as FullValidator;
    const matches = (source: string, text: string): boolean => patterns.get(source)?.(text, patience) ?? false;
    let left = mostWork;
    const spend = (work: number): void => {
      left -= work;
      if (left < 0) throw new Error("The schema takes too long on this JSON.");
    };
    validator.attributes["pattern"] = (instance, { pattern }) =>
      typeof instance === "string" && typeof pattern === "string" && !matches(pattern, instance)
        ? "does not match"
        : "";
    checkBranches(validator);
    checkMembers(validator, matches, spend);
    checkNames(validator, spend);
    checkPlainly(validator, spend);
    const options = {
      throwFirst: false,
      // The package resolves references against a base of its own that is none to Node 24.
      base: "https://schema.invalid/",
      // Called after each part of the schema that was held against a value.
      rewrite: (instance: unknown): unknown => {
        spend(typeof instance === "string" ? 1 + instance.length / readShare : 1);
        return instance;
      },
    };
    return values.some((value) => validator.validate(value, schema, options).valid);
  };
}

/** Keywords that need no other part of the schema. */
function checkPlainly(validator: Validator, spend: Spend): void {
  validator.attributes["required"] = (instance, { required }) =>
    isJsonObject(instance) &&
    Array.isArray(required) &&
    !required.every((name) => Object.hasOwn(instance, name) && instance[name] !== undefined)
      ? "lacks a member"
      : "";
  validator.attributes["format"] = (instance, { format }) =>
    typeof instance === "string" && format !== undefined && formats.get(format)?.(instance) === false
      ? "is out of form"
      : "";
  validator.attributes["uniqueItems"] = (instance: unknown, { uniqueItems }) => {
    if (uniqueItems !== true || !Array.isArray(instance)) return "";
    const seen = new Set<string>();
    for (const item of instance) {
      const text = sortedText(item);
      spend(text.length / letterShare);
      if (seen.has(text)) return "repeats an item";
      seen.add(text);
    }
    return "";
  };
  // To the package an empty object and an empty list are the same. A member that is absent comes here as undefined: that is for `required`.
  validator.attributes["const"] = (instance, { const: wanted }) =>
    instance === undefined || isSame(instance, wanted, spend) ? "" : "is another value";
  validator.attributes["enum"] = (instance, { enum: listed = [] }) => {
    spend(listed.length / valueShare);
    const isListed = instance === undefined || listed.some((entry) => isSame(instance, entry, spend));
    return isListed ? "" : "is none of the values";
  };
}

/** Formats that are checked; others say something to a reader alone, as the standard has it (JSON Schema 2020-12, section 7.2.1). */
const formats: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["date", isDate],
  ["date-time", (text) => dayTime.test(text) && isDate(text.slice(0, "2024-12-31".length))],
  ["email", (text) => /^[^@\s]{1,64}@[^@\s]{1,255}$/.test(text)],
  ["ipv4", isIPv4],
  ["ipv6", isIPv6],
  ["uri", (text) => parseUrl(text) !== undefined],
  ["uuid", (text) => /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)],
]);

const dayTime =
  /^[\d-]{10}T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,12})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** A day that there is: JavaScript itself reads the thirtieth of February as a day of March. */
function isDate(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** As JSON, where the order of an object's members says nothing. */
function isSame(one: unknown, other: unknown, spend: Spend): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) return false;
    return one.every((entry, index) => {
      spend(1 / valueShare);
      return isSame(entry, other[index], spend);
    });
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return one === other;
  const names = Object.keys(one);
  spend(names.length / memberShare);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name], spend));
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

const schemas = new Set([
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
  "additionalProperties",
  "additionalItems",
]);
const schemaLists = new Set(["allOf", "anyOf", "oneOf"]);
const schemaMaps = new Set(["properties", "patternProperties", "definitions", "$defs"]);
type Form = [holds: (value: JsonValue) => boolean, words: string];

const typeNames = "object array string number integer boolean null".split(" ");
const isType = (name: JsonValue): boolean => typeof name === "string" && typeNames.includes(name);
const aText: Form = [(value) => typeof value === "string", "a text"];
const aNumber: Form = [(value) => typeof value === "number", "a number"];
/** In older drafts a boolean, beside `minimum` or `maximum`. */
const aBorder: Form = [(value) => typeof value === "number" || typeof value === "boolean", "a number"];
const aCount: Form = [(value) => Number.isInteger(value) && Number(value) >= 0, "a whole number, 0 or more"];
const anything: Form = [() => true, "anything"];

/** What the values of plain keywords must be: the package passes over those that are something else. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["type", [(value) => [value].flat().every(isType), `one or more of ${typeNames.join(", ")}`]],
  ["enum", [Array.isArray, "a list"]],
  ["required", [(value) => Array.isArray(value) && value.every((name) => typeof name === "string"), "a list of names"]],
  ["multipleOf", [(value) => typeof value === "number" && value > 0, "a number above 0"]],
  ["uniqueItems", [(value) => typeof value === "boolean", "true or false"]],
  ...["minimum", "maximum"].map((name): [string, Form] => [name, aNumber]),
  ...["exclusiveMinimum", "exclusiveMaximum"].map((name): [string, Form] => [name, aBorder]),
  ..."minLength maxLength minItems maxItems minProperties maxProperties"
    .split(" ")
    .map((name): [string, Form] => [name, aCount]),
  ..."format $schema $id $comment title description".split(" ").map((name): [string, Form] => [name, aText]),
  ..."const default examples deprecated readOnly writeOnly".split(" ").map((name): [string, Form] => [name, anything]),
]);

function checkSchema(schema: JsonValue, path: ValuePath, patterns: Map<string, Matcher>): void {
  if (typeof schema === "boolean") return;
  if (!isJsonObject(schema)) throw new SchemaFault(path, "must be a schema: an object or a boolean");
  for (const [name, value] of Object.entries(schema)) {
    if (value !== undefined) checkKeyword(name, value, [...path, name], patterns);
  }
  // The package goes through all of them for each value.
  if (Array.isArray(schema["type"])) schema["type"] = [...new Set(schema["type"])];
  // The package passes over what stands beside a reference.
  const { $ref, allOf = [] } = schema;
  if ($ref === undefined || Object.keys(schema).length === 1 || !Array.isArray(allOf)) return;
  delete schema["$ref"];
  schema["allOf"] = [...allOf, { $ref }];
}

function checkKeyword(name: string, value: JsonValue, path: ValuePath, patterns: Map<string, Matcher>): void {
  if (schemas.has(name) || (name === "items" && !Array.isArray(value))) checkSchema(value, path, patterns);
  else if (schemaLists.has(name) || name === "items") checkList(value, path, patterns);
  else if (schemaMaps.has(name)) checkMap(value, path, { patterns, areNamesPatterns: name === "patternProperties" });
  else if (name === "pattern") notePattern(value, path, patterns);
  else if (name === "$ref") checkReference(value, path);
  else checkForm(name, value, path);
}

function checkForm(name: string, value: JsonValue, path: ValuePath): void {
  const form = forms.get(name);
  if (form === undefined) throw new SchemaFault(path, "is a keyword that is not checked");
  const [holds, words] = form;
  if (!holds(value)) throw new SchemaFault(path, `must be ${words}`);
}

function checkList(value: JsonValue, path: ValuePath, patterns: Map<string, Matcher>): void {
  if (!Array.isArray(value)) throw new SchemaFault(path, "must be an array of schemas");
  for (const [index, entry] of value.entries()) checkSchema(entry, [...path, index], patterns);
}

function checkMap(
  value: JsonValue,
  path: ValuePath,
  { patterns, areNamesPatterns }: { patterns: Map<string, Matcher>; areNamesPatterns: boolean },
): void {
  if (!isJsonObject(value)) throw new SchemaFault(path, "must be an object of schemas");
  for (const [key, entry] of Object.entries(value)) {
    if (areNamesPatterns) notePattern(key, path, patterns);
    if (entry !== undefined) checkSchema(entry, [...path, key], patterns);
  }
}

/** What leads nowhere would fail each text, in words that are about the text. */
function checkReferences(root: JsonObject, value: JsonValue | undefined, path: ValuePath): void {
  if (Array.isArray(value))
    for (const [index, entry] of value.entries()) checkReferences(root, entry, [...path, index]);
  if (!isJsonObject(value)) return;
  for (const [name, entry] of Object.entries(value)) {
    if (plainValues.has(name)) continue;
    if (name !== "$ref" || typeof entry !== "string") checkReferences(root, entry, [...path, name]);
    else if (entry.startsWith("#/") && !leadsToSchema(root, entry))
      throw new SchemaFault([...path, name], "leads to no part of the schema");
  }
}

/** Members of a schema in which no schema stands. */
const plainValues = new Set(["const", "enum", "default", "examples"]);

function leadsToSchema(root: JsonObject, reference: string): boolean {
  const steps = fragmentSteps(reference);
  const found = steps && valueAt(root, steps);
  return typeof found === "boolean" || isJsonObject(found);
}

/** Nothing is fetched for a schema. */
function checkReference(value: JsonValue, path: ValuePath): void {
  if (typeof value === "string" && value.startsWith("#")) return;
  throw new SchemaFault(path, "must lead into the schema itself");
}

function notePattern(source: JsonValue, path: ValuePath, patterns: Map<string, Matcher>): void {
  if (typeof source !== "string") throw new SchemaFault(path, "must be a regular expression");
  patterns.set(source, compilePattern(source));
}
