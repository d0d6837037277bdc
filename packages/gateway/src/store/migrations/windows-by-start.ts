import type { Migration } from "./migration.ts";

/** The windows of one time: a budget per metadata value keeps one of each value for every day of a year, of which a page shows the present. */
export const windowsByStart: Migration = {
  name: "windows of limits by their start",
  sql: `create index limit_windows_by_start on limit_windows (limit_id, window_start)`,
};
