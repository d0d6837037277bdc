import type { JsonObject } from "../../../json.ts";
import type { TranslationDraft } from "../translation-draft.ts";
import { complexityOf, fitsStrictDecoding, type SchemaComplexity } from "./strict-schema.ts";

/** What is strict in a request, all its schemas counted together. */
export interface StrictCount extends SchemaComplexity {
  /** How many tools. */
  tools: number;
}

/**
 * A request with more is refused: AWS's page on structured output; Anthropic's, "Schema complexity limits" ("Schemas contains too many
 * parameters with union types (24 parameters with type arrays or anyOf)").
 */
const most: StrictCount = { tools: 20, optional: 24, unions: 16 };

export const nothingStrict: StrictCount = { tools: 0, optional: 0, unions: 0 };

/** The count with one more strict schema; undefined where it would be refused, by itself or beside what is strict already. */
export function withStrict(
  { model, strict }: TranslationDraft,
  schema: JsonObject,
  use: "tool" | "answer",
): StrictCount | undefined {
  if (!fitsStrictDecoding(schema)) {
    return undefined;
  }
  // The limits of what a grammar may cost are Claude's.
  const { optional, unions } = model.schemas === "claude" ? complexityOf(schema) : nothingStrict;
  const count: StrictCount = {
    tools: strict.tools + (use === "tool" ? 1 : 0),
    optional: strict.optional + optional,
    unions: strict.unions + unions,
  };
  const isRoom = count.tools <= most.tools && count.optional <= most.optional && count.unions <= most.unions;
  return isRoom ? count : undefined;
}
