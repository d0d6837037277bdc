import type { JsonObject } from "../../../json.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import { currentSchema } from "./current-schema.ts";
import { novaSchema } from "./nova-schema.ts";

/** The schema of a tool in a form that the model takes; the same object where it takes it as it is. */
export function takenSchema({ schemas }: Pick<ModelFacts, "schemas">, schema: JsonObject): JsonObject {
  if (schemas === "nova") return novaSchema(schema);
  return schemas === "claude" ? currentSchema(schema) : schema;
}
