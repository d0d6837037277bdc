import type { JsonObject } from "../../../json.ts";
import type { ModelFacts } from "../../../models/model-facts.ts";
import { currentSchema } from "./current-schema.ts";
import { novaSchema } from "./nova-schema.ts";

/** The schema of a tool in a form that the model's family takes; the same object where it takes it as it is. */
export function takenSchema({ family }: Pick<ModelFacts, "family">, schema: JsonObject): JsonObject {
  if (family === "nova") return novaSchema(schema);
  return family === "anthropic" ? currentSchema(schema) : schema;
}
