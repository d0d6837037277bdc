/**
 * Schemas of tools for Nova, which refuses `$schema`, `$id`, `$defs` and `definitions` at the top ("extraneous key [definitions] is not permitted").
 * What they define is put where it is used; nothing else changes.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { fragmentSteps, valueAt } from "../../../json-pointer.ts";

/** Nodes of the schema after the definitions are put in, and characters of its names and texts: more is left to AWS to refuse. */
const mostNodes = 10_000;
const mostCharacters = 1_000_000;
/** Objects and lists in one another after that, as in a body: definitions that refer to one another in a long row lie as deep as the row is long. */
const deepest = 200;

/**
 * What may be put into the schemas of one request in all: each of many small ones may grow. What they hold themselves does not count: it was
 * sent, and thousands of tools have as many schemas.
 */
export class SchemaRoom {
  /** More bytes of JSON than all of that can be. */
  static readonly mostBytes = 20_000_000;
  nodes = 50_000;
  characters = 3_000_000;

  /** True where something had no room. */
  get isFull(): boolean {
    return this.nodes < 0 || this.characters < 0;
  }
}

/** The schema in a form that Nova takes; the same object where it takes it as it is, or where `room` is too small for what it defines. */
export function novaSchema(schema: JsonObject, room = new SchemaRoom()): JsonObject {
  const { $schema, $id, $defs, definitions, ...rest } = schema;
  if ([$schema, $id, $defs, definitions].every((refused) => refused === undefined)) {
    return schema;
  }
  const inlining: Inlining = { root: schema, room, open: new Set(), depth: 0, isOver: false, nodes: 0, characters: 0 };
  const inlined = inline(inlining, rest);
  return isTooLarge(inlining) ? schema : (inlined as JsonObject);
}

interface Inlining {
  root: JsonObject;
  room: SchemaRoom;
  /** Definitions in hand: one that holds itself has no end. */
  open: Set<string>;
  depth: number;
  /** It is too deep, or the room is too small for it. */
  isOver: boolean;
  nodes: number;
  characters: number;
}

function isTooLarge({ isOver, nodes, characters }: Inlining): boolean {
  return isOver || nodes > mostNodes || characters > mostCharacters;
}

/** Counts what the schema has once its definitions are put in, and of the room what is put in. */
function count(inlining: Inlining, { nodes, characters }: Pick<Inlining, "nodes" | "characters">): void {
  const { open, room } = inlining;
  inlining.nodes += nodes;
  inlining.characters += characters;
  if (open.size === 0) return;
  room.nodes -= nodes;
  room.characters -= characters;
  inlining.isOver ||= room.isFull;
}

function inline(inlining: Inlining, value: JsonValue | undefined): JsonValue | undefined {
  count(inlining, { nodes: 1, characters: typeof value === "string" ? value.length : 0 });
  inlining.isOver ||= inlining.depth > deepest;
  if (isTooLarge(inlining)) {
    return value;
  }
  inlining.depth += 1;
  const inlined = inlinedMembers(inlining, value);
  inlining.depth -= 1;
  return inlined;
}

function inlinedMembers(inlining: Inlining, value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) {
    return value.map((item) => inline(inlining, item) ?? null);
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const reference = value["$ref"];
  if (typeof reference === "string") {
    return inlineReference(inlining, value, reference);
  }
  // A property may have any name: assigned, one of `__proto__` would be lost.
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      count(inlining, { nodes: 0, characters: key.length });
      return [key, inline(inlining, member)];
    }),
  );
}

function inlineReference(inlining: Inlining, value: JsonObject, reference: string): JsonValue {
  const { $ref: _reference, ...others } = value;
  count(inlining, { nodes: 0, characters: reference.length });
  // Where it stands in a definition itself, this too is put in as often as that is used.
  const beside = inlinedMembers(inlining, others) as JsonObject;
  const definition = definitionAt(inlining.root, reference);
  if (definition === undefined) {
    return { ...value, ...beside };
  }
  if (inlining.open.has(reference)) {
    // A schema that holds itself: any object from here on.
    return { type: "object", ...beside };
  }
  inlining.open.add(reference);
  const inner = inline(inlining, definition);
  inlining.open.delete(reference);
  return { ...(inner as JsonObject), ...beside };
}

/** `#/$defs/NAME` and `#/definitions/NAME`, and what is inside of these; a pointer to elsewhere stays where it is. */
function definitionAt(root: JsonObject, reference: string): JsonObject | undefined {
  const steps = fragmentSteps(reference) ?? [];
  if (steps.length < 2 || (steps[0] !== "$defs" && steps[0] !== "definitions")) {
    return undefined;
  }
  const found = valueAt(root, steps);
  return isJsonObject(found) ? found : undefined;
}
