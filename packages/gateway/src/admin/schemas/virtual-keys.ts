import { z } from "zod";
import { testEnds, testStages } from "../../vault/virtual-key-tests.ts";
import { exampleKeyLimits, keyLimitsIn, keyLimitsOut, resetUsage } from "./limits.ts";
import { exampleList, exampleMoment, listOf, moment, momentIn, named, texts, workspaceId } from "./schema.ts";

export const kinds = ["access_key", "assumed_role", "bedrock_api_key", "server_chain", "openai_compatible"] as const;

/** Only ever taken in: no answer holds it. */
const secret = z.string().meta({ writeOnly: true }).optional();

/** Portkey's names of a credential's parts; every other spelling of docs/credentials.md is taken too. */
const credentialFields = {
  key: secret.describe("Portkey's name of a Bedrock API key, or of the key of an OpenAI-compatible host."),
  awsAuthType: z.enum(["accessKey", "assumedRole", "serviceRole", "apiKey"]).optional(),
  awsAccessKeyId: secret,
  awsSecretAccessKey: secret,
  awsSessionToken: secret,
  awsRegion: z.string().optional(),
  awsRoleArn: z.string().optional(),
  awsExternalId: z.string().optional(),
  custom_host: z.string().optional().describe("The endpoint, or the base URL of an OpenAI-compatible host."),
  customHost: z.string().optional().describe("The same, as Portkey's documents spell it."),
};

const source = z.string().describe("`key`, `project`, or `metadata.FIELD`.");
const sources = z.record(z.string(), source);

/** What calls tell AWS of whom they are for. */
export const attributionIn = z.strictObject({
  request_metadata: sources.optional().describe("Names of Bedrock's requestMetadata, which callers cannot set."),
  session_tags: sources.optional().describe("Session tags of the role that is assumed."),
  session_name: source.nullable().optional().describe("The session's name; for a role."),
});

const attributionShown = z.strictObject({
  request_metadata: sources,
  session_tags: sources,
  session_name: source.nullable(),
});

const terms = {
  note: z.string().nullable().optional(),
  kind: z.enum(kinds).optional().describe("Found from the credential where it is absent."),
  credential: z.record(z.string(), z.unknown()).optional().meta({
    writeOnly: true,
    description: "The parts of the credential by any of their names in docs/credentials.md.",
  }),
  region: z.string().nullable().optional(),
  allowed_models: texts
    .nullable()
    .optional()
    .describe("Ids or ARNs in which * stands for any text; null: every model."),
  allowed_regions: texts.nullable().optional(),
  endpoint: z
    .string()
    .nullable()
    .optional()
    .describe(
      "In place of AWS's host; its origin is in ADIT_CUSTOM_HOSTS. A secret that is kept does not follow it to another: give the credential again.",
    ),
  attribution: attributionIn.nullable().optional().describe("What calls tell AWS of whom they are for."),
  expires_at: momentIn.nullable().optional(),
  ...keyLimitsIn,
};

export const virtualKeyCreate = named(
  "VirtualKeyCreate",
  z.looseObject({
    name: z.string(),
    slug: z.string().optional().describe("Made from the name where it is absent."),
    provider: z.string().optional().describe("`bedrock` by default; `openai` for a host that speaks OpenAI's API."),
    workspace_id: workspaceId,
    ...terms,
    ...credentialFields,
  }),
  {
    name: "Bedrock production",
    slug: "bedrock-production",
    provider: "bedrock",
    awsAuthType: "assumedRole",
    awsRoleArn: "arn:aws:iam::123456789012:role/Adit",
    awsRegion: "us-east-1",
    allowed_models: ["anthropic.claude-*", "amazon.nova-*"],
  },
);

export const virtualKeyUpdate = named(
  "VirtualKeyUpdate",
  z.looseObject({
    slug: z.string().optional().describe("As in the path: it stays."),
    name: z.string().optional(),
    provider: z.string().optional().describe("As it is: it stays."),
    workspace_id: workspaceId,
    disabled: z.boolean().optional(),
    reset_usage: resetUsage,
    ...terms,
    ...credentialFields,
  }),
  { note: "Rotated in January", awsAccessKeyId: "AKIAIOSFODNN7EXAMPLE", awsSecretAccessKey: "..." },
);

const credentialShown = z.strictObject({
  kind: z.enum(kinds),
  access_key_hint: z.string().optional(),
  is_temporary: z.boolean().optional(),
  role_arn: z.string().optional(),
  external_id: z.string().optional().describe("Stands in the role's trust policy."),
  session_name: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  duration_seconds: z.int().optional(),
  source: z.enum(["server", "own_keys", "virtual_key"]).optional(),
  term: z.enum(["long-term", "short-term", "unknown"]).optional(),
  expires_at: moment.optional(),
  base_url: z.string().optional(),
});

const stageFields = {
  stage: z.enum(testStages),
  status: z.enum(testEnds),
  code: z.string().optional().describe("Of docs/errors.md, where it failed."),
};

const lastTest = z.strictObject({
  tested_at: moment,
  ok: z.boolean().describe("False: a stage failed. True says no more than what stages were tried."),
  region: z.string().nullable(),
  stages: z.array(z.strictObject(stageFields)),
});

