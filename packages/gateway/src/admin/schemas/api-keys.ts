import { z } from "zod";
import { exampleKeyLimits, keyLimitsIn, keyLimitsOut, resetUsage } from "./limits.ts";
import { exampleList, exampleMoment, listOf, moment, momentIn, named, texts, workspaceId } from "./schema.ts";

const defaultsIn = z.strictObject({
  metadata: z.record(z.string(), z.string()).nullable().optional(),
  config_id: z.string().nullable().optional().describe("Slug of the config where a request names none."),
  allow_config_override: z.boolean().optional(),
  virtual_key: z
    .string()
    .nullable()
    .optional()
    .describe("Slug of the virtual key where a request brings no credential."),
  allow_credential_override: z.boolean().optional(),
});

const terms = {
  description: z.string().nullable().optional().describe("What it is for."),
  defaults: defaultsIn.optional(),
  allowed_models: texts.nullable().optional(),
  allowed_virtual_keys: texts.nullable().optional().describe("Slugs; null: all of the project's."),
  allowed_regions: texts.nullable().optional(),
  allowed_addresses: texts.nullable().optional().describe("Addresses or networks that callers come from."),
  expires_at: momentIn.nullable().optional(),
};

/** Portkey's SDK sends what is in the path in the body too. */
const inPath = z.string().optional().describe("As in the path.");

export const apiKeyCreate = named(
  "ApiKeyCreate",
  z.strictObject({
    name: z.string(),
    scopes: texts.describe("What the key may do, such as completions.write or virtual_keys.*."),
    workspace_id: workspaceId,
    user_id: z.string().optional().describe("The person it belongs to: a must for keys of the kind user."),
    type: inPath,
    "sub-type": inPath,
    ...terms,
    ...keyLimitsIn,
  }),
  { name: "Billing service", scopes: ["completions.write"], defaults: { metadata: { team: "billing" } } },
);
export type ApiKeyCreate = z.output<typeof apiKeyCreate>;

export const apiKeyUpdate = named(
  "ApiKeyUpdate",
  z.strictObject({
    id: inPath,
    name: z.string().optional(),
    scopes: texts.optional(),
    status: z.enum(["active", "disabled"]).optional(),
    ...terms,
    ...keyLimitsIn,
    reset_usage: resetUsage,
  }),
  { allowed_models: ["amazon.nova-*"] },
);
export type ApiKeyUpdate = z.output<typeof apiKeyUpdate>;

export const apiKeyRotate = named(
  "ApiKeyRotate",
  z.strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(31_536_000)
      .optional()
      .describe("For how long the keys before count on; default 86400."),
  }),
  { overlap_seconds: 3600 },
);

const prefixes = z.array(z.strictObject({ prefix: z.string(), created_at: moment, valid_until: moment.nullable() }));

const entryFields = {
  id: z.string(),
  object: z.literal("api-key"),
  name: z.string(),
  description: z.string().nullable(),
  type: z.enum(["workspace-service", "workspace-user"]),
  workspace_id: z.string(),
  user_id: z.string().nullable(),
  status: z.enum(["active", "disabled", "expired", "exhausted"]),
  scopes: texts,
  allowed_models: texts.nullable(),
  allowed_virtual_keys: texts.nullable(),
  allowed_regions: texts.nullable(),
  allowed_addresses: texts.nullable(),
  defaults: z.strictObject({
    metadata: z.record(z.string(), z.string()).nullable(),
    config_id: z.string().nullable(),
    allow_config_override: z.boolean(),
    virtual_key: z.string().nullable(),
    allow_credential_override: z.boolean(),
  }),
  ...keyLimitsOut,
  expires_at: moment.nullable(),
  last_used_at: moment.nullable().describe("Some minutes behind."),
  created_at: moment,
  last_updated_at: moment,
};

const entry = {
  id: "gk_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "api-key" as const,
  name: "Billing service",
  description: null,
  type: "workspace-service" as const,
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  user_id: null,
  status: "active" as const,
  scopes: ["completions.write"],
  allowed_models: null,
  allowed_virtual_keys: null,
  allowed_regions: null,
  allowed_addresses: null,
  defaults: {
    metadata: { team: "billing" },
    config_id: null,
    allow_config_override: true,
    virtual_key: null,
    allow_credential_override: true,
  },
  ...exampleKeyLimits,
  expires_at: null,
  last_used_at: null,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const apiKeyEntry = named("ApiKeyEntry", z.strictObject(entryFields), entry);

export const apiKey = named(
  "ApiKey",
  z.strictObject({ ...entryFields, keys: prefixes.describe("The beginnings of the keys that count now.") }),
  { ...entry, keys: [{ prefix: "adit_sk_Qk3v", created_at: exampleMoment, valid_until: null }] },
);

export const apiKeyCreated = named(
  "ApiKeyCreated",
  z.strictObject({
    ...entryFields,
    key: z.string().nullable().describe("Shown this once. Null where an Idempotency-Key asked for the answer again."),
  }),
  { ...entry, key: "adit_sk_..." },
);

export const apiKeyList = named("ApiKeyList", listOf(apiKeyEntry), exampleList(entry));

const pairFields = {
  id: z.string(),
  object: z.literal("key-pair"),
  access_key_id: z.string(),
  api_key_id: z.string(),
  status: z.enum(["active", "disabled"]),
  created_at: moment,
};
const examplePair = {
  id: "akp_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "key-pair" as const,
  access_key_id: "ADITABCDEFGHIJKLMNOP",
  api_key_id: entry.id,
  status: "active" as const,
  created_at: exampleMoment,
};

export const keyPair = named("KeyPair", z.strictObject(pairFields), examplePair);
export const keyPairList = named("KeyPairList", listOf(keyPair), exampleList(examplePair));
export const keyPairUpdate = named("KeyPairUpdate", z.strictObject({ status: z.enum(["active", "disabled"]) }), {
  status: "disabled",
});
export const keyPairCreated = named(
  "KeyPairCreated",
  z.strictObject({
    ...pairFields,
    secret_access_key: z
      .string()
      .nullable()
      .describe("Shown this once. Null where an Idempotency-Key asked for the answer again."),
  }),
  { ...examplePair, secret_access_key: "..." },
);
