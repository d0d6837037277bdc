/**
 * Schemas of tools for Claude, which since Opus 4.8 refuses every request with a schema that is none of draft 2020-12 ("JSON schema is invalid.
 * It must match JSON Schema draft 2020-12"; openclaw/openclaw#98588, AlexGladkov/claude-in-mobile#57, Dokploy/mcp#74). Clients and MCP servers
 * write older drafts: a tuple of zod's is a list of `items` there. What the drafts say in different words is said in the new ones; nothing else
 * changes.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { longestPointer } from "../../../json-pointer.ts";

/** Members that hold a schema, a list of them, or several by name. */
const alone = new Set(
  "items additionalItems additionalProperties not if then else contains propertyNames unevaluatedItems unevaluatedProperties contentSchema".split(
    " ",
  ),
);
const listed = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const named = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"]);
/** Deeper schemas are left to AWS to judge. */
const deepest = 60;

/** The schema in draft 2020-12; the same object where it is that already. */
export function currentSchema(schema: JsonObject): JsonObject {
  return current(schema, 0) as JsonObject;
}

function current(schema: JsonValue, depth: number): JsonValue {
  if (!isJsonObject(schema) || depth > deepest) {
    return schema;
  }
  const members = Object.entries(schema).flatMap(([name, member]) =>
    membersFor(schema, name, currentMember(name, member, depth + 1)),
  );
  const isSame =
    members.length === Object.keys(schema).length &&
    members.every(([name, member]) => Object.hasOwn(schema, name) && schema[name] === member);
  // A property may have any name: assigned, one of `__proto__` would be lost.
  return isSame ? schema : Object.fromEntries(members);
}

type Members = [string, JsonValue | undefined][];

/** What a member of an older draft is in the new one. */
function membersFor(schema: JsonObject, name: string, member: JsonValue | undefined): Members {
  if (name === "$ref" && typeof member === "string" && member.startsWith("#") && member.length <= longestPointer) {
    return [[name, member.replaceAll(itemOfTuple, "/prefixItems/$1")]];
  }
  const current = Array.isArray(schema["items"]) ? (ofTuples.get(name) ?? name) : name;
  if (current === "prefixItems" && Array.isArray(member) && member.length === 0) {
    // The draft has no tuple of nothing, though zod writes one: what may stand in it is said by its rest.
    return [];
  }
  return current === name ? boundsFor(schema, name, member) : [[current, member]];
}

const ofTuples = new Map([
  ["items", "prefixItems"],
  ["additionalItems", "items"],
]);
/** In a pointer: no keyword but a tuple's has members that are numbers. */
const itemOfTuple = /\/items\/(\d+)(?=\/|$)/g;

/** Draft 4 marks a bound as not included by a boolean beside it. */
function boundsFor(schema: JsonObject, name: string, member: JsonValue | undefined): Members {
  const bound = boundOfMark.get(name);
  if (bound !== undefined && typeof member === "boolean") {
    const limit = schema[bound];
    return member && typeof limit === "number" ? [[name, limit]] : [];
  }
  const mark = markOfBound.get(name);
  return mark !== undefined && schema[mark] === true ? [] : [[name, member]];
}

const boundOfMark = new Map([
  ["exclusiveMinimum", "minimum"],
  ["exclusiveMaximum", "maximum"],
]);
const markOfBound = new Map([...boundOfMark].map(([mark, bound]) => [bound, mark]));

function currentMember(name: string, member: JsonValue | undefined, depth: number): JsonValue | undefined {
  if (Array.isArray(member) && (listed.has(name) || name === "items")) {
    const inner = member.map((one) => current(one, depth));
    return inner.every((one, index) => one === member[index]) ? member : inner;
  }
  if (!isJsonObject(member)) {
    return member;
  }
  if (alone.has(name)) {
    return current(member, depth);
  }
  if (!named.has(name)) {
    return member;
  }
  const inner = Object.entries(member).map(([each, one]) => [each, current(one ?? null, depth)] as const);
  return inner.every(([each, one]) => one === (member[each] ?? null)) ? member : Object.fromEntries(inner);
}
