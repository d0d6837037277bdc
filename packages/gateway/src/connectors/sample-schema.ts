import { isJsonObject, type JsonValue } from "@adit/bedrock";

/** The shape of a sample as JSON schema: what it has, and nothing of what it does not show. */
export function shapeOf(value: JsonValue): object {
  if (value === null) return {};
  if (Array.isArray(value))
    return value[0] === undefined ? { type: "array" } : { type: "array", items: shapeOf(value[0]) };
  if (!isJsonObject(value)) return { type: typeof value };
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [[name, shapeOf(member)] as const],
  );
  return { type: "object", properties: Object.fromEntries(members) };
}
