/** Budgets and rate limits, and the same in the fields of keys as Portkey's clients send them. */
import { z } from "zod";
import { exampleList, exampleMoment, listOf, moment, momentIn, named, workspaceId } from "./schema.ts";

const scopes = ["gateway_key", "virtual_key", "project", "metadata"] as const;
const periodsOfBudgets = ["total", "daily", "weekly", "monthly", "days"] as const;
const periodsOfRates = ["second", "minute", "hour", "day", "week"] as const;
const days = z.int().min(1).max(365);

const amountIn = z.union([z.number(), z.string()]);
const budgetAmount = amountIn.describe('Dollars, such as 10 or "0.25", to the nano-dollar; or tokens.');
const rateAmount = amountIn.describe("Requests or tokens.");
const percentsIn = z
  .array(z.int())
  .max(20)
  .describe("Whole percents of the budget, 1 to 100: at each an alert goes to `alert_url`, once in a period.");
const urlIn = z
  .string()
  .max(2_048)
  .describe(
    "Where alerts are posted; its origin is in ADIT_CUSTOM_HOSTS. It is sealed: its origin and `/...` are shown, and let it be where they are sent back.",
  );
const urlOut = z
  .string()
  .nullable()
  .describe("Of an address with a path its origin and `/...`: what follows is shown to nobody.");
const unknownPrice = z
  .enum(["block", "allow"])
  .describe("What becomes of calls whose price is not known, for budgets of cost. Default: block.");

const place = {
  scope: z.enum(scopes).describe("Whom it concerns."),
  scope_id: z
    .string()
    .optional()
    .describe(
      "Id of the gateway key; id or slug of the virtual key; name of the metadata field. Absent for the project itself.",
    ),
  scope_value: z
    .string()
    .optional()
    .describe("For `metadata`: the field's value. Absent: each value has a count of its own."),
};

export const scopeFilter = { scope: z.enum(scopes).optional(), scope_id: z.string().optional() };

export const budgetCreate = named(
  "BudgetCreate",
  z.strictObject({
    name: z.string(),
    ...place,
    unit: z.enum(["cost", "tokens"]),
    amount: budgetAmount,
    period: z.enum(periodsOfBudgets),
    period_days: days.nullable().optional().describe("For the period `days`: how many."),
    period_from: momentIn
      .nullable()
      .optional()
      .describe("For `days`: a moment at which a window begins. Default: the beginning of this day in UTC."),
    alert_percents: percentsIn.optional(),
    alert_url: urlIn.optional(),
    unknown_price: unknownPrice.optional(),
    workspace_id: workspaceId,
  }),
  { name: "Research", scope: "metadata", scope_id: "team", unit: "cost", amount: "250", period: "monthly" },
);

export const budgetUpdate = named(
  "BudgetUpdate",
  z.strictObject({
    name: z.string().optional(),
    amount: budgetAmount.optional(),
    alert_percents: percentsIn.optional(),
    alert_url: urlIn.nullable().optional(),
    unknown_price: unknownPrice.optional(),
  }),
  { amount: "300" },
);

export const rateLimitCreate = named(
  "RateLimitCreate",
  z.strictObject({
    name: z.string(),
    ...place,
    unit: z.enum(["requests", "tokens"]),
    amount: rateAmount,
    period: z.enum(periodsOfRates),
    workspace_id: workspaceId,
  }),
  { name: "Everybody", scope: "project", unit: "requests", amount: 600, period: "minute" },
);

export const rateLimitUpdate = named(
  "RateLimitUpdate",
  z.strictObject({ name: z.string().optional(), amount: rateAmount.optional() }),
  { amount: 1_200 },
);

const commonFields = {
  id: z.string(),
  name: z.string(),
  workspace_id: z.string(),
  scope: z.enum(scopes),
  scope_id: z.string(),
  scope_value: z.string().nullable(),
  created_at: moment,
  last_updated_at: moment,
};

const budgetFields = {
  ...commonFields,
  object: z.literal("budget"),
  unit: z.enum(["cost", "tokens"]),
  amount: z.string().describe("Dollars as a decimal, exact; or tokens."),
  period: z.enum(periodsOfBudgets),
  period_days: days.nullable(),
  period_from: moment.nullable(),
  alert_percents: z.array(z.int()),
  alert_url: urlOut,
  unknown_price: z.enum(["block", "allow"]),
};
const exampleCommon = {
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};
const exampleBudget = {
  id: "bud_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "budget" as const,
  name: "Research",
  ...exampleCommon,
  scope: "metadata" as const,
  scope_id: "team",
  scope_value: null,
  unit: "cost" as const,
  amount: "250",
  period: "monthly" as const,
  period_days: null,
  period_from: null,
  alert_percents: [80],
  alert_url: "https://hooks.example.com/...",
  unknown_price: "block" as const,
};

export const budget = named("Budget", z.strictObject(budgetFields), exampleBudget);
export const budgetList = named("BudgetList", listOf(budget), exampleList(exampleBudget));

