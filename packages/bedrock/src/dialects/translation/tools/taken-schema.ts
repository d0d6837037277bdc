import type { JsonObject } from "../../../json.ts";
import { currentSchema } from "./current-schema.ts";
import { novaSchema } from "./nova-schema.ts";
import type { TranslationDraft } from "../translation-draft.ts";

/** The schema of a tool in a form that the model takes; the same object where it takes it as it is. */
export function takenSchema(
  { model: { schemas }, schemaRoom }: Pick<TranslationDraft, "model" | "schemaRoom">,
  schema: JsonObject,
): JsonObject {
  if (schemas === "nova") return novaSchema(schema, schemaRoom);
  return schemas === "claude" ? currentSchema(schema) : schema;
}
