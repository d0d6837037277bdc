/** OpenAI's penalties on repetition. */
import type { JsonValue } from "../../../json.ts";
import type { ModelFamily } from "../../../models/model-facts.ts";
import type { OpenRequest } from "../fields/extra-fields.ts";
import { setAdditional } from "../fields/additional-fields.ts";
import { drop, type TranslationDraft } from "../translation-draft.ts";

/** Least and most of a penalty, a number among the family's own fields: AWS's page on Command R; for Jamba, OpenAI's own bounds. */
const penaltyBounds: ReadonlyMap<ModelFamily, readonly [least: number, most: number]> = new Map([
  ["cohere-command-r", [0, 1]],
  ["jamba", [-2, 2]],
]);

/** Other models have no penalties, and a penalty of zero asks for nothing. */
export function penalty(draft: TranslationDraft, _request: OpenRequest, value: JsonValue, field: string): void {
  const [least, most] = penaltyBounds.get(draft.model.family) ?? [0, 0];
  const taken = typeof value === "number" ? Math.min(Math.max(value, least), most) : 0;
  if (taken !== value) {
    drop(draft, field);
  }
  if (taken !== 0) {
    setAdditional(draft, [field], taken, field);
  }
}
