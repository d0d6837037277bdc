import type { Migration } from "./migration.ts";

/** Whether a project's streams are read to their ends when their callers have left. */
export const drainedStreams: Migration = {
  name: "drained streams",
  sql: `alter table log_settings add column drain_streams bigint not null default 0`,
};
