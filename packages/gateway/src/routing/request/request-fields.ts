/** The gateway's own fields in a body: taken out before anything is sent, logged or kept. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import {
  bedrockFields,
  flagFrom,
  isBlank,
  isName,
  modelsFrom,
  noteUnread,
  textFrom,
  wrongType,
} from "./body-fields.ts";
import { largestWeight } from "../config/config-schema.ts";
import {
  balancedModelsIn,
  fallbackModelsIn,
  retryFrom,
  routingFields,
  type BalancedModel,
  type RequestRetry,
} from "./model-fields.ts";

/** One credential of `customer_credentials` in its weighted form. */
export interface WeightedCredential {
  weight: number;
  /** Undefined for another provider's key, which never serves a call to Bedrock, and for an entry that holds nothing. */
  fields: JsonObject | undefined;
  /** Models it may serve; undefined: all. */
  models: readonly string[] | undefined;
}

export interface RequestFields {
  /** The body without the fields below. */
  body: JsonObject;
  /** `credential_override`: by the model's name or a pattern with `*`; undefined where it holds nothing of Bedrock's. */
  overrides: ReadonlyMap<string, JsonObject | undefined>;
  /** `customer_credentials.bedrock` (or the same under another name), or the `aws_*` fields of the body itself. */
  credentials: JsonObject | undefined;
  /** The `aws_*` fields of the body itself where `credentials` is another place's: they count where that lacks something. */
  topLevel: JsonObject | undefined;
  /** Where the body holds an object of credentials: the path at which Bedrock's must be, so that none is passed over. */
  bedrockPath: string | undefined;
  /** `api_key` of the body itself: of Bedrock, or of the target's provider. May be a placeholder. */
  apiKey: string | undefined;
  /** `customer_credentials.openai.api_key`. */
  openAiKey: string | undefined;
  /** `customer_credentials` as an array. */
  weighted: readonly WeightedCredential[] | undefined;
  /** `fallback_models`, unless `disable_fallback` says that none is wanted. */
  fallbackModels: readonly string[];
  /** `load_balance_group.models`: models to draw from, where the body names none. */
  balancedModels: readonly BalancedModel[] | undefined;
  /** `retry_params`. */
  retry: RequestRetry | undefined;
  /** `use_converse`: false asks for InvokeModel. */
  useConverse: boolean | undefined;
  /** Paths of fields that are not followed. */
  dropped: readonly string[];
}

/** Fields of a credential that stand at the top of a body: LiteLLM's and Portkey's `aws_...`, `awsAccessKeyId`. */
const topLevelField = /^aws(?:_|[A-Z])/;

const noOverrides: RequestFields["overrides"] = new Map();
const noModels: readonly string[] = [];

/** Parts the body. Bad shapes are AditError `invalid_request` with the path. A body without fields of the gateway's is not copied. */
export function takeRequestFields(written: JsonObject): RequestFields {
  if (!Object.keys(written).some(isGatewayField)) return nothingIn(written);
  const received = withPlainNames(written);
  const body: JsonObject = {};
  const topLevel: JsonObject = {};
  for (const [key, value] of Object.entries(received)) {
    if (!isGatewayField(key)) {
      // A key such as "__proto__" stays a plain key.
      Object.defineProperty(body, key, { value, enumerable: true, writable: true, configurable: true });
    } else if (!ownFields.has(key)) topLevel[key] = value;
  }
  const balanced = balancedModelsIn(received);
  const dropped = [...balanced.dropped];
  flagFrom(unkeptWish(received), "disable_log");
  noteUnread(topLevel, "", dropped);
  return {
    body,
    overrides: overridesFrom(received["credential_override"] ?? undefined, dropped),
    apiKey: textFrom(received["api_key"] ?? undefined, "api_key"),
    fallbackModels: fallbackModelsIn(received),
    balancedModels: balanced.balancedModels,
    retry: retryFrom(received["retry_params"] ?? undefined),
    useConverse: flagFrom(received["use_converse"] ?? undefined, "use_converse"),
    dropped,
    ...credentialsIn(received, nonEmpty(topLevel), dropped),
  };
}

type CredentialFields = Pick<RequestFields, "credentials" | "topLevel" | "bedrockPath" | "openAiKey" | "weighted">;

function credentialsIn(received: JsonObject, topLevel: JsonObject | undefined, unread: string[]): CredentialFields {
  const path = credentialObjects.find((name) => !isBlank(received[name]));
  const given = path === undefined ? undefined : received[path];
  if (path === undefined) {
    return {
      credentials: topLevel,
      topLevel: undefined,
      bedrockPath: undefined,
      openAiKey: undefined,
      weighted: undefined,
    };
  }
  if (path === "customer_credentials" && Array.isArray(given)) {
    if (given.length > mostWeighted) throw wrongType(path, `an array of ${mostWeighted} credentials at most`);
    const weighted = given.map((entry, index) => weightedFrom(entry, index, unread));
    return { credentials: undefined, topLevel, bedrockPath: undefined, openAiKey: undefined, weighted };
  }
  return {
    credentials: bedrockFields(given, path, unread),
    topLevel,
    bedrockPath: `${path}.bedrock`,
    openAiKey: openAiKeyFrom(given, path),
    weighted: undefined,
  };
}

