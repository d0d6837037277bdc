import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** Names are short, and no body nests more than 200 deep: what is longer is read by nobody. */
export const longestPointer = 10_000;

/**
 * The steps of a JSON Pointer that is a URI's fragment (RFC 6901, section 6), such as `#/$defs/List%3Cstring%3E`, which generators of schemas
 * write; none for `#`, the whole. Undefined for an address of anything else, and for one of more than {@link longestPointer} characters.
 */
export function fragmentSteps(reference: string): readonly string[] | undefined {
  if (reference === "#") return [];
  if (!reference.startsWith("#/") || reference.length > longestPointer) return undefined;
  return reference
    .slice(2)
    .split("/")
    .map((step) => decoded(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What the steps lead to: through members of objects, and items of lists. Undefined where they lead nowhere. */
export function valueAt(root: JsonValue | undefined, steps: readonly string[]): JsonValue | undefined {
  let found = root;
  for (const name of steps) {
    const isHeld = (isJsonObject(found) || Array.isArray(found)) && Object.hasOwn(found, name);
    // Of a list, the index is a name too.
    found = isHeld ? (found as JsonObject)[name] : undefined;
  }
  return found;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    // A percent sign that stands for itself.
    return step;
  }
}
