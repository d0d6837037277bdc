import { z } from "zod";
import { exampleList, exampleMoment, listOf, moment, named, texts, workspaceId } from "./schema.ts";

/** Its inside is checked by routing, whose JSON schema is published at /v1/configs/schema. */
const config = z
  .record(z.string(), z.unknown())
  .describe("The config itself: docs/configs.md, and its JSON schema at /v1/configs/schema.");

/** Portkey's clients send and get flags as 0 and 1. */
const flagIn = z
  .union([z.boolean(), z.literal(0), z.literal(1)])
  .transform((flag) => flag === true || flag === 1)
  .optional();

/** Portkey's older clients send the config as text. */
const configIn = z
  .union([config, z.string()])
  .describe("The config: docs/configs.md, and its JSON schema at /v1/configs/schema. As an object, or as JSON text.");

export const configCreate = named(
  "ConfigCreate",
  z.strictObject({
    name: z.string(),
    slug: z.string().optional().describe("`pc-...`; made from the name where it is absent."),
    config: configIn,
    is_default: flagIn,
    isDefault: flagIn.describe("The same, as Portkey's documents spell it."),
    workspace_id: workspaceId,
  }),
  { name: "Main", config: { strategy: { mode: "fallback" }, targets: [{ virtual_key: "bedrock-production" }] } },
);

export const configUpdate = named(
  "ConfigUpdate",
  z.strictObject({
    /** Portkey's SDK sends it in the body too. */
    slug: z.string().optional().describe("As in the path."),
    name: z.string().optional(),
    config: configIn.optional(),
    status: z.enum(["active", "inactive"]).optional(),
    is_default: flagIn,
    isDefault: flagIn,
  }),
  { name: "Main, with retries", config: { retry: { attempts: 3 } } },
);

const entryFields = {
  id: z.string(),
  object: z.literal("config"),
  name: z.string(),
  slug: z.string(),
  workspace_id: z.string(),
  is_default: z.union([z.literal(0), z.literal(1)]),
  status: z.enum(["active", "inactive"]),
  version: z.int(),
  version_id: z.string(),
  created_at: moment,
  last_updated_at: moment,
};

const entry = {
  id: "pc_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "config" as const,
  name: "Main",
  slug: "pc-main-1f2e3d",
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  is_default: 0 as const,
  status: "active" as const,
  version: 1,
  version_id: "pcv_01890a5d-ac96-774b-bcce-b302099a8058",
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

const configEntry = named("ConfigEntry", z.strictObject(entryFields), entry);
export const configList = named("ConfigList", listOf(configEntry), exampleList(entry));

const whole = {
  ...entryFields,
  config,
  success: z.literal(true),
  data: z.strictObject({ ...entryFields, config }).describe("The same again, where Portkey's documents have it."),
};
const exampleConfig = { ...entry, config: { retry: { attempts: 3 } } };

export const savedConfig = named("Config", z.strictObject(whole), {
  ...exampleConfig,
  success: true,
  data: exampleConfig,
});

export const configSaved = named(
  "ConfigSaved",
  z.strictObject({ ...whole, dropped: texts.describe("Paths of what in the config has no effect here.") }),
  { ...exampleConfig, success: true, data: exampleConfig, dropped: [] },
);

const version = z.strictObject({
  id: z.string(),
  version: z.int(),
  config,
  created_by: z.string().nullable(),
  created_at: moment,
});
const exampleVersion = {
  id: entry.version_id,
  version: 1,
  config: exampleConfig.config,
  created_by: null,
  created_at: exampleMoment,
};

export const configVersions = named("ConfigVersions", listOf(version), exampleList(exampleVersion));

export const jsonSchemaDocument = named("JsonSchema", z.record(z.string(), z.unknown()), {
  type: "object",
});
