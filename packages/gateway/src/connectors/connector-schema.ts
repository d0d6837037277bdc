/**
 * The shape of a connector, once: it validates, and it is published as JSON schema. Names and meanings are AI Squared's (its connector "AWS
 * Bedrock Model"), unless a word says otherwise.
 */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";

const longestFormat = 1_000_000;
const longestPath = 512;
const mostFields = 200;

/** Of a body that was JSON: all in it is. One shape, which the API's document names. */
export const anyJson = z.json();

const text = (title: string, description: string) => z.string().max(2_048).meta({ title, description });

/** An empty field of a form is an absent one. */
export const connectionSpecSchema = z.strictObject({
  access_key: text("Access Key ID", "Of an IAM user: IAM > Users > Security credentials > Access keys.").optional(),
  secret_access_key: text(
    "Secret Access Key",
    "Shown once by AWS, when the access key is made. Never shown again here.",
  )
    .meta({ multiwoven_secret: true })
    .optional(),
  session_token: text("Session Token", "Beside temporary keys. Adit's own field.")
    .meta({ multiwoven_secret: true })
    .optional(),
  api_key: text("Bedrock API Key", "In place of the keys: Bedrock > API keys. Adit's own field.")
    .meta({ multiwoven_secret: true })
    .optional(),
  role_arn: text(
    "Role ARN",
    "A role to assume, with the keys here or the server's own identity. Adit's own field.",
  ).optional(),
  virtual_key: text(
    "Virtual Key",
    "The slug of a stored credential, in place of one here. Adit's own field.",
  ).optional(),
  region: text("Region", "Such as us-east-1. An ARN's own region goes before it.").optional(),
  inference_profile: text(
    "Inference Profile ARN",
    "Bedrock > Infer > Cross-region inference: the profile's ARN or id. Called in place of the model where it is given.",
  ).optional(),
  model_id: text(
    "Model ID",
    "Bedrock > Discover > Model catalog: the model's page names it, such as amazon.nova-lite-v1:0.",
  ).optional(),
  request_format: jsonText(
    "Request Format",
    "A request in the model's own JSON. GET /v1/connectors/samples has one for each model.",
    {
      "x-request-format": true,
    },
  ).optional(),
  response_format: jsonText("Response Format", "A sample of the model's answer.", {
    "x-response-format": true,
  }).optional(),
});

/** Text that holds a JSON object, or the object itself. */
function jsonText(title: string, description: string, marks: Record<string, boolean>) {
  return z.union([z.string().max(longestFormat), z.record(z.string(), anyJson)]).meta({ title, description, ...marks });
}

const fieldTypes = ["string", "number", "integer", "float", "boolean", "array", "object", "other"] as const;
export type FieldType = (typeof fieldTypes)[number];

const fieldType = z.preprocess(
  (given) => (typeof given === "string" ? given.toLowerCase() : given),
  z.enum(fieldTypes),
);

/** One value of the request: AI Squared's "harvester". */
const inputFieldSchema = z.strictObject({
  name: z.string().min(1).max(longestPath).describe("The place in the request format: messages.0.content"),
  type: fieldType.optional().describe("Absent: the value keeps its own type."),
  value: anyJson.describe(
    "The value; with dynamic the name of it in data. {{name}} in a text stands for data's value.",
  ),
  value_type: z.enum(["static", "dynamic"]).default("static"),
  default: anyJson.optional().describe("What stands in where data has none. Adit's own field."),
});

/** One value of the answer. */
export const outputFieldSchema = z.strictObject({
  name: z.string().min(1).max(200),
  type: fieldType.optional(),
  path: z
    .string()
    .min(1)
    .max(longestPath)
    .describe("JSONPath (RFC 9535) in the model's answer: $.content[?@.type=='text'].text"),
});

export type InputField = z.output<typeof inputFieldSchema>;
export type OutputField = z.output<typeof outputFieldSchema>;

