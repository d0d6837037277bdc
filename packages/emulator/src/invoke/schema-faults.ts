/** Finds what in a body breaks its schema. How it is told is the family's own: see `fault-words.ts`. */
import { isRecord } from "../validate/read-shape.ts";
import type { Schema } from "./schema.ts";

/** One broken rule, and where. */
export type SchemaFault = { path: readonly (string | number)[] } & (
  | { rule: "missing"; key: string }
  | { rule: "extra"; key: string }
  | { rule: "type"; expected: readonly Schema["kind"][]; value: unknown }
  | { rule: "values"; values: readonly string[]; value: string }
  | { rule: "tag"; tag: string; tags: readonly string[]; value: unknown }
  /** `unit`: what is counted; undefined: the number itself. */
  | { rule: "least" | "most"; limit: number; actual: number; unit?: "characters" | "items" }
);

type Path = readonly (string | number)[];

/**
 * Every broken rule of a body, in the order in which the body is read. `namesTags`: the path holds the tag of a tagged object after its place, as
 * Anthropic's does (`messages.0.content.1.image.source`).
 */
export function schemaFaults(value: unknown, schema: Schema, namesTags = false, path: Path = []): SchemaFault[] {
  if (schema.kind === "either") return eitherFaults(value, schema, namesTags, path);
  if (!fits(value, schema)) return [{ path, rule: "type", expected: [schema.kind], value }];
  switch (schema.kind) {
    case "string":
      return textFaults(String(value), schema, path);
    case "integer":
    case "number":
      return limitFaults(Number(value), schema, path);
    case "list":
      return listFaults(value as unknown[], schema, namesTags, path);
    case "object":
      return objectFaults(value as Record<string, unknown>, schema, namesTags, path);
    case "tagged":
      return taggedFaults(value as Record<string, unknown>, schema, namesTags, path);
    case "any":
    case "boolean":
      return [];
  }
}

/** The schema that a value is held to: the option or the variant that it chooses; undefined where it chooses none. */
export function narrowed(value: unknown, schema: Schema): Schema | undefined {
  if (schema.kind === "either") return schema.options.find((option) => fits(value, option));
  if (schema.kind !== "tagged") return schema;
  const name = isRecord(value) ? value[schema.tag] : undefined;
  return typeof name === "string" && Object.hasOwn(schema.variants, name) ? schema.variants[name] : undefined;
}

function fits(value: unknown, schema: Schema): boolean {
  switch (schema.kind) {
    case "any":
      return true;
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "object":
    case "tagged":
      return isRecord(value);
    case "either":
      return schema.options.some((option) => fits(value, option));
  }
}

function eitherFaults(
  value: unknown,
  schema: Schema & { kind: "either" },
  namesTags: boolean,
  path: Path,
): SchemaFault[] {
  const option = narrowed(value, schema);
  return option === undefined
    ? [{ path, rule: "type", expected: schema.options.map(({ kind }) => kind), value }]
    : schemaFaults(value, option, namesTags, path);
}

function textFaults(value: string, schema: Schema & { kind: "string" }, path: Path): SchemaFault[] {
  const { values } = schema;
  if (values !== undefined && !values.includes(value)) return [{ path, rule: "values", values, value }];
  return limitFaults(value.length, schema, path, "characters");
}

function limitFaults(
  actual: number,
  { min, max }: { min?: number; max?: number },
  path: Path,
  unit?: "characters" | "items",
): SchemaFault[] {
  const counted = { actual, ...(unit !== undefined && { unit }) };
  if (min !== undefined && actual < min) return [{ path, rule: "least", limit: min, ...counted }];
  return max !== undefined && actual > max ? [{ path, rule: "most", limit: max, ...counted }] : [];
}

function listFaults(
  items: readonly unknown[],
  schema: Schema & { kind: "list" },
  namesTags: boolean,
  path: Path,
): SchemaFault[] {
  return [
    ...limitFaults(items.length, schema, path, "items"),
    ...items.flatMap((item, index) => schemaFaults(item, schema.of, namesTags, [...path, index])),
  ];
}

/** A member that is null is an absent one. */
function objectFaults(
  value: Record<string, unknown>,
  { members, required, open }: Schema & { kind: "object" },
  namesTags: boolean,
  path: Path,
): SchemaFault[] {
  const missing = required.filter((key) => value[key] === undefined || value[key] === null);
  return [
    ...missing.map((key): SchemaFault => ({ path, rule: "missing", key })),
    ...Object.entries(value).flatMap(([key, member]): SchemaFault[] => {
      const schema = Object.hasOwn(members, key) ? members[key] : undefined;
      if (schema === undefined) return open ? [] : [{ path, rule: "extra", key }];
      return member === null ? [] : schemaFaults(member, schema, namesTags, [...path, key]);
    }),
  ];
}

function taggedFaults(
  value: Record<string, unknown>,
  schema: Schema & { kind: "tagged" },
  namesTags: boolean,
  path: Path,
): SchemaFault[] {
  const { tag, variants } = schema;
  const name = value[tag];
  const variant = narrowed(value, schema);
  if (variant === undefined) return [{ path, rule: "tag", tag, tags: Object.keys(variants).toSorted(), value: name }];
  return schemaFaults(value, variant, namesTags, namesTags ? [...path, String(name)] : path);
}
