/** Fields that a caller set and that nothing here reads. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/**
 * Names them, so that nothing is left out in silence. A null or empty one says nothing, as clients send back what a reply held. This runs on
 * every message and part: where `place` is a function of the draft, such as `here`, the path is made only if something is named.
 */
export function nameUnread(
  draft: TranslationDraft,
  holder: JsonObject,
  read: ReadonlySet<string>,
  place: string | ((draft: TranslationDraft) => string),
): void {
  for (const field in holder) {
    if (!read.has(field) && says(holder[field])) {
      drop(draft, `${typeof place === "string" ? place : place(draft)}.${field}`);
    }
  }
}

function says(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === "") {
    return false;
  }
  if (Array.isArray(value)) {
    return value.length > 0;
  }
  return !isJsonObject(value) || Object.keys(value).length > 0;
}
