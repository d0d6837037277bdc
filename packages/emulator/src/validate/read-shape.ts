/** First layer: whether the JSON can be read into the shapes at all. */
import { unreadable, type Refusal } from "./refusal.ts";
import type { Shape } from "./shape.ts";

const targets: Record<Shape["kind"], string> = {
  string: "String",
  integer: "Integer",
  float: "Float",
  boolean: "Boolean",
  blob: "Blob",
  document: "Document",
  list: "List",
  map: "Map",
  structure: "Structure",
  union: "Union",
};

/**
 * The first value of a wrong type, in the words of AWS's parser as public reports show them (`STRING_VALUE can not be converted to a List`).
 * Members that the shape does not know are passed over, as AWS does; a null is an absent member.
 */
export function typeFault(value: unknown, shape: Shape): Refusal | undefined {
  if (value === null || value === undefined || shape.kind === "document") return undefined;
  if (!fits(value, shape)) return unreadable(mismatch(value, shape));
  for (const [child, childShape] of childrenOf(value, shape)) {
    const fault = typeFault(child, childShape);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Values inside `value` with their shapes. */
function* childrenOf(value: unknown, shape: Shape): Generator<[unknown, Shape]> {
  if (shape.kind === "list" && Array.isArray(value)) {
    for (const item of value) yield [item, shape.of];
  } else if (isRecord(value) && shape.kind === "map") {
    for (const item of Object.values(value)) yield [item, shape.of];
  } else if (isRecord(value) && (shape.kind === "structure" || shape.kind === "union")) {
    for (const [name, member] of Object.entries(shape.members)) yield [value[name], member];
  }
}

function fits(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case "string":
      return typeof value === "string";
    case "blob":
      return typeof value === "string" && value.length % 4 === 0 && !/[^A-Za-z0-9+/=]|=[^=]|={3}/.test(value);
    case "integer":
      return Number.isInteger(value);
    case "float":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "map":
    case "structure":
    case "union":
      return isRecord(value);
    case "document":
      return true;
  }
}

function mismatch(value: unknown, shape: Shape): string {
  if (Array.isArray(value)) return "Start of list found where not expected.";
  if (isRecord(value)) return "Start of structure or map found where not expected.";
  if (shape.kind === "blob" && typeof value === "string") return "Invalid base64 in a blob";
  const target = targets[shape.kind];
  return `${tokenOf(value)} can not be converted to ${/^[AEIOU]/.test(target) ? "an" : "a"} ${target}`;
}

function tokenOf(value: unknown): string {
  if (typeof value === "string") return "STRING_VALUE";
  if (typeof value === "boolean") return value ? "TRUE_VALUE" : "FALSE_VALUE";
  return Number.isInteger(value) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The same value without members that are null, which AWS takes as absent, and without members that a union does not know. Documents stay as
 * they are: they are the caller's JSON.
 */
export function withoutNulls(value: unknown, shape: Shape): unknown {
  if (shape.kind === "list" && Array.isArray(value)) return value.map((item) => withoutNulls(item, shape.of));
  if (!isRecord(value) || shape.kind === "document") return value;
  const entries = Object.entries(value).filter(
    ([name, member]) => member !== null && (shape.kind !== "union" || Object.hasOwn(shape.members, name)),
  );
  return Object.fromEntries(entries.map(([name, member]) => [name, withoutNulls(member, memberShape(shape, name))]));
}

function memberShape(shape: Shape, name: string): Shape {
  if (shape.kind === "map") return shape.of;
  return (
    (shape.kind === "structure" || shape.kind === "union" ? shape.members[name] : undefined) ?? { kind: "document" }
  );
}

/** Far beyond any conversation: what is deeper could not be walked, and what holds more values would hold up everybody else. */
const deepest = 500;
export const mostValues = 1_000_000;

/** True for a value that is too deep, or holds too many others, to be read. */
export function isUnreadable(value: unknown): boolean {
  return isBeyond(value, deepest, { left: mostValues });
}

function isBeyond(value: unknown, depth: number, values: { left: number }): boolean {
  values.left -= 1;
  if (values.left < 0) return true;
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isBeyond(member, depth - 1, values));
}
