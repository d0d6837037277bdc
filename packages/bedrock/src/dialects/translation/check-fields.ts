/** Checks of a body by a table of its fields. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { checkObject, checkStrings } from "./check-field.ts";
import { wrongType } from "./request-fault.ts";

/** Throws AditError with the path of the field. */
export type FieldCheck = (value: JsonValue, path: string) => void;

/** Every field of the body that the table has a check for; null is absent, and fields that it does not know are no error. */
export function checkFields(body: JsonObject, checks: ReadonlyMap<string, FieldCheck>): void {
  for (const field in body) {
    const value = body[field];
    const check = value === undefined || value === null ? undefined : checks.get(field);
    if (check !== undefined) {
      check(value as JsonValue, field);
    }
  }
}

const objectFields = [
  "guardrailConfig",
  "guardrail_config",
  "performanceConfig",
  "performance_config",
  "promptVariables",
  "prompt_variables",
  "outputConfig",
  "output_config",
  "requestMetadata",
  "request_metadata",
  "additionalModelRequestFields",
  "additional_model_request_fields",
];

/** Converse's own members, by either spelling: types alone, the rest is AWS's to judge. */
export const converseFieldChecks: readonly (readonly [field: string, check: FieldCheck])[] = [
  ...objectFields.map((field): [string, FieldCheck] => [field, checkObject]),
  ["additionalModelResponseFieldPaths", checkStrings],
  ["additional_model_response_field_paths", checkStrings],
  ["serviceTier", checkTier],
  ["service_tier", checkTier],
];

function checkTier(value: JsonValue, path: string): void {
  if (typeof value !== "string" && !isJsonObject(value)) {
    throw wrongType(path, "a string or an object", value);
  }
}
