/** Analytics: Portkey's parameters, and its graphs and groups. */
import { z } from "zod";
import { count, feedbackIn, list, pairs } from "./log-filter.ts";
import { exampleMoment, listQuery, moment, momentIn, named, workspaceId } from "./schema.ts";

/** Portkey's unit: cents, with a fraction. */
const cents = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,12})?$/, "must be cents, such as 0.25")
  .transform((text) => {
    const [whole = "", part = ""] = text.split(".");
    return BigInt(whole) * 10_000_000n + BigInt(part.slice(0, 7).padEnd(7, "0"));
  })
  .optional();

const filters = {
  time_of_generation_min: momentIn.optional().describe("Default: a day before the end."),
  time_of_generation_max: momentIn.optional().describe("Default: now."),
  workspace_slug: workspaceId,
  workspace_id: workspaceId,
  total_units_min: count,
  total_units_max: count,
  cost_min: cents.describe("Cents, at least."),
  cost_max: cents,
  prompt_token_min: count,
  prompt_token_max: count,
  completion_token_min: count,
  completion_token_max: count,
  weighted_feedback_min: feedbackIn.describe("Of what was said of the call's trace, by weight."),
  weighted_feedback_max: feedbackIn,
  status_code: list("Statuses of HTTP, or `success`, or `error`"),
  virtual_keys: list("Slugs of virtual keys"),
  configs: list("Slugs of saved configs"),
  api_key_ids: list("Ids of gateway keys"),
  ai_org_model: list("Models as `bedrock__MODEL`"),
  model: list("Models, by id, profile or ARN"),
  region: list("Regions"),
  prompt_slug: list("Slugs of prompts"),
  cache_status: list("HIT, MISS ..."),
  metadata: pairs,
  trace_id: z.string().max(512).optional(),
  span_id: z.string().max(512).optional(),
};

/** Portkey's SDK takes these for every graph. */
const unused = z.string().max(100).optional().describe("A graph has neither pages nor another order than time's.");
export const graphQuery = z.strictObject({
  ...filters,
  page_size: unused,
  current_page: unused,
  order_by: unused,
  order_by_type: unused,
});

/** What rows are ordered by: of people and of metadata's values not all of it is known. */
const figureNames = [
  "requests",
  "cost",
  "total_tokens",
  "avg_tokens",
  "error_count",
  "success_rate",
  "avg_latency",
  "avg_input_tokens",
  "avg_output_tokens",
  "p95_latency",
  "p99_latency",
  "cache_hit_rate",
] as const;
export const groupQuery = z.strictObject({
  ...filters,
  page_size: listQuery.page_size,
  current_page: listQuery.current_page,
  order_by: z.enum(figureNames).optional(),
  order_by_type: z.enum(["asc", "desc"]).optional(),
  columns: z
    .string()
    .max(1_000)
    .optional()
    .describe("All that are known are given: `first_seen` and `last_seen` are not, as sums do not tell them."),
  include_total: z.string().max(5).optional(),
});
const filterShape = z.strictObject(filters);
export type AnalyticsFilters = z.output<typeof filterShape>;

const figures = z.looseObject({});

export const analyticsGraph = named(
  "AnalyticsGraph",
  z.strictObject({
    object: z.literal("analytics-graph"),
    success: z.literal(true),
    summary: figures.describe("Of the whole window."),
    data_points: z.array(z.looseObject({ timestamp: moment })).describe("One for each step, empty ones too."),
    step_seconds: z.int(),
    is_partial: z.boolean().describe("True where the filter needs each call to be read, and not all of them were."),
  }),
  {
    object: "analytics-graph",
    success: true,
    summary: { total: 1.8, avg: 0.0018, cost: "0.018", unknown: 0 },
    data_points: [{ timestamp: exampleMoment, total: 1.8, avg: 0.0018, cost: "0.018", unknown: 0 }],
    step_seconds: 3_600,
    is_partial: false,
  },
);

export const analyticsGroups = named(
  "AnalyticsGroups",
  z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    total: z.int(),
    data: z.array(
      z.looseObject({
        object: z.literal("analytics-group"),
        requests: z.int(),
        cost: z.number().describe("Cents."),
        cost_usd: z.string().describe("Dollars, exact."),
        unknown_costs: z.int().describe("Calls whose cost is not known: no part of the sum."),
      }),
    ),
    is_partial: z.boolean(),
  }),
  {
    object: "list",
    success: true,
    total: 1,
    data: [
      {
        object: "analytics-group",
        ai_model: "amazon.nova-lite-v1:0",
        requests: 1_000,
        cost: 1.8,
        cost_usd: "0.018",
        unknown_costs: 0,
        total_tokens: 150_000,
        error_count: 2,
        avg_latency: 640,
      },
    ],
    is_partial: false,
  },
);

export const cacheSummary = named("CacheSummary", z.looseObject({ object: z.literal("analytics-summary") }), {
  object: "analytics-summary",
  total: 40,
  asked: 100,
  rate: 40,
  saved_ms: 21_000,
});
