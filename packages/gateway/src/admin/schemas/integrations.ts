/** Portkey's integrations and providers: two views of virtual keys. */
import { z } from "zod";
import { exampleKeyLimits, keyLimitsIn, keyLimitsOut, resetUsage } from "./limits.ts";
import { exampleList, exampleMoment, listOf, moment, momentIn, named, workspaceId } from "./schema.ts";
import { virtualKeySaved } from "./virtual-keys.ts";

const secret = z.string().meta({ writeOnly: true }).optional();

const configurationsIn = z
  .looseObject({
    aws_auth_type: z.enum(["accessKey", "assumedRole", "serviceRole", "apiKey"]).optional(),
    aws_region: z.string().optional(),
    aws_access_key_id: secret,
    aws_secret_access_key: secret,
    aws_role_arn: z.string().optional(),
    aws_external_id: z.string().optional(),
    custom_host: z.string().optional(),
  })
  .describe("The credential, by Portkey's names or any of docs/credentials.md.");

export const integrationCreate = named(
  "IntegrationCreate",
  z.strictObject({
    name: z.string(),
    ai_provider_id: z.string().describe("`bedrock`, or `openai` for a host that speaks OpenAI's API."),
    slug: z.string().optional(),
    key: secret.describe("A Bedrock API key, or the key of an OpenAI-compatible host."),
    description: z.string().optional(),
    workspace_id: workspaceId,
    configurations: configurationsIn.optional(),
  }),
  {
    name: "Bedrock",
    ai_provider_id: "bedrock",
    slug: "bedrock-main",
    configurations: { aws_auth_type: "serviceRole", aws_region: "us-east-1" },
  },
);

export const integrationUpdate = named(
  "IntegrationUpdate",
  z.strictObject({
    name: z.string().optional(),
    key: secret,
    description: z.string().nullable().optional(),
    configurations: configurationsIn.optional(),
  }),
  { description: "For everybody" },
);

const integrationFields = {
  id: z.string(),
  object: z.literal("integration"),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  ai_provider_id: z.string(),
  type: z.literal("workspace"),
  status: z.enum(["active", "disabled", "expired"]),
  workspace_id: z.string(),
  configurations: z.record(z.string(), z.string()).describe("What of the credential is no secret."),
  created_at: moment,
  last_updated_at: moment,
};
const exampleIntegration = {
  id: "vk_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "integration" as const,
  slug: "bedrock-main",
  name: "Bedrock",
  description: null,
  ai_provider_id: "bedrock",
  type: "workspace" as const,
  status: "active" as const,
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  configurations: { aws_auth_type: "serviceRole", aws_region: "us-east-1" },
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};
const saved = { success: z.literal(true), warnings: virtualKeySaved.shape.warnings };

export const integration = named("Integration", z.strictObject(integrationFields), exampleIntegration);
export const integrationSaved = named("IntegrationSaved", z.strictObject({ ...integrationFields, ...saved }), {
  ...exampleIntegration,
  success: true,
  warnings: [],
});
export const integrationList = named("IntegrationList", listOf(integration), exampleList(exampleIntegration));

const modelEntry = z.strictObject({ slug: z.string(), enabled: z.boolean() });

export const modelAccessUpdate = named(
  "ModelAccessUpdate",
  z.strictObject({
    allow_all_models: z.boolean().optional(),
    models: z
      .array(modelEntry)
      .max(1_000)
      .optional()
      .describe("Those that are enabled are allowed beside the ones before."),
  }),
  { allow_all_models: false, models: [{ slug: "amazon.nova-lite-v1:0", enabled: true }] },
);

export type ModelAccessUpdate = z.output<typeof modelAccessUpdate>;

export const modelAccess = named(
  "ModelAccess",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    total: z.int(),
    allow_all_models: z.boolean(),
    models: z.array(modelEntry),
  }),
  {
    object: "list",
    success: true,
    total: 1,
    allow_all_models: false,
    models: [{ slug: "amazon.nova-lite-v1:0", enabled: true }],
  },
);

export const workspaceAccessUpdate = named(
  "WorkspaceAccessUpdate",
  z.strictObject({
    workspaces: z.array(z.strictObject({ id: z.string(), enabled: z.boolean().default(true) })).max(1_000),
    override_existing_workspace_access: z.boolean().optional().describe("Portkey's; there is one project anyway."),
    override_existing_workspaces_access: z.boolean().optional().describe("The same, as its SDK spells it."),
  }),
  { workspaces: [{ id: exampleIntegration.workspace_id, enabled: true }] },
);
export type WorkspaceAccessUpdate = z.output<typeof workspaceAccessUpdate>;

export const workspaceAccess = named(
  "WorkspaceAccess",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    total: z.int(),
    workspaces: z.array(z.strictObject({ id: z.string(), enabled: z.boolean() })),
  }),
  { object: "list", success: true, total: 1, workspaces: [{ id: exampleIntegration.workspace_id, enabled: true }] },
);

export const providerCreate = named(
  "ProviderCreate",
  z.strictObject({
    name: z.string(),
    integration_id: z
      .string()
      .describe("Slug or id of the integration: the credential and bounds are what that has, now and later."),
    slug: z.string().optional(),
    note: z.string().optional(),
    expires_at: momentIn.optional(),
    ...keyLimitsIn,
    workspace_id: workspaceId,
  }),
  { name: "Bedrock for billing", integration_id: "bedrock-main", slug: "bedrock-billing" },
);

export const providerUpdate = named(
  "ProviderUpdate",
  z.strictObject({
    name: z.string().optional(),
    note: z.string().nullable().optional(),
    expires_at: momentIn.nullable().optional(),
    ...keyLimitsIn,
    reset_usage: resetUsage,
    workspace_id: workspaceId,
  }),
  { note: "Until the end of the year" },
);

const providerFields = {
  id: z.string(),
  object: z.literal("provider"),
  slug: z.string(),
  name: z.string(),
  note: z.string().nullable(),
  ai_provider_id: z.string(),
  integration_id: z.string(),
  status: z.enum(["active", "disabled", "expired", "exhausted"]),
  ...keyLimitsOut,
  workspace_id: z.string(),
  expires_at: moment.nullable(),
  created_at: moment,
  last_updated_at: moment,
};
const exampleProvider = {
  id: exampleIntegration.id,
  object: "provider" as const,
  slug: "bedrock-billing",
  name: "Bedrock for billing",
  note: null,
  ai_provider_id: "bedrock",
  integration_id: "bedrock-main",
  status: "active" as const,
  ...exampleKeyLimits,
  workspace_id: exampleIntegration.workspace_id,
  expires_at: null,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const provider = named("Provider", z.strictObject(providerFields), exampleProvider);
export const providerSaved = named("ProviderSaved", z.strictObject({ ...providerFields, ...saved }), {
  ...exampleProvider,
  success: true,
  warnings: [],
});
export const providerList = named("ProviderList", listOf(provider), exampleList(exampleProvider));
