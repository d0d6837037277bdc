/** Connectors: what is taken in is described in `connectors/connector-schema.ts`, once for the API and for the form. */
import { z } from "zod";
import {
  anyJson,
  connectionCheckSchema,
  connectionSpecSchema,
  connectorPatchSchema,
  connectorSchema,
  invocationSchema,
  outputFieldSchema,
} from "../../connectors/connector-schema.ts";
import { failureCauses } from "../../connectors/check-connection.ts";
import { exampleList, exampleMoment, listOf, moment, named, texts, workspaceId } from "./schema.ts";

named("Json", anyJson, { any: ["value", 1.5, true, null] });

const exampleSpec = {
  region: "us-east-1",
  model_id: "amazon.nova-lite-v1:0",
  request_format: '{"messages":[{"role":"user","content":[{"text":"hello"}]}]}',
};
const exampleInput = { name: "messages.0.content.0.text", value: "Summarise: {{doc}}", value_type: "dynamic" as const };
const exampleOutput = { name: "summary", type: "string" as const, path: "$.output.message.content[*].text" };

export const connectorCreate = named("ConnectorCreate", connectorSchema.extend({ workspace_id: workspaceId }), {
  name: "Summaries",
  slug: "summaries",
  connection_spec: { ...exampleSpec, virtual_key: "bedrock-production" },
  input_schema: [exampleInput],
  output_schema: [exampleOutput],
});

export const connectorUpdate = named("ConnectorUpdate", connectorPatchSchema, {
  connection_spec: { model_id: "amazon.nova-pro-v1:0", region: null },
});

export const connectionCheck = named("ConnectionCheck", connectionCheckSchema, {
  connection_spec: { ...exampleSpec, access_key: "AKIAIOSFODNN7EXAMPLE", secret_access_key: "..." },
});

const shown = connectionSpecSchema.shape;
const fields = {
  object: z.literal("connector"),
  id: z.string(),
  slug: z.string(),
  workspace_id: z.string(),
  name: z.string(),
  connection_spec: z.strictObject({
    access_key: z.string().optional().describe("The end of the access key's id: nothing of a secret is shown."),
    role_arn: shown.role_arn,
    external_id: z.string().optional().describe("Stands in the role's trust policy."),
    credential_kind: z.string().optional().describe("Of the connector's own credential."),
    virtual_key: shown.virtual_key,
    region: shown.region,
    inference_profile: shown.inference_profile,
    model_id: shown.model_id,
    request_format: z.string().optional(),
    response_format: z.string().optional(),
  }),
  input_schema: connectorSchema.shape.input_schema.unwrap(),
  output_schema: z.array(outputFieldSchema),
  request_timeout: z.int().optional().describe("Milliseconds."),
  created_at: moment,
  last_updated_at: moment,
};

const example = {
  object: "connector" as const,
  id: "con_01890a5d-ac96-774b-bcce-b302099a8057",
  slug: "summaries",
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  name: "Summaries",
  connection_spec: { ...exampleSpec, virtual_key: "bedrock-production" },
  input_schema: [exampleInput],
  output_schema: [exampleOutput],
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const connector = named("Connector", z.strictObject(fields), example);
export const connectorList = named("ConnectorList", listOf(connector), exampleList(example));
export const connectorSaved = named(
  "ConnectorSaved",
  z.strictObject({ ...fields, success: z.literal(true), warnings: texts }),
  {
    ...example,
    success: true,
    warnings: [],
  },
);

const document = z.record(z.string(), z.unknown());

export const connectorSpecDocument = named(
  "ConnectorSpec",
  z.strictObject({
    type: z.literal("connector_spec"),
    connector_spec: document.describe("AI Squared's, with JSON schema of draft 7."),
  }),
  { type: "connector_spec", connector_spec: { connector_query_type: "ai_ml" } },
);

const sample = z.strictObject({
  maker: z.string(),
  model_ids: texts,
  request_format: document,
  response_format: document,
});

export const connectorSamples = named(
  "ConnectorSamples",
  z.strictObject({ object: z.literal("list"), data: z.array(sample) }),
  {
    object: "list",
    data: [{ maker: "Amazon", model_ids: ["amazon.nova-lite-v1:0"], request_format: {}, response_format: {} }],
  },
);

export const connectionStatus = named(
  "ConnectionStatus",
  z.strictObject({
    type: z.literal("connection_status"),
    connection_status: z.strictObject({
      status: z.enum(["succeeded", "failed"]),
      message: z.string().nullable(),
      cause: z.enum(failureCauses).optional(),
      remedy: z.string().optional(),
      aws_request_id: z.string().optional(),
    }),
  }),
  { type: "connection_status", connection_status: { status: "succeeded", message: null } },
);

export const connectorCatalog = named(
  "ConnectorCatalog",
  z.strictObject({ type: z.literal("catalog"), catalog: z.strictObject({ streams: z.array(document) }) }),
  {
    type: "catalog",
    catalog: { streams: [{ name: "summaries", action: "create", json_schema: { type: "object" } }] },
  },
);

export const connectorInvocation = named("ConnectorInvocation", invocationSchema, {
  values: { "inferenceConfig.maxTokens": 200 },
  data: { doc: "An adit is a level passage into a mine." },
});

const fault = z.strictObject({ name: z.string(), path: z.string(), message: z.string() });

export const connectorAnswer = named(
  "ConnectorAnswer",
  z.union([
    z.strictObject({
      output: document.describe("Values of the output schema by their names; null where the answer has none."),
      output_faults: z.array(fault),
      data: anyJson.describe("The model's own JSON."),
    }),
    anyJson.describe("Without an output schema: the model's own JSON, as it came."),
  ]),
  {
    output: { summary: "A passage into a mine." },
    output_faults: [],
    data: { output: { message: { role: "assistant", content: [{ text: "A passage into a mine." }] } } },
  },
);

const logMessage = z.strictObject({
  type: z.literal("log"),
  log: z.looseObject({ level: z.enum(["warn", "error"]), name: z.string(), message: z.string() }),
});

export const connectorRecords = named(
  "ConnectorRecords",
  z.array(
    z.union([
      z.strictObject({
        type: z.literal("record"),
        record: z.strictObject({ data: anyJson, emitted_at: z.int().describe("Seconds since 1970.") }),
      }),
      logMessage.describe("A value of the output schema that the answer does not have."),
    ]),
  ),
  [{ type: "record", record: { data: { summary: "A passage into a mine." }, emitted_at: 1_795_600_000 } }],
);

export const connectorFailure = named("ConnectorFailure", z.array(logMessage), [
  {
    type: "log",
    log: {
      level: "error",
      name: "AWS:BEDROCK MODEL:RUN_MODEL:EXCEPTION",
      message: "values.temperature is no place of the request format.",
      code: "invalid_request",
    },
  },
]);
