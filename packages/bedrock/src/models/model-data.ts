/** The table of models in `data/models.json`, with the type that its readers rely on. */
import models from "./data/models.json" with { type: "json" };
import type { ModelFacts } from "./model-facts.ts";

/** What is known of one model besides what its line (`data/families.json`) says. Absent members are unknown, save `profileOnly` (false). */
export interface ModelRow {
  /** What the model makes; absent: text. */
  output?: "image" | "video" | "speech" | "embedding" | "rerank";
  contextTokens?: number;
  maxOutputTokens?: number;
  geographies?: readonly string[];
  profileOnly?: boolean;
  regions?: readonly string[];
  lifecycle?: ModelFacts["lifecycle"];
}

/** Rows by base id. */
export const modelRows: ReadonlyMap<string, ModelRow> = new Map<string, ModelRow>(
  Object.entries(models.models as Readonly<Record<string, ModelRow>>),
);

/** What the model makes, as far as that is known: most make text. */
export function outputOf(baseId: string): NonNullable<ModelRow["output"]> | "text" {
  return modelRows.get(baseId)?.output ?? "text";
}
