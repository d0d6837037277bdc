import { z } from "zod";
import { exampleList, exampleMoment, listOf, moment, named, workspaceId } from "./schema.ts";

const parameters = z.record(z.string(), z.unknown());

/** Its inside is checked by the check's own shape, which is published at /v1/guardrails/checks. */
const check = z
  .looseObject({
    id: z.string().describe("Such as `default.regexMatch`; without a prefix it is one of `default`."),
    parameters: parameters.optional(),
    name: z.string().optional(),
    is_enabled: z.boolean().optional(),
  })
  .describe("docs/guardrails.md; the parameters of each check at /v1/guardrails/checks.");

const actions = z
  .looseObject({
    deny: z.boolean().optional().describe("True: what fails is refused with 446. Default: it is told of with 246."),
    async: z.boolean().optional().describe("True: nobody waits for it, and only the log says what it found."),
    sequential: z.boolean().optional(),
    on_success: parameters.optional(),
    on_fail: parameters.optional(),
  })
  .describe("What its verdict leads to.");

export const guardrailCreate = named(
  "GuardrailCreate",
  z.strictObject({
    name: z.string(),
    slug: z.string().optional().describe("`pg-...`; made from the name where it is absent."),
    checks: z.array(check),
    actions: actions.optional(),
    workspace_id: workspaceId,
    organisation_id: z.string().optional().describe("Portkey's; of no meaning here."),
  }),
  {
    name: "No cards",
    checks: [{ id: "default.pii", parameters: { categories: ["CREDIT_CARD"] } }],
    actions: { deny: true },
  },
);

export const guardrailUpdate = named(
  "GuardrailUpdate",
  z.strictObject({
    name: z.string().optional(),
    checks: z.array(check).optional(),
    actions: actions.optional(),
    status: z
      .enum(["active", "archived"])
      .optional()
      .describe("`archived`: switched off; calls that name it are refused."),
    workspace_id: workspaceId,
    organisation_id: z.string().optional(),
  }),
  { actions: { deny: false } },
);

const entryFields = {
  id: z.string(),
  object: z.literal("guardrail"),
  name: z.string(),
  slug: z.string(),
  workspace_id: z.string(),
  status: z.enum(["active", "archived"]),
  version: z.int(),
  version_id: z.string(),
  owner_id: z.string().nullable(),
  updated_by: z.string().nullable(),
  created_at: moment,
  last_updated_at: moment,
};

const entry = {
  id: "pg_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "guardrail" as const,
  name: "No cards",
  slug: "pg-no-cards-1f2e3d",
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  status: "active" as const,
  version: 1,
  version_id: "pgv_01890a5d-ac96-774b-bcce-b302099a8058",
  owner_id: null,
  updated_by: null,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

const guardrailEntry = named("GuardrailEntry", z.strictObject(entryFields), entry);
export const guardrailList = named("GuardrailList", listOf(guardrailEntry), exampleList(entry));

const written = {
  checks: z.array(z.record(z.string(), z.unknown())).describe("Values of webhooks' headers are shown as `***`."),
  actions: z.record(z.string(), z.unknown()),
};
const exampleWritten = {
  checks: [{ id: "default.pii", parameters: { categories: ["CREDIT_CARD"] } }],
  actions: { deny: true },
};
const whole = z.strictObject({ ...entryFields, ...written });

export const savedGuardrail = named(
  "Guardrail",
  whole.extend({
    success: z.literal(true),
    data: whole.describe("The same again, where Portkey's documents have it."),
  }),
  { ...entry, ...exampleWritten, success: true, data: { ...entry, ...exampleWritten } },
);

const version = z.strictObject({
  id: z.string(),
  version: z.int(),
  ...written,
  created_by: z.string().nullable(),
  created_at: moment,
});

export const guardrailVersions = named(
  "GuardrailVersions",
  listOf(version),
  exampleList({
    id: entry.version_id,
    version: 1,
    ...exampleWritten,
    created_by: null,
    created_at: exampleMoment,
  }),
);

const kind = z.strictObject({
  id: z.string(),
  object: z.literal("guardrail_check"),
  parameters: z.record(z.string(), z.unknown()).describe("JSON schema (2020-12) of its parameters."),
});

export const guardrailChecks = named(
  "GuardrailChecks",
  listOf(kind),
  exampleList({
    id: "default.wordCount",
    object: "guardrail_check" as const,
    parameters: { type: "object", properties: { maxWords: { type: "number" } } },
  }),
);
