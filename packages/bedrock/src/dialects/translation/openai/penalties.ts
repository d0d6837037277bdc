/** OpenAI's penalties on repetition. */
import type { JsonValue } from "../../../json.ts";
import type { OpenRequest } from "../fields/extra-fields.ts";
import { setAdditional } from "../fields/additional-fields.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

const nothingTaken = { least: 0, most: 0 };

/** Other models have no penalties, and a penalty of zero asks for nothing. */
export function penalty(draft: TranslationDraft, _request: OpenRequest, value: JsonValue, field: string): void {
  const { least, most } = draft.model.sampling.penalties ?? nothingTaken;
  const taken = typeof value === "number" ? Math.min(Math.max(value, least), most) : 0;
  if (taken !== value) {
    drop(draft, field);
  }
  if (taken !== 0) {
    setAdditional(draft, [field], taken, field);
  }
}
