/** Arguments of a call in the history. */
import { isJsonObject, parsedJson, type JsonObject, type JsonValue } from "../../../json.ts";
import { isAlteredByReading, nestsTooDeeply } from "../../../json-text/altered-json.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/**
 * The arguments as an object. What a model once wrote that is no JSON object, or nests or grows beyond all use, is wrapped, so that the conversation
 * goes on, and named: the model sees its own words.
 */
export function toolInput(draft: TranslationDraft, given: JsonValue | undefined, path: string): JsonObject {
  if (given === undefined || given === null || given === "") {
    return {};
  }
  if (isJsonObject(given)) {
    return given;
  }
  const value = typeof given === "string" ? readable(draft, given) : given;
  if (isJsonObject(value)) {
    if (typeof given === "string" && isAlteredByReading(given, value)) {
      // AWS wants an object, and a number of it is beyond what a double holds, or a name comes twice.
      drop(draft, path);
    }
    return value;
  }
  if (typeof given === "string" && given.trim() === "") {
    return {};
  }
  drop(draft, path);
  return { arguments: value ?? given };
}

function readable(draft: TranslationDraft, text: string): JsonValue | undefined {
  if (!draft.builtTexts.take(text)) {
    return undefined;
  }
  const value = parsedJson(text);
  return nestsTooDeeply(text, value) ? undefined : value;
}
