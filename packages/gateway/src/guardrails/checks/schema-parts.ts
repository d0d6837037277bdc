/**
 * Keywords of JSON schema that hold other parts of the schema against a value. The package gathers the faults of all items and members, a new
 * list for each, which takes the square of their number: here the first is enough.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { Options, Schema, SchemaContext, Validator, ValidatorResult } from "jsonschema";

/** With what the package's types leave out. */
export interface FullValidator extends Validator {
  validateSchema(
    instance: unknown,
    schema: Schema | boolean,
    options: Options,
    context: SchemaContext,
  ): ValidatorResult;
}

/** Counts work with one text. Throws where it is too much. */
export type Spend = (work: number) => void;

/** Members that are looked through in the time that a part of the schema takes. */
export const memberShare = 10;

type Fits = (value: unknown, below: Schema | boolean, options: Options, context: SchemaContext) => boolean;

function fitsBy(validator: FullValidator): Fits {
  return (value, below, options, context) => validator.validateSchema(value, below, options, context).valid;
}

function within(context: SchemaContext, below: Schema | boolean, name: string | number): SchemaContext {
  return context.makeChild(typeof below === "boolean" ? {} : below, String(name));
}

/** All of an object's. */
function membersOf(object: JsonObject, spend: Spend): [string, JsonValue | undefined][] {
  const members = Object.entries(object);
  spend(members.length / memberShare);
  return members;
}

/** Keywords that hold several schemas against the value itself, and that of items. */
export function checkBranches(validator: FullValidator): void {
  const { attributes } = validator;
  const fits = fitsBy(validator);
  attributes["allOf"] = (instance: unknown, { allOf = [] }, options, context) =>
    allOf.every((below) => fits(instance, below, options, context)) ? "" : "does not fit all";
  attributes["anyOf"] = (instance: unknown, { anyOf = [] }, options, context) =>
    instance === undefined || anyOf.some((below) => fits(instance, below, options, context)) ? "" : "fits none";
  attributes["oneOf"] = (instance: unknown, { oneOf = [] }, options, context) =>
    instance === undefined || oneOf.filter((below) => fits(instance, below, options, context)).length === 1
      ? ""
      : "does not fit exactly one";
  attributes["items"] = (instance: unknown, { items, additionalItems }, options, context) => {
    if (!Array.isArray(instance)) return "";
    const isFaulty = instance.some((entry: unknown, index) => {
      const below = Array.isArray(items) ? (items[index] ?? additionalItems) : items;
      return below !== undefined && !fits(entry, below, options, within(context, below, index));
    });
    return isFaulty ? "has an item that does not fit" : "";
  };
}

/** Keywords that hold schemas against the members of a value. */
export function checkMembers(
  validator: FullValidator,
  matches: (source: string, text: string) => boolean,
  spend: Spend,
): void {
  const { attributes } = validator;
  const fits = fitsBy(validator);
  attributes["properties"] = (instance: unknown, { properties = {} }, options, context) => {
    if (!isJsonObject(instance)) return "";
    const isFaulty = Object.entries(properties).some(([name, below]) => {
      const member = Object.hasOwn(instance, name) ? instance[name] : undefined;
      return !fits(member, below, options, within(context, below, name));
    });
    return isFaulty ? "has a member that does not fit" : "";
  };
  attributes["patternProperties"] = (instance: unknown, { patternProperties = {} }, options, context) => {
    if (!isJsonObject(instance)) return "";
    const patterns = Object.entries(patternProperties);
    const isFaulty = membersOf(instance, spend).some(([name, member]) =>
      patterns.some(
        ([source, below]) => matches(source, name) && !fits(member, below, options, within(context, below, name)),
      ),
    );
    return isFaulty ? "has a member that does not match" : "";
  };
  attributes["additionalProperties"] = (instance: unknown, below, options, context) => {
    const { properties = {}, patternProperties = {}, additionalProperties = true } = below;
    if (!isJsonObject(instance)) return "";
    const sources = Object.keys(patternProperties);
    const isFaulty = membersOf(instance, spend).some(
      ([name, member]) =>
        !Object.hasOwn(properties, name) &&
        !sources.some((source) => matches(source, name)) &&
        !fits(member, additionalProperties, options, within(context, additionalProperties, name)),
    );
    return isFaulty ? "has a member more" : "";
  };
}

/** Keywords that look at the names of members, or count them. */
export function checkNames(validator: FullValidator, spend: Spend): void {
  const { attributes } = validator;
  const fits = fitsBy(validator);
  attributes["propertyNames"] = (instance: unknown, { propertyNames = {} }, options, context) => {
    if (!isJsonObject(instance)) return "";
    const isFaulty = membersOf(instance, spend).some(
      ([name]) => !fits(name, propertyNames, options, within(context, propertyNames, name)),
    );
    return isFaulty ? "has a name that does not fit" : "";
  };
  for (const [name, isOut] of [
    ["minProperties", (count: number, bound: number) => count < bound],
    ["maxProperties", (count: number, bound: number) => count > bound],
  ] as const) {
    attributes[name] = (instance: unknown, { [name]: bound }) =>
      isJsonObject(instance) && bound !== undefined && isOut(membersOf(instance, spend).length, bound)
        ? "has another number of members"
        : "";
  }
}