function nothingIn(body: JsonObject): RequestFields {
  return {
    body,
    overrides: noOverrides,
    credentials: undefined,
    topLevel: undefined,
    bedrockPath: undefined,
    apiKey: undefined,
    openAiKey: undefined,
    weighted: undefined,
    fallbackModels: noModels,
    balancedModels: undefined,
    retry: undefined,
    useConverse: undefined,
    dropped: noModels,
  };
}

/** What a body says of whether its content may be kept (`disable_log`); undefined where it says nothing. */
export function unkeptWish(body: JsonObject): JsonValue | undefined {
  return body["disable_log"] ?? body["disableLog"] ?? undefined;
}

/** The fields without those that are the gateway's own; the same object where there are none. */
export function withoutGatewayFields(fields: JsonObject): JsonObject {
  return takeRequestFields(fields).body;
}

/** True for a field that holds credentials or is otherwise the gateway's own matter. */
export function isGatewayField(key: string): boolean {
  return ownFields.has(key) || camelFields.has(key) || topLevelField.test(key);
}

/** True for a field of a body that holds a credential, or a part of one. */
export function isCredentialPlace(key: string): boolean {
  return credentialPlaces.has(plainName(key)) || topLevelField.test(key);
}

/** True for a field of which a credential is made that signs each of the call's targets: a region may be another place's. */
export function isSigning(key: string): boolean {
  return isCredentialPlace(key) && plainName(key) !== "credential_override" && !/region/i.test(key);
}

/** The field's name as the gateway reads it, for one in camel case too. */
export function plainName(key: string): string {
  return camelFields.get(key) ?? key;
}

/** Names of a credential object in the body, best first: Keywords AI's, and what callers write in its place. */
const credentialObjects = ["customer_credentials", "aws_credentials", "credentials"];

const credentialPlaces: ReadonlySet<string> = new Set([...credentialObjects, "credential_override", "api_key"]);

const ownFields = new Set([...credentialPlaces, ...routingFields, "use_converse", "disable_log"]);

/** How clients whose fields are in camel case write them: passed over, a secret would travel on in the body. */
const camelFields: ReadonlyMap<string, string> = new Map(
  [...ownFields]
    .filter((name) => name.includes("_"))
    .map((name) => [name.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase()), name]),
);

/** Fields of the gateway's own under their plain names; where both are there the plain one counts, and the other is gone all the same. */
function withPlainNames(written: JsonObject): JsonObject {
  const camel = Object.keys(written).filter((key) => camelFields.has(key));
  if (camel.length === 0) return written;
  const plain = { ...written };
  for (const key of camel) {
    const name = plainName(key);
    plain[name] ??= written[key] ?? null;
    delete plain[key];
  }
  return plain;
}

function nonEmpty(fields: JsonObject): JsonObject | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** Each entry is looked at for each target: lists are bounded, and names by what AWS bounds identifiers at, with a prefix. */
const mostOverrides = 1_000;
const mostWeighted = 100;
function openAiKeyFrom(value: JsonValue | undefined, path: string): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const fields = value["openai"];
  return isJsonObject(fields) ? textFrom(fields["api_key"] ?? undefined, `${path}.openai.api_key`) : undefined;
}

function overridesFrom(value: JsonValue | undefined, unread: string[]): RequestFields["overrides"] {
  const overrides = new Map<string, JsonObject | undefined>();
  if (value === undefined) return overrides;
  if (!isJsonObject(value)) throw wrongType("credential_override", "an object");
  const entries = Object.entries(value);
  if (entries.length > mostOverrides) throw wrongType("credential_override", `an object of ${mostOverrides} at most`);
  for (const [model, fields] of entries) {
    if (!isName(model)) throw wrongType("credential_override", "an object by models' names or patterns");
    const path = `credential_override["${model}"]`;
    if (!isJsonObject(fields)) throw wrongType(path, "an object");
    overrides.set(model, bedrockFields(fields, path, unread));
  }
  return overrides;
}

function weightedFrom(entry: JsonValue, index: number, unread: string[]): WeightedCredential {
  const path = `customer_credentials[${index}]`;
  if (!isJsonObject(entry)) throw wrongType(path, "an object");
  const given = entry["credentials"] ?? undefined;
  const fields = isBlank(given) ? undefined : bedrockFields(given, `${path}.credentials`, unread);
  const weight = entry["weight"] ?? 1;
  if (typeof weight !== "number" || !(weight >= 0 && weight <= largestWeight)) {
    throw wrongType(`${path}.weight`, `a number from 0 to ${largestWeight}`);
  }
  return {
    weight,
    fields,
    models: modelsFrom(entry["available_models"] ?? undefined, `${path}.available_models`),
  };
}
