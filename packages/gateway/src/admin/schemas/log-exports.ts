/** Exports of logs in Portkey's shapes, and saved views. */
import { z } from "zod";
import { mostPairs } from "../../caller-text.ts";
import { feedbackIn, pairsFault, pairsIn } from "./log-filter.ts";
import { exampleMoment, listOf, moment, momentIn, named, ownObject, workspaceId, exampleList } from "./schema.ts";

/** What an export may hold of each call, by Portkey's names. */
const exportFields = [
  "id",
  "trace_id",
  "created_at",
  "request",
  "response",
  "is_success",
  "ai_org",
  "ai_model",
  "req_units",
  "res_units",
  "total_units",
  "request_url",
  "cost",
  "cost_currency",
  "response_time",
  "response_status_code",
  "mode",
  "config",
  "prompt_slug",
  "metadata",
] as const;
export type ExportField = (typeof exportFields)[number];

const wholeText = z.string().regex(/^\d+$/, "must be a whole number").transform(Number);
/** A whole number, as such or as text. */
const wholeUpTo = (most: number) => z.union([z.int().min(0).max(most), wholeText.pipe(z.int().max(most))]).optional();
const count = wholeUpTo(Number.MAX_SAFE_INTEGER);
/** As many dollars as queries take. */
const mostCents = 1e11;
const centsText = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "must be cents, such as 0.25")
  .transform(Number);
const cents = z.union([z.number().min(0).max(mostCents), centsText.pipe(z.number().max(mostCents))]).optional();
/** Kept as it was sent. */
const pairsText = z
  .string()
  .max(4_000)
  .refine((text) => pairsIn(text) !== undefined, pairsFault);
/** Pages by number are passed over call by call. */
const lastPage = 1_000;
const list = z.union([
  z.string().max(4_000),
  z
    .array(z.string().max(512))
    .max(100)
    .transform((texts) => texts.join(",")),
]);
const statuses = z.union([
  z.string().max(4_000),
  z.number().transform(String),
  z
    .array(z.union([z.number(), z.string().max(512)]))
    .max(100)
    .transform((given) => given.join(",")),
]);

const filters = z.strictObject({
  time_of_generation_min: momentIn.optional(),
  time_of_generation_max: momentIn.optional(),
  total_units_min: count,
  total_units_max: count,
  cost_min: cents.describe("Cents."),
  cost_max: cents,
  prompt_token_min: count,
  prompt_token_max: count,
  completion_token_min: count,
  completion_token_max: count,
  weighted_feedback_min: feedbackIn,
  weighted_feedback_max: feedbackIn,
  status_code: statuses.optional(),
  metadata: z
    .union([
      pairsText,
      ownObject
        .refine((pairs): pairs is Record<string, string> =>
          Object.values(pairs).every((value) => typeof value === "string"),
        )
        .refine((pairs) => Object.keys(pairs).length <= mostPairs, `must have at most ${mostPairs} members`)
        .meta({ type: "object", additionalProperties: { type: "string" } }),
    ])
    .optional(),
  ai_model: list.optional(),
  ai_org_model: list.optional().describe("As `bedrock__MODEL`."),
  virtual_keys: list.optional(),
  configs: list.optional(),
  api_key_ids: list.optional(),
  trace_id: z.string().max(512).optional(),
  prompt_slug: list.optional(),
  workspace_slug: z.string().max(512).optional(),
  page_size: count.describe("The most calls that are exported; 50,000 at most."),
  current_page: wholeUpTo(lastPage).describe("How many such pages are passed over."),
});
export type ExportFilters = z.output<typeof filters>;

const requestedData = z.array(z.enum(exportFields)).min(1).max(exportFields.length);

/** The SDK sends its own names beside Portkey's. */
const ownNames = { export_id: z.string().optional() };

export const exportCreate = named(
  "LogsExportCreate",
  z.strictObject({
    workspace_id: workspaceId,
    filters: filters.default({}),
    requested_data: requestedData.default(["id", "trace_id", "created_at", "ai_model", "total_units", "cost"]),
    description: z.string().max(1_000).optional(),
    ...ownNames,
  }),
  { filters: { time_of_generation_min: exampleMoment }, requested_data: ["id", "request", "response", "cost"] },
);

export const exportUpdate = named(
  "LogsExportUpdate",
  z.strictObject({
    workspace_id: workspaceId,
    filters: filters.optional(),
    requested_data: requestedData.optional(),
    description: z.string().max(1_000).optional(),
    ...ownNames,
  }),
  { description: "November" },
);

const exampleId = "exp_01890a5d-ac96-774b-bcce-b302099a8057";

export const exportMade = named(
  "LogsExportMade",
  z.strictObject({ id: z.string(), total: z.int(), object: z.literal("export"), success: z.literal(true) }),
  { id: exampleId, total: 1_200, object: "export", success: true },
);

const exportView = z.strictObject({
  id: z.string(),
  object: z.literal("export"),
  workspace_id: z.string(),
  status: z.enum(["draft", "success", "stopped"]),
  filters: z.looseObject({}),
  requested_data: z.array(z.string()),
  description: z.string().nullable(),
  total_records: z.int().nullable(),
  created_at: moment,
  last_updated_at: moment,
});

const exampleExport: z.input<typeof exportView> = {
  id: exampleId,
  object: "export",
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  status: "draft",
  filters: {},
  requested_data: ["id"],
  description: null,
  total_records: 1_200,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

export const logsExport = named("LogsExport", exportView, exampleExport);
export const logsExportList = named("LogsExportList", listOf(exportView), exampleList(exampleExport));

export const exportTold = named(
  "LogsExportTold",
  z.strictObject({ message: z.string(), object: z.literal("export"), success: z.literal(true) }),
  { message: "Export started", object: "export", success: true },
);

export const exportDownload = named("LogsExportDownload", z.strictObject({ signed_url: z.string() }), {
  signed_url: `http://127.0.0.1:8787/v1/logs/exports/${exampleId}/file?token=...`,
});

export const viewSave = named(
  "LogViewSave",
  z.strictObject({
    workspace_id: workspaceId,
    name: z.string().min(1).max(200),
    query: z.string().max(8_000).describe("What stands behind `?` of GET /v1/logs, such as status=429."),
  }),
  { name: "Throttled", query: "status=429" },
);

const viewShape = z.strictObject({
  id: z.string(),
  object: z.literal("log-view"),
  workspace_id: z.string(),
  name: z.string(),
  query: z.string(),
  created_at: moment,
  last_updated_at: moment,
});
const exampleView: z.input<typeof viewShape> = {
  id: "lv_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "log-view",
  workspace_id: exampleExport.workspace_id,
  name: "Throttled",
  query: "status=429",
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};
export const logView = named("LogView", viewShape, exampleView);
export const logViewList = named("LogViewList", listOf(viewShape), exampleList(exampleView));