const shownFields = {
  id: z.string(),
  object: z.literal("virtual-key"),
  slug: z.string(),
  name: z.string(),
  note: z.string().nullable(),
  ai_provider_name: z.string(),
  status: z.enum(["active", "disabled", "expired", "exhausted"]),
  kind: z.enum(kinds),
  integration: z
    .string()
    .nullable()
    .describe("Slug of the virtual key that it follows, whose credential and bounds are its own."),
  region: z.string().nullable(),
  allowed_models: texts.nullable(),
  allowed_regions: texts.nullable(),
  endpoint: z.string().nullable(),
  attribution: attributionShown.nullable(),
  credential: credentialShown,
  model_config: z.record(z.string(), z.string()).describe("Portkey's names of what of the credential is no secret."),
  masked_api_key: z.string().nullable(),
  last_test: lastTest
    .nullable()
    .describe(
      "How the last test went; null where there was none since what it went by was changed: all but name and note.",
    ),
  ...keyLimitsOut,
  workspace_id: z.string(),
  created_at: moment,
  last_updated_at: moment,
  expires_at: moment.nullable(),
};

const example = {
  id: "vk_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "virtual-key" as const,
  slug: "bedrock-production",
  name: "Bedrock production",
  note: null,
  ai_provider_name: "bedrock",
  status: "active" as const,
  kind: "assumed_role" as const,
  integration: null,
  region: "us-east-1",
  allowed_models: ["anthropic.claude-*", "amazon.nova-*"],
  allowed_regions: null,
  endpoint: null,
  attribution: {
    request_metadata: { team: "metadata.team", "adit-key": "key" },
    session_tags: { project: "project" },
    session_name: "key",
  },
  credential: {
    kind: "assumed_role" as const,
    role_arn: "arn:aws:iam::123456789012:role/Adit",
    external_id: "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11",
    source: "server" as const,
  },
  model_config: {
    awsAuthType: "assumedRole",
    awsRegion: "us-east-1",
    awsRoleArn: "arn:aws:iam::123456789012:role/Adit",
    awsExternalId: "adit-0e1f6a52-6f0c-4d4e-9f43-4a4c9b7a2d11",
  },
  masked_api_key: null,
  last_test: {
    tested_at: exampleMoment,
    ok: true,
    region: "us-east-1",
    stages: [
      { stage: "shape" as const, status: "ok" as const },
      { stage: "identity" as const, status: "ok" as const },
      { stage: "models" as const, status: "ok" as const },
      { stage: "profiles" as const, status: "ok" as const },
      { stage: "call" as const, status: "skipped" as const },
    ],
  },
  ...exampleKeyLimits,
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
  expires_at: null,
};

export const virtualKey = named("VirtualKey", z.strictObject(shownFields), example);

export const virtualKeySaved = named(
  "VirtualKeySaved",
  z.strictObject({
    ...shownFields,
    success: z.literal(true),
    data: z.strictObject({ id: z.string(), slug: z.string() }),
    warnings: texts.describe("What its owner should know."),
  }),
  { ...example, success: true, data: { id: example.id, slug: example.slug }, warnings: [] },
);

export const virtualKeyList = named("VirtualKeyList", listOf(virtualKey), exampleList(example));

export const policies = named(
  "VirtualKeyPolicies",
  z.strictObject({
    permission_policy: z.string().describe("The least that Adit needs, as JSON to paste into IAM."),
    trust_policy: z.string().nullable().describe("Of the role that is assumed; null for other kinds."),
  }),
  { permission_policy: '{"Version":"2012-10-17","Statement":[]}', trust_policy: null },
);

export const testRequest = named(
  "VirtualKeyTestRequest",
  z.strictObject({
    model: z
      .string()
      .optional()
      .describe("Asked for one token, which costs what AWS charges for it, within limits and in the log."),
    region: z.string().optional().describe("Default: the virtual key's own, else the server's."),
    stream: z
      .boolean()
      .optional()
      .describe("True: server-sent events, `stage` for each stage as it ends and `result` with all of them."),
  }),
  { model: "amazon.nova-micro-v1:0" },
);

export const testResult = named(
  "VirtualKeyTestResult",
  z.strictObject({
    object: z.literal("virtual-key.test"),
    ok: z.boolean(),
    region: z.string().nullable(),
    stages: z.array(
      z.strictObject({
        ...stageFields,
        message: z.string(),
        remedy: z.string().optional(),
        aws: z.strictObject({ type: z.string(), message: z.string(), request_id: z.string().optional() }).optional(),
      }),
    ),
  }),
  {
    object: "virtual-key.test",
    ok: false,
    region: "us-east-1",
    stages: [
      { stage: "shape", status: "ok", message: "A key pair for us-east-1." },
      {
        stage: "identity",
        status: "failed",
        message: "Asking STS for the caller's identity failed: The security token included in the request is invalid.",
        code: "UnrecognizedClientException",
        remedy: "Check the access key id.",
        aws: { type: "InvalidClientTokenId", message: "The security token included in the request is invalid." },
      },
    ],
  },
);
