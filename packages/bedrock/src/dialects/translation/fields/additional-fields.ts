/**
 * The caller's own additionalModelRequestFields: what it says to the model itself. They go as they are written and win over what Adit derives
 * from other fields; which of the caller's fields lost is named. A value is the one or the other, never a mixture of both.
 */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { mayBeClaude } from "../../../models/may-be-claude.ts";
import { eitherSpelling } from "./converse-fields.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/** Members that hold others which have nothing to do with each other: Adit may add one beside the caller's. */
const holders: ReadonlySet<string> = new Set(["inferenceConfig", "output_config"]);
/** Lists that the caller's and Adit's items share. */
const joined: ReadonlySet<string> = new Set(["tools", "anthropic_beta"]);

/**
 * Reads them, once, before the wishes are settled. Claude's thinking that is said there is the caller's wish, as in the dialect's own field:
 * users of Converse have no other place for it. Where both say something, this one counts.
 */
export function readGivenFields(draft: TranslationDraft): void {
  const given = eitherSpelling(draft.body, "additionalModelRequestFields", "additional_model_request_fields");
  if (!isJsonObject(given)) {
    return;
  }
  draft.given = given;
  if (mayBeClaude(draft.model)) {
    takeThinking(draft, given);
  }
}

function takeThinking(draft: TranslationDraft, given: JsonObject): void {
  // AWS's older pages on Claude call it `reasoning_config`.
  const field = isJsonObject(given["thinking"]) ? "thinking" : "reasoning_config";
  const thinking = given[field];
  if (!isJsonObject(thinking)) {
    return;
  }
  leaveOutGiven(draft, field);
  draft.thinkingField = field;
  if (isDeepStrictEqual(draft.wishes.thinking, thinking)) {
    return;
  }
  if (draft.wishes.thinking !== undefined) {
    drop(draft, draft.terms.thinking);
  }
  draft.wishes.thinking = thinking;
  draft.thinkingPath = pathOfGiven(draft, field);
}

/** `additionalModelRequestFields.FIELD`, as the caller spells it. */
export function pathOfGiven({ body }: TranslationDraft, field: string): string {
  const name = isJsonObject(body["additionalModelRequestFields"])
    ? "additionalModelRequestFields"
    : "additional_model_request_fields";
  return `${name}.${field}`;
}

export function leaveOutGiven(draft: TranslationDraft, field: string): void {
  const { [field]: _taken, ...others } = draft.given ?? {};
  draft.given = Object.keys(others).length === 0 ? undefined : others;
}

/** Sets a field of additionalModelRequestFields, by path. Where the caller's own says something else, that goes, and `source` is named. */
export function setAdditional(
  draft: TranslationDraft,
  path: readonly string[],
  value: JsonValue,
  source: string,
): void {
  const own = draft.given === undefined ? undefined : givenAt(draft.given, path);
  if (own !== undefined) {
    if (!isDeepStrictEqual(own, value)) {
      drop(draft, source);
    }
    return;
  }
  addAdditional(draft, path, value);
}

/** Sets a field without a look at the caller's: of a list that both share. */
export function addAdditional(draft: TranslationDraft, path: readonly string[], value: JsonValue): void {
  draft.additional ??= {};
  let holder: JsonObject = draft.additional;
  for (const key of path.slice(0, -1)) {
    const inner: JsonObject = { ...(holder[key] as JsonObject | undefined) };
    holder[key] = inner;
    holder = inner;
  }
  const last = path.at(-1);
  if (last !== undefined) {
    holder[last] = value;
  }
}

/** What the caller has there, or in the place of what would hold it; undefined also for null. */
function givenAt(given: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = given;
  for (const key of path) {
    if (!isJsonObject(value)) {
      return value ?? undefined;
    }
    value = value[key];
  }
  return value ?? undefined;
}

/** All that goes there: the caller's own and what Adit derives. Undefined where neither has anything. */
export function additionalFieldsOf({ given, additional: derived }: TranslationDraft): JsonObject | undefined {
  if (given === undefined || derived === undefined) {
    return given ?? derived;
  }
  const merged = { ...derived, ...given };
  for (const key in derived) {
    merged[key] = mergedValue(key, derived[key], given[key]);
  }
  return merged;
}

function mergedValue(key: string, derived: JsonValue | undefined, given: JsonValue | undefined): JsonValue | undefined {
  if (given === undefined || given === null) {
    return derived;
  }
  if (holders.has(key) && isJsonObject(derived) && isJsonObject(given)) {
    return { ...derived, ...given };
  }
  if (joined.has(key) && Array.isArray(derived) && Array.isArray(given)) {
    const own = new Set(given);
    return [...given, ...derived.filter((item) => !own.has(item))];
  }
  return given;
}
