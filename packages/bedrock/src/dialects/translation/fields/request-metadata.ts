/** What the caller says of the request (`metadata`, `user`) to Converse's requestMetadata, as far as AWS takes them. */
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { eitherSpelling } from "./converse-fields.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

const mostPairs = 16;
/** From AWS's service model, whose patterns are Java's: no space beyond ASCII is one, and one such would have the whole request refused. */
const fittingKey = /^[a-zA-Z0-9\t-\r :_@$#=/+,\-.]{1,256}$/;
const fittingValue = /^[a-zA-Z0-9\t-\r :_@$#=/+,\-.]{0,256}$/;

/**
 * Undefined where there is none, since AWS refuses an empty map. AWS's own field wins and is sent as it is, then comes `metadata`; the one
 * that loses is named.
 */
export function requestMetadataOf(draft: TranslationDraft): Record<string, string> | undefined {
  const { metadata, user } = draft.wishes;
  const own = ownMetadata(draft.body);
  if (own === undefined && metadata === undefined && user === undefined) {
    return undefined;
  }
  const pairs = new Map<string, string>(Object.entries(own ?? {}) as [string, string][]);
  for (const key in metadata) {
    addPair(draft, pairs, [key, metadata[key]], `${draft.terms.metadata}.${key}`);
  }
  if (user !== undefined) {
    addPair(draft, pairs, ["user", user], draft.terms.user);
  }
  return pairs.size === 0 ? undefined : Object.fromEntries(pairs);
}

function ownMetadata(body: JsonObject): JsonObject | undefined {
  const own = eitherSpelling(body, "requestMetadata", "request_metadata");
  return isJsonObject(own) ? own : undefined;
}

function addPair(draft: TranslationDraft, pairs: Map<string, string>, pair: [string, unknown], path: string): void {
  const [key, value] = pair;
  const earlier = pairs.get(key);
  if (earlier !== undefined) {
    if (earlier !== value) {
      drop(draft, path);
    }
    return;
  }
  if (typeof value === "string" && fittingKey.test(key) && fittingValue.test(value) && pairs.size < mostPairs) {
    pairs.set(key, value);
  } else {
    drop(draft, path);
  }
}