const rateLimitFields = {
  ...commonFields,
  object: z.literal("rate-limit"),
  unit: z.enum(["requests", "tokens"]),
  amount: z.string(),
  period: z.enum(periodsOfRates),
};
const exampleRateLimit = {
  id: "rl_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "rate-limit" as const,
  name: "Everybody",
  ...exampleCommon,
  scope: "project" as const,
  scope_id: exampleCommon.workspace_id,
  scope_value: null,
  unit: "requests" as const,
  amount: "600",
  period: "minute" as const,
};

export const rateLimit = named("RateLimit", z.strictObject(rateLimitFields), exampleRateLimit);
export const rateLimitList = named("RateLimitList", listOf(rateLimit), exampleList(exampleRateLimit));

/** In the limit's own unit: dollars as a decimal, tokens, requests. */
const amountOut = z.string();

export const usageQuery = z.strictObject({
  value: z
    .string()
    .max(2_048)
    .optional()
    .describe("Of a limit that counts each value of a field of metadata: the count of this one alone."),
});

export const limitUsage = named(
  "LimitUsage",
  z.strictObject({
    object: z.literal("limit.usage"),
    id: z.string(),
    unit: z.enum(["cost", "tokens", "requests"]),
    amount: amountOut,
    window_start: moment.nullable().describe("Null for a budget without an end."),
    window_end: moment.nullable(),
    has_more: z.boolean().describe("True: there are more values than are shown, each with less used."),
    counts: z.array(
      z.strictObject({
        value: z.string().nullable().describe("The metadata value that is counted; null where there is one count."),
        settled: amountOut.describe("What calls have used."),
        beyond_bounds: amountOut.describe("The part of it that was billed beyond what was reserved."),
        held: amountOut.describe("Reserved by calls under way, or idle in a gateway."),
        unconfirmed: amountOut.describe("What gateways held that have died: it counts as spent."),
        remaining: amountOut,
        unpriced_calls: z.int().describe("Calls whose cost is not known: in none of these figures."),
      }),
    ),
  }),
  {
    object: "limit.usage",
    id: exampleBudget.id,
    unit: "cost",
    amount: "250",
    window_start: "2026-11-01T00:00:00.000Z",
    window_end: "2026-12-01T00:00:00.000Z",
    has_more: false,
    counts: [
      {
        value: "genomics",
        settled: "12.5034",
        beyond_bounds: "0",
        held: "0.12",
        unconfirmed: "0",
        remaining: "237.3766",
        unpriced_calls: 0,
      },
    ],
  },
);

const usageLimits = z
  .strictObject({
    id: z.string().optional().describe("As it is shown: which budget it is follows from the key."),
    type: z.enum(["cost", "tokens"]).optional().describe("Default: the present budget's, else cost."),
    credit_limit: budgetAmount,
    periodic_reset: z
      .enum(["daily", "weekly", "monthly"])
      .nullable()
      .optional()
      .describe("Null: never; absent: as the present budget."),
    periodic_reset_days: days
      .nullable()
      .optional()
      .describe(
        "In the stead of `periodic_reset`: it begins anew after so many days, counted from the day on which it was set, in UTC.",
      ),
    next_usage_reset_at: momentIn
      .nullable()
      .optional()
      .describe(
        "With `periodic_reset_days`: when it begins anew next. Otherwise the calendar's: as it is shown, or absent.",
      ),
    alert_threshold: amountIn
      .nullable()
      .optional()
      .describe("As much of it as an alert goes to `alert_url` for; kept as a whole percent, rounded down."),
    alert_url: urlIn.nullable().optional(),
  })
  .refine((usage) => (usage.periodic_reset ?? null) === null || (usage.periodic_reset_days ?? null) === null, {
    path: ["periodic_reset_days"],
    message: "must not stand beside periodic_reset",
  });

const rateLimitsEntry = z.strictObject({
  type: z.enum(["requests", "tokens"]),
  unit: z.enum(["rps", "rpm", "rph", "rpd", "rpw"]),
  value: z.int().min(1),
});

/** In the body of a key. */
export const keyLimitsIn = {
  usage_limits: usageLimits.nullable().optional().describe("The key's budget (docs/limits.md); null: none."),
  rate_limits: z
    .array(rateLimitsEntry)
    .max(20)
    .nullable()
    .optional()
    .describe("All of the key's rate limits (docs/limits.md); null: none."),
};

export const resetUsage = z
  .union([z.boolean(), z.literal(0), z.literal(1)])
  .transform((flag) => flag === true || flag === 1)
  .optional()
  .describe("True: the count of `usage_limits` begins anew.");

/** In the answers that show a key. */
export const keyLimitsOut = {
  usage_limits: z
    .strictObject({
      id: z.string().describe("Of the budget: see /v1/budgets."),
      type: z.enum(["cost", "tokens"]),
      credit_limit: z.number(),
      periodic_reset: z.enum(["daily", "weekly", "monthly"]).nullable(),
      periodic_reset_days: z.int().nullable(),
      next_usage_reset_at: moment.nullable(),
      alert_threshold: z.number().nullable(),
      alert_url: urlOut,
    })
    .nullable(),
  rate_limits: z.array(rateLimitsEntry),
};

export const exampleKeyLimits = { usage_limits: null, rate_limits: [] };
