/** Checks of a body's fields by their names. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import {
  checkBoolean,
  checkCacheControl,
  checkName,
  checkNumber,
  checkObject,
  checkString,
  checkStrings,
  checkWhole,
  needObject,
} from "./check-field.ts";
import { unsupported, wrongType } from "./request-fault.ts";

export type FieldCheck = (value: JsonValue, path: string) => void;

export type FieldChecks = ReadonlyMap<string, FieldCheck>;

/** Checks every field that the table knows and the body sets. */
export function checkFields(body: JsonObject, checks: FieldChecks): void {
  for (const field in body) {
    const value = body[field];
    const check = value === undefined || value === null ? undefined : checks.get(field);
    if (check !== undefined) {
      check(value as JsonValue, field);
    }
  }
}

/** Refuses what Bedrock has no means for; false, 0, null and an empty list ask for nothing. */
export function refusedUnlessEmpty(why: string): FieldCheck {
  return (value, path) => {
    const asksNothing = value === false || value === 0 || (Array.isArray(value) && value.length === 0);
    if (!asksNothing) {
      throw unsupported(path, `${path} is not supported: ${why}`);
    }
  };
}

/** A wish for a check of input and output is not left out in silence. */
export const noModeration = refusedUnlessEmpty("Bedrock has guardrails instead: send guardrailConfig");

/** A call that is to fill the cache alone would be answered, and billed for it. */
function noPrewarming(value: JsonValue, path: string): void {
  if (isJsonObject(value) && value["prewarm"] === true) {
    const field = `${path}.prewarm`;
    throw unsupported(field, `${field} is not supported: Converse fills no cache without an answer`);
  }
}

/** For counts of answers. */
export function onlyOne(value: JsonValue, path: string): void {
  checkWhole(value, path, 1);
  if (value !== 1) {
    throw unsupported(path, `${path} above 1 is not supported: Bedrock gives one answer to a request`);
  }
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

export function checkEffort(value: unknown, path: string): void {
  checkName(value, path, efforts);
}

/** Converse's own, by either spelling. */
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

/** Of OpenAI's dialects: sampling, and what users of AWS and Anthropic add. */
export const sharedChecks: readonly [string, FieldCheck][] = [
  [
    "temperature",
    (value, path) => {
      checkNumber(value, path, 0, 2);
    },
  ],
  [
    "top_p",
    (value, path) => {
      checkNumber(value, path, 0, 1);
    },
  ],
  [
    "top_k",
    (value, path) => {
      checkWhole(value, path, 0);
    },
  ],
  ["stop", checkStrings],
  ["thinking", checkThinking],
  ["anthropic_beta", checkStrings],
  ["anthropic_version", checkString],
  ["cache_control", checkCacheControl],
  ["prompt_cache_options", noPrewarming],
  ["metadata", checkObject],
  ["user", checkString],
  ...objectFields.map((field): [string, FieldCheck] => [field, checkObject]),
  ["additionalModelResponseFieldPaths", checkStrings],
  ["additional_model_response_field_paths", checkStrings],
  ["serviceTier", checkTier],
  ["service_tier", checkTier],
];

/** Of OpenAI's dialects. */
export function checkStreamOptions(value: JsonValue, path: string): void {
  const { include_usage: usage, include_obfuscation: padding } = needObject(value, path);
  checkBoolean(usage, `${path}.include_usage`);
  checkBoolean(padding, `${path}.include_obfuscation`);
}

function checkTier(value: JsonValue, path: string): void {
  if (typeof value !== "string" && !isJsonObject(value)) {
    throw wrongType(path, "a string or an object", value);
  }
}

function checkThinking(value: JsonValue, path: string): void {
  if (!isJsonObject(value)) {
    throw wrongType(path, "an object", value);
  }
  checkName(value["type"] ?? "", `${path}.type`, ["enabled", "adaptive", "disabled"]);
  checkWhole(value["budget_tokens"], `${path}.budget_tokens`, 0);
}
