/** The gateway's own fields in a body: taken out before anything is sent, logged or kept. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** One credential of `customer_credentials` in its weighted form. */
export interface WeightedCredential {
  weight: number;
  fields: JsonObject;
  /** Models it may serve; undefined: all. */
  models: readonly string[] | undefined;
}

export interface RequestFields {
  /** The body without the fields below. */
  body: JsonObject;
  /** `credential_override`: by the model's name or a pattern with `*`. */
  overrides: ReadonlyMap<string, JsonObject>;
  /** `customer_credentials.bedrock`, or the `aws_*` fields of the body itself. */
  credentials: JsonObject | undefined;
  /** `customer_credentials` as an array. */
  weighted: readonly WeightedCredential[] | undefined;
  /** `fallback_models`. */
  fallbackModels: readonly string[];
}

const bedrockNames = new Set(["bedrock", "aws_bedrock", "amazon_bedrock", "amazon-bedrock"]);

/** Fields of a credential that stand at the top of a body: LiteLLM's and Portkey's `aws_...`, `awsAccessKeyId`. */
const topLevelField = /^aws(?:_|[A-Z])/;

/** Parts the body. Bad shapes are AditError `invalid_request` with the path. */
export function takeRequestFields(received: JsonObject): RequestFields {
  const body: JsonObject = {};
  const topLevel: JsonObject = {};
  for (const [key, value] of Object.entries(received)) {
    if (ownFields.has(key)) continue;
    if (topLevelField.test(key)) topLevel[key] = value;
    else Object.defineProperty(body, key, { value, enumerable: true, writable: true, configurable: true });
  }
  const customer = received["customer_credentials"] ?? undefined;
  const isWeighted = Array.isArray(customer);
  return {
    body,
    overrides: overridesFrom(received["credential_override"] ?? undefined),
    credentials: isWeighted ? undefined : (bedrockFields(customer, "customer_credentials") ?? nonEmpty(topLevel)),
    weighted: isWeighted ? customer.map((entry, index) => weightedFrom(entry, index)) : undefined,
    fallbackModels: modelsFrom(received["fallback_models"] ?? undefined, "fallback_models") ?? [],
  };
}

const ownFields = new Set(["customer_credentials", "credential_override", "fallback_models"]);

function nonEmpty(fields: JsonObject): JsonObject | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function wrongType(path: string, expected: string): AditError {
  return new AditError("invalid_request", `${path} must be ${expected}.`, { param: path });
}

function bedrockFields(value: JsonValue | undefined, path: string): JsonObject | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw wrongType(path, "an object or an array");
  for (const [name, fields] of Object.entries(value)) {
    if (!bedrockNames.has(name.toLowerCase()) || fields === undefined || fields === null) continue;
    if (!isJsonObject(fields)) throw wrongType(`${path}.${name}`, "an object");
    return fields;
  }
  return undefined;
}

function overridesFrom(value: JsonValue | undefined): Map<string, JsonObject> {
  const overrides = new Map<string, JsonObject>();
  if (value === undefined) return overrides;
  if (!isJsonObject(value)) throw wrongType("credential_override", "an object");
  for (const [model, fields] of Object.entries(value)) {
    if (!isJsonObject(fields)) throw wrongType(`credential_override["${model}"]`, "an object");
    overrides.set(model, fields);
  }
  return overrides;
}

function weightedFrom(entry: JsonValue, index: number): WeightedCredential {
  const path = `customer_credentials[${index}]`;
  if (!isJsonObject(entry)) throw wrongType(path, "an object");
  const fields = bedrockFields(entry["credentials"], `${path}.credentials`);
  const weight = entry["weight"] ?? 1;
  if (typeof weight !== "number" || !Number.isFinite(weight) || weight < 0) {
    throw wrongType(`${path}.weight`, "a number of 0 or more");
  }
  // An entry for another provider's key never serves a Bedrock call.
  return {
    weight: fields === undefined ? 0 : weight,
    fields: fields ?? {},
    models: modelsFrom(entry["available_models"] ?? undefined, `${path}.available_models`),
  };
}

function modelsFrom(value: JsonValue | undefined, path: string): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType(path, "an array of model names");
  return value.map((name, index) => {
    if (typeof name !== "string") throw wrongType(`${path}[${index}]`, "a string");
    return name;
  });
}
