/** What of a connector is no credential, checked as it is saved or tried: each fault names its field. */
import { AditError, checkRegion, isJsonObject, parseModelArn, type JsonObject } from "@adit/bedrock";
import { findJsonFault } from "../http/request/json-fault.ts";
import type { Connector } from "./connector.ts";
import type { ConnectionSpec } from "./connector-schema.ts";

/** The parts of a connection that are stored as they are. */
export type ConnectionParts = Pick<
  Connector,
  "region" | "inferenceProfile" | "modelId" | "requestFormat" | "responseFormat"
>;

type PartFields = Pick<
  ConnectionSpec,
  "region" | "inference_profile" | "model_id" | "request_format" | "response_format"
>;

/** @throws AditError that names the field. */
export function checkConnectionSpec(spec: PartFields): ConnectionParts {
  const inferenceProfile = filled(spec.inference_profile);
  const modelId = filled(spec.model_id);
  if (inferenceProfile === undefined && modelId === undefined) {
    throw new AditError(
      "invalid_request",
      "connection_spec.model_id is missing, and no inference profile stands for it.",
      {
        param: "connection_spec.model_id",
        remedy: "Send a model's id such as amazon.nova-lite-v1:0, or inference_profile.",
      },
    );
  }
  checkArn(inferenceProfile, "connection_spec.inference_profile");
  checkArn(modelId, "connection_spec.model_id");
  const region = filled(spec.region);
  return {
    region: region === undefined ? undefined : regionIn(region),
    inferenceProfile,
    modelId,
    requestFormat: formatText(spec.request_format, "connection_spec.request_format"),
    responseFormat: formatText(spec.response_format, "connection_spec.response_format"),
  };
}

/** The text without what surrounds it; undefined for an empty field of a form. */
export function filled(text: string | undefined): string | undefined {
  const bare = text?.trim() ?? "";
  return bare === "" ? undefined : bare;
}

function checkArn(given: string | undefined, param: string): void {
  if (given?.startsWith("arn:") !== true || parseModelArn(given) !== undefined) return;
  throw new AditError("invalid_request", `${param} is no ARN of a model or an inference profile.`, {
    param,
    remedy: "Copy it from Bedrock's console: Infer > Cross-region inference.",
  });
}

function formatText(given: string | JsonObject | undefined, param: string): string | undefined {
  if (typeof given === "object") return JSON.stringify(given);
  if (filled(given) === undefined) return undefined;
  const text = given ?? "";
  parseFormat(text, param);
  return text;
}

/** @throws AditError `invalid_request` with the place of the fault, without a word of the format. */
export function parseFormat(text: string, param: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    const where = fault === undefined ? "" : ` ${fault.words}: line ${fault.line}, column ${fault.column}.`;
    throw new AditError("invalid_request", `${param} is not JSON.${where}`, {
      param,
      remedy: "Mend it there.",
      cause: error,
    });
  }
  if (isJsonObject(value)) return value;
  throw new AditError("invalid_request", `${param} must hold a JSON object.`, { param, remedy: "Write {...}." });
}

function regionIn(text: string): string {
  try {
    return checkRegion(text);
  } catch (error) {
    throw underSpec(error);
  }
}

/** The same error, its field by its path in the request; what is no AditError, and what names no field, as it is. */
export function underSpec(error: unknown, nameOf = (param: string): string => param): unknown {
  if (!AditError.isInstance(error) || error.param === undefined) return error;
  const param = `connection_spec.${nameOf(error.param)}`;
  return new AditError(error.code, error.message, { param, remedy: error.remedy, cause: error });
}
