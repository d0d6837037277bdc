/** A connector as its form holds it, and as the API takes it. */
import { ApiError } from "../../api/api-error.ts";
import type { Schemas } from "../../api/control.ts";
import { changedIn } from "../../controls/forms/changed-in.ts";
import { indented } from "../../controls/forms/form-text.ts";

export type Connector = Schemas["Connector"];
type Spec = Schemas["ConnectorCreate"]["connection_spec"];

/** `as-is`: of a stored connector, what signs stays what it was. */
export type Signing = "as-is" | "stored" | "keys" | "api-key" | "role" | "server";

export interface InputRow {
  name: string;
  type: string;
  value: string;
  isDynamic: boolean;
  /** It is no text but null, until something is typed. */
  isNull?: boolean;
  /** What stands in where the caller's data has none. The form does not show it, and keeps it. */
  standIn?: InputField["default"];
}

export interface OutputRow {
  name: string;
  type: string;
  path: string;
}

export interface ConnectorTerms {
  name: string;
  slug: string;
  signing: Signing;
  virtualKey: string;
  accessKey: string;
  secretAccessKey: string;
  sessionToken: string;
  apiKey: string;
  roleArn: string;
  region: string;
  modelId: string;
  inferenceProfile: string;
  requestFormat: string;
  responseFormat: string;
  timeoutSeconds: string;
  inputs: readonly InputRow[];
  outputs: readonly OutputRow[];
}

export const newTerms: ConnectorTerms = {
  name: "",
  slug: "",
  signing: "stored",
  virtualKey: "",
  accessKey: "",
  secretAccessKey: "",
  sessionToken: "",
  apiKey: "",
  roleArn: "",
  region: "",
  modelId: "",
  inferenceProfile: "",
  requestFormat: "",
  responseFormat: "",
  timeoutSeconds: "",
  inputs: [],
  outputs: [],
};

export function termsOf({
  name,
  slug,
  connection_spec: spec,
  input_schema,
  output_schema,
  request_timeout,
}: Connector): ConnectorTerms {
  return {
    ...newTerms,
    name,
    slug,
    signing: "as-is",
    region: spec.region ?? "",
    modelId: spec.model_id ?? "",
    inferenceProfile: spec.inference_profile ?? "",
    requestFormat: indented(spec.request_format ?? ""),
    responseFormat: indented(spec.response_format ?? ""),
    timeoutSeconds: request_timeout === undefined ? "" : String(request_timeout / 1_000),
    inputs: input_schema.map(({ name: place, type, value, value_type, default: standIn }) => ({
      name: place,
      // The field holds its text: of a value with a type of its own that would be sent as a text.
      type: type ?? ownType(value),
      value: typeof value === "string" ? value : JSON.stringify(value),
      isDynamic: value_type === "dynamic",
      ...(value === null && { isNull: true }),
      ...(standIn !== undefined && { standIn }),
    })),
    outputs: output_schema.map(({ name: output, type, path }) => ({ name: output, type: type ?? "", path })),
  };
}

/** As they are once they are saved: what signs is as before, and no secret stays in a field. */
export function withoutSecrets(terms: ConnectorTerms): ConnectorTerms {
  const { virtualKey, accessKey, secretAccessKey, sessionToken, apiKey, roleArn } = newTerms;
  return { ...terms, signing: "as-is", virtualKey, accessKey, secretAccessKey, sessionToken, apiKey, roleArn };
}

function ownType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "string" || value === null ? "" : typeof value;
}

/** What signs: fields that are not of the chosen way are not sent. */
function credentialOf(terms: ConnectorTerms): Spec {
  switch (terms.signing) {
    case "as-is":
    case "server":
      return {};
    case "stored":
      return terms.virtualKey === "" ? {} : { virtual_key: terms.virtualKey };
    case "keys":
      return {
        access_key: terms.accessKey.trim(),
        secret_access_key: terms.secretAccessKey.trim(),
        ...(terms.sessionToken.trim() !== "" && { session_token: terms.sessionToken.trim() }),
      };
    case "api-key":
      return { api_key: terms.apiKey.trim() };
    case "role":
      return { role_arn: terms.roleArn.trim() };
  }
}

export function specOf(terms: ConnectorTerms): Spec {
  const texts = {
    region: terms.region.trim(),
    model_id: terms.modelId.trim(),
    inference_profile: terms.inferenceProfile.trim(),
    request_format: terms.requestFormat.trim(),
    response_format: terms.responseFormat.trim(),
  };
  const given = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
  return { ...credentialOf(terms), ...given };
}

type InputField = NonNullable<Schemas["ConnectorCreate"]["input_schema"]>[number];
type OutputField = NonNullable<Schemas["ConnectorCreate"]["output_schema"]>[number];

function schemasOf({ inputs, outputs, timeoutSeconds }: ConnectorTerms) {
  return {
    input_schema: inputs.map(({ name, type, value, isDynamic, isNull, standIn }) => ({
      name: name.trim(),
      value: isNull === true ? null : value,
      value_type: isDynamic ? ("dynamic" as const) : ("static" as const),
      ...(type !== "" && { type: type as NonNullable<InputField["type"]> }),
      ...(standIn !== undefined && { default: standIn }),
    })),
    output_schema: outputs.map(({ name, type, path }) => ({
      name: name.trim(),
      path: path.trim(),
      ...(type !== "" && { type: type as NonNullable<OutputField["type"]> }),
    })),
    request_timeout: timeoutIn(timeoutSeconds),
  };
}

/** In ms. @throws ApiError for what is no number: sent as one it would take the timeout away. */
function timeoutIn(seconds: string): number | undefined {
  if (seconds.trim() === "") return undefined;
  const ms = Math.round(Number(seconds) * 1_000);
  if (Number.isFinite(ms)) return ms;
  throw new ApiError("It must be a number of seconds, such as 1.5.", {
    status: 0,
    code: "invalid_number",
    param: "request_timeout",
  });
}

export function createBody(terms: ConnectorTerms): Schemas["ConnectorCreate"] {
  const { input_schema, output_schema, request_timeout } = schemasOf(terms);
  return {
    name: terms.name,
    ...(terms.slug.trim() !== "" && { slug: terms.slug.trim() }),
    connection_spec: specOf(terms),
    input_schema,
    output_schema,
    ...(request_timeout !== undefined && { request_timeout }),
  };
}

/** What the terms change of the connector that they were read from. */
export function changeOf(terms: ConnectorTerms, connector: Schemas["Connector"]): Schemas["ConnectorUpdate"] {
  const body = updateBody(terms);
  const before = updateBody(termsOf(connector));
  const spec = changedIn(body.connection_spec, before.connection_spec);
  return changedIn({ ...body, connection_spec: spec }, { ...before, connection_spec: {} });
}

/** An emptied field takes its value away. */
function updateBody(terms: ConnectorTerms) {
  const { input_schema, output_schema, request_timeout } = schemasOf(terms);
  const orNull = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    name: terms.name,
    connection_spec: {
      ...credentialOf(terms),
      ...((terms.signing === "server" || (terms.signing === "stored" && terms.virtualKey === "")) && {
        virtual_key: null,
      }),
      region: orNull(terms.region),
      model_id: orNull(terms.modelId),
      inference_profile: orNull(terms.inferenceProfile),
      request_format: orNull(terms.requestFormat),
      response_format: orNull(terms.responseFormat),
    },
    input_schema,
    output_schema,
    request_timeout: request_timeout ?? null,
  };
}
