/** Second layer: the constraints of the service model, all of them in one message. */
import { isRecord } from "./read-shape.ts";
import { invalid, type Refusal } from "./refusal.ts";
import type { Shape } from "./shape.ts";

interface Place {
  /** As AWS writes it here: list items as `.N.member`, counted from 1. */
  path: string;
  /** As the conversation rules write it: items counted from 0. */
  plainPath: string;
  faults: Faults;
  /** Unions that do not hold exactly one member. */
  unions: string[];
}

interface Faults {
  count: number;
  /** Of the first of them. */
  words: string[];
}

/** A body of many small things may break a constraint in each, and what would tell them all no text could hold. */
const mostTold = 1000;

/**
 * Every broken constraint, in AWS's words. Recorded form: `1 validation error detected: Value '...' at 'toolConfig.tools.38.member.toolSpec.name' failed to satisfy
 * constraint: Member must have length less than or equal to 64`. A union with no member or several is told apart, and only where no constraint is broken.
 */
export function constraintFault(body: unknown, shape: Shape): Refusal | undefined {
  const place: Place = { path: "", plainPath: "", faults: { count: 0, words: [] }, unions: [] };
  walk(body, shape, place);
  const [union] = place.unions;
  const { count, words } = place.faults;
  if (count === 0) return union === undefined ? undefined : invalid(union);
  return invalid(`${count} validation error${count === 1 ? "" : "s"} detected: ${words.join("; ")}`);
}

function walk(value: unknown, shape: Shape, place: Place): void {
  if (value === null || value === undefined) return;
  for (const constraint of brokenBy(value, shape)) report(value, constraint, place);
  if (shape.kind === "list" && Array.isArray(value)) walkList(value, shape.of, place);
  if (!isRecord(value)) return;
  if (shape.kind === "map") walkMap(value, shape, place);
  if (shape.kind === "union") checkUnion(value, shape, place);
  if (shape.kind === "structure") checkRequired(value, shape.required, place);
  if (shape.kind === "structure" || shape.kind === "union") walkMembers(value, shape.members, place);
}

/** Most members of most blocks are absent: a place is named for those that are there. */
function walkMembers(value: Record<string, unknown>, members: Record<string, Shape>, place: Place): void {
  for (const [name, member] of Object.entries(members)) {
    const inner = value[name];
    if (inner !== null && inner !== undefined) walk(inner, member, inside(place, name, name));
  }
}

function walkList(items: readonly unknown[], of: Shape, place: Place): void {
  items.forEach((item, index) => {
    const inner = inside(place, `${index + 1}.member`, `${index}`);
    if (item === null) report(null, "Member must not be null", inner);
    else walk(item, of, inner);
  });
}

function checkRequired(value: Record<string, unknown>, required: readonly string[], place: Place): void {
  for (const name of required)
    if (value[name] === null || value[name] === undefined)
      report(null, "Member must not be null", inside(place, name, name));
}

function inside(place: Place, step: string, plainStep: string): Place {
  const path = place.path === "" ? step : `${place.path}.${step}`;
  const plainPath = place.plainPath === "" ? plainStep : `${place.plainPath}.${plainStep}`;
  return { path, plainPath, faults: place.faults, unions: place.unions };
}

function report(value: unknown, constraint: string, place: Place): void {
  place.faults.count += 1;
  if (place.faults.words.length < mostTold)
    place.faults.words.push(`Value ${shown(value)}at '${place.path}' failed to satisfy constraint: ${constraint}`);
}

/** AWS quotes scalars and says `null`; lists and objects it leaves out. */
function shown(value: unknown): string {
  if (value === null) return "null ";
  return typeof value === "string" || typeof value === "number" ? `'${value}' ` : "";
}

function brokenBy(value: unknown, shape: Shape): string[] {
  if (shape.kind === "string" && typeof value === "string") return brokenByText(value, shape);
  if (shape.kind === "integer" || shape.kind === "float")
    return typeof value === "number" ? rangeFaults(value, shape) : [];
  return shape.kind === "blob" || shape.kind === "list" || shape.kind === "map"
    ? lengthFaults(sizeOf(value), shape)
    : [];
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

function rangeFaults(value: number, limits: { min?: number; max?: number }): string[] {
  const faults = [];
  if (value > (limits.max ?? Infinity)) faults.push(`Member must have value less than or equal to ${limits.max}`);
  if (value < (limits.min ?? -Infinity)) faults.push(`Member must have value greater than or equal to ${limits.min}`);
  return faults;
}

function brokenByText(value: string, shape: Shape & { kind: "string" }): string[] {
  const faults = lengthFaults(value.length, shape);
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
    faults.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  if (shape.values !== undefined && !shape.values.includes(value) && value !== shape.alsoTaken)
    faults.push(`Member must satisfy enum value set: [${shape.values.join(", ")}]`);
  return faults;
}

function lengthFaults(length: number, limits: { min?: number; max?: number }): string[] {
  const faults = [];
  if (length > (limits.max ?? Infinity)) faults.push(`Member must have length less than or equal to ${limits.max}`);
  if (length < (limits.min ?? 0)) faults.push(`Member must have length greater than or equal to ${limits.min}`);
  return faults;
}

/** AWS names the map and lists every constraint of its keys or values, kept or broken. */
function walkMap(value: Record<string, unknown>, shape: Shape & { kind: "map" }, place: Place): void {
  const entries = Object.entries(value);
  if (entries.some(([key]) => brokenBy(key, shape.key).length > 0))
    report(value, `Map keys must satisfy constraint: [${rulesOf(shape.key).join(", ")}]`, place);
  if (entries.some(([, item]) => brokenBy(item, shape.of).length > 0))
    report(value, `Map value must satisfy constraint: [${rulesOf(shape.of).join(", ")}]`, place);
  for (const [key, item] of entries) if (shape.of.kind === "union") walk(item, shape.of, inside(place, key, key));
}

function rulesOf(shape: Shape): string[] {
  if (shape.kind !== "string") return [];
  const rules = [];
  if (shape.max !== undefined) rules.push(`Member must have length less than or equal to ${shape.max}`);
  if (shape.min !== undefined) rules.push(`Member must have length greater than or equal to ${shape.min}`);
  if (shape.pattern !== undefined) rules.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  return rules;
}

function checkUnion(value: Record<string, unknown>, shape: Shape & { kind: "union" }, place: Place): void {
  const set = Object.keys(shape.members).filter((name) => value[name] !== null && value[name] !== undefined);
  if (set.length === 1) return;
  const keys = Object.keys(shape.members).join(", ");
  const found = set.length === 0 ? "none" : set.join(", ");
  place.unions.push(
    `The ${shape.name} object at ${place.plainPath} must set exactly one of the following keys: ${keys}. Found: ${found}.`,
  );
}