const inputSchema = z.array(inputFieldSchema).max(mostFields);
const outputSchema = z.array(outputFieldSchema).max(mostFields);
const requestTimeout = z
  .int()
  .min(1)
  .max(3_600_000)
  .describe("Milliseconds until the answer is there or its stream begins.");

export const connectorSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  slug: z.string().optional().describe("By what it is called; made from the name where it is absent."),
  connection_spec: connectionSpecSchema,
  input_schema: inputSchema.optional(),
  output_schema: outputSchema.optional(),
  request_timeout: requestTimeout.optional(),
});

/** What is to be different; null takes a value away. Of `connection_spec` the members that are given. */
export const connectorPatchSchema = z.strictObject({
  name: connectorSchema.shape.name.optional(),
  connection_spec: z
    .strictObject(
      Object.fromEntries(
        Object.entries(connectionSpecSchema.shape).map(([name, schema]) => [name, schema.nullable()]),
      ) as { [Name in keyof ConnectionShape]: z.ZodNullable<ConnectionShape[Name]> },
    )
    .optional(),
  input_schema: inputSchema.nullable().optional(),
  output_schema: outputSchema.nullable().optional(),
  request_timeout: requestTimeout.nullable().optional(),
});

type ConnectionShape = typeof connectionSpecSchema.shape;

/** A connection that is not saved: AI Squared's form of a check. */
export const connectionCheckSchema = z.looseObject({ connection_spec: connectionSpecSchema });

/** Of a body that was JSON: all in it is. It stays the very object that was read. */
const json = (what: string) =>
  z.custom<JsonObject>(isJsonObject, "must be an object").meta({ type: "object", description: what });

/** One call. */
export const invocationSchema = z.strictObject({
  body: json("The model's own JSON: sent as it is, without values and data.").optional(),
  values: json("Values by their place in the request format.").optional(),
  data: json("What dynamic fields and `{{names}}` stand for.").optional(),
  output_schema: outputSchema.optional().describe("In place of the connector's own."),
  stream: z.boolean().optional().describe("For invoke: the model's chunks as server-sent events."),
});

export type ConnectionSpec = z.output<typeof connectionSpecSchema>;
export type ConnectorInput = z.output<typeof connectorSchema>;
export type ConnectorPatch = z.output<typeof connectorPatchSchema>;
export type Invocation = z.output<typeof invocationSchema>;

/** @throws AditError `invalid_request` that names the field, without its value. */
export function checked<Schema extends z.ZodType>(schema: Schema, given: JsonValue): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0]?.slice(0, 64) : undefined;
  const param = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].map(String).join(".");
  const words = unknown === undefined ? (issue?.message ?? "has a fault") : "is no field of a connector";
  throw new AditError("invalid_request", `${param === "" ? "The body" : param}: ${words}.`, {
    ...(param !== "" && { param }),
    remedy: "GET /v1/connectors/spec has the fields.",
  });
}

/** AI Squared's specification of its connector: the form's fields as JSON schema of draft 7. What a form takes is text, each of them. */
export function connectorSpec(): object {
  const { properties = {}, ...rest } = z.toJSONSchema(connectionSpecSchema, { target: "draft-7", io: "input" });
  const ordered = Object.entries(properties).map(([name, schema], order) => [
    name,
    typeof schema === "object" ? { ...schema, type: "string", order } : schema,
  ]);
  return {
    type: "connector_spec",
    connector_spec: {
      documentation_url: "/docs/connectors.md",
      connector_query_type: "ai_ml",
      stream_type: "user_defined",
      connection_specification: {
        ...rest,
        title: "AWS Bedrock Model",
        properties: Object.fromEntries(ordered) as object,
      },
      input_schema: z.toJSONSchema(inputSchema, { target: "draft-7", io: "input" }),
      output_schema: z.toJSONSchema(outputSchema, { target: "draft-7", io: "input" }),
    },
  };
}
