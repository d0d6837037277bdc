import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** The objects among a list's members; none where it is no list. */
export function membersOf(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter((member) => isJsonObject(member)) : [];
}
