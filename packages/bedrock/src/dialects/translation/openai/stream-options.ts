import { isJsonObject, type JsonValue } from "../../../json.ts";
import type { OpenRequest } from "../fields/extra-fields.ts";
import type { TranslationDraft } from "../translation-draft.ts";
import { nameUnread } from "../fields/unread-fields.ts";

const ofStreamOptions: ReadonlySet<string> = new Set(["include_usage"]);

/** Adit's streams are never padded: a wish for that not to be done is met. */
export function streamOptions(draft: TranslationDraft, _request: OpenRequest, value: JsonValue): void {
  if (isJsonObject(value)) {
    const { include_obfuscation: padding, ...rest } = value;
    nameUnread(draft, padding === false ? rest : value, ofStreamOptions, "stream_options");
  }
}
