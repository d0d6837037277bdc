import type { Migration } from "./migration.ts";

/**
 * Windows of several days. SQLite cannot change what a column's check allows: a budget of days is kept as `daily`, a rate limit of a week
 * as `day`, with how many days one window has. `period_from` is a moment at which a window begins.
 */
export const limitPeriods: Migration = {
  name: "limits of several days",
  sql: `
    alter table budgets add column period_days bigint;
    alter table budgets add column period_from bigint;
    alter table rate_limits add column period_days bigint`,
};
