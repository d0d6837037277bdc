/** Parts of a native answer, whatever stands in their place. */
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** The object that stands here, else an empty one. */
export function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The objects of the list that stands here. */
export function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The text that stands here, else an empty one. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
