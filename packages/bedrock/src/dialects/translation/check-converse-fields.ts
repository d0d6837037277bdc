/** Checks of Converse's own members in a caller's body, by either spelling: types alone, the rest is AWS's to judge. */
import { isJsonObject, type JsonValue } from "../../json.ts";
import { checkObject, checkStrings } from "./check-field.ts";
import { wrongType } from "./request-fault.ts";

/** Throws AditError with the path of the field. */
export type FieldCheck = (value: JsonValue, path: string) => void;

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
